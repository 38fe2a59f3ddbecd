"""Where the rules that compare values, names and the order of words turn over."""

from __future__ import annotations

from math import isclose

import pytest

from bot.verify import check as check_module
from bot.verify import direction, entities, negation, support_model
from bot.verify.analyzed_text import analyze
from bot.verify.asked_values import asked_values
from bot.verify.check import check
from bot.verify.claim_context import ClaimContext
from bot.verify.segments import segments
from bot.verify.support_signals import gather

TIMES = {
    "12 am": 0, "1 am": 60, "11 am": 660, "12 pm": 720, "1 pm": 780, "11pm": 1380,
    "12:30 a.m.": 30, "11:59 pm": 1439, "1.05 p.m.": 785, "13:05": 785, "0:30": 30, "23h15": 1395,
}  # fmt: skip
# One of the first is so many of the second: by definition, or as everybody knows.
UNITS = [
    ("mile", 1760, "yards"), ("yard", 3, "feet"), ("foot", 12, "inches"), ("inch", 2.54, "cm"),
    ("km", 1000, "m"), ("m", 100, "cm"), ("cm", 10, "mm"), ("lb", 453.6, "g"), ("g", 1000, "mg"),
    ("kg", 1000, "g"), ("tonne", 1000, "kg"), ("hectare", 2.47, "acres"),
    ("century", 10, "decades"), ("decade", 10, "years"), ("year", 12, "months"),
    ("week", 7, "days"), ("night", 24, "hours"), ("day", 24, "hours"), ("hour", 60, "minutes"),
    ("minute", 60, "seconds"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "minutes"), TIMES.items())
def test_a_time_is_read_in_minutes_of_the_day(written: str, minutes: int) -> None:
    (value,) = asked_values("What time does it open?", f"It opens at {written} on Sundays.")
    assert (value.kind, [*value.numbers]) == ("time", [minutes])


@pytest.mark.parametrize("written", ["3:15 million", "3.15 km", "3.15 m", "3.15 %", "25:10"])
def test_a_measure_is_no_time(written: str) -> None:
    values = asked_values("What time does it open?", f"It opens at {written} of it.")
    assert "time" not in {value.kind for value in values}


@pytest.mark.parametrize(("unit", "count", "smaller"), UNITS)
def test_a_unit_is_so_many_of_a_smaller_one(unit: str, count: float, smaller: str) -> None:
    sentences = (f"It takes 2 {unit} in all.", f"It takes {2 * count:g} {smaller} in all.")
    first, second = (asked_values("How much does it take?", sentence) for sentence in sentences)
    assert first[0].unit == second[0].unit != ""
    assert isclose(*first[0].numbers, *second[0].numbers, rel_tol=5e-4)


def test_a_negative_word_of_something_else_denies_nothing() -> None:
    claim = analyze("The harbour was not opened.")
    assert list(negation.find_added(claim, [analyze("The harbour was opened. He disproves it.")]))
    claim = analyze("It does not prove the point.")
    assert not list(negation.find_added(claim, [analyze("It disproves the point.")]))


@pytest.mark.parametrize(
    ("claim", "source", "verb"),
    [
        ("Wolves hunt deer in winter.", "Deer hunt wolves in winter.", ["hunt"]),
        ("12 wolves hunted deer.", "Deer hunted 12 wolves.", ["hunted"]),
        ("Wolves hunt deer in winter.", "In winter wolves hunt deer.", []),
        ("In 1912 they had 40.", "In 40 they had 1912.", []),  # figures have rules of their own
    ],
)
def test_subject_and_object_change_places(claim: str, source: str, verb: list[str]) -> None:
    assert list(direction.find_reversed_words(analyze(claim), [analyze(source)])) == verb


@pytest.mark.parametrize(
    ("claim", "is_turned"),
    [
        ("The firm bought it from the board.", True),
        ("The board bought it from the firm.", False),
        ("The firm bought it.", False),  # of one side alone nothing is known
        ("The firm board bought it from the firm board.", False),  # as many votes either way
    ],
)
def test_a_converse_word_turns_both_sides(claim: str, is_turned: bool) -> None:
    source = analyze("The board sold it to the firm.")
    assert direction.turns_round(analyze(claim), "bought", source) == is_turned


@pytest.mark.parametrize(
    ("claim", "source", "in_order", "inverted"),
    [
        ("Ships sail.", "Ships sail.", 1, 0),
        ("Sail ships.", "Ships sail.", 0, 1),
        ("Ships sail. Ships.", "Ships sail.", 1, 0),  # a word counts once
        ("Sailor sailing.", "Sailors.", 0, 0),  # both at one place: neither way
    ],
)
def test_the_order_of_neighbouring_words(
    claim: str, source: str, in_order: int, inverted: int
) -> None:
    signals = gather(analyze(claim), (source,), ClaimContext()).signals
    assert (signals["in_order"], signals["inverted"]) == (in_order, inverted)


PIGMENTS = "The pigments are chlorophyll and carotene."


@pytest.mark.parametrize(
    ("claim", "source", "is_known"),
    [
        ("The two pigments are chlorophyll and carotene.", PIGMENTS, True),
        ("The 2 pigments are chlorophyll and carotene.", PIGMENTS, False),  # a figure counts none
        ("The three pigments are chlorophyll and carotene.", PIGMENTS, False),
        ("The two metres of pigments are chlorophyll and carotene.", PIGMENTS, False),
        ("The two pigments are chlorophyll and carotene.", f"{PIGMENTS} Four are not.", False),
    ],
)
def test_a_spelled_number_may_count_the_sources_list(
    claim: str, source: str, is_known: bool
) -> None:
    assert ("number" not in {reason.rule for reason in check(claim, [source]).reasons}) == is_known


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Old Bridge opened.", ["Old Bridge"]),
        ("Old, Bridge opened.", ["Bridge"]),  # two words are one name side by side
        ("Old  Bridge opened.", ["Bridge"]),
        ("Yesterday the Bridge opened.", ["Bridge"]),
    ],
)
def test_a_capital_at_the_beginning_belongs_to_the_name_right_after_it(
    text: str, names: list[str]
) -> None:
    spans = entities.find_entities(analyze(text))
    assert [" ".join(word.written for word in span) for span in spans] == names


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("In May 412 took the drug, and 409 the placebo.", 2),
        ("It opened in 1890, and in May.", 1),  # a month alone says nothing
        ("It opened in 1890, and 1912.", 1),
        ("In May, and in June 1912 it opened.", 1),
        ("It opened in 1890, and closed.", 2),
    ],
)
def test_a_part_of_figures_and_months_alone_joins_the_one_before(text: str, parts: int) -> None:
    assert len(segments(analyze(text))) == parts


def test_words_of_the_question_count_against_a_sentence_only_with_a_footnote_of_ours() -> None:
    text, source = "The show is filmed at the lake.", "The show is set at the lake, they say."
    context = ClaimContext(question="Where is the show filmed?")
    assert check(text, [source], context).supported
    inferred = ClaimContext(question=context.question, source_was_inferred=True)
    assert [reason.rule for reason in check(text, [source], inferred).reasons] == ["question_echo"]


def test_words_that_reach_the_threshold_alone_are_blamed_on_the_rules() -> None:
    text, cited = "The ship has seven doors.", ("The ship may have seven doors.",)
    evidence = gather(analyze(text), cited, ClaimContext())
    at = support_model.log_odds(evidence.of_words)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(check_module, "LEAST_LOG_ODDS", at)
        assert [reason.rule for reason in check(text, cited).reasons] == ["certainty"]
        patch.setattr(check_module, "LEAST_LOG_ODDS", at + 1e-9)
        rules = [reason.rule for reason in check(text, cited).reasons]
        assert rules == ["certainty", "unrelated_source"]


@pytest.mark.parametrize("sentence", ["Kowalska leads the club.", "The club is led by Kowalska."])
def test_a_name_is_an_answer_wherever_it_stands(sentence: str) -> None:
    values = asked_values("Who leads the club?", sentence)
    assert [(value.kind, value.words) for value in values] == [("name", frozenset({"kowalska"}))]


@pytest.mark.parametrize(
    ("first", "second", "agree"),
    [("9:30", "9.30", True), ("9:30", "9:31", False), ("12:00", "12 pm", True)],
)
def test_times_agree_to_the_minute(first: str, second: str, agree: bool) -> None:
    (a,), (b,) = (
        asked_values("What time does it open?", f"At {t} sharp.") for t in (first, second)
    )
    assert a.agrees(b) == b.agrees(a) == agree
