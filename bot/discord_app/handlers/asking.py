"""Asking: by command, mention or a message's menu; and what can be done with an answer.

A public answer is made of what everyone in the channel may see, a private one of what its asker
may. Every answer is kept, so that its footnotes open, its asker finds it again (``/last``), and
it can be followed up and shared.
"""

from __future__ import annotations

import contextlib
import io
import logging
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass

import discord

from bot.answer.budget import Asker
from bot.answer.events import Completed, Retrieved
from bot.answer.pipeline import check_question
from bot.answer.question_alerts import awaits_answer
from bot.discord_app import access, errors, replies
from bot.discord_app import posted_messages
from bot.discord_app.cards import answers as cards
from bot.discord_app.cards import components
from bot.discord_app.cards.components import join_facts
from bot.discord_app.handlers.context import (
    Interaction,
    RequestContext,
    Services,
    cooldown_key,
    reports_errors,
)
from bot.discord_app.handlers.running_questions import (
    LiveCard,
    RunningQuestions,
    RunningQuestion,
    log_answer,
)
from bot.discord_app.markdown import one_line
from bot.discord_app.modals import QuestionForm
from bot.discord_app.saved_answers import load_answer, answer_to_json
from bot.discord_app.throttle import UNKNOWN_MESSAGE_CODES, ThrottledMessage, throttled
from bot.discord_app.tags import clean_line, clean_tag
from bot.errors import ArticleNotFound, NotAllowed, QuestionRefused
from bot.records import Answer, Article, Filter, Rating, Scope
from bot.store.protocols import Library
from bot.store.values import EVERYTHING, Rests, StoredAnswer

log = logging.getLogger(__name__)
MAX_TURNS = 3  # of a thread, for a question that leans on them; a name is seldom farther back
SOURCE_NO_LONGER_VISIBLE = (
    "While this was being answered, an article that the answer rests on was closed to some here, "
    "or removed, so the answer is not shown. Ask again."
)
DATE_PREFIX = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


@dataclass(frozen=True, slots=True)
class AskRequest:
    """A question, and what its answer is to be limited to."""

    question: str
    article: str = ""
    tag: str = ""
    since: str = ""
    private: bool = False


@dataclass(frozen=True, slots=True)
class PreparedQuestion:
    """A question that is being answered: by whom, where, from what, and for which event."""

    question: str
    member: discord.Member
    place: access.Place
    scope: Scope
    event_id: int
    wanted: Filter = EVERYTHING
    within: str = ""
    private: bool = False
    deleted: frozenset[int] = access.NO_CHANNELS

    @property
    def scope_now(self) -> Scope:
        """``scope`` as it is now: a channel may have been closed meanwhile."""
        if self.private:
            return access.private_scope(self.member, self.place, self.deleted)
        return access.public_scope(self.place)


class Asking:
    """See the module."""

    def __init__(self, services: Services):
        self._services = services
        self._mentions: set[int] = set()  # one that comes twice is answered once
        self.running = RunningQuestions(services.app.store)

    async def ask(self, interaction: Interaction, request: AskRequest) -> None:
        """Answers in the channel, or (private) the asker alone."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            asked = await self._prepare(interaction.id, context, request)
            self._services.question_cooldown.check(cooldown_key(context.member))
            self.running.check_open()
            await interaction.response.defer(thinking=True, ephemeral=request.private)
            self._services.question_cooldown.record(cooldown_key(context.member))
            outlet = replies.InteractionReply(interaction, private=request.private)
            await self._answer_and_show(asked, context.library, outlet)

    async def open_question_form(self, interaction: Interaction, message: discord.Message) -> None:
        """Shows a form for a question about a message."""
        async with reports_errors(interaction):
            access.acting_member(interaction)
            await interaction.response.send_modal(QuestionForm(message.content, self._submit_form))

    async def _submit_form(self, interaction: Interaction, question: str, private: bool) -> None:
        await self.ask(interaction, AskRequest(question, private=private))

    async def mention(self, message: discord.Message) -> None:
        """Answers a message that mentions the bot."""
        try:
            with self._first_delivery(message.id) as first:
                if first:
                    await self._answer_mention(message)
        except Exception as error:  # noqa: BLE001 - a rim
            view = components.message(errors.error_message(error), components.RED)
            with contextlib.suppress(discord.HTTPException):
                await replies.reply_to(message, view)

    async def _answer_mention(self, message: discord.Message) -> None:
        member, place = access.require_member(message.author, message.channel)
        if access.missing_permissions(place, *access.reply_permissions(place)):
            return await _report_missing_permissions(message, place)
        question = check_question(clean_line(_without_mentions(message)))
        scope = access.public_scope(place)
        async with self._services.app.store.library(scope.server_id) as library:
            if await library.answers.id_of_event(message.id) is not None:
                return None
            self._services.question_cooldown.check(cooldown_key(member))
            self._services.question_cooldown.record(cooldown_key(member))
            asked = PreparedQuestion(question, member, place, scope, message.id)
            await self._answer_and_show(asked, library, replies.MessageReply(message))
        return None

    @contextmanager
    def _first_delivery(self, event_id: int) -> Iterator[bool]:
        first = event_id not in self._mentions
        self._mentions.add(event_id)
        try:
            yield first
        finally:
            if first:
                self._mentions.discard(event_id)

    # --- from the question to the card -------------------------------------------------------

    async def _prepare(
        self, event_id: int, context: RequestContext, request: AskRequest
    ) -> PreparedQuestion:
        """Raises QuestionRefused, ArticleNotFound."""
        scope = context.scope if request.private else access.public_scope(context.place)
        article = await _requested_article(context, request, scope) if request.article else None
        only = None if article is None else frozenset([article.id])
        wanted = Filter(
            articles=only, tag=clean_tag(request.tag), since=_parse_since(request.since)
        )
        within = join_facts(
            f"only “{one_line(article.title)}”" if article else None,
            f"only \\#{one_line(wanted.tag)}" if wanted.tag else None,
            f"since {wanted.since}" if wanted.since else None,
        )
        if within and not await context.library.ids_matching(wanted, scope):
            raise QuestionRefused(
                f"No article that can be used here is {within}. Ask without this limit, or look "
                "into `/library browse`."
            )
        question = check_question(clean_line(request.question))
        who, private = context.member, request.private
        return PreparedQuestion(
            question,
            who,
            context.place,
            scope,
            event_id,
            wanted,
            within,
            private,
            context.deleted_channels,
        )

    async def _answer_and_show(
        self, asked: PreparedQuestion, library: Library, outlet: replies.AnswerReply
    ) -> None:
        """Shows an answer while it grows, keeps it, and shows it whole."""
        async with self.answering(asked, library, outlet) as answer:
            if answer is not None:
                await self.conclude(answer, asked, library, outlet)

    @asynccontextmanager
    async def answering(
        self, asked: PreparedQuestion, library: Library, outlet: replies.AnswerReply
    ) -> AsyncIterator[Answer | None]:
        """The answer, shown while it is written; None when its card was deleted meanwhile.

        Whatever is done with it within the block is waited for when Footnote ends.
        """
        who, server_id, place = asked.member.id, asked.scope.server_id, asked.place.id
        question = RunningQuestion(asked.event_id, who, server_id, place, asked.private)
        async with self.running.running(question):
            show_on = self.running.track_message(question, outlet.show)
            async with throttled(show_on, on_gone=question.cancel) as card:
                answer = await self._stream_answer(asked, library, card, question)
            if question.card_deleted:
                log.info("question server=%s card=deleted", server_id)
            yield None if question.card_deleted else answer

    async def conclude(
        self, answer: Answer, asked: PreparedQuestion, library: Library, outlet: replies.AnswerReply
    ) -> None:
        """Keeps an answer and shows it, unless it rests on what may not be shown any more."""
        answer = await _save(answer, asked, library)
        log_answer(asked.scope.server_id, answer)
        assert answer.id is not None
        if await library.answers.answer(answer.id, asked.scope_now) is None:
            await outlet.show(components.message(SOURCE_NO_LONGER_VISIBLE, components.RED))
            return
        step = "share" if asked.private else "follow"
        shown = cards.answer_cards(answer, next_step=step, within=asked.within)
        try:
            messages = await show_answer(outlet, shown)
        except discord.NotFound as error:
            if error.code not in UNKNOWN_MESSAGE_CODES:
                raise
            log.warning("an answer's card was deleted before it was whole")
            return
        if not asked.private:
            await posted_messages.record_answer(asked.place.guild, library, answer, messages)

    async def _stream_answer(
        self,
        asked: PreparedQuestion,
        library: Library,
        card: ThrottledMessage,
        running: RunningQuestion,
    ) -> Answer:
        growing = LiveCard(asked.question, asked.event_id, card)
        roles = frozenset(role.id for role in asked.member.roles)
        events = self._services.app.answerer.answer(
            asked.question,
            library,
            asked.scope,
            asker=Asker(asked.member.id, roles, asked.event_id),
            wanted=asked.wanted,
            turns=await _previous_turns(asked, library),
            stop=running.stop,
        )
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Retrieved):
                    running.articles |= {hit.passage.article_id for hit in event.findings.hits}
                growing.update(event, hidden=not _is_still_visible(asked))
                if isinstance(event, Completed):
                    return event.answer
        raise AssertionError("a question ends in an answer")

    async def stop(self, interaction: Interaction, event_id: int) -> None:
        """Ends the model's writing; the card then shows what there is."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            stopped = self.running.stop(event_id, context.member)
            if stopped or await context.library.answers.id_of_event(event_id) is not None:
                await interaction.response.defer()
            else:
                await replies.update_message(interaction, cards.interrupted_card())

    # --- what can be done with an answer -----------------------------------------------------

    async def last(self, interaction: Interaction) -> None:
        """Shows somebody their last answer again."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            given = await context.library.answers.last_of(context.member.id, context.scope)
            if given is None or not given.body:
                raise ArticleNotFound(
                    "There is no answer of yours that can be shown here. `/ask` a question."
                )
            answer, within = load_answer(given)
            await interaction.response.defer(thinking=True, ephemeral=True)
            step = "share" if given.private else ""
            shown = cards.answer_cards(answer, next_step=step, within=within, again=True)
            await show_answer(replies.InteractionReply(interaction, private=True), shown)

    async def rate(self, interaction: Interaction, answer_id: int, kind: Rating) -> None:
        """Keeps what somebody says of an answer."""
        async with reports_errors(interaction), self._services.request(interaction) as context:
            await stored_answer(context, answer_id)
            await context.library.answers.rate(answer_id, context.member.id, kind)
            await replies.send_ephemeral(
                interaction, components.message(f"Thank you: I noted “{kind}” for this answer.")
            )


def _is_still_visible(asked: PreparedQuestion) -> bool:
    """Whether everything that the answer is made from may still be shown."""
    return (asked.scope.channels or access.NO_CHANNELS) <= (
        asked.scope_now.channels or access.NO_CHANNELS
    )


async def _previous_turns(asked: PreparedQuestion, library: Library) -> list[StoredAnswer]:
    """What was asked before in the same thread; a channel's questions have nothing in common."""
    if not isinstance(asked.place, discord.Thread):
        return []
    return await library.answers.turns(asked.place.id, asked.scope, limit=MAX_TURNS)


async def _requested_article(context: RequestContext, request: AskRequest, scope: Scope) -> Article:
    """The one article that is asked about."""
    article = await context.find_article(request.article)
    try:
        return await context.library.article(article.id, scope)
    except ArticleNotFound as error:
        raise QuestionRefused(
            "Not everyone here may read this article, so a public answer cannot use it. Ask with "
            "`private: True`."
        ) from error


def _parse_since(typed: str) -> str:
    """The beginning of a day. Raises QuestionRefused."""
    day = typed.strip()
    if day and not DATE_PREFIX.fullmatch(day):
        raise QuestionRefused("`since` is a day, a month or a year: 2025-03-01, 2025-03 or 2025.")
    return day


async def _save(answer: Answer, asked: PreparedQuestion, library: Library) -> Answer:
    given = StoredAnswer(
        asker_id=asked.member.id,
        channel_id=asked.place.id,
        private=asked.private,
        question=answer.question,
        standalone=answer.standalone_question,
        body=answer_to_json(answer, asked.within, asked.wanted),
        event_id=asked.event_id,
        awaits_answer=awaits_answer(answer),
    )
    over = asked.scope if answer.whole_scope else None
    rests = Rests(answer.article_ids, over)
    return answer.kept_as(await library.answers.save(given, answer.citations, rests))


async def stored_answer(context: RequestContext, answer_id: int) -> StoredAnswer:
    """An answer that can still be shown. Raises ArticleNotFound."""
    given = await context.library.answers.answer(answer_id, context.scope)
    if given is None or not given.body:
        raise ArticleNotFound(
            "This answer is no longer kept, or an article that it rests on is gone or not yours "
            "to see. Ask again."
        )
    return given


async def show_answer(
    outlet: replies.AnswerReply, shown: cards.AnswerCards
) -> list[discord.Message | None]:
    """An answer's card, and what is behind it; the messages that hold them."""
    messages = [await outlet.show(shown.first)]
    if shown.second is not None:
        data = io.BytesIO(shown.file.encode())
        file = discord.File(data, cards.FILE_NAME) if shown.file else None
        messages.append(await outlet.add(shown.second, file))
    return messages


async def _report_missing_permissions(message: discord.Message, place: access.Place) -> None:
    try:
        access.check_bot_may(place, *access.reply_permissions(place))
    except NotAllowed as error:
        with contextlib.suppress(discord.HTTPException):
            await replies.post(message.author, components.message(error.message, components.RED))


def _without_mentions(message: discord.Message) -> str:
    text = message.content
    for user in message.mentions:
        text = text.replace(f"<@{user.id}>", " ").replace(f"<@!{user.id}>", " ")
    return text
