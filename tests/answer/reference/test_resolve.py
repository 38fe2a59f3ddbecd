"""Which articles a line points to, among those that may be seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer.reference import topics
from bot.answer.reference.pointer import ArticleFacts
from bot.answer.reference.read_pointer import read_pointer
from bot.answer.reference.resolve import Resolution, resolve_line
from bot.embedding import Floats, encode_offline

TODAY = date(2026, 11, 28)
ENTRIES = [
    ArticleFacts(
        1, "Annual report 2024", "pdf", "Ines Falk", "Sam", "2026-08-03", ("finance",), "en"
    ),
    ArticleFacts(
        2, "Night ferries: who still runs them", "web", "", "Priya", "2026-08-27", (), "en"
    ),
    ArticleFacts(3, "Haushaltsplan 2026", "pdf", "", "Jonas", "2026-09-19", ("budget",), "de"),
    ArticleFacts(
        5, "Ferry fares to rise", "web", "Oda Marsh", "Sam", "2026-11-27", ("ferry",), "en"
    ),
]


def resolve(line: str, shown: tuple[int, ...] = ()) -> Resolution | None:
    return resolve_line(line, ENTRIES, shown=shown, today=TODAY)


@pytest.mark.parametrize(
    ("line", "shown", "ids"),
    [
        ("#5", (), (5,)),
        ("Summarise article 3", (), (3,)),
        ("articles 1 and 5", (), (1, 5)),
        ("the second one", (5, 3), (3,)),
        ("what does the last one say about money", (5, 3), (3,)),
        ("both", (5, 3), (5, 3)),
        ("the pdf Sam posted", (), (1,)),
        ("das PDF von Jonas", (), (3,)),
        ("what Sam added yesterday", (), (5,)),
        ("everything sam shared", (), (1, 5)),
        ("the newest article", (), (5,)),
        ("the oldest one", (), (1,)),
        ("the german article", (), (3,)),
        ("night ferrys", (), (2,)),
        ("the ferry articles", (), (2, 5)),
        ("this article", (2,), (2,)),
        ("article five", (), (5,)),
        ("artikel drei", (), (3,)),
        ("l'article cinq", (), (5,)),
        ("articles 1 to 3", (), (1, 2, 3)),
        ("articles 1-3", (), (1, 2, 3)),
        ("last but one", (5, 3, 1), (3,)),
        ("der vorletzte", (5, 3, 1), (3,)),
        ("l'avant-dernier", (), (3,)),
        ("the older of the two", (5, 2), (2,)),
        ("der neuere von beiden", (2, 5), (5,)),
        ("the two from sam", (), (1, 5)),
        ("los dos últimos", (), (3, 5)),
        ("all the pdfs", (), (1, 3)),
        ("the thing priya put up about ferries", (), (2,)),
        ("the report Ines wrote", (), (1,)),
        ("sams last upload", (), (5,)),
        ("what sam posted about money", (), (1,)),
        ("the september articles", (), (3,)),
        ("the piece where they run the night ferries", (), (2,)),
    ],
)
def test_a_line_finds_the_articles_that_it_points_to(
    line: str, shown: tuple[int, ...], ids: tuple[int, ...]
) -> None:
    found = resolve(line, shown)

    assert found is not None
    assert (found.status, sorted(found.ids)) == ("found", sorted(ids))


@pytest.mark.parametrize(
    "line",
    [
        "what does article 5 of the convention say",
        "who came in second place",
        "what did Sam say about the swan",
        "whats the oldest house in town",
        "which article started the strike",
        "when does the last ferry leave",
        "are both lifts working",
        "where did Mira Olsen study",
        "what did the ferry company report",
        "who does Mira Olsen report to",
    ],
)
def test_a_question_that_shares_the_words_points_to_none(line: str) -> None:
    assert resolve(line) is None


def test_what_is_asked_of_the_article_is_left() -> None:
    found = resolve("what does article 5 say about the price")

    assert found is not None
    assert found.rest == "the price"


def test_a_number_that_no_article_has_is_told() -> None:
    found = resolve("tl;dr of article 4")
    assert found is not None
    assert (found.status, found.ids, found.rest, found.number) == ("none", (), "", 4)


def test_what_may_be_several_is_not_decided() -> None:
    found = resolve("the ferry article")

    assert found is not None
    assert (found.status, sorted(found.ids)) == ("ambiguous", [2, 5])


@given(st.text(max_size=60), st.lists(st.integers(1, 9), max_size=3))
def test_only_listed_articles_are_ever_meant(line: str, shown: list[int]) -> None:
    found = resolve_line(line, ENTRIES, shown=shown, today=TODAY)

    assert found is None or set(found.ids) <= {1, 2, 3, 5}


def test_a_title_is_embedded_once_and_other_questions_need_not_wait_for_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batches: list[Sequence[str]] = []

    def encode(texts: Sequence[str]) -> Floats:
        batches.append(texts)
        return encode_offline(texts)

    monkeypatch.setattr(topics, "encode_offline", encode)
    entries = [ArticleFacts(i, f"Harbour notes, part {i}") for i in range(1, 41)]
    for _i in range(2):
        resolve_line("the wolf article", entries, today=TODAY)

    embedded = [text for texts in batches for text in texts if "Harbour" in text]
    assert sorted(embedded) == sorted(entry.title for entry in entries)
    assert max(map(len, batches)) <= 16


def test_a_name_without_letters_does_not_disturb_other_lines() -> None:
    nameless = ArticleFacts(9, "Harbour notes", added_by="\N{ARABIC TATWEEL}")
    found = resolve_line("the pdf Sam posted", [*ENTRIES, nameless], today=TODAY)

    assert found is not None
    assert found.ids == (1,)


@pytest.mark.parametrize(
    ("line", "around"),
    [
        ("how long did article 5 take?", ("how long did ", " take?")),
        ("What does the second one say about money", ("What does ", " say about money")),
        ("does this article mention money?", ("does ", " mention money?")),
        ("according to #5, what is planned", ("according to ", ", what is planned")),
        ("compare articles 1 and 5 on money", ("compare ", " on money")),
    ],
)
def test_what_stands_around_the_words_that_name_an_article_is_kept(
    line: str, around: tuple[str, str]
) -> None:
    found = resolve(line, (5, 3) if "second" in line else (5,))
    assert found is not None
    assert found.around == around


@pytest.mark.parametrize(
    ("line", "describes"),
    [
        ("how much is paid according to the annual report?", True),
        ("how long did the ferries article take to write about money", True),
        ("how much is paid according to article 1?", False),
        ("what does the first one say about money", False),
    ],
)
def test_only_words_that_describe_an_article_can_stay_in_the_question(
    line: str, describes: bool
) -> None:
    found = resolve(line, (1, 5))
    assert found is not None
    assert found.describes is describes


@pytest.mark.parametrize(
    "line", ["how long did the ferry study run", "how recent are the ferry articles"]
)
def test_a_word_that_the_question_asks_with_is_no_order(line: str) -> None:
    pointer = read_pointer(line, [], TODAY)
    assert pointer is not None
    assert pointer.pick == ""
    assert pointer.topic == "ferry"


REPORTS = [ArticleFacts(n, f"Report for quarter {n}") for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("line", "shown", "status", "ids"),
    [
        ("sum up the report", (), "ambiguous", (1, 2, 3)),
        ("what does the report say about revenue", (), "ambiguous", (1, 2, 3)),
        ("according to the report, how high was revenue?", (), "ambiguous", (1, 2, 3)),
        ("what does the report say about revenue", (2,), "found", (2,)),
        ("sum up the article", (3,), "found", (3,)),
    ],
)
def test_a_plain_noun_may_mean_each_article_that_is_called_so(
    line: str, shown: tuple[int, ...], status: str, ids: tuple[int, ...]
) -> None:
    found = resolve_line(line, REPORTS, shown=shown, today=TODAY)
    assert found is not None
    assert (found.status, found.ids) == (status, ids)


@pytest.mark.parametrize(
    "line",
    ["who presented the report to the council?", "when did the report burn", "the study"],
)
def test_a_report_in_the_world_is_no_article(line: str) -> None:
    assert resolve_line(line, REPORTS, shown=(), today=TODAY) is None


def test_a_title_in_quotation_marks_is_its_article() -> None:
    found = resolve("what does “Ferry fares to rise” say about children")
    assert found is not None
    assert (found.ids, found.rest) == ((5,), "children")


@pytest.mark.parametrize(
    ("line", "topic", "rest"),
    [
        ("qué dice la entrevista del mercado sobre la riada", "mercado", "riada"),
        ("was steht im gemeinderatsprotokoll zur brücke", "gemeinderat", "brücke"),
    ],
)
def test_what_is_asked_of_an_article_is_no_part_of_what_names_it(
    line: str, topic: str, rest: str
) -> None:
    pointer = read_pointer(line, [], TODAY)
    assert pointer is not None
    assert pointer.topic == topic
    assert rest in pointer.rest


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("what does the 2025 tunnel article say about money", 1),
        ("what does the 2024 budget article say about roads", 3),
    ],
)
def test_a_year_may_be_when_an_article_was_published_or_be_its_title(line: str, meant: int) -> None:
    entries = [
        ArticleFacts(1, "Harbour tunnel to cost 18 million", published="2025-11-14"),
        ArticleFacts(2, "Tunnel under the harbour: costs rise", published="2026-08-27"),
        ArticleFacts(3, "Budget 2024", published="2023-12-01"),
    ]
    resolution = resolve_line(line, entries, shown=(), today=date(2026, 11, 30))

    assert resolution is not None
    assert (resolution.status, resolution.ids) == ("found", (meant,))


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("what Sam added on 5 May 2026", (2,)),
        ("everything sam shared in may 2026", (2,)),
        ("the articles of 5 May 2026", (1, 2)),
    ],
)
def test_a_day_of_adding_is_not_one_of_publishing(line: str, meant: tuple[int, ...]) -> None:
    entries = [
        ArticleFacts(1, "Fair", "web", "", "Sam", "2026-06-10", published="2026-05-05"),
        ArticleFacts(2, "Pier", "web", "", "Sam", "2026-05-05", published="2026-04-30"),
    ]
    resolution = resolve_line(line, entries, shown=(), today=TODAY)

    assert resolution is not None
    assert resolution.ids == meant


@pytest.mark.parametrize(
    "line",
    [
        "it is 5 may. how many cases did the health office report yesterday",
        "summer water temperature 2022 in the seagrass study",
        "who pays in the end, the fund or the town? articles say different",
        "does the editor do .docx export",
        "is the new pump quieter than the old one",
    ],
)
def test_a_day_or_a_remark_beside_a_question_points_to_no_article(line: str) -> None:
    assert resolve(line) is None
