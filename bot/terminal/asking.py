"""``footnote ask`` and ``footnote cite``: one question, and a footnote of the last answer."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from bot import json_output
from bot.answer.events import Completed
from bot.answer.model_stream import StopSignal
from bot.answer_records import Answer
from bot.app import App
from bot.errors import ArticleNotFound
from bot.maintenance import forget_old_answers
from bot.records import Filter, Scope
from bot.service.ask import (
    OPERATOR_ID,
    UserQuestion,
    answer_question,
    keep_answer,
    to_stored,
    turns_from_texts,
)
from bot.service.saved_answers import OpenedFootnote, last_answer, load_answer, open_footnote
from bot.service.typed import check_question, clean_line
from bot.store.protocols import Library
from bot.store.values import EVERYTHING, StoredAnswer
from bot.strings import N_, _
from bot.terminal.answer_text import answer_text, footnote_text
from bot.terminal.console import console
from bot.terminal.live import LiveAnswer
from bot.terminal.output import DONE, EMPTY_LIBRARY, Result

NO_MATCHING_ARTICLE = N_("No article matches --article, --tag and --since.")
NO_LAST_ANSWER = N_("There's no answer here yet. Ask something first: footnote ask QUESTION")
NO_FOOTNOTES = N_("The last answer has no footnotes. Its question was: {question}")
NO_SUCH_FOOTNOTE = N_("The last answer has no footnote {n}; its footnotes are {numbers}.")


async def ask(app: App, arguments: argparse.Namespace) -> Result:
    """Answer one question and keep the answer."""
    async with app.store.library(arguments.server) as library:
        result = await answer_and_keep(
            app, library, question_of(arguments, arguments.question), silent=arguments.json
        )
    text = answer_text(result.answer, is_printed=result.is_printed)
    return DONE, json_output.answer_json(result.answer), text


def question_of(
    arguments: argparse.Namespace, text: str, turns: Sequence[StoredAnswer] = ()
) -> UserQuestion:
    """The operator's question, with the options of the command. It is private: no channel's."""
    article_ids = frozenset(arguments.article) if arguments.article else None
    return UserQuestion(
        check_question(clean_line(text)),
        Scope(arguments.server),
        private=True,
        limits=Filter(articles=article_ids, tag=arguments.tag, since=arguments.since),
        turns=(*turns_from_texts(arguments.after), *turns),
        quotes=arguments.quotes,
        everywhere=arguments.everywhere,
    )


@dataclass(frozen=True, slots=True)
class TerminalAnswer:
    """An answer that was stored. ``is_printed``: its sentences were printed as they came."""

    answer: Answer
    is_printed: bool
    turn: StoredAnswer  # what a follow-up is understood from


async def answer_and_keep(
    app: App,
    library: Library,
    question: UserQuestion,
    *,
    silent: bool = False,
    stop: StopSignal | None = None,
) -> TerminalAnswer:
    """Print an answer as it comes, and keep it. ``silent``: print only to standard error."""
    answer: Answer | None = None
    has_articles = bool(await library.articles.ids_matching(question.limits, question.scope))
    live = LiveAnswer(silent=silent)
    async with aclosing(answer_question(app.answerer, library, question, stop)) as events:
        async for event in events:
            live.handle(event)
            if isinstance(event, Completed):
                answer = event.answer
    live.end()
    assert answer is not None
    if not has_articles and answer.mode != "help":
        answer = _note_no_articles(answer, is_limited=question.limits != EVERYTHING)
    answer = await keep_answer(library, question, answer)
    await forget_old_answers(library, app.settings.answers_kept_days)
    return TerminalAnswer(answer, live.has_started, to_stored(question, answer))


def _note_no_articles(answer: Answer, *, is_limited: bool) -> Answer:
    """The answer with a note that no article could be searched."""
    if is_limited:
        return replace(answer, note=_(NO_MATCHING_ARTICLE))
    if answer.answered:
        return answer
    return replace(answer, note=_(EMPTY_LIBRARY), library_is_empty=True)


async def cite(app: App, arguments: argparse.Namespace) -> Result:
    """Open a footnote of the last answer."""
    async with app.store.library(arguments.server) as library:
        opened = await open_last_footnote(library, arguments.server, arguments.n)
    text = footnote_text(opened, is_terminal=console().abilities.is_output_terminal)
    return DONE, json_output.footnote_json(opened), text


async def open_last_footnote(library: Library, server: str, n: int) -> OpenedFootnote:
    """Footnote ``n`` of the operator's last answer. Raises ArticleNotFound."""
    scope = Scope(server)
    stored = await last_answer(library, OPERATOR_ID, scope)
    if stored is None:
        raise ArticleNotFound(_(NO_LAST_ANSWER))
    numbers = sorted({citation.n for citation in load_answer(stored)[0].citations})
    if not numbers:
        raise ArticleNotFound(_(NO_FOOTNOTES).format(question=stored.question))
    if n not in numbers:
        listed = ", ".join(map(str, numbers))
        raise ArticleNotFound(_(NO_SUCH_FOOTNOTE).format(n=n, numbers=listed))
    return await open_footnote(library, stored.id, n, scope)
