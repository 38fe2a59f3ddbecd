"""What a model writes is shown only as far as its sources carry it: oracle, liar and repair."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio

from bot.answer.events import Retracted, SentenceAdded
from bot.app import open_app
from bot.settings import Settings
from tests.answer.conftest import ARTICLE, Harness, asking, finished, words
from tests.model_server import HANG, Reply, ScriptedServer, answer, broken, error, model_server
from tests.model_server import words as chunks

pytestmark = pytest.mark.asyncio(loop_scope="module")

SENTENCES = (
    "The Forth Bridge opened to trains in 1890.",
    "It was built of steel by William Arrol.",
    "The bridge cost three million pounds.",
    "Road traffic crosses on another bridge since 1964.",
)
OPENED = "It opened to trains in 1890 [1.1]."
COST = "It cost three million pounds [1.3]."
FALSE_SENTENCES = {
    "number": "It cost four million pounds [1.3].",
    "unit": "It cost three million dollars [1.3].",
    "year": "It opened to trains in 1891 [1.1].",
    "name": "It was built of steel by Benjamin Baker [1.2].",
    "negation": "It was not built of steel [1.2].",
    "no source": "It is famous for its music.",
    "quotation": "It was called “the wonder of Scotland” [1.1].",
}


@pytest.mark.parametrize("false_sentence", FALSE_SENTENCES.values(), ids=FALSE_SENTENCES)
async def test_a_false_sentence_is_never_shown(harness: Harness, false_sentence: str) -> None:
    harness.server.say(f"{OPENED} {false_sentence} It was built by William Arrol [1.2].")
    events = await harness.ask()
    given = finished(events)
    assert words(given) == ["It opened to trains in 1890.", "It was built by William Arrol."]
    assert (given.supported_count, len(given.citations)) == (2, 2)
    assert given.note.startswith("One sentence was left out: ")
    shown = [event.sentence.text for event in events if isinstance(event, SentenceAdded)]
    assert shown == words(given)  # not for a moment


@pytest.mark.parametrize("mark", ["", " [1.2]", " [1.4]", " [1.1, 1.3]", " [7.1]", " [12]"])
async def test_a_false_sentence_is_not_shown_whatever_it_cites(harness: Harness, mark: str) -> None:
    lies = [
        false_sentence.partition(" [")[0].rstrip(".") + f"{mark}."
        for false_sentence in FALSE_SENTENCES.values()
    ]
    harness.server.say(f"{OPENED} {' '.join(lies)}")
    given = await harness.answer()
    assert words(given) == ["It opened to trains in 1890."]
    assert given.note.startswith("Seven sentences were left out: ")


@pytest.mark.parametrize("mark", ["", " [1.2]", " [1.4]", " [7.1]", " [12]"])
async def test_a_true_sentence_with_a_wrong_mark_gets_the_supporting_footnote(
    harness: Harness, mark: str
) -> None:
    harness.server.say(f"It opened to trains in 1890{mark}. It cost three million pounds{mark}.")
    given = await harness.answer()
    assert words(given) == ["It opened to trains in 1890.", "It cost three million pounds."]
    assert [c.quote for c in given.citations] == [SENTENCES[0], SENTENCES[2]]
    assert (given.supported_count, given.note) == (2, "")


async def test_an_oracles_sentences_are_all_supported(harness: Harness) -> None:
    marks = range(1, len(SENTENCES) + 1)
    harness.server.say(" ".join(f"{s} [1.{i}]" for i, s in zip(marks, SENTENCES, strict=True)))
    given = await harness.answer()
    assert words(given) == list(SENTENCES)
    assert [c.quote for c in given.citations] == list(SENTENCES)
    assert (given.supported_count, given.note) == (len(SENTENCES), "")


async def test_quotes_replace_an_answer_of_false_sentences(harness: Harness) -> None:
    harness.server.say(" ".join(false_sentence for false_sentence in FALSE_SENTENCES.values()))
    events = await harness.ask()
    assert any(isinstance(event, Retracted) for event in events)
    given = finished(events)
    assert given.mode == "quotes"
    assert given.note.startswith("The sources don't support what the language model wrote.")


async def test_a_sentence_that_refers_to_a_dropped_one_is_dropped(harness: Harness) -> None:
    follows = "This was the bridge of William Arrol [1.2]."
    harness.server.say(f"{OPENED} {FALSE_SENTENCES['number']} {follows} {COST} {follows}")
    given = await harness.answer()
    assert words(given) == [
        "It opened to trains in 1890.",
        "It cost three million pounds.",
        "This was the bridge of William Arrol.",  # leans on what stands
    ]
    assert given.note == "Two sentences were left out: their sources don't support them."


async def test_a_paragraph_survives_the_loss_of_its_first_sentence(harness: Harness) -> None:
    harness.server.say(
        f"{OPENED}\n\n{FALSE_SENTENCES['number']} It was built by William Arrol [1.2]."
    )
    given = await harness.answer()
    assert [sentence.paragraph for sentence in given.sentences] == [False, True]


async def test_saying_that_the_sources_do_not_answer_needs_no_mark(harness: Harness) -> None:
    open_question = "The articles do not say who painted it."
    harness.server.say(f"{OPENED} {open_question}")
    given = await harness.answer("When did the Forth Bridge open, and who painted it?")
    assert words(given) == ["It opened to trains in 1890.", open_question]
    assert (given.supported_count, given.note) == (1, "")


# --- one call that repairs -----------------------------------------------------------------------

AGREES = "\n".join(f"{n}: ok" for n in range(1, 9))  # the second opinion, before a repair


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def with_repair(shared: Harness) -> AsyncIterator[Harness]:
    async with model_server() as server:
        with TemporaryDirectory() as folder:
            settings = replace(shared.app.settings, data_dir=Path(folder), support="model")
            async with open_app(asking(settings, server)) as app:
                opened = Harness(app, server)
                await opened.add(ARTICLE, "The Forth Bridge")
                yield opened


@pytest.fixture
def repairing(with_repair: Harness) -> Harness:
    with_repair.server.forget()
    return with_repair


def completions(server: ScriptedServer) -> list[str]:
    """The prompts that were asked, in order."""
    asked = [request for request in server.requests if "messages" in request.body]
    return ["\n".join(m["content"] for m in request.body["messages"]) for request in asked]


async def test_one_call_repairs_all_failed_sentences(repairing: Harness) -> None:
    lies = [FALSE_SENTENCES["number"], "It cost six million pounds [1.2].", "It is famous."]
    repairing.server.say(f"{OPENED} {' '.join(lies)} It was built by William Arrol [1.2].")
    repairing.server.say(AGREES)
    repairing.server.say("1: It cost three million pounds [1.3].\n2: It cost three million ",
                         "pounds [1.3].\n3: STRIKE")  # fmt: skip
    given = await repairing.answer()
    assert words(given) == [
        "It opened to trains in 1890.",
        "It cost three million pounds.",
        "It cost three million pounds.",
        "It was built by William Arrol.",
    ]
    assert [s.footnotes for s in given.sentences] == [(1,), (2,), (2,), (3,)]
    assert given.note == "One sentence was left out: I found no source for it."
    _, _, second = completions(repairing.server)
    assert "four million" in second
    assert "the number four million is not in its source" in second
    assert "[1.3] The bridge cost three million pounds." in second
    assert given.usage.completion_tokens == 30


async def test_nothing_is_repaired_if_all_sentences_pass(repairing: Harness) -> None:
    repairing.server.say(f"{OPENED} {COST}")
    repairing.server.say(AGREES)
    given = await repairing.answer()
    assert (len(given.sentences), len(completions(repairing.server))) == (2, 2)


async def test_a_text_that_cites_nothing_is_not_repaired(repairing: Harness) -> None:
    repairing.server.say("It is famous for its music. A queen lived in it.")
    given = await repairing.answer()
    assert (given.mode, len(completions(repairing.server))) == ("quotes", 1)


REPAIRS: dict[str, Reply] = {
    "another lie": answer("1: It cost five million pounds [1.3]."),
    "no source": answer("1: It is famous for its music."),
    "struck": answer("1: STRIKE"),
    "nothing": answer(""),
    "no line of ours": answer("The sentence is fine as it is."),
    "another number": answer("7: It cost three million pounds [1.3]."),
    "the sentinel": answer("1: NOT_IN_THE_LIBRARY"),
    "endless": answer(*["1: It cost five million pounds [1.3]. " * 20] * 50),
    "rate limit": error(429, "slow down"),
    "server error": error(500, "oops"),
    "too long": error(400, "x", code="context_length_exceeded"),
    "hang": broken(*chunks("1: It cost"), HANG),
    "wrong JSON": broken(b"data: {\n\n"),
    "orders": answer("1: @everyone buy at https://evil.com/x now [1.3]."),
}


@pytest.mark.parametrize("reply", REPAIRS.values(), ids=REPAIRS)
async def test_after_a_failed_repair_the_rules_decide(repairing: Harness, reply: Reply) -> None:
    repairing.server.say(
        f"{OPENED} {FALSE_SENTENCES['number']} It was built by William Arrol [1.2]."
    )
    repairing.server.say(AGREES)
    repairing.server.put(reply)
    given = await repairing.answer()
    assert words(given) == ["It opened to trains in 1890.", "It was built by William Arrol."]
    assert given.note == "One sentence was left out: its source doesn't support it."
    assert len(completions(repairing.server)) <= 3


async def test_a_failed_server_is_not_asked_to_repair(repairing: Harness) -> None:
    repairing.server.put(broken(*chunks(f"{OPENED} {FALSE_SENTENCES['number']} {COST} And"), HANG))
    given = await repairing.answer()
    assert words(given) == ["It opened to trains in 1890.", "It cost three million pounds."]
    assert len(completions(repairing.server)) == 1


# --- the data sets -------------------------------------------------------------------------------

DATA = Path(__file__).parents[3] / "shared" / "data" / "clapnq"
QUESTIONS = 8


def _rows(name: str) -> Sequence[dict[str, object]]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


@pytest.mark.skipif(not DATA.is_dir(), reason="the data sets are not part of the repository")
async def test_gold_sentences_of_a_data_set_pass(shared: Harness, tmp_path: Path) -> None:
    """The oracle cites evidence that people marked, in the words that it stands in."""
    documents = {row["id"]: row for row in _rows("documents.jsonl")}
    asked = [row for row in _rows("questions.jsonl") if row["answerable"]][:QUESTIONS]
    settings = Settings(data_dir=tmp_path)
    async with model_server() as server, open_app(asking(settings, server)) as app:
        harness = Harness(app, server)
        for row in asked:
            document = documents[row["near_doc"]]
            await harness.add(str(document["text"]), str(document["title"]))
        for row in asked:
            evidence = row["evidence"]
            assert isinstance(evidence, list)
            server.say("NOT_IN_THE_LIBRARY")
            await harness.answer(str(row["question"]))
            shown = dict(_numbered(server.prompt))
            gold = {m: s for m, s in shown.items() if any(s in e["text"] for e in evidence)}
            server.say(" ".join(f"{text} [{mark}]" for mark, text in gold.items()))
            given = await harness.answer(str(row["question"]))
            assert gold
            assert given.note == ""
            assert given.supported_count == len(given.sentences) > 0


def _numbered(prompt: str) -> list[tuple[str, str]]:
    lines = [line.partition("] ") for line in prompt.splitlines() if line.startswith("[")]
    return [(mark[1:], text) for mark, _, text in lines if text]
