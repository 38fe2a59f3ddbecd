"""Where a phrase begins and ends, how long it may be, and stop words however they are typed."""

from __future__ import annotations

import pytest

from bot.search.query_terms import content_terms, parse_query


@pytest.mark.parametrize(
    "question",
    ["¿Quién dijo cuándo vive el zorro?", "Quien dijo cuando vive el zorro?"],
)
def test_stop_words_are_dropped_with_and_without_their_accents(question: str) -> None:
    assert content_terms(question) == ["dijo", "vive", "zorro"]


def test_a_phrase_holds_neither_the_word_before_nor_the_one_after() -> None:
    (phrase,) = parse_query('Did otters "eat kelp" yesterday?').phrases
    assert [term for term, _ in phrase] == [1, 2]  # eat, kelp


@pytest.mark.parametrize(("characters", "phrases"), [(300, 1), (301, 0)])
def test_a_phrase_has_at_most_300_characters(characters: int, phrases: int) -> None:
    quoted = "kelp " + "x" * (characters - 5)
    assert len(parse_query(f'Who said "{quoted}"?').phrases) == phrases


@pytest.mark.parametrize(("words", "terms"), [(63, 63), (64, 64), (65, 64)])
def test_a_query_has_at_most_64_terms(words: int, terms: int) -> None:
    question = " ".join(f"word{number}" for number in range(words))
    assert len(parse_query(question).terms) == len(content_terms(question)) == terms


def test_words_about_the_source_are_dropped_unless_there_are_no_others() -> None:
    assert content_terms("What is mentioned in the passage on kelp?") == ["kelp"]
    assert content_terms("Which passage?") == ["which", "passage"]
