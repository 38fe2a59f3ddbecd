"""A question that may mean one of several things is asked back; one that says which is not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio

from bot.answer.strategies.which_one import ambiguous_noun
from bot.app import open_app
from bot.ingest.submission import Submission
from bot.settings import Settings, describe
from tests.answer.test_understanding import SCOPE, Talk

pytestmark = pytest.mark.asyncio(loop_scope="module")
FISH, SCHOOL = "Halvard Brekke resigns over the cod quota", "School reform: Odile Marchant gives in"
TEXTS = {
    FISH: "Halvard Brekke, the minister of fisheries of Norland, resigned on Monday. The minister "
    "said that he had signed the cod quota without reading it.",
    SCHOOL: "Odile Marchant, the minister of education of Vauclair, takes back the reform. The "
    "minister said that small schools will stay open.",
    "Skarby tunnel: work begins": "The tunnel under Skarby harbour will cost 18 million crowns. "
    "Engineer Pavel Lind told the council of Skarby so.",
    "Skarby tunnel: the bill rises": "The tunnel under Skarby harbour will cost 26 million crowns. "
    "Engineer Pavel Lind told the council of Skarby so.",
    "Mayor of Brandow ill": "The mayor of Brandow, Ida Kessler, is ill. She will be back in June.",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared() -> AsyncIterator[Talk]:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for name, _, _ in describe():
            patch.delenv(name, raising=False)
        settings = Settings(data_dir=Path(folder))
        async with open_app(settings) as app, app.store.library("1") as library:
            for title, text in TEXTS.items():
                await app.ingest.add(Submission(f"{title}.md", text, title), library, SCOPE)
            yield Talk(app, library)


@pytest.fixture
def talk(shared: Talk) -> Talk:
    return Talk(shared.app, shared.library)


async def test_which_of_two_ministers_is_meant_is_asked_back_and_then_answered(talk: Talk) -> None:
    question = await talk.ask("what did the minister say")
    answer = await talk.ask("the second one")

    assert {choice.title for choice in question.choices} == {FISH, SCHOOL}
    assert {hit.passage.title for hit in question.nearest} <= {FISH, SCHOOL}
    second = question.choices[1].title
    assert [citation.title for citation in answer.citations] == [second]


@pytest.mark.parametrize(
    "line",
    [
        "what did the minister of fisheries say",
        "what did Odile Marchant say",
        "how much will the tunnel cost",  # one tunnel, of which two articles tell
        "who is the mayor",
    ],
)
async def test_a_question_that_means_one_thing_is_answered(talk: Talk, line: str) -> None:
    assert (await talk.ask(line)).clarification == ""


@pytest.mark.parametrize(
    ("question", "noun"),
    [
        ("who won the final?", "final"),
        ("wer ist der Vorsitzende", ""),  # has a capital: it may be a name
        ("was sagte der vorsitzende", "vorsitzende"),
        ("¿cuánto cuesta la entrada?", "entrada"),
        ("qui a gagné la finale", "finale"),
        ("how many people saw the final of the cup in 2019", ""),
        ("what did the minister tell the union", ""),
    ],
)
async def test_only_one_definite_thing_is_ambiguous(question: str, noun: str) -> None:
    assert ambiguous_noun(question) == noun
