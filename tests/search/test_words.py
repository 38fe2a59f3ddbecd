"""What is looked up for a question."""

from __future__ import annotations

import pytest

from bot.search.query_terms import MAX_TERMS, content_terms, parse_query


@pytest.mark.parametrize(
    ("question", "wanted"),
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
def test_function_words_of_the_questions_own_language_are_dropped(
    question: str, wanted: str
) -> None:
    assert " ".join(content_terms(question)) == wanted


def test_neighbouring_words_keep_their_distance() -> None:
    found = parse_query("Who heads the Bank of America?")
    assert found.terms == ("head", "bank", "americ")
    assert found.pairs == ((0, 1, 2), (1, 2, 2))


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
def test_quoted_phrases_keep_the_places_of_their_words(
    question: str, phrases: tuple[tuple[tuple[int, int], ...], ...]
) -> None:
    assert parse_query(question).phrases == phrases


def test_words_that_share_a_stem_are_one_term() -> None:
    assert parse_query("infected infections").terms == ("infect",)


def test_a_pasted_page_is_no_huge_query() -> None:
    found = parse_query(" ".join(f"word{n}" for n in range(500)))
    assert len(found.terms) == MAX_TERMS
    assert max(max(pair[:2]) for pair in found.pairs) < MAX_TERMS
