"""Small talk gets a short reply: it rests on no article and is no part of the conversation."""

from __future__ import annotations

from contextlib import aclosing

import pytest

from bot.answer.events import Completed
from bot.answer_records import Answer
from bot.app import App, open_app
from bot.ingest.submission import Submission
from bot.records import Scope
from bot.service.about_bot import IN_TERMINAL, REPLIES, reply_about_bot
from bot.service.ask import UserQuestion, answer_question, keep_answer, turns_from_texts
from bot.settings import Settings
from bot.store.protocols import Library
from bot.store.values import StoredAnswer

SCOPE = Scope("1")
FERRY = "The ferry to Skelby runs every two hours. A ticket for the ferry costs nine crowns."


async def ask(app: App, library: Library, text: str, *turns: StoredAnswer) -> Answer:
    question = UserQuestion(text, SCOPE, turns=turns, quotes=True)
    async with aclosing(answer_question(app.answerer, library, question)) as events:
        *_, last = [event async for event in events]
    assert isinstance(last, Completed)
    return await keep_answer(library, question, last.answer)


async def test_small_talk_cites_nothing_and_is_not_kept(settings: Settings) -> None:
    async with open_app(settings) as app, app.store.library("1") as library:
        await app.ingest.add(Submission("ferry.txt", FERRY, "Ferry"), library, SCOPE)

        answer = await ask(app, library, "vielen Dank!")

        assert (answer.mode, answer.bot_topic, answer.language) == ("help", "thanks", "de")
        assert not answer.answered
        assert (answer.citations, answer.nearest) == ((), ())
        assert answer.article_ids == frozenset()
        assert answer.id is None
        assert await library.answers.last_answer_of(0, SCOPE) is None
        assert await library.answers.unanswered(SCOPE, limit=9) == []


async def test_a_question_that_also_greets_is_searched_for(settings: Settings) -> None:
    async with open_app(settings) as app, app.store.library("1") as library:
        await app.ingest.add(Submission("ferry.txt", FERRY, "Ferry"), library, SCOPE)

        answer = await ask(app, library, "Hi, what does a ticket for the ferry cost?")

        assert answer.mode == "quotes"
        assert "nine crowns" in answer.nearest[0].passage.text


def test_small_talk_is_no_turn_of_a_conversation() -> None:
    turns = turns_from_texts(["When is the museum closed?", "ok thanks", "hi", "merci"])

    assert [turn.question for turn in turns] == ["When is the museum closed?"]


@pytest.mark.parametrize("topic", REPLIES)
def test_every_topic_has_words_in_each_front_end(topic: str) -> None:
    known = next(each for each in REPLIES if each == topic)
    answer = Answer("…", answered=False, mode="help", bot_topic=known, language="en")

    assert reply_about_bot(answer, "discord") == REPLIES[known]
    assert "/article" not in reply_about_bot(answer, "terminal")
    assert reply_about_bot(answer, "terminal") == IN_TERMINAL.get(known, REPLIES[known])


def test_an_answer_from_the_articles_has_no_words_about_the_bot() -> None:
    assert reply_about_bot(Answer("?", answered=False, mode="quotes"), "discord") == ""


@pytest.mark.parametrize(
    "line", ["hi", "hallo", "ok", "tell me a joke", "how do I ask you something?"]
)
async def test_an_empty_library_is_said_instead_of_inviting_a_question(
    settings: Settings, line: str
) -> None:
    async with open_app(settings) as app, app.store.library("1") as library:
        answer = await ask(app, library, line)
        await app.ingest.add(Submission("ferry.txt", FERRY, "Ferry"), library, SCOPE)
        filled = await ask(app, library, line)

    if answer.language == "en":
        assert "no articles here yet" in reply_about_bot(answer, "discord")
        assert "/article add" in reply_about_bot(answer, "discord")
        assert "footnote add" in reply_about_bot(answer, "terminal")
    assert answer.library_is_empty
    assert not filled.library_is_empty
