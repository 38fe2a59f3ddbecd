"""A follow-up may mean another article on the same subject than the one that was cited."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio

from bot.app import open_app
from bot.ingest.submission import Submission
from bot.settings import Settings, describe
from tests.answer.test_understanding import SCOPE, Talk

pytestmark = pytest.mark.asyncio(loop_scope="module")
PAGE = """<html><head><title>{title}</title>
<meta property="article:published_time" content="{day}"><meta name="author" content="Ada Wren">
</head><body><article><h1>{title}</h1><p>By Ada Wren, reporter</p><p>{text}</p></article></body>
</html>"""
PAGES = (
    (
        "Skelby tunnel: the bill rises",
        "2026-05-03",
        "The tunnel under the harbour of Skelby will cost 26 million crowns. The fare of the ferry "
        "rises to 3 crowns. The diggers met quicksand below the quay.",
    ),
    (
        "The harbour tunnel of Skelby is planned",
        "2025-02-11",
        "The tunnel under the harbour of Skelby will cost 18 million crowns. The fare of the ferry "
        "stays at 2.50 crowns. The opening is planned for 2027.",
    ),
    ("Bees of the county", "2024-07-01", "A hive makes 30 kilograms of honey in a good summer."),
)
SAME_DAY = (
    ("The mill of Orrin", "2024-07-01", "The mill of Orrin grinds 4 tonnes of oats a day."),
    ("The mill of Orrin, too", "2024-07-01", "The mill of Orrin grinds 5 tonnes of oats a day."),
)
EVERYDAY = Path(__file__).parent.parent / "quality" / "everyday" / "articles"
SAME = "Engineer Pavel Lind told the council of Skarby so."
BRIDGES = {
    "Skarby bridge: work begins": f"The bridge of Skarby will cost 7 million crowns. {SAME}",
    "Skarby bridge: the bill rises": f"The bridge of Skarby will cost 9 million crowns. {SAME}",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared() -> AsyncIterator[Talk]:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for name, _, _ in describe():
            patch.delenv(name, raising=False)
        settings = Settings(data_dir=Path(folder))
        async with open_app(settings) as app, app.store.library("1") as library:
            for number, (title, day, text) in enumerate((*PAGES, *SAME_DAY)):
                page = PAGE.format(title=title, day=day, text=text).encode()
                await app.ingest.add(Submission(f"{number}.html", page), library, SCOPE)
            for title, text in BRIDGES.items():
                await app.ingest.add(Submission(f"{title}.md", text, title), library, SCOPE)
            yield Talk(app, library)


@pytest.fixture
def talk(shared: Talk) -> Talk:
    return Talk(shared.app, shared.library)


@pytest.mark.parametrize(
    ("line", "quote"),
    [
        ("and what did the older article say?", "18 million"),
        ("und was stand in dem älteren artikel", "18 million"),
        ("and in 2025?", "18 million"),
        ("and the other article?", "18 million"),
        ("the older article, what is the fare of the ferry there?", "2.50 crowns"),
    ],
)
async def test_what_was_asked_is_asked_of_the_older_article(
    talk: Talk, line: str, quote: str
) -> None:
    first = await talk.ask("according to article 1, what does the tunnel cost?")
    assert "26 million" in first.citations[0].quote

    answer = await talk.ask(line)

    assert quote in " ".join(citation.quote for citation in answer.citations)
    assert {citation.title for citation in answer.citations} == {PAGES[1][0]}


@pytest.mark.parametrize("line", ["and the newer article on that?", "und der neuere Artikel dazu?"])
async def test_the_other_article_is_not_asked_for_the_title_of_the_first(
    talk: Talk, line: str
) -> None:
    await talk.ask("what does the 2025 tunnel article say about the fare of the ferry")

    answer = await talk.ask(line)

    assert ["rises to 3 crowns" in citation.quote for citation in answer.citations] == [True]
    assert answer.standalone_question == "the fare of the ferry"


async def test_an_article_of_the_same_day_is_not_the_newer_one(talk: Talk) -> None:
    first = await talk.ask("according to article 4, how many tonnes does the mill grind?")
    assert "4 tonnes" in first.citations[0].quote

    answer = await talk.ask("and what did the newer article say?")

    assert SAME_DAY[1][0] not in {citation.title for citation in answer.citations}


async def test_a_year_of_no_other_article_is_looked_for_as_ever(talk: Talk) -> None:
    await talk.ask("how many kilograms of honey does a hive make?")
    answer = await talk.ask("and in 2011?")

    assert answer.standalone_question == "how many kilograms of honey does a hive make (in 2011)?"


async def test_who_says_so_is_told_with_the_byline(talk: Talk) -> None:
    await talk.ask("how many kilograms of honey does a hive make?")
    answer = await talk.ask("who wrote that?")

    assert [citation.quote for citation in answer.citations] == [
        "By Ada Wren, reporter",
        "A hive makes 30 kilograms of honey in a good summer.",
    ]


async def test_what_both_articles_say_in_the_same_words_is_shown_once(talk: Talk) -> None:
    answer = await talk.ask("compare article 6 and article 7")

    both = [sentence for sentence in answer.sentences if sentence.text == SAME]
    assert [len(sentence.footnotes) for sentence in both] == [2]


async def test_an_article_that_does_not_answer_tells_of_what_was_shown(tmp_path: Path) -> None:
    async with (
        open_app(Settings(data_dir=tmp_path)) as app,
        app.store.library(SCOPE.server_id) as library,
    ):
        for path in sorted(EVERYDAY.glob("*.html")):
            await app.ingest.add(Submission(path.name, path.read_bytes()), library, SCOPE)
        talk = Talk(app, library)
        line = "what does the 2025 tunnel article say about where the money comes from"
        assert "Half of the sum" in (await talk.ask(line)).citations[0].quote
        answer = await talk.ask("and the newer article on that?")
    assert answer.answered
    assert "has declined to pay" in answer.citations[0].quote
