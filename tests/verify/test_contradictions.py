"""Sources that say the same with other figures are put side by side."""

from __future__ import annotations

import pytest

from bot.citations import CitedSpan
from bot.verify.contradictions import Statement, find_contradicting_spans, find_contradictions
from tests.answer.library import hits, passage

OLD, NEW = "2020-01-05", "2024-07-01"


def pair(one: str, other: str) -> list[tuple[str, str]]:
    """The words in which two articles differ."""
    statements = [Statement(1, "One", OLD, one), Statement(2, "Two", NEW, other)]
    return [(found.first_words, found.second_words) for found in find_contradictions(statements)]


@pytest.mark.parametrize(
    ("one", "other", "says", "but_says"),
    [
        ("The Forth Bridge cost three million pounds.", "The Forth Bridge cost £3.2 million.",
         "three million", "3.2 million"),
        ("The Forth Bridge opened to trains in 1890.", "In 1891 the Forth Bridge opened to trains.",
         "1890", "1891"),
        ("The Forth Bridge opened on 4 March 1890.", "The Forth Bridge opened on 5 March 1890.",
         "4 March 1890", "5 March 1890"),
        ("The flood in Bergen killed 12 people.", "The flood in Bergen killed at least 30 people.",
         "12", "30"),
        ("Die Flut in Bergen tötete zwölf Menschen.", "Die Flut in Bergen tötete 30 Menschen.",
         "zwölf", "30"),
        ("The Forth Bridge cost 3 million pounds.",
         "The Forth Bridge cost 4 million pounds, not the 3 million that was said.",
         "3 million", "4 million"),
    ],
)  # fmt: skip
def test_another_figure_for_the_same_thing_is_a_contradiction(
    one: str, other: str, says: str, but_says: str
) -> None:
    assert pair(one, other) == [(says, but_says)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # the same value in other words, or rounded
        ("The Forth Bridge cost three million pounds.", "The Forth Bridge cost £3,000,000."),
        ("The flood in Bergen killed 412 people.", "The flood in Bergen killed over 400 people."),
        # something else is counted, or is spoken of
        ("The Forth Bridge cost 3 million pounds.", "The Forth Bridge is 2,467 metres long."),
        ("The flood in Bergen killed 12 people.", "The flood in Oslo destroyed 30 houses."),
        ("The Forth Bridge opened in 1890.", "The Tay Bridge fell into the water in 1879."),
        # all that they share are common words and a unit
        ("A new one would cost about 90,000 pounds, and there is no plan to build it.",
         "A new building would have cost 1.1 million pounds by his estimate."),
        ("The new work cost 5 million euros in all.", "A new work there cost 2 million euros."),
        # no figures, and only one of them has one
        ("The Forth Bridge is red.", "The Forth Bridge is brown."),
        ("The Forth Bridge opened in 1890.", "The Forth Bridge opened long ago."),
        # another language
        ("The Forth Bridge opened to trains in 1890.", "Die Forth Bridge wurde 1891 eröffnet."),
    ],
)  # fmt: skip
def test_sentences_that_can_both_be_true_do_not_contradict(one: str, other: str) -> None:
    assert pair(one, other) == []


def test_an_article_does_not_contradict_itself() -> None:
    texts = ("The Forth Bridge cost 3 million pounds.", "The Forth Bridge cost 4 million pounds.")
    assert find_contradictions([Statement(1, "One", None, text) for text in texts]) == []


def test_the_note_has_both_sides_with_dates_older_first() -> None:
    (found,) = find_contradictions(
        [
            Statement(2, "Two", NEW, "The flood in Bergen killed 30 people."),
            Statement(1, "One", OLD, "The flood in Bergen killed 12 people."),
        ]
    )
    assert found.note == (
        "The sources disagree: “12” in One (2020-01-05), but “30” in Two (2024-07-01)."
    )


def test_two_shown_sides_get_a_note_and_no_third_sentence() -> None:
    found = [passage(n, [f"The Forth Bridge cost {n} million pounds."]) for n in (3, 4, 5)]
    shown = [CitedSpan(one, 0, one.sentences[0].end) for one in found[:2]]
    ((pair_, cited),) = find_contradicting_spans(shown, hits(*found))
    assert (pair_.first_words, pair_.second_words, cited) == ("3 million", "4 million", shown[1])
