"""The terminal prints an answer as it comes, and a slow model's wait beside it."""

from __future__ import annotations

import argparse
import asyncio
import io
import signal
import sys
import textwrap
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer.events import Checking, Event, Preview, SentenceAdded
from bot.answer_records import AnswerSentence
from bot.app import App
from bot.ingest.submission import Submission
from bot.records import Scope
from bot.settings import Settings
from bot.terminal import live
from bot.terminal.commands import COMMANDS
from bot.terminal.console import HERE
from bot.terminal.live import LiveAnswer
from tests.inside import open_inside
from tests.model_server import DONE, HANG, ScriptedServer, broken, delta, model_server, usage, words

ARTICLE = (
    "The Forth Bridge opened to trains in 1890. It was built of steel by William Arrol. "
    "The bridge cost three million pounds."
)
QUOTED = "The Forth Bridge opened to trains in 1890."
SAID = "It opened to trains in 1890 [1.1]. It cost three million pounds [1.3]."
MORE = " And people painted it red again and again."


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with model_server() as running:
        yield running


@pytest.fixture
async def app(settings: Settings, server: ScriptedServer) -> AsyncIterator[App]:
    slow = replace(
        settings, openai_base_url=server.url, openai_model="scripted", model_first_words_s=0.0
    )
    async with open_inside(slow) as app:
        async with app.store.library("local") as library:
            await app.ingest.add(
                Submission("a.txt", ARTICLE, "The Forth Bridge"), library, Scope("local")
            )
        yield app


@pytest.fixture
def handled(monkeypatch: pytest.MonkeyPatch) -> defaultdict[type, asyncio.Event]:
    """One flag per type of event, set once such an event was printed."""
    seen: defaultdict[type, asyncio.Event] = defaultdict(asyncio.Event)
    real = LiveAnswer.handle

    def handle(self: LiveAnswer, event: Event) -> None:
        real(self, event)
        seen[type(event)].set()

    monkeypatch.setattr(LiveAnswer, "handle", handle)
    return seen


def typed_with(**options: object) -> argparse.Namespace:
    """The arguments of a command that asks, without any of its own options."""
    return argparse.Namespace(
        server="local",
        after=[],
        quotes=False,
        article=None,
        tag="",
        since="",
        everywhere=False,
        **options,
    )


def ask(app: App, *, as_document: bool = False) -> asyncio.Future[tuple[int, object, str]]:
    arguments = typed_with(question="When did the Forth Bridge open?", json=as_document)
    return asyncio.ensure_future(COMMANDS["ask"](app, arguments))


async def test_sentences_are_printed_as_they_come_and_quotes_beside_them_meanwhile(
    app: App,
    server: ScriptedServer,
    handled: defaultdict[type, asyncio.Event],
    capsys: pytest.CaptureFixture[str],
) -> None:
    begins, ends = asyncio.Event(), asyncio.Event()
    server.put(broken(begins, *words(SAID + MORE), ends, delta("stop"), usage(9, 9), DONE))
    asking = ask(app)
    await handled[Preview].wait()
    waiting = capsys.readouterr()
    assert waiting.out == ""
    assert "The model is still writing." in waiting.err
    assert QUOTED in waiting.err
    begins.set()
    await handled[SentenceAdded].wait()
    assert capsys.readouterr().out.startswith("It opened to trains in 1890.¹")
    ends.set()
    _, _, rest = await asking
    assert "1890.¹" not in rest  # it stands above already
    assert f"“{QUOTED}”" in rest


def test_the_progress_line_says_that_sentences_are_checked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    LiveAnswer().handle(Checking(4))
    assert capsys.readouterr().err.endswith("Checking 4 sentences …")


async def test_as_a_document_nothing_is_printed_before_the_end(
    app: App,
    server: ScriptedServer,
    handled: defaultdict[type, asyncio.Event],
    capsys: pytest.CaptureFixture[str],
) -> None:
    begins = asyncio.Event()
    server.put(broken(begins, *words(SAID), delta("stop"), usage(9, 9), DONE))
    asking = ask(app, as_document=True)
    await handled[Preview].wait()
    begins.set()
    await asking
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "The model is still writing." in printed.err


async def test_ctrl_c_stops_the_model_and_the_conversation_goes_on(
    app: App,
    server: ScriptedServer,
    handled: defaultdict[type, asyncio.Event],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server.put(broken(HANG))
    typed = b"When did the Forth Bridge open?\n1\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed)))
    chatting = asyncio.ensure_future(COMMANDS["chat"](app, typed_with(json=False)))
    await handled[Preview].wait()

    signal.raise_signal(signal.SIGINT)

    assert (await chatting)[0] == 0
    _, stopped, opened = capsys.readouterr().out.split("> ")
    assert QUOTED in stopped
    assert "The language model was stopped." in stopped
    assert f"**{QUOTED}**" in opened


@given(st.lists(st.text("ab é¹-", min_size=1, max_size=60).filter(str.strip), max_size=8))
def test_sentence_by_sentence_is_as_a_whole_paragraph(texts: list[str]) -> None:
    printed: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HERE, "write", lambda text, end="\n": printed.append(text + end))
        shown = LiveAnswer()
        for text in texts:
            shown.handle(SentenceAdded(AnswerSentence(text, ()), ()))
    whole = " ".join(" ".join(text.split()) for text in texts)
    lines = textwrap.wrap(whole, live._width(), break_on_hyphens=False)
    assert "".join(printed).split("\n") == (lines or [""])
