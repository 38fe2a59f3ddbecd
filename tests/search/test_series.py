"""The newest of a series comes first, and what it says anew is not said twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from bot.records import Candidate, Hit
from bot.search.exact_match import article_days
from bot.search.narrow import narrow, prefers_newest
from bot.search.series import leave_out_superseded, newest_first
from bot.text.periods import Period
from tests.answer.library import hits, passage

TODAY = date(2026, 11, 30)


def weeks(*numbers: int) -> tuple[Hit, ...]:
    return hits(
        *(
            passage(
                n,
                [f"There were {n * 7} cases.", f"Only week {n} had a fair."],
                title=f"Influenza, week {n} of 2026",
            )
            for n in numbers
        )
    )


def days_of(found: Sequence[Hit]) -> dict[int, date]:
    return article_days(hit.passage for hit in found)


def kept(question: str, found: Sequence[Hit]) -> list[str]:
    return [
        hit.passage.quote(sentence)
        for hit in narrow(question, found, TODAY, days_of(found))
        for sentence in hit.passage.sentences
    ]


def test_the_newest_of_a_series_leaves_out_the_like_of_the_older_ones() -> None:
    assert kept("How many cases are there?", weeks(18, 20, 19)) == [
        "There were 140 cases.",
        "Only week 20 had a fair.",
    ]


def test_a_question_that_names_a_period_or_several_keeps_the_older_ones() -> None:
    assert "There were 126 cases." in kept("How many cases were there in week 18?", weeks(18, 20))
    assert len(kept("How have the cases changed?", weeks(18, 20))) == 4


def test_what_only_an_older_issue_says_stays() -> None:
    older = passage(1, ["The office has moved to Mill Street."], title="Report for Q1 2026")
    newer = passage(2, ["There were 19 cases."], title="Report for Q3 2026")
    assert "The office has moved to Mill Street." in kept(
        "Where is the office?", hits(older, newer)
    )


def test_articles_with_other_titles_are_no_series() -> None:
    one = passage(1, ["There were 19 cases."], title="Influenza in 2025")
    other = passage(2, ["There were 12 cases."], title="Measles in 2026")
    assert len(kept("How many cases are there?", hits(one, other))) == 2


def test_what_somebody_said_on_a_day_is_no_issue_of_a_series() -> None:
    found = hits(
        passage(1, ["On 2 May the council said it costs 18 million."], title="The tunnel 2024"),
        passage(2, ["On 9 June the council said it costs 26 million."], title="The tunnel 2025"),
    )
    assert len(kept("What does the tunnel cost?", found)) == 2


@pytest.mark.parametrize("question", ["What does the tunnel cost?", "What does it cost now?"])
def test_the_newer_of_two_reports_comes_first(question: str) -> None:
    found = hits(
        passage(1, ["The tunnel will cost 18 million."], published="2024-05-02"),
        passage(2, ["The tunnel will cost 26 million."], published="2025-06-09"),
    )
    candidates = [
        Candidate(hit.passage, hit.passage.sentences[0], odds)
        for hit, odds in zip(found, (2.0, 1.0), strict=True)
    ]
    older, newer = newest_first(question, candidates, days_of(found))
    assert newer.log_odds == 2.0
    assert older.log_odds < newer.log_odds


def test_an_older_report_leads_unless_the_newest_is_asked_for() -> None:
    found = hits(
        passage(1, ["The tunnel will cost 18 million."], published="2024-05-02"),
        passage(2, ["Work on it has stopped, and its bill rises."], published="2025-06-09"),
    )
    candidates = [
        Candidate(h.passage, h.passage.sentences[0], 3.0 - i) for i, h in enumerate(found)
    ]
    days = days_of(found)
    assert newest_first("What does it cost?", candidates, days)[0].log_odds == 3.0
    assert newest_first("What is the latest on the tunnel?", candidates, days)[1].log_odds == 3.0


RULES = {
    "Travel rules, version 3": ("2023-01-01", "Every trip is approved by the managing director."),
    "Travel rules, version 4": ("2026-05-01", "Trips are approved by the head of the department."),
}


def rules(*, lead: float = 1.0) -> tuple[tuple[Hit, ...], tuple[Candidate, ...]]:
    """Two versions of rules; the older sentence is likelier by ``lead``."""
    found = hits(
        *(
            passage(n, [text], title=title, published=day)
            for n, (title, (day, text)) in enumerate(RULES.items(), 1)
        )
    )
    odds = (lead, 0.0)
    candidates = (
        Candidate(hit.passage, hit.passage.sentences[0], lo)
        for hit, lo in zip(found, odds, strict=True)
    )
    return found, tuple(candidates)


def texts_left(question: str, *, lead: float = 1.0) -> list[str]:
    found, candidates = rules(lead=lead)
    left = leave_out_superseded(question, candidates, found, days_of(found))
    return [candidate.text for candidate in left]


def test_a_rule_replaces_that_of_the_version_before_in_other_words() -> None:
    assert texts_left("who has to approve a trip") == [
        "Trips are approved by the head of the department."
    ]
    found, candidates = rules()
    (newer,) = leave_out_superseded("who approves trips", candidates, found, days_of(found))
    assert newer.log_odds == 1.0


def test_a_version_stays_if_several_are_asked_for_or_the_newer_hardly_answers() -> None:
    assert len(texts_left("how has the approval of trips changed")) == 2
    assert len(texts_left("who has to approve a trip", lead=5.0)) == 2


@pytest.mark.parametrize(
    ("question", "newest"),
    [("who approves trips", True), ("how long did claims take before May 2026", False)],
)
def test_the_newest_version_answers_unless_what_was_before_is_asked_for(
    question: str, newest: bool
) -> None:
    assert prefers_newest(question) == newest


@pytest.mark.parametrize(
    ("period", "left"), [(Period(year=2026), 1), (Period(year=2023), 2), (Period(year=2024), 2)]
)
def test_a_period_keeps_the_older_version_unless_the_newest_is_of_it(
    period: Period, left: int
) -> None:
    found, candidates = rules()
    days = days_of(found)
    remaining = leave_out_superseded("who approves trips", candidates, found, days, [period])
    assert len(remaining) == left


def test_a_year_that_two_quarters_share_tells_them_not_apart() -> None:
    found = hits(
        passage(1, ["We expect sales of 34 million."], title="Report, Q1 2026"),
        passage(2, ["We expect sales of 33 million."], title="Report, Q2 2026"),
    )
    assert kept("Which sales are expected for 2026?", found) == ["We expect sales of 33 million."]
    assert kept("Which sales were expected in Q1 2026?", found) == [
        "We expect sales of 34 million."
    ]


@pytest.mark.parametrize(
    "marks", [("version 1", "version 2"), ("revision B", "revision C"), ("9", "10")]
)
def test_a_number_in_the_title_orders_versions_without_a_day(marks: tuple[str, str]) -> None:
    older, newer = (
        passage(n, [f"Trips take {n} days."], title=f"Rules for travel, {mark}")
        for n, mark in enumerate(marks, 1)
    )
    assert kept("How long do trips take?", hits(older, newer)) == ["Trips take 2 days."]
    dated = replace(older, published="2024-03-01")  # the other one has no day
    assert kept("How long do trips take?", hits(dated, newer)) == ["Trips take 2 days."]


@pytest.mark.parametrize(
    "marks", [("building A", "building B"), ("lesson 1", "lesson 2"), ("plan 3", "plan A")]
)
def test_one_of_several_is_no_version_of_another(marks: tuple[str, str]) -> None:
    found = hits(
        *(
            passage(n, [f"Quiet hours begin at {n + 20}."], title=f"House rules, {mark}")
            for n, mark in enumerate(marks, 1)
        )
    )
    assert len(kept("When do quiet hours begin?", found)) == 2


def test_what_a_version_says_under_the_same_heading_replaces_other_words() -> None:
    texts = ("The form goes to the office on paper.", "Apply in the portal.")
    found = hits(
        *(
            passage(n, [text], title=f"Rules, version {n}", heading=f"Rules, version {n} › 5 Form")
            for n, text in enumerate(texts, 1)
        )
    )
    candidates = [
        Candidate(hit.passage, hit.passage.sentences[0], odds)
        for hit, odds in zip(found, (3.0, 0.0), strict=True)
    ]
    (left,) = leave_out_superseded("where does the form go", candidates, found, {})
    assert (left.text, left.log_odds) == ("Apply in the portal.", 3.0)
