"""Sources that say the same with other figures are put side by side."""

from __future__ import annotations

import pytest

from bot.citations import CitedSpan
from bot.verify.contradictions import Statement, find_contradicting_spans, find_contradictions
from tests.answer.library import hits, passage

OLD, NEW = "2020-01-05", "2024-07-01"


def pair(question: str, one: str, other: str) -> list[tuple[str, str]]:
    """The words in which two articles differ about what was asked."""
    statements = [Statement(1, "One", OLD, one), Statement(2, "Two", NEW, other)]
    found = find_contradictions(question, statements)
    return [(each.first_words, each.second_words) for each in found]


COST, OPENED = "What did the Forth Bridge cost?", "When did the Forth Bridge open?"
FLOOD = "How many people did the flood in Bergen kill?"


@pytest.mark.parametrize(
    ("question", "one", "other", "says", "but_says"),
    [
        (COST, "The Forth Bridge cost three million pounds.",
         "The Forth Bridge cost £3.2 million.", "three million", "3.2 million"),
        (OPENED, "The Forth Bridge opened to trains in 1890.",
         "In 1891 the Forth Bridge opened to trains.", "1890", "1891"),
        (OPENED, "The Forth Bridge opened on 4 March 1890.",
         "The Forth Bridge opened on 5 March 1890.", "4 March 1890", "5 March 1890"),
        (FLOOD, "The flood in Bergen killed 12 people.",
         "The flood in Bergen killed at least 30 people.", "12", "30"),
        ("Wie viele Menschen tötete die Flut in Bergen?",
         "Die Flut in Bergen tötete zwölf Menschen.", "Die Flut in Bergen tötete 30 Menschen.",
         "zwölf", "30"),
        (COST, "The Forth Bridge cost 3 million pounds.",
         "The Forth Bridge cost 4 million pounds, not the 3 million that was said.",
         "3 million", "4 million"),
        ("How much will the Elmstead tunnel cost?",
         "On 2 May 2024 the council said that the Elmstead tunnel will cost 18 million euros.",
         "On 9 June 2025 the council said that the Elmstead tunnel will cost 26 million euros.",
         "18 million", "26 million"),
        ("Who wrote the song of the Forth Bridge?", "The song of the bridge is by Albert Fenwick.",
         "The song of the bridge was written by Dora Lisle.", "Albert Fenwick", "Dora Lisle"),
        ("When does the last ferry leave on Sundays?", "The last ferry leaves at 18:15 on Sundays.",
         "On Sundays the last ferry leaves at 19:40.", "18:15", "19:40"),
    ],
)  # fmt: skip
def test_another_value_of_what_was_asked_is_a_contradiction(
    question: str, one: str, other: str, says: str, but_says: str
) -> None:
    assert pair(question, one, other) == [(says, but_says)]


def test_one_source_may_forbid_what_the_other_allows() -> None:
    question = "Are dogs allowed on the South Beach in summer?"
    one = "Dogs may not enter the South Beach between May and September."
    other = "The South Beach welcomes dogs all year round, also in high summer."
    assert pair(question, one, other) == [(one, other)]


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        # the same value in other words, or rounded
        (COST, "The Forth Bridge cost three million pounds.",
         "The Forth Bridge cost £3,000,000."),
        (FLOOD, "The flood in Bergen killed 412 people.",
         "The flood in Bergen killed over 400 people."),
        ("How long is the tunnel?", "The tunnel is three miles long.",
         "The tunnel is 4,830 m long."),
        ("How long does the crossing take?", "The crossing takes an hour and 35 minutes.",
         "The crossing takes 95 minutes."),
        # something else is counted, or is spoken of
        (COST, "The Forth Bridge cost 3 million pounds.",
         "The Forth Bridge is 2,467 metres long."),
        (FLOOD, "The flood in Bergen killed 12 people.",
         "The flood in Oslo destroyed 30 houses."),
        (OPENED, "The Forth Bridge opened in 1890.",
         "The Tay Bridge fell into the water in 1879."),
        # all that they share are common words and a unit
        (COST, "A new one would cost about 90,000 pounds, and there is no plan to build it.",
         "A new building would have cost 1.1 million pounds by his estimate."),
        (COST, "The new work cost 5 million euros in all.",
         "A new work there cost 2 million euros."),
        # no figures, and only one of them has one
        (COST, "The Forth Bridge is red.", "The Forth Bridge is brown."),
        (OPENED, "The Forth Bridge opened in 1890.", "The Forth Bridge opened long ago."),
        # another language
        (OPENED, "The Forth Bridge opened to trains in 1890.",
         "Die Forth Bridge wurde 1891 eröffnet."),
        # numbers that only name something
        ("Where does the course take place?", "Course 7: first aid, room 12 in the Old Hospital.",
         "The first aid course takes place in the Old Hospital, room 12; call 3307."),
        # what is asked is the same; the day of the report differs
        ("How much will the tunnel cost?", "On 2 May the council said it will cost 18 million.",
         "On 9 June the council said it will cost 18 million."),
    ],
)  # fmt: skip
def test_sentences_that_can_both_be_true_do_not_contradict(
    question: str, one: str, other: str
) -> None:
    assert pair(question, one, other) == []


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        ("How many boats called?", ("Report, week 12", "9 boats called."),
         ("Report, week 13", "21 boats called.")),
        ("What is the revenue of Pell?", ("Pell: second quarter", "Revenue rose to 9.1 million."),
         ("Pell: first quarter", "Revenue came to 8.4 million.")),
        ("How long is the glacier?", ("Glacier, survey 2015", "The glacier measured 2,340 metres."),
         ("Glacier, survey 2025", "The glacier measured 1,910 metres.")),
    ],
)  # fmt: skip
def test_figures_of_different_periods_are_a_series(
    question: str, one: tuple[str, str], other: tuple[str, str]
) -> None:
    statements = [
        Statement(number, title, None, text) for number, (title, text) in enumerate((one, other))
    ]
    assert find_contradictions(question, statements) == []


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        ("who paid for the ferry engine?",
         ("The ferry gets a new engine", "Skipper Oda Finch has been on the Tern for 22 years."),
         ("Who pays for the tunnel: the ferry", "Mayor Ruth Calloway raised the fare in January.")),
        ("Wer leitete die Sanierung der Mühle?",
         ("Sanierung der Mühle", "Sie liegt hinter dem Hof von Anna Weber."),
         ("Die Mühle nach der Sanierung", "Otto Lindner malte sie im Sommer.")),
    ],
)  # fmt: skip
def test_a_name_that_only_stands_in_an_article_on_it_disagrees_with_nobody(
    question: str, one: tuple[str, str], other: tuple[str, str]
) -> None:
    statements = [
        Statement(number, title, None, text) for number, (title, text) in enumerate((one, other))
    ]
    assert find_contradictions(question, statements) == []


def test_an_article_does_not_contradict_itself() -> None:
    texts = ("The Forth Bridge cost 3 million pounds.", "The Forth Bridge cost 4 million pounds.")
    statements = [Statement(1, "One", None, text) for text in texts]
    assert find_contradictions(COST, statements) == []


def test_the_note_has_both_sides_with_dates_older_first() -> None:
    (found,) = find_contradictions(
        FLOOD,
        [
            Statement(2, "Two", NEW, "The flood in Bergen killed 30 people."),
            Statement(1, "One", OLD, "The flood in Bergen killed 12 people."),
        ],
    )
    assert found.note == (
        "The sources disagree: “12” in One (2020-01-05), but “30” in Two (2024-07-01)."
    )


def test_two_shown_sides_get_a_note_and_no_third_sentence() -> None:
    found = [passage(n, [f"The Forth Bridge cost {n} million pounds."]) for n in (3, 4, 5)]
    shown = [CitedSpan(one, 0, one.sentences[0].end) for one in found[:2]]
    ((pair_, cited),) = find_contradicting_spans(COST, shown, hits(*found))
    assert (pair_.first_words, pair_.second_words, cited) == ("3 million", "4 million", shown[1])
