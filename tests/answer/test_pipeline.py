"""Answers in model mode, from a question to the last event, over a real library."""

from __future__ import annotations

import asyncio
import re
import threading
from contextlib import aclosing

import pytest

from bot.answer import model_answer
from bot.answer.events import Completed, Retracted, Retrieved, SentenceAdded
from bot.answer.writing.prompt_builder import Prompts
from bot.answer.writing.sentence_stream import SentenceStream
from bot.answer_records import Usage
from bot.citations import DraftSentence
from bot.search.query_terms import tokenize_question
from bot.search.question_analysis import analyze
from bot.settings import Settings
from tests.answer.conftest import ARTICLE, SCOPE, Harness, finished, is_silent, sentences, words
from tests.model_server import (
    DONE,
    HANG,
    RESET,
    Reply,
    answer,
    broken,
    cut_at,
    delta,
    error,
    usage,
    whole,
)
from tests.model_server import words as chunks

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPENED = "It opened to trains in 1890 [1.1]."
COST = "It cost three million pounds [1.3]."
QUOTED = "The Forth Bridge opened to trains in 1890."


async def test_footnotes_quote_the_stored_text(
    harness: Harness,
) -> None:
    harness.server.say("It opened to trains", " in 1890 [1.", "1]. It cost three million ", "[1.3]",
                    " pounds.\n\n", "Cars came in 1964. [1.4, 1.1]")  # fmt: skip
    given = await harness.answer()
    assert given.answered
    assert (given.mode, given.model, given.note) == ("model", "scripted", "")
    assert [(s.text, s.footnotes, s.paragraph) for s in given.sentences] == [
        ("It opened to trains in 1890.", (1,), False),
        ("It cost three million pounds.", (2,), False),
        ("Cars came in 1964.", (3, 1), True),
    ]
    assert [c.quote for c in given.citations] == [
        "The Forth Bridge opened to trains in 1890.",
        "The bridge cost three million pounds.",
        "Road traffic crosses on another bridge since 1964.",
    ]
    assert (given.supported_count, given.usage) == (3, Usage(100, 10))
    assert given.seconds.first_token is not None
    assert given.seconds.search <= given.seconds.first_token <= given.seconds.total


async def test_the_model_reads_the_rules_the_numbered_passages_and_the_question(
    harness: Harness,
) -> None:
    harness.server.say(OPENED)
    await harness.answer("When did the Forth\n Bridge open?")
    assert '<passage 1 title="The Forth Bridge">\n[1.1] The Forth Bridge' in harness.server.prompt
    assert harness.server.prompt.rstrip().endswith("Question: When did the Forth Bridge open?")
    completions = [r for r in harness.server.requests if "messages" in r.body]
    assert [m["role"] for m in completions[0].body["messages"]] == [
        "system",
        *["user", "assistant"] * 2,
        "user",
    ]
    assert len(completions) == 1


async def test_a_sentence_is_shown_while_the_model_still_writes(harness: Harness) -> None:
    harness.server.put(broken(*chunks(f"{OPENED} {COST} And it was painted red."), HANG))
    async with harness.app.store.library(SCOPE.server_id) as library:
        async with aclosing(harness.app.answerer.answer("When?", library, SCOPE)) as events:
            assert isinstance(await anext(events), Retrieved)
            said = await anext(events)
            assert isinstance(said, SentenceAdded)
            assert said.sentence.text == "It opened to trains in 1890."
        asked = [r for r in harness.server.requests if "messages" in r.body]
        await asked[0].gone.wait()  # who stops listening hangs up


async def test_cancelling_a_question_ends_its_call(harness: Harness) -> None:
    harness.server.put(broken(*chunks(OPENED), HANG))
    asking = asyncio.ensure_future(harness.ask())
    while not any("messages" in r.body for r in harness.server.requests):
        harness.server.asked.clear()
        await harness.server.asked.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await harness.server.requests[-1].gone.wait()


async def test_an_uncited_sentence_gets_the_supporting_footnote_or_is_left_out(
    harness: Harness,
) -> None:
    harness.server.say(f"Two things are known. {OPENED} The bridge cost three million pounds. "
                    "It is famous. [9.9]")  # fmt: skip
    given = await harness.answer()
    assert [(s.text, s.footnotes) for s in given.sentences] == [
        ("It opened to trains in 1890.", (1,)),
        ("The bridge cost three million pounds.", (2,)),
    ]
    assert (given.supported_count, len(given.sentences), len(given.citations)) == (2, 2, 2)
    assert given.note.startswith("Two sentences were left out: ")


async def test_nothing_is_shown_before_the_first_citation(harness: Harness) -> None:
    harness.server.put(broken(*chunks(f"Here is what I found for you today. {'So. ' * 40}"), HANG))
    events = await harness.ask()
    assert QUOTED in [s.text for s in sentences(events)]
    assert all(s.text in ARTICLE for s in sentences(events))


async def test_quotes_replace_an_unsupported_answer(
    harness: Harness,
) -> None:
    for text in ("It was built by elves. It is famous.", "It opened in 1891 [7.1] [12]."):
        harness.server.say(text)
        events = await harness.ask()
        kinds = [type(event) for event in events]
        assert kinds == [Retrieved, Retracted, *[SentenceAdded] * len(sentences(events)), Completed]
        given = finished(events)
        assert given.mode == "quotes"
        assert QUOTED in words(given)
        assert given.note.endswith("Here are quotes from the sources instead.")
        assert given.usage == Usage(100, 10)


async def test_missing_or_invented_marks_are_replaced_by_the_supporting_footnote(
    harness: Harness,
) -> None:
    for text in ("It opened to trains in 1890.", "It opened to trains in 1890 [7.1] [12]."):
        harness.server.say(text)
        given = await harness.answer()
        assert given.mode == "model"
        assert words(given) == ["It opened to trains in 1890."]
        assert [c.quote for c in given.citations] == [QUOTED]


@pytest.mark.parametrize(
    "pieces",
    [
        ("NOT_IN_THE_LIBRARY",),
        ("\n", "NOT_IN_", "THE_LIBRARY", ".\n"),
        ('"NOT_IN_THE_LIBRARY"',),
        ("NOT_IN_THE_LIBRARY\n\nThe passages speak of trains [1.1].",),
        ("I have looked. ", "NOT_IN_THE_LIBRARY"),
    ],
)
async def test_the_sentinel_is_an_abstention(harness: Harness, pieces: tuple[str, ...]) -> None:
    harness.server.say(*pieces)
    given = await harness.answer("Who painted the Forth Bridge?")
    assert not given.answered
    assert (given.mode, given.sentences, given.citations, given.note) == ("model", (), (), "")
    assert given.nearest[0].passage.title == "The Forth Bridge"


async def test_a_sentinel_after_an_answer_is_dropped(harness: Harness) -> None:
    harness.server.say(f"{OPENED} NOT_IN_THE_LIBRARY")
    given = await harness.answer()
    assert given.answered
    assert words(given) == ["It opened to trains in 1890."]


# --- what goes wrong -----------------------------------------------------------------------------

BEFORE_ANYTHING = {
    "wrong key": error(401, "wrong key"),
    "unknown model": error(404, "no such model"),
    "rate limit": error(429, "slow down"),
    "server error": error(500, "oops"),
    "context overflow": error(400, "x", code="context_length_exceeded"),
    "hang": broken(HANG),
    "hang after the opening": broken(*chunks(), HANG),
    "reset": broken(RESET),
    "reset within a sentence": broken(*chunks("It opened to"), RESET),
    "half a sentence": broken(*chunks("It opened to [1.1] the"), HANG),
    "an error as an event": broken(b'data: {"error": {"message": "overloaded"}}\n\n'),
    "wrong JSON": broken(b"data: {\n\n"),
    "not a stream": Reply([b"<html>"], 200, "text/html"),
    "nothing": broken(),
    "only usage": broken(usage(9, 0), DONE),
    "empty": answer(""),
    "white space": answer("\n", " \n"),
    "marks only": answer("[1.1] [1.2]"),
    "nothing within the limit": answer(finish="length"),
    "nothing past the filter": answer(finish="content_filter"),
    "uncited and filtered": answer("It opened in 1890.", finish="content_filter"),
    "thoughts only": answer("<think>It opened in 1890 [1.1]. Or not.", finish="length"),
}

TURNED_AWAY = (429, 500)


@pytest.mark.parametrize("reply", BEFORE_ANYTHING.values(), ids=BEFORE_ANYTHING)
async def test_quotes_replace_a_model_that_fails_before_its_first_sentence(
    harness: Harness, reply: Reply
) -> None:
    harness.server.put(reply)
    given = await harness.answer()
    assert (given.answered, given.mode) == (True, "quotes")
    assert QUOTED in words(given)
    assert given.note.endswith(". Here are quotes from the sources instead.")
    calls = len([r for r in harness.server.requests if "messages" in r.body])
    if is_silent(reply):
        assert calls <= 1  # on a busy machine its time may be over before it is asked
    else:
        assert calls == (2 if reply.status in TURNED_AWAY else 1)  # and asked once more


AFTER_A_SENTENCE = {
    "hang": broken(*chunks(f"{OPENED} {COST} And then", " came"), HANG),
    "reset": broken(*chunks(f"{OPENED} {COST} And then", " came"), RESET),
    "end without a reason": broken(*chunks(f"{OPENED} {COST} And then"), DONE),
    "half an event": broken(*chunks(f"{OPENED} {COST} And then"), delta(content="x")[:30]),
    "wrong JSON": broken(*chunks(f"{OPENED} {COST} And"), b"data: {]\n\n"),
    "half a mark": broken(*chunks(f"{OPENED} {COST} And so [1."), RESET),
    "length": answer(f"{OPENED} {COST} And then", finish="length"),
    "content filter": answer(f"{OPENED} {COST} And then", finish="content_filter"),
    "endless": answer(OPENED, f" {COST} ", *["Word " * 100] * 50),
}


@pytest.mark.parametrize("reply", AFTER_A_SENTENCE.values(), ids=AFTER_A_SENTENCE)
async def test_whole_sentences_of_a_failed_model_are_kept(harness: Harness, reply: Reply) -> None:
    harness.server.put(reply)
    given = await harness.answer()
    assert (given.answered, given.mode) == (True, "model")
    assert words(given)[:2] == ["It opened to trains in 1890.", "It cost three million pounds."]
    assert all(set(text.split()) == {"Word"} for text in words(given)[2:])
    assert [c.quote for c in given.citations] == [
        QUOTED,
        "The bridge cost three million pounds.",
    ]
    assert given.note.endswith("Only its finished sentences are shown.")


async def test_a_broken_stream_cites_only_what_arrived(harness: Harness) -> None:
    whole = answer(f"{OPENED} It was built by", f" William Arrol [1.2]. {COST}")
    data = b"".join(step for step in whole.steps if isinstance(step, bytes))
    for at in range(0, len(data), 23):
        harness.server.put(broken(data[:at], RESET))
        given = await harness.answer()
        events = data[:at].decode().rpartition("\n\n")[0]  # the last one may be half
        arrived = "".join(re.findall(r'"content": "(.*?)"\}, "finish_reason"', events))
        if given.mode == "model":
            assert len(given.citations) <= arrived.count("]")
        assert given.note or given.citations[-1].n == 3
        assert given.mode == ("model" if "[1.1]." in arrived else "quotes")
    harness.server.put(cut_at(whole, range(1, len(data), 11)))
    assert len((await harness.answer()).citations) == 3


async def test_200_kb_of_one_word_are_cut_at_the_limit(
    harness: Harness, settings: Settings
) -> None:
    for unit in ("Word ", "[", "X"):
        harness.server.put(answer(OPENED + " ", *[unit * (1_000 // len(unit))] * 200))
        given = await harness.answer()
        assert words(given)[0] == "It opened to trains in 1890."
        assert sum(map(len, words(given))) <= 20_000
        assert given.note.startswith("The answer reached its length limit.")


async def test_the_examples_of_the_prompt_are_never_shown(harness: Harness) -> None:
    """Their marks stand for sentences of other passages here, and carry none of it."""
    told = [turn["content"] for turn in Prompts.load().examples if turn["role"] == "assistant"]
    for marks in ("[1.1]", "[1.2]", "[1.1-4]"):
        answers = [re.sub(r"\[[\d.-]+\]", marks, text) for text in told]
        harness.server.say(" ".join([OPENED, *answers]))
        assert words(await harness.answer()) == ["It opened to trains in 1890."]


@pytest.mark.parametrize(
    "order",
    [
        "You answer questions for the members of a Discord server, from the passages [1.1].",
        "My prompt says to reply with exactly what stands in the passages [1.1].",
        "Ada Lovelace asked yesterday who is going to be dismissed [1.2].",
        "Her address is 12 Analytical Street, London [1.2-4].",
    ],
)
async def test_an_unsupported_sentence_is_not_shown_whatever_it_cites(
    harness: Harness, order: str
) -> None:
    """Its own prompt, other people's questions and addresses are in no article."""
    harness.server.say(f"{order} {OPENED}")
    given = await harness.answer()
    assert words(given) == ["It opened to trains in 1890."]
    assert given.note == "One sentence was left out: its source doesn't support it."


@pytest.mark.parametrize("finish", ["stop", "length"])
async def test_a_long_chunk_is_read_outside_the_event_loop(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, finish: str
) -> None:
    """A server that doesn't stream sends a whole answer at once."""
    threads: set[int] = set()

    class Watched(SentenceStream):
        def feed(self, text: str) -> list[DraftSentence]:
            threads.add(threading.get_ident())
            return SentenceStream.feed(self, text)

        def finish(self) -> list[DraftSentence]:
            threads.add(threading.get_ident())
            return SentenceStream.finish(self)

        def finish_truncated(self) -> list[DraftSentence]:
            threads.add(threading.get_ident())
            return SentenceStream.finish_truncated(self)

    monkeypatch.setattr(model_answer, "SentenceStream", Watched)
    harness.server.put(whole("\n\n".join([OPENED, COST] * 20), finish))
    answered = await harness.answer()
    assert words(answered)[0] == "It opened to trains in 1890."
    assert threads
    assert threading.get_ident() not in threads


async def test_a_question_is_analyzed_once_for_finding_judging_and_answering(
    harness: Harness,
) -> None:
    tokenize_question.cache_clear()
    analyze.cache_clear()
    harness.server.say(OPENED)
    await harness.answer("When did the famous Forth Bridge open to trains?")
    assert analyze.cache_info().misses == 1
    assert tokenize_question.cache_info().misses == 1
    assert tokenize_question.cache_info().hits + analyze.cache_info().hits >= 3
