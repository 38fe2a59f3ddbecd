"""Only what is about the very code, number or period that a question names is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from bot.records import Hit, Sentence, StoredPassage
from bot.search.exact_match import article_days, asked_units, keep_exact
from bot.search.narrow import narrow, question_within
from bot.structure import BlockKind
from tests.answer.library import hits, passage

TODAY = date(2026, 11, 30)
BULLETIN = [
    "The controllers run version 4.2.",
    "CVE-2024-1234 stops a pump.",
    "It was fixed in 4.3.1.",
    "CVE-2024-1243 leaks the password.",
    "It was fixed in 4.4.0.",
]


def kept(question: str, found: Sequence[Hit]) -> list[str]:
    days = article_days(hit.passage for hit in found)
    narrowed = keep_exact(asked_units(question, TODAY), found, days)
    return [hit.passage.quote(sentence) for hit in narrowed for sentence in hit.passage.sentences]


def lines(number: int, rows: Sequence[tuple[BlockKind, str]]) -> StoredPassage:
    """A passage with a block in each line."""
    found = passage(number, [text for _, text in rows])
    marked = tuple(
        Sentence(s.start, s.end, kind=kind)
        for s, (kind, _) in zip(found.sentences, rows, strict=True)
    )
    text = "\n".join(text for _, text in rows)
    return replace(found, sentences=marked, text=text)


def test_a_code_that_nothing_says_leaves_nothing() -> None:
    assert kept("What is CVE-2024-9999?", hits(passage(1, BULLETIN))) == []


def test_a_code_comes_without_its_neighbours() -> None:
    said = kept("When was CVE-2024-1243 fixed?", hits(passage(1, BULLETIN)))
    assert BULLETIN[3] in said
    assert BULLETIN[4] in said
    assert not any("1234" in sentence or "4.3.1" in sentence for sentence in said)


def test_a_short_code_of_a_family_that_nothing_names_may_be_said_in_words() -> None:
    found = hits(passage(1, ["The reproduction number was 3.8."]))
    assert kept("What was R0 of the outbreak?", found) == ["The reproduction number was 3.8."]
    assert kept("What does form A38751 ask?", found) == []


def test_an_ordinal_in_a_question_leaves_out_nothing() -> None:
    found = hits(passage(1, ["The wave of spring was mild.", "The second wave was not."]))
    assert len(kept("How bad was the first wave?", found)) == 2


def test_a_code_in_the_heading_holds_for_what_stands_under_it() -> None:
    notes = lines(
        1,
        [
            ("heading", "Kestrel 4.2.0"),
            ("list_item", "New: calendars."),
            ("heading", "Kestrel 4.1.3"),
            ("list_item", "Fixed: a leak."),
        ],
    )
    assert kept("What is new in Kestrel 4.2.0?", hits(notes)) == [
        "Kestrel 4.2.0",
        "New: calendars.",
    ]
    assert kept("What is new in Kestrel 4.1.2?", hits(notes)) == []


def test_a_version_may_be_written_without_the_name_of_the_program() -> None:
    notes = lines(
        1,
        [
            ("heading", "Quill 5.0 and newer"),
            ("heading", "5.1.0 (28 April 2026)"),
            ("list_item", "The largest file is 250 MB."),
            ("heading", "5.0.2 (3 March 2026)"),
            ("list_item", "The largest file is 100 MB."),
        ],
    )
    assert kept("How large may a file be in Quill 5.1?", hits(notes))[-1] == (
        "The largest file is 250 MB."
    )
    assert kept("How large may a file be in Quill 5.2?", hits(notes)) == []


@pytest.mark.parametrize("start", [0, 400])
def test_a_code_holds_for_its_paragraph_wherever_the_passage_begins(start: int) -> None:
    it, asked = "It was fixed in May.", "CVE-2024-1243 leaks the password."
    article = passage(1, ["CVE-2024-1234 stops a pump.", it, asked], start=start)
    apart = replace(article, text=article.text.replace(" It", "\nIt"))
    assert kept("What about CVE-2024-1243?", hits(article)) == [asked]
    assert kept("What about CVE-2024-1243?", hits(apart)) == [it, asked]


def test_the_number_of_a_row_is_what_its_header_says() -> None:
    table = lines(
        1,
        [
            ("table_header", "Line | From | Every"),
            ("table_row", "1 | Harbour | 10"),
            ("table_row", "3 | Station | 8"),
        ],
    )
    assert kept("Where does line 3 start?", hits(table)) == [
        "Line | From | Every",
        "3 | Station | 8",
    ]
    assert kept("Where does line 8 start?", hits(table)) == []


def test_a_row_is_of_the_version_or_the_month_that_it_begins_with() -> None:
    versions = lines(
        1,
        [
            ("table_header", "Quill | Python"),
            ("table_row", "4.0 | 3.9"),
            ("table_row", "5.1 | 3.11"),
        ],
    )
    assert kept("which python does quill 5.1 need", hits(versions))[1:] == ["5.1 | 3.11"]
    assert kept("which python does quill 6.0 need", hits(versions)) == []
    months = lines(
        1,
        [
            ("table_header", "Month | Sum"),
            ("table_row", "2026-03 | 61"),
            ("table_row", "2026-04 | 58"),
        ],
    )
    assert kept("what was the sum in march 2026", hits(months))[1:] == ["2026-03 | 61"]


@pytest.mark.parametrize(
    ("question", "weeks"),
    [
        ("How many boats called in week 13 of 2026?", ["13"]),
        ("How many boats in week 12 or 13?", ["12", "13"]),
        ("How many boats in week 14?", []),
        ("How many boats called?", ["12", "13"]),
        ("How many boats since week 12?", ["12", "13"]),
        ("How many boats in week 12, and how many a week later?", ["12", "13"]),
        ("Wie viele Boote in Woche 12 und eine Woche danach?", ["12", "13"]),
    ],
)
def test_a_question_that_names_a_period_keeps_to_it(question: str, weeks: list[str]) -> None:
    found = hits(
        *(
            passage(
                int(week), [f"Boats that called: {week}."], title=f"Report, week {week} of 2026"
            )
            for week in ("12", "13")
        )
    )
    assert kept(question, found) == [f"Boats that called: {week}." for week in weeks]


def test_the_year_of_a_row_decides() -> None:
    table = lines(1, [("table_row", "2018 | 12"), ("table_row", "2019 | 31"), ("note", "Counted.")])
    assert kept("How many in 2019?", hits(table)) == ["2019 | 31", "Counted."]


def test_yesterday_in_a_dated_article_is_a_day() -> None:
    news = passage(
        1, ["The tunnel costs more.", "The council heard it yesterday."], published="2026-09-02"
    )
    assert "The council heard it yesterday." in kept(
        "What was heard on 1 September 2026?", hits(news)
    )
    assert kept("What was heard on 20 August 2026?", hits(news)) == []


def test_yesterday_in_a_question_is_the_day_before_today() -> None:
    report = passage(1, ["There were 19 cases."], published="2026-11-29")
    older = passage(2, ["There were 12 cases."], published="2026-11-22")
    assert kept("How many cases were reported yesterday?", hits(report, older)) == [
        "There were 19 cases."
    ]


def test_questions_that_name_no_unit_keep_everything() -> None:
    found = hits(passage(1, BULLETIN))
    assert keep_exact(asked_units("How do the pumps work?", TODAY), found, {}) == found


def test_a_heading_with_its_day_in_brackets_is_about_that_day() -> None:
    found = hits(
        passage(1, ["New: calendars."], heading="Kestrel 4.2.0 (2026-09-28)"),
        passage(2, ["Fixed: a leak."], heading="Kestrel 4.2.1 (2026-10-19)"),
    )
    assert kept("what came out for kestrel on 19 october 2026", found) == ["Fixed: a leak."]


def test_a_period_in_brackets_compares_and_may_be_asked_for() -> None:
    report = passage(
        1,
        ["Turnover was 14.6 million (2024: 15.9 million).", "In 2024 we moved to Mill Street."],
        title="Corvane: 2025 in short",
    )
    assert kept("turnover 2025", hits(report)) == [report.quote(report.sentences[0])]
    assert len(kept("turnover 2024", hits(report))) == 2


def test_a_report_of_the_asked_day_may_be_on_any_week() -> None:
    report = passage(1, ["In week 18 there were 212 cases."], published="2026-05-04")
    other = passage(2, ["In week 18 there were 300 visitors."], published="2026-05-11")
    assert kept("cases reported on 4 May 2026", hits(report, other)) == [
        "In week 18 there were 212 cases."
    ]


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("list_item", "Rent is due by 1 June 2026"),
        ("list_item", "Rent was due by 1 May 2026"),
        ("paragraph", "Next meeting: 20 May 2026"),
        ("paragraph", "The 1 May 2026 meeting was short"),
    ],
)
def test_a_line_with_another_day_is_no_byline(kind: BlockKind, line: str) -> None:
    minutes = lines(1, [(kind, line), ("paragraph", "The surplus was 40 euros.")])
    found = hits(replace(minutes, published="2026-05-13"))
    assert "The surplus was 40 euros." in kept("How large was the surplus on 13 May 2026?", found)


@pytest.mark.parametrize("by", ["Rike · {}, 06:10", "{}, Rike", "07:55 · {} · Rike", "Rike, {}"])
def test_a_short_line_with_a_day_is_the_byline_of_a_post(by: str) -> None:
    thread = lines(
        1,
        [
            ("paragraph", by.format("13 May 2026")),
            ("paragraph", "The coil is warm."),
            ("paragraph", by.format("20 May 2026")),
            ("paragraph", "The coil is cold."),
        ],
    )
    said = kept("How was the coil on 20 May 2026?", hits(thread))
    assert said == [by.format("20 May 2026"), "The coil is cold."]


@pytest.mark.parametrize(
    ("question", "articles"),
    [
        ("How many people came to the fair on 13 May 2026?", [2, 1]),
        ("When is the office closed on 13 May 2026?", [2]),
        ("What was on 13 May 2026?", [2]),
    ],
)
def test_what_is_of_the_asked_day_comes_alone_only_if_it_says_what_is_asked(
    question: str, articles: list[int]
) -> None:
    found = hits(
        passage(1, ["The fair drew 300 people to the pier."], title="At the pier"),
        passage(2, ["The office is closed on 13 May 2026."], title="Notices"),
    )
    narrowed = narrow(question, found, TODAY, {})
    assert [hit.passage.article_id for hit in narrowed] == articles


def test_what_is_of_the_asked_day_is_judged_without_it() -> None:
    post = lines(1, [("paragraph", "Rike · 5 May 2026, 07:55"), ("paragraph", "The coil is warm.")])
    found = hits(post, passage(2, ["The coil is cold."]))
    question = "what did rike find on 5 may 2026"
    narrowed = narrow(question, found, TODAY, {})
    assert [hit.passage.article_id for hit in narrowed] == [1]
    assert question_within(question, narrowed, TODAY, {}) == "what did rike find on"
    assert question_within(question, found, TODAY, {}) == question


def test_a_day_that_nothing_is_of_leaves_the_undated() -> None:
    found = hits(passage(1, ["The fair drew 300 people to the pier."]))
    assert narrow("What was on 13 May 2026?", found, TODAY, {}) == found
