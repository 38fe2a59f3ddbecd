"""Thorough search: a model plans, reads and looks again; whatever it says costs little."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from bot.answer.events import Event, Retrieved, Searching
from bot.answer.model_answer import THOROUGH_FROM_TOKENS_PER_S, Writer
from bot.answer.thorough_search import (
    ALWAYS_KEPT,
    MAX_SEARCHES,
    SEARCH_CHARACTERS,
    WRITTEN_FROM,
    ThoroughSearch,
    read_plan,
    read_reading,
)
from bot.answer.writing.prompt_builder import Prompts
from bot.answer_records import EXAM_QUESTIONS, ModelProfile
from bot.app import open_app
from bot.records import Hit, SearchResult
from bot.search.retrieve import find_passages
from tests.answer.conftest import SCOPE, Harness, asking, finished, words
from tests.model_server import ScriptedServer, answer, error, model_server

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUESTION = "In which town was the director of The Grey Lantern born?"
FILM = (
    "The Grey Lantern is a film of 1961. It was directed by Ilse Marrow. It was shot in black and "
    "white."
)
PERSON = (
    "Ilse Marrow was a painter and a teacher. She was born in Brackholm as the daughter of a "
    "miller."
)
OTHERS = (
    "A grey lantern hung over the door of the town hall until the storm of 1962.",
    "The director of the museum was born in the town and never left it.",
    "In which town a film is shown first is decided by the distributor in March.",
    "The Red Lantern is a novel. Its author was born abroad and learned to direct plays.",
    "Lanterns of grey glass were made in the town for two hundred years by one family.",
    "The town's film club has a director, a treasurer and forty members born here.",
    "A lantern fish is grey. It was described in 1880 by the director of an aquarium.",
    "Every child that is born in the town gets a lantern from the mayor at its christening.",
    "The director of the water works said the grey film on the river is pollen.",
    "Of the towns on the coast, five have a film festival, and one shows films by lantern light.",
    "He was born in a lighthouse, directed traffic in a grey town, and wrote about film music.",
    "The lantern festival ends with a film. Its director comes from the town across the bay.",
    "Grey wool from the town was used for the coats in a film about a lantern maker.",
    "A director may be born, says the town's theatre, but a lantern bearer is made.",
)
PLANNED = json.dumps({"searches": ["director of The Grey Lantern", "Ilse Marrow born"]})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(shared: Harness) -> AsyncIterator[Harness]:
    async with model_server() as server:
        with TemporaryDirectory() as folder:
            settings = replace(shared.app.settings, data_dir=Path(folder), search="thorough")
            async with open_app(asking(settings, server)) as app:
                harness = Harness(app, server)
                await harness.add(FILM, "The Grey Lantern")
                await harness.add(PERSON, "Ilse Marrow")
                for n, text in enumerate(OTHERS):
                    await harness.add(text, f"Note {n}")
                yield harness


@pytest.fixture
def thorough(opened: Harness) -> Harness:
    opened.server.forget()
    return opened


async def events_of(harness: Harness) -> list[Event]:
    async with harness.app.store.library(SCOPE.server_id) as library:
        asked = harness.app.answerer.answer(QUESTION, library, SCOPE)
        async with aclosing(asked):
            return [event async for event in asked]


def prompts(server: ScriptedServer) -> list[str]:
    requests = [request for request in server.requests if "messages" in request.body]
    return ["\n".join(m["content"] for m in request.body["messages"]) for request in requests]


def number_of(text: str, prompt: str) -> int:
    """The number of the passage with a text in a reader's prompt."""
    before = prompt[: prompt.index(text)]
    return int(before[before.rindex("<passage ") + 9 :].split(">")[0])


def reads(server: ScriptedServer, *texts: str) -> None:
    """The next prompt is answered by the numbers of these texts, the one after by an answer."""

    def reply(prompt: str) -> object:
        if "relevant:" not in prompt:
            mark = prompt[: prompt.index("She was born")].rindex("[")
            return answer(
                f"She was born in Brackholm {prompt[mark : prompt.index(']', mark) + 1]}."
            )
        listed = ", ".join(str(number_of(text, prompt)) for text in texts if text in prompt)
        return answer(f"relevant: {listed or 'none'}\nmissing: none")

    server.answers = reply  # type: ignore[assignment]


def shown(findings: SearchResult) -> list[str]:
    return [hit.passage.text for hit in findings.hits]


async def test_what_it_plans_is_told_looked_for_and_written_from(thorough: Harness) -> None:
    thorough.server.say(PLANNED)
    reads(thorough.server, "Ilse Marrow was a painter", "The Grey Lantern is a film")
    events = await events_of(thorough)

    assert [event for event in events if isinstance(event, Searching)] == [
        Searching(("director of The Grey Lantern", "Ilse Marrow born"))
    ]
    first, last = [event.findings for event in events if isinstance(event, Retrieved)]
    assert not any("Brackholm" in text for text in shown(first))
    assert any("Brackholm" in text for text in shown(last)[:2])
    assert len(last.hits) <= WRITTEN_FROM
    assert words(finished(events)) == ["She was born in Brackholm."]
    plan, read, write = prompts(thorough.server)
    assert QUESTION in plan
    assert "- The Grey Lantern" in plan
    assert "She was born in Brackholm" in read
    assert "She was born in Brackholm" in write


async def test_what_is_missing_is_looked_for_once_more(thorough: Harness) -> None:
    thorough.server.say('{"searches": ["who directed The Grey Lantern"]}')
    thorough.server.say("relevant: 1\nmissing: Ilse Marrow daughter of a miller")
    thorough.server.say("relevant: 1\nmissing: her grandmother")
    app = thorough.app
    model = Writer(app.server, "scripted", Prompts.load(), 4_000, 500)
    async with app.store.library(SCOPE.server_id) as library:

        async def find_two(question: str) -> Sequence[Hit]:
            found = await find_passages(question, library, SCOPE, app.embedder, limit=2)
            return found.hits

        first = SearchResult(tuple(await find_two("a lantern fish")), 0.5, 16)
        steps = [step async for step in ThoroughSearch(QUESTION, find_two, model).improve(first)]

    assert steps[:-1] == [
        Searching(("who directed The Grey Lantern",)),
        Searching(("Ilse Marrow daughter of a miller",)),
    ]
    assert isinstance(steps[-1], SearchResult)
    assert any("Brackholm" in text for text in shown(steps[-1])[:2])
    assert len(prompts(thorough.server)) == 3  # and not a third round


async def test_a_liar_does_not_push_out_what_the_first_search_found(thorough: Harness) -> None:
    thorough.server.say('{"searches": ["wool for coats", "lantern fish"]}')
    thorough.server.say(f"relevant: {', '.join(map(str, range(1, 31)))}\nmissing: none")
    thorough.server.say("NOT_IN_THE_LIBRARY")
    events = await events_of(thorough)

    first, last = [event.findings for event in events if isinstance(event, Retrieved)]
    assert set(shown(first)[:ALWAYS_KEPT]) <= set(shown(last))


@pytest.mark.parametrize("reply", ["", "I'm sorry, I can't.", "{", '{"searches": 4}', "[]"])
async def test_rubbish_searches_for_no_more_than_it_says(thorough: Harness, reply: str) -> None:
    thorough.server.say(reply)
    thorough.server.say(reply)
    thorough.server.say("NOT_IN_THE_LIBRARY")
    events = await events_of(thorough)

    first, last = [event.findings for event in events if isinstance(event, Retrieved)]
    assert set(shown(first)[:ALWAYS_KEPT]) <= set(shown(last))
    assert last.answer_probability < first.answer_probability


async def test_a_call_that_fails_leaves_the_first_search(
    thorough: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    thorough.server.put(error(500, "out of memory"))
    reads(thorough.server)
    thorough.server.answers = lambda prompt: answer("NOT_IN_THE_LIBRARY")
    with caplog.at_level(logging.WARNING, "bot.answer.thorough_search"):
        events = await events_of(thorough)

    first, last = [event.findings for event in events if isinstance(event, Retrieved)]
    assert first == last
    assert "searched without the model's help" in caplog.text


async def test_what_it_reasons_is_no_search(thorough: Harness) -> None:
    thorough.server.put(answer("<think>\nThe user asks about a lantern", finish="length"))
    thorough.server.say("<reasoning>relevant: 3</reasoning>relevant: none\nmissing: none")
    thorough.server.say("NOT_IN_THE_LIBRARY")
    events = await events_of(thorough)

    assert not any(isinstance(event, Searching) for event in events)
    first, last = [event.findings for event in events if isinstance(event, Retrieved)]
    assert last.answer_probability < first.answer_probability


async def test_a_second_reading_that_fails_keeps_the_first(thorough: Harness) -> None:
    thorough.server.say('{"searches": ["who directed The Grey Lantern"]}')
    thorough.server.say('{"relevant": [1], "missing": "Ilse Marrow daughter of a miller"}')
    thorough.server.put(error(500, "out of memory"))
    app = thorough.app
    model = Writer(app.server, "scripted", Prompts.load(), 4_000, 500)
    async with app.store.library(SCOPE.server_id) as library:

        async def find_two(question: str) -> Sequence[Hit]:
            found = await find_passages(question, library, SCOPE, app.embedder, limit=2)
            return found.hits

        first = SearchResult((), 0.5, 16)
        steps = [step async for step in ThoroughSearch(QUESTION, find_two, model).improve(first)]

    assert isinstance(steps[-1], SearchResult)
    assert "Grey Lantern" in shown(steps[-1])[0]
    assert steps[-1].answer_probability == 0.5


async def test_all_calls_are_reserved_with_the_first(thorough: Harness) -> None:
    thorough.server.say(PLANNED)
    reads(thorough.server, "Ilse Marrow was a painter")
    events = await events_of(thorough)

    usage = finished(events).usage
    assert (usage.prompt_tokens, usage.completion_tokens) == (300, 30)  # three calls


# --- when -------------------------------------------------------------------------------------


def writer(mode: str, profile: ModelProfile) -> Writer:
    values = {"server": None, "model_name": "m", "prompts": None, "prompt_tokens": 1}
    return Writer(**values, answer_tokens=1, search_mode=mode, profile=profile)  # type: ignore[arg-type]


FAST = ModelProfile(cites=EXAM_QUESTIONS, reading_tokens_per_s=THOROUGH_FROM_TOKENS_PER_S)


@pytest.mark.parametrize(
    ("mode", "profile", "is_thorough"),
    [
        ("auto", FAST, True),
        ("auto", replace(FAST, reading_tokens_per_s=THOROUGH_FROM_TOKENS_PER_S - 1), False),
        ("auto", replace(FAST, cites=0), False),
        ("auto", ModelProfile(), False),
        ("quick", FAST, False),
        ("thorough", ModelProfile(), True),
    ],
)
async def test_auto_is_thorough_where_the_model_was_measured_able(
    mode: str, profile: ModelProfile, is_thorough: bool
) -> None:
    assert writer(mode, profile).searches_thoroughly is is_thorough


# --- replies ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "searches"),
    [
        ('{"searches": ["A in 2018", "B in 2020"]}', ("A in 2018", "B in 2020")),
        ('```json\n{"searches": ["A"]}\n```', ("A",)),
        ("1. A in 2018\n2) “B in 2020”\n- C", ("A in 2018", "B in 2020", "C")),
        ("none", ()),
        ('{"searches": [3, null, "A", "A"]}', ("A",)),
        ("the question?", ()),
        ("Here are the searches:\n- A", ("A",)),
        ("x" * (SEARCH_CHARACTERS + 1), ()),
    ],
)
async def test_a_plan_is_read_in_json_and_in_lines(reply: str, searches: tuple[str, ...]) -> None:
    assert read_plan(reply, "The question?") == searches


@pytest.mark.parametrize(
    ("reply", "relevant", "missing"),
    [
        ('{"relevant": [2, 1, 9, 2], "missing": "A born"}', (1, 0), "A born"),
        ("relevant: 1, 3\nmissing: none", (0, 2), ""),
        ("**Relevant:** 2\n**Missing:** where A was born", (1,), "where A was born"),
        ("relevant: none", (), ""),
        ('{"relevant": "all", "missing": 4}', (), ""),
    ],
)
async def test_a_reading_is_read_in_json_and_in_lines(
    reply: str, relevant: tuple[int, ...], missing: str
) -> None:
    reading = read_reading(reply, 3)

    assert (reading.relevant, reading.missing) == (relevant, missing)


@given(st.text(), st.integers(0, 40))
async def test_any_reply_stays_within_its_bounds(reply: str, count: int) -> None:
    searches, reading = read_plan(reply, "q"), read_reading(reply, count)

    assert len(searches) <= MAX_SEARCHES
    assert all(0 < len(search) <= SEARCH_CHARACTERS for search in searches)
    assert all(0 <= index < count for index in reading.relevant)
