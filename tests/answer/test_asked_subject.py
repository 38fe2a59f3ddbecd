"""An answer is about what was asked: what its articles don't name isn't asserted of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bot.answer.asked_subject import note_on_closest, note_on_other_subject
from bot.answer.events import Retracted, SentenceAdded
from bot.app import open_app
from bot.ingest.submission import Submission
from bot.settings import Settings, describe
from tests.answer.conftest import ARTICLE, SCOPE, Harness, asking, finished, words
from tests.model_server import Reply, ScriptedServer, answer, error, model_server

pytestmark = pytest.mark.asyncio(loop_scope="module")

EIFFEL = "Who built the Eiffel Tower?"
BUILT = "It was built of steel by William Arrol [1.2]."
SAID = "It was built of steel by William Arrol."
LIGHT = "Skerry Light is a lighthouse. Its tower was built by Alan Stevenson of Edinburgh in 1844."


def repeats(server: ScriptedServer, beginning: str) -> None:
    """The model writes the sentence of the prompt that begins so, with its mark."""

    def reply(prompt: str) -> Reply:
        mark, _, sentence = next(
            line.partition("] ") for line in prompt.splitlines() if f"] {beginning}" in line
        )
        return answer(f"{sentence.rstrip('.')} {mark}].")

    server.answers = reply


async def test_a_model_that_answers_of_another_thing_shows_nothing_as_its_own(
    harness: Harness,
) -> None:
    harness.server.say(BUILT)
    events = await harness.ask(EIFFEL)
    given = finished(events)
    assert [type(event) for event in events if isinstance(event, SentenceAdded)] == []
    assert [event for event in events if isinstance(event, Retracted)] == [
        Retracted("The language model answered from sources that don't mention “Eiffel Tower”.")
    ]
    assert (given.answered, given.model) == (False, None)
    assert given.note.endswith("sources that don't mention “Eiffel Tower”.")


@pytest.mark.parametrize(
    "question",
    [
        "Who built the Forth Bridge?",
        "who built the forth bridge",
        "Wer hat die Forth Bridge gebaut?",
        "Who built it and when?",
        "Did the Eiffel Tower or the Forth Bridge cost three million pounds?",  # a wrong guess
        "Who built the Forth Bridge and who built the Eiffel Tower?",  # one part is answered
    ],
)
async def test_what_the_article_names_is_shown_at_once(harness: Harness, question: str) -> None:
    harness.server.say(BUILT)
    assert words(await harness.answer(question)) == [SAID]


@pytest.mark.parametrize(
    ("question", "unanswered"),
    [
        ("Who built the Forth Bridge and when did it open?", ()),
        (
            "Who built the Forth Bridge and who built the Eiffel Tower?",
            ("who built the Eiffel Tower?",),
        ),
        (
            "Who built the Forth Bridge? When did the Tay Bridge open to trains?",
            ("When did the Tay Bridge open to trains?",),
        ),
    ],
)
async def test_a_model_that_answers_one_part_does_not_answer_of_another_thing(
    harness: Harness, question: str, unanswered: tuple[str, ...]
) -> None:
    harness.server.say(BUILT)
    given = await harness.answer(question)
    assert words(given) == [SAID]
    assert given.unanswered_parts == unanswered


async def test_a_sentence_about_what_no_part_names_is_left_out(harness: Harness) -> None:
    await harness.add("Crell Dam was built of concrete by Tess Orme.", "Crell Dam")
    await harness.add("Vosk Weir was built of oak by Paul Vane.", "Vosk Weir")

    def reply(prompt: str) -> Reply:
        lines = [line.partition("] ") for line in prompt.splitlines()]
        said = {text: mark for mark, _, text in lines if " was built of " in text}
        return answer(" ".join(f"{text.rstrip('.')} {mark}]." for text, mark in said.items()))

    harness.server.answers = reply
    question = "Who built Crell Dam of concrete and who built the Eiffel Tower?"
    assert words(await harness.answer(question)) == [
        "Crell Dam was built of concrete by Tess Orme."
    ]
    harness.server.forget()


@pytest.mark.parametrize(
    "question",
    [
        "Hi Footnote, who built the Forth Bridge?",
        "Thanks, Ada! Who built the Forth Bridge?",
        "Hallo Footnote, wer hat die Forth Bridge gebaut?",
        "Dear Ada, is the Forth Bridge built of steel?",
        "I just moved here from Canada. Who built the Forth Bridge?",
        "Who built the Forth Bridge? My aunt in Canada wants to know.",
    ],
)
async def test_a_greeting_or_a_remark_names_nothing_that_must_be_said(
    harness: Harness, question: str
) -> None:
    harness.server.say(BUILT)
    assert words(await harness.answer(question)) == [SAID]


@pytest.mark.parametrize(
    "question",
    [
        "In Canada, who built the bridge of steel?",
        "The Eiffel Tower, who built it?",
        "I like the Eiffel Tower. Who built it?",
        "Hi Footnote, who built the Eiffel Tower?",
    ],
)
async def test_what_the_question_is_about_is_asked_wherever_it_stands(
    harness: Harness, question: str
) -> None:
    harness.server.say(BUILT)
    assert not (await harness.answer(question)).answered


async def test_a_model_that_cites_nothing_answered_from_no_sources(harness: Harness) -> None:
    harness.server.say("The sources don't say that.")
    given = await harness.answer(EIFFEL)
    assert not given.answered
    assert "answered from sources" not in given.note


async def test_a_thing_that_another_passage_of_the_article_names_is_named(harness: Harness) -> None:
    filler = " ".join(f"Keeper {n} wrote of wind and rain that year." for n in range(60))
    text = f"The light was built of granite by Alan Hay.\n\n{filler}\n\nThey called it Ardnastar."
    await harness.add(text, "A lighthouse")
    harness.server.say("It was built of granite by Alan Hay [1.1].")
    given = await harness.answer("Who built Ardnastar of granite?")
    assert words(given) == ["It was built of granite by Alan Hay."]


async def test_an_article_that_leads_to_the_cited_one_names_the_thing(harness: Harness) -> None:
    await harness.add("The Grey Lantern is a film directed by Ilse Marrow in 1961.", "A film")
    await harness.add("Ilse Marrow was a painter and was born in Brackholm.", "Ilse Marrow")
    await harness.add("Otto Fehr was a painter and was born in Vennick.", "Otto Fehr")
    question = "In which town was the director of The Grey Lantern born?"
    for sentence, is_shown in (("Ilse Marrow was a painter", True), ("Otto Fehr was", False)):
        repeats(harness.server, sentence)
        given = await harness.answer(question)
        assert (given.answered and given.model == "scripted") == is_shown
    harness.server.forget()


async def test_a_word_of_a_name_leads_to_no_article(harness: Harness) -> None:
    await harness.add("The Pirelli Tower is taller than any in New Farrow City.", "Towers")
    await harness.add("The tower of the light was built by Olav Hay.", "New light of Brake")
    repeats(harness.server, "The tower of the light was")
    given = await harness.answer("Who built the Pirelli Tower of the light?")
    assert not (given.answered and given.model == "scripted")
    harness.server.forget()


async def test_sentences_wait_for_one_whose_article_names_the_thing(harness: Harness) -> None:
    harness.server.say(f"{BUILT} The sources don't say who built the Eiffel Tower.")
    given = await harness.answer(EIFFEL)
    assert words(given) == [SAID, "The sources don't say who built the Eiffel Tower."]


@pytest.mark.parametrize("name", ["Tay", "tay"])
async def test_a_model_answers_nothing_of_another_bridge(harness: Harness, name: str) -> None:
    harness.server.say("It opened to trains in 1890 [1.1].")
    given = await harness.answer(f"When did the {name} bridge open to trains?")
    assert not given.answered


async def test_a_word_in_lower_case_that_the_library_holds_is_no_name(harness: Harness) -> None:
    await harness.add("Scotland's firths are named Forth, Tay and Moray.", "Firths")
    harness.server.say("It opened to trains in 1890 [1.1].")
    given = await harness.answer("when did the tay bridge open to trains?")
    assert words(given) == ["It opened to trains in 1890."]


@pytest.fixture(scope="module")
def bridge() -> Iterator[Path]:
    """A folder with a library that is asked without a model."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for name, _, _ in describe():
            patch.delenv(name, raising=False)
        yield Path(folder)


async def test_quotes_of_another_thing_are_only_the_closest(bridge: Path) -> None:
    async with open_app(Settings(data_dir=bridge)) as app, app.store.library("1") as library:
        await app.ingest.add(Submission("bridge.txt", ARTICLE), library, SCOPE)
        for name, answered in (("forth", True), ("tay", False)):
            events = app.answerer.answer(
                f"when did the {name} bridge open to trains", library, SCOPE, quotes=True
            )
            given = finished([event async for event in events])
            assert words(given)[:1] == ["The Forth Bridge opened to trains in 1890."]
            assert given.state == ("answered" if answered else "unsure")
            assert given.note == ("" if answered else "The sources I found don't mention “tay”.")


@pytest.mark.parametrize(
    ("question", "answered", "unanswered", "unsaid"),
    [
        (
            "Who built the Forth Bridge and who built the Eiffel Tower?",
            True,
            ("who built the Eiffel Tower?",),
            "",
        ),
        (
            "When did the Tay Bridge open to trains and why was it built?",
            False,
            (),
            "“Tay Bridge”",
        ),
    ],
)
async def test_a_part_that_is_answered_does_not_let_another_thing_through(
    bridge: Path, question: str, answered: bool, unanswered: tuple[str, ...], unsaid: str
) -> None:
    settings = Settings(data_dir=bridge / "parts")
    async with open_app(settings) as app, app.store.library("1") as library:
        await app.ingest.add(Submission("bridge.txt", ARTICLE), library, SCOPE)
        await app.ingest.add(Submission("light.txt", LIGHT), library, SCOPE)
        events = app.answerer.answer(question, library, SCOPE, quotes=True)
        given = finished([event async for event in events])
    assert given.answered == answered
    assert given.unanswered_parts == unanswered
    assert unsaid in given.note
    assert not (answered and any("Stevenson" in text for text in words(given)))


async def test_a_failure_of_the_model_is_told_above_quotes_of_another_thing(bridge: Path) -> None:
    own = Settings(data_dir=bridge / "asked")
    async with model_server() as server:
        settings = replace(asking(own, server), embedding_model=own.embedding_model)
        async with open_app(settings) as app, app.store.library("1") as library:
            await app.ingest.add(Submission("bridge.txt", ARTICLE), library, SCOPE)
            server.put(error(401, "wrong key"))
            events = app.answerer.answer("when did the tay bridge open to trains", library, SCOPE)
            given = finished([event async for event in events])
    assert given.state == "unsure"
    assert given.note.startswith("The language model")
    assert given.note.endswith("The sources I found don't mention “tay”.")


async def test_the_closest_quotes_and_the_model_lack_the_same_name_once() -> None:
    lacking = note_on_other_subject(["Tay"])
    assert note_on_closest(lacking, ["Tay"]) == "The sources I found don't mention “Tay”."
