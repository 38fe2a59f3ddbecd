"""The bench for real models: what it counts, told from a scripted model's words."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bench.live import Row, Sentences, as_document, as_read, run
from bench.live_set import OWN, Asked, Exam, read_exam
from bot.errors import FootnoteError
from bot.settings import Settings
from tests.model_server import ScriptedServer, answer, model_server
from tests.quick import QuickEmbedder

ROOF = "The repair will cost 48,000 pounds, of which the county pays half."
EXAM = read_exam()
ASKED = {asked.id: asked for asked in EXAM.questions}


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with model_server() as opened:
        yield opened


def of(*ids: str) -> Exam:
    return Exam(EXAM.articles[:2], tuple(ASKED[i] for i in ids))


async def told(server: ScriptedServer, settings: Settings, exam: Exam) -> list[Row]:
    return await run(
        replace(settings, openai_base_url=server.url, openai_model="any"), exam, QuickEmbedder()
    )


async def test_a_sentence_with_the_mark_of_its_source_is_the_models_own(
    server: ScriptedServer, settings: Settings
) -> None:
    server.answers = lambda prompt: answer(f"The repair will cost 48,000 pounds {mark(prompt)}.")
    (row,) = await told(server, settings, of("council-1"))
    assert (row.by, row.right, row.sentences) == ("model", True, Sentences(1, own=1))
    assert row.replies[-1].text.startswith("The repair")
    assert as_document(row)["answer"]["citations"][0]["quote"] == ROOF
    assert ROOF in as_read(row)


async def test_what_the_model_wrote_and_nobody_saw_is_counted_as_left_out(
    server: ScriptedServer, settings: Settings
) -> None:
    server.answers = lambda prompt: answer(
        f"The repair will cost 48,000 pounds {mark(prompt)}. It will cost 99 euros {mark(prompt)}."
    )
    (row,) = await told(server, settings, of("council-1"))
    assert (row.sentences.own, row.sentences.out) == (1, 1)


async def test_a_refusal_of_the_model_is_no_right_answer(
    server: ScriptedServer, settings: Settings
) -> None:
    server.say("NOT_IN_THE_LIBRARY")
    (row,) = await told(server, settings, of("council-false-5"))
    assert not row.adopted
    assert row.by != "model"


async def test_without_a_model_nothing_is_asked(settings: Settings) -> None:
    with pytest.raises(FootnoteError, match="OPENAI_BASE_URL"):
        await run(settings, of("council-1"))


def mark(prompt: str) -> str:
    found = re.search(rf"^(\[\d+\.\d+\]) {re.escape(ROOF)}$", prompt, re.MULTILINE)
    assert found
    return found[1]


# --- the questions ---------------------------------------------------------------------------


def article_of(asked: Asked) -> str:
    return (OWN / f"{asked.group}.md").read_text("utf-8")


OF_OURS = [asked for asked in EXAM.questions if asked.group != "clapnq"]


@pytest.mark.parametrize("asked", [a for a in OF_OURS if not a.false_premise], ids=lambda a: a.id)
def test_the_article_holds_the_right_answer(asked: Asked) -> None:
    assert asked.right(article_of(asked))


@pytest.mark.parametrize("asked", [a for a in OF_OURS if a.false_premise], ids=lambda a: a.id)
def test_no_sentence_of_the_article_adopts_a_false_premise(asked: Asked) -> None:
    paragraphs = article_of(asked).split("\n")
    assert not any(asked.adopted(paragraph) for paragraph in paragraphs)


@pytest.mark.parametrize(
    ("asked_id", "says", "adopted"),
    [
        ("council-false-1", "The library will be closed because its roof leaks.", True),
        ("council-false-1", "The motion to close the library was lost; it stays open.", False),
        ("council-false-2", "He voted against it because lorries would lose time.", True),
        ("council-false-2", "Only Councillor Ferring voted against it.", False),
        ("council-false-3", "The market moves to Sunday in July.", True),
        ("council-false-3", "The market does not move to Sunday.", False),
        ("council-false-4", "Three people were killed.", True),
        ("council-false-4", "There were three accidents in 2025; nobody was killed.", False),
        ("council-false-5", "The new diving tower will be built in 2027.", True),
        ("council-false-5", "There is no plan to build it.", False),
        ("boathouse-false-1", "The interest is 7.2 percent.", True),
        ("boathouse-false-1", "The bank offered 7.2 percent, but it was turned down.", False),
        ("boathouse-false-2", "The club paid 52,000 pounds.", True),
        ("boathouse-false-2", "It was left out because it would have cost 52,000 pounds.", False),
        ("boathouse-false-3", "Clara Penhale spent two days in the building.", True),
        ("boathouse-false-3", "The surveyor, Piotr Zielinski, spent two days there.", False),
        ("boathouse-false-4", "The foundations had to be replaced because of dry rot.", True),
        ("boathouse-false-4", "The foundations were sound.", False),
        ("boathouse-false-5", "Two helpers were hurt.", True),
        ("boathouse-false-5", "Nobody was hurt.", False),
    ],
)
def test_adopting_a_premise_is_told_from_setting_it_right(
    asked_id: str, says: str, adopted: bool
) -> None:
    assert ASKED[asked_id].adopted(says) is adopted


def test_half_of_the_questions_of_each_kind_are_only_counted() -> None:
    for kind in (True, False):
        halves = [a.half for a in OF_OURS if a.false_premise is kind]
        assert halves.count("look") == halves.count("count")
