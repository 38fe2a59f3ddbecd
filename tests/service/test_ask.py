"""Asking, keeping the answer, sharing it, and telling who asked in vain, without a front end."""

from __future__ import annotations

import logging

import pytest

from bot.answer.budget import Asker
from bot.answer.events import Completed
from bot.answer_records import Answer
from bot.app import App
from bot.errors import ArticleNotFound, NotAllowed
from bot.records import Filter, Scope
from bot.service.alerts import find_alerts, keep_alert, mark_notified
from bot.service.ask import (
    OPERATOR_ID,
    UserQuestion,
    answer_question,
    channel_turns,
    keep_answer,
    turns_from_texts,
)
from bot.service.saved_answers import last_answer, load_answer, open_footnote, readable_answer
from bot.service.share import (
    begin_conversation,
    check_own,
    check_visible,
    is_visible,
    limits_to_ask_again,
    share_copy,
)
from bot.store.protocols import Library
from bot.store.values import StoredAnswer
from tests.service.conftest import EVERYTHING, OPEN, SERVER, STAFF_CHANNEL, WHO, add

BEN = 8


async def ask(app: App, library: Library, question: UserQuestion) -> Answer:
    async for event in answer_question(app.answerer, library, question):
        if isinstance(event, Completed):
            return await keep_answer(library, question, event.answer)
    raise AssertionError


async def ask_privately(app: App, library: Library, text: str = WHO) -> StoredAnswer:
    question = UserQuestion(text, EVERYTHING, Asker(BEN, event_id=5), STAFF_CHANNEL, private=True)
    answer = await ask(app, library, question)
    assert answer.id is not None
    return await readable_answer(library, answer.id, EVERYTHING)


async def test_an_answer_is_kept_for_who_asked_and_its_footnote_opens(
    app: App, library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    await add(app, library)
    with caplog.at_level(logging.INFO):
        stored = await ask_privately(app, library)

    opened = await open_footnote(library, stored.id, 1, EVERYTHING)

    assert opened.passage.citation.quote.startswith("Kirill Dmitriev heads")
    assert opened.article.id == 1
    assert await last_answer(library, BEN, EVERYTHING) == stored
    assert await last_answer(library, OPERATOR_ID, EVERYTHING) is None
    (line,) = [m for m in caplog.messages if m.startswith("question server=11")]
    assert "Dmitriev" not in line


async def test_an_answer_is_not_readable_where_one_of_its_articles_is_not(
    app: App, library: Library
) -> None:
    await add(app, library, channel=STAFF_CHANNEL)
    stored = await ask_privately(app, library)

    with pytest.raises(ArticleNotFound, match="no longer available"):
        await readable_answer(library, stored.id, OPEN)
    with pytest.raises(ArticleNotFound):
        await open_footnote(library, stored.id, 1, OPEN)


async def test_a_conversation_that_was_not_stored_is_told_by_its_questions() -> None:
    questions = ["Who is Kirill Dmitriev?", " ", "Where was\nhe born?", "Why?"]
    first, second, third = turns_from_texts(questions)
    assert first.standalone_question == first.question
    assert second.question == "Where was he born?"
    assert "Dmitriev" in second.standalone_question
    assert third.question == "Why?"


async def test_a_private_answer_is_shared_unchanged_where_all_of_it_may_be_seen(
    app: App, library: Library
) -> None:
    await add(app, library)
    stored = await ask_privately(app, library)
    assert await is_visible(library, stored.id, OPEN)

    shared = await share_copy(library, stored, "asked by ben", channel_id=1, event_id=6)
    await check_visible(library, shared, OPEN)

    assert shared.id != stored.id
    public = await readable_answer(library, shared.id or 0, OPEN)
    assert (public.private, public.channel_id, public.event_id) == (False, 1, 6)
    assert load_answer(public)[1] == "asked by ben"


async def test_what_not_everyone_may_see_is_not_shared(app: App, library: Library) -> None:
    await add(app, library, channel=STAFF_CHANNEL)
    stored = await ask_privately(app, library)

    assert not await is_visible(library, stored.id, OPEN)
    with pytest.raises(NotAllowed, match="stays private"):
        await limits_to_ask_again(library, stored, OPEN)
    shared = await share_copy(library, stored, "", channel_id=1, event_id=6)
    with pytest.raises(NotAllowed, match="no longer visible"):
        await check_visible(library, shared, OPEN)
    with pytest.raises(NotAllowed, match="Only the person who asked"):
        check_own(stored, BEN + 1)


async def test_a_conversation_begins_with_the_answer_it_is_opened_from(
    app: App, library: Library
) -> None:
    await add(app, library)
    public = UserQuestion(WHO, OPEN, Asker(BEN, event_id=5), 1)
    answer = await ask(app, library, public)
    stored = await readable_answer(library, answer.id or 0, OPEN)

    await begin_conversation(library, stored, channel_id=99)

    (turn,) = await channel_turns(library, 99, OPEN)
    assert turn.question == WHO
    follow_up = UserQuestion("Where did he study?", OPEN, Asker(BEN), 99, turns=(turn,))
    assert (await ask(app, library, follow_up)).question == "Where did he study?"


async def test_who_asked_in_vain_gets_the_answer_of_a_new_article_once(
    app: App, library: Library
) -> None:
    asked = UserQuestion(WHO, OPEN, Asker(BEN, event_id=5), 1, limits=Filter())
    assert not (await ask(app, library, asked)).answered
    article_id = await add(app, library)

    async def scope_of(_question: StoredAnswer) -> Scope | None:
        return OPEN

    async def nowhere(_question: StoredAnswer) -> Scope | None:
        return None

    (alert,) = [a async for a in find_alerts(app, library, SERVER, article_id, scope_of)]
    answer = await keep_alert(library, alert, "new", scope_of)
    assert answer is not None
    assert "Dmitriev heads" in answer.sentences[0].text
    assert await keep_alert(library, alert, "new", nowhere) is None
    await mark_notified(library, alert)
    assert [a async for a in find_alerts(app, library, SERVER, article_id, scope_of)] == []


async def test_the_operator_is_told_of_nothing_later(app: App, library: Library) -> None:
    await ask(app, library, UserQuestion(WHO, EVERYTHING, private=True))
    assert await library.answers.unanswered(EVERYTHING, limit=9) == []
    last = await last_answer(library, OPERATOR_ID, EVERYTHING)
    assert last is not None
    assert last.question == WHO
