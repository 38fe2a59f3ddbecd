"""The terms, pairs and phrases of a query."""

from __future__ import annotations

import pytest

from bot.search.query_terms import MAX_TERMS, content_terms, parse_query


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who heads the Russian Direct Investment Fund?", "heads russian direct investment fund"),
        ("When did the war die down?", "war die"),
        ("Wer ist der Chef des Fonds?", "chef fonds"),
        ("¿Quién es el director del fondo?", "director fondo"),
        ("Кто возглавляет фонд?", "возглавляет фонд"),
        ("What does the article say about Mars?", "mars"),
        ("Who is it?", "who is it"),
        ("火星 mission", "火星 mission"),
    ],
)
def test_stop_words_of_the_questions_language_are_dropped(question: str, expected: str) -> None:
    assert " ".join(content_terms(question)) == expected


def test_pairs_have_the_distance_of_their_words() -> None:
    query = parse_query("Who heads the Bank of America?")
    assert query.terms == ("head", "bank", "americ")
    assert query.pairs == ((0, 1, 2), (1, 2, 2))


@pytest.mark.parametrize(
    ("question", "phrases"),
    [
        ('Who said "the red fox of Bergen"?', (((0, 0), (1, 1), (2, 3)),)),
        ("Is 'kelp' in “Otters’ kelp”?", (((0, 0),), ((1, 0), (0, 1)))),
        ('Which fox said "of the"?', ()),
        ('Is 5" long, or 6"?', ()),
        ("Who's there? It's Li's.", ()),
    ],
)
def test_quoted_phrases_have_the_positions_of_their_words(
    question: str, phrases: tuple[tuple[tuple[int, int], ...], ...]
) -> None:
    assert parse_query(question).phrases == phrases


def test_words_that_share_a_stem_are_one_term() -> None:
    assert parse_query("infected infections").terms == ("infect",)


def test_a_pasted_page_does_not_become_a_huge_query() -> None:
    query = parse_query(" ".join(f"word{n}" for n in range(500)))
    assert len(query.terms) == MAX_TERMS
    assert max(max(pair[:2]) for pair in query.pairs) < MAX_TERMS
