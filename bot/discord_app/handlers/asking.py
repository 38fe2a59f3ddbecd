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
from bot.discord_app import access, errors, posted, replies
from bot.discord_app.cards import answers as cards
from bot.discord_app.cards import components
from bot.discord_app.cards.components import facts
from bot.discord_app.handlers.context import (
    Interaction,
    RequestContext,
    Services,
    person,
    reports_errors,
)
from bot.discord_app.handlers.in_hand import Growing, InHand, Running, log_answer
from bot.discord_app.markdown import one_line
from bot.discord_app.modals import QuestionForm
from bot.discord_app.saved_answers import answer_in, body_of
from bot.discord_app.stream import GONE, ThrottledMessage, throttled
from bot.discord_app.tags import line_of, tag_of
from bot.errors import ArticleNotFound, NotAllowed, QuestionRefused
from bot.records import Answer, Article, Filter, Rating, Scope
from bot.store.protocols import Library
from bot.store.values import EVERYTHING, Dependencies, StoredAnswer

log = logging.getLogger(__name__)
TURNS = 3  # of a thread, for a question that leans on them; a name is seldom farther back
CLOSED_MEANWHILE = (
    "While this was being answered, an article that the answer rests on was closed to some here, "
    "or removed, so the answer is not shown. Ask again."
)
DAY = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


@dataclass(frozen=True, slots=True)
class AskRequest:
    """A question, and what its answer is to be limited to."""

    question: str
    article: str = ""
    tag: str = ""
    since: str = ""
    private: bool = False


@dataclass(frozen=True, slots=True)
class QuestionInHand:
    """A question that is being answered: by whom, where, from what, and for which event."""

    question: str
    member: discord.Member
    place: access.Place
    scope: Scope
    event_id: int
    wanted: Filter = EVERYTHING
    within: str = ""
    private: bool = False
    deleted: frozenset[int] = access.NOBODY

    @property
    def scope_now(self) -> Scope:
        """``scope`` as it is now: a channel may have been closed meanwhile."""
        if self.private:
            return access.private_scope(self.member, self.place, self.deleted)
        return access.public_scope(self.place)


class Asking:
    """See the module."""

    def __init__(self, services: Services):
        self._ground = services
        self._mentions: set[int] = set()  # one that comes twice is answered once
        self.in_hand = InHand(services.app.store)

    async def ask(self, interaction: Interaction, request: AskRequest) -> None:
        """Answers in the channel, or (private) the asker alone."""
        async with reports_errors(interaction), self._ground.here(interaction) as context:
            asked = await self._asked(interaction.id, context, request)
            self._ground.question_cooldown.check(person(context.member))
            self.in_hand.check_open()
            await interaction.response.defer(thinking=True, ephemeral=request.private)
            self._ground.question_cooldown.count(person(context.member))
            outlet = replies.Response(interaction, private=request.private)
            await self._answer(asked, context.library, outlet)

    async def about(self, interaction: Interaction, message: discord.Message) -> None:
        """Shows a form for a question about a message."""
        async with reports_errors(interaction):
            access.acting(interaction)
            await interaction.response.send_modal(QuestionForm(message.content, self._about))

    async def _about(self, interaction: Interaction, question: str, private: bool) -> None:
        await self.ask(interaction, AskRequest(question, private=private))

    async def mention(self, message: discord.Message) -> None:
        """Answers a message that mentions the bot."""
        try:
            with self._once(message.id) as first:
                if first:
                    await self._mentioned(message)
        except Exception as error:  # noqa: BLE001 - a rim
            view = components.message(errors.sentence(error), components.RED)
            with contextlib.suppress(discord.HTTPException):
                await replies.reply(message, view)

    async def _mentioned(self, message: discord.Message) -> None:
        member, place = access.who_and_where(message.author, message.channel)
        if access.missing_permissions(place, *access.to_write(place)):
            return await _tell_what_is_missing(message, place)
        question = check_question(line_of(_without_mentions(message)))
        scope = access.public_scope(place)
        async with self._ground.app.store.library(scope.server_id) as library:
            if await library.answers.id_of_event(message.id) is not None:
                return None
            self._ground.question_cooldown.check(person(member))
            self._ground.question_cooldown.count(person(member))
            asked = QuestionInHand(question, member, place, scope, message.id)
            await self._answer(asked, library, replies.Replied(message))
        return None

    @contextmanager
    def _once(self, event_id: int) -> Iterator[bool]:
        first = event_id not in self._mentions
        self._mentions.add(event_id)
        try:
            yield first
        finally:
            if first:
                self._mentions.discard(event_id)

    # --- from the question to the card -------------------------------------------------------

    async def _asked(
        self, event_id: int, context: RequestContext, request: AskRequest
    ) -> QuestionInHand:
        """Raises QuestionRefused, ArticleNotFound."""
        scope = context.scope if request.private else access.public_scope(context.place)
        article = await _only(context, request, scope) if request.article else None
        only = None if article is None else frozenset([article.id])
        wanted = Filter(articles=only, tag=tag_of(request.tag), since=_day(request.since))
        within = facts(
            f"only “{one_line(article.title)}”" if article else None,
            f"only \\#{one_line(wanted.tag)}" if wanted.tag else None,
            f"since {wanted.since}" if wanted.since else None,
        )
        if within and not await context.library.ids_matching(wanted, scope):
            raise QuestionRefused(
                f"No article that can be used here is {within}. Ask without this limit, or look "
                "into `/library browse`."
            )
        question = check_question(line_of(request.question))
        who, private = context.member, request.private
        return QuestionInHand(
            question, who, context.place, scope, event_id, wanted, within, private, context.deleted
        )

    async def _answer(
        self, asked: QuestionInHand, library: Library, outlet: replies.Outlet
    ) -> None:
        """Shows an answer while it grows, keeps it, and shows it whole."""
        async with self.answering(asked, library, outlet) as answer:
            if answer is not None:
                await self.conclude(answer, asked, library, outlet)

    @asynccontextmanager
    async def answering(
        self, asked: QuestionInHand, library: Library, outlet: replies.Outlet
    ) -> AsyncIterator[Answer | None]:
        """The answer, shown while it is written; None when its card was deleted meanwhile.

        Whatever is done with it within the block is waited for when Footnote ends.
        """
        who, server_id, place = asked.member.id, asked.scope.server_id, asked.place.id
        question = Running(asked.event_id, who, server_id, place, asked.private)
        async with self.in_hand.running(question):
            show_on = self.in_hand.watching(question, outlet.show)
            async with throttled(show_on, on_gone=question.lose) as card:
                answer = await self._grown(asked, library, card, question)
            if question.gone:
                log.info("question server=%s card=deleted", server_id)
            yield None if question.gone else answer

    async def conclude(
        self, answer: Answer, asked: QuestionInHand, library: Library, outlet: replies.Outlet
    ) -> None:
        """Keeps an answer and shows it, unless it rests on what may not be shown any more."""
        answer = await _kept(answer, asked, library)
        log_answer(asked.scope.server_id, answer)
        assert answer.id is not None
        if await library.answers.answer(answer.id, asked.scope_now) is None:
            await outlet.show(components.message(CLOSED_MEANWHILE, components.RED))
            return
        step = "share" if asked.private else "follow"
        shown = cards.answer_cards(answer, next_step=step, within=asked.within)
        try:
            messages = await show(outlet, shown)
        except discord.NotFound as error:
            if error.code not in GONE:
                raise
            log.warning("an answer's card was deleted before it was whole")
            return
        if not asked.private:
            await posted.note_answer(asked.place.guild, library, answer, messages)

    async def _grown(
        self, asked: QuestionInHand, library: Library, card: ThrottledMessage, running: Running
    ) -> Answer:
        growing = Growing(asked.question, asked.event_id, card)
        roles = frozenset(role.id for role in asked.member.roles)
        events = self._ground.app.answerer.answer(
            asked.question,
            library,
            asked.scope,
            asker=Asker(asked.member.id, roles, asked.event_id),
            wanted=asked.wanted,
            turns=await _turns(asked, library),
            stop=running.stop,
        )
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Retrieved):
                    running.articles |= {hit.passage.article_id for hit in event.findings.hits}
                growing.take(event, hidden=not _still_open(asked))
                if isinstance(event, Completed):
                    return event.answer
        raise AssertionError("a question ends in an answer")

    async def stop(self, interaction: Interaction, event_id: int) -> None:
        """Ends the model's writing; the card then shows what there is."""
        async with reports_errors(interaction), self._ground.here(interaction) as context:
            stopped = self.in_hand.stop(event_id, context.member)
            if stopped or await context.library.answers.id_of_event(event_id) is not None:
                await interaction.response.defer()
            else:
                await replies.update_message(interaction, cards.interrupted())

    # --- what can be done with an answer -----------------------------------------------------

    async def last(self, interaction: Interaction) -> None:
        """Shows somebody their last answer again."""
        async with reports_errors(interaction), self._ground.here(interaction) as context:
            given = await context.library.answers.last_answer_of(context.member.id, context.scope)
            if given is None or not given.body:
                raise ArticleNotFound(
                    "There is no answer of yours that can be shown here. `/ask` a question."
                )
            answer, within = answer_in(given)
            await interaction.response.defer(thinking=True, ephemeral=True)
            step = "share" if given.private else ""
            shown = cards.answer_cards(answer, next_step=step, within=within, again=True)
            await show(replies.Response(interaction, private=True), shown)

    async def rate(self, interaction: Interaction, answer_id: int, kind: Rating) -> None:
        """Keeps what somebody says of an answer."""
        async with reports_errors(interaction), self._ground.here(interaction) as context:
            await kept_answer(context, answer_id)
            await context.library.answers.rate(answer_id, context.member.id, kind)
            await replies.send_ephemeral(
                interaction, components.message(f"Thank you: I noted “{kind}” for this answer.")
            )


def _still_open(asked: QuestionInHand) -> bool:
    """Whether everything that the answer is made from may still be shown."""
    return (asked.scope.channels or access.NOBODY) <= (asked.scope_now.channels or access.NOBODY)


async def _turns(asked: QuestionInHand, library: Library) -> list[StoredAnswer]:
    """What was asked before in the same thread; a channel's questions have nothing in common."""
    if not isinstance(asked.place, discord.Thread):
        return []
    return await library.answers.last_turns(asked.place.id, asked.scope, limit=TURNS)


async def _only(context: RequestContext, request: AskRequest, scope: Scope) -> Article:
    """The one article that is asked about."""
    article = await context.find_article(request.article)
    try:
        return await context.library.article(article.id, scope)
    except ArticleNotFound as error:
        raise QuestionRefused(
            "Not everyone here may read this article, so a public answer cannot use it. Ask with "
            "`private: True`."
        ) from error


def _day(typed: str) -> str:
    """The beginning of a day. Raises QuestionRefused."""
    day = typed.strip()
    if day and not DAY.fullmatch(day):
        raise QuestionRefused("`since` is a day, a month or a year: 2025-03-01, 2025-03 or 2025.")
    return day


async def _kept(answer: Answer, asked: QuestionInHand, library: Library) -> Answer:
    given = StoredAnswer(
        asker_id=asked.member.id,
        channel_id=asked.place.id,
        private=asked.private,
        question=answer.question,
        standalone_question=answer.standalone_question,
        body=body_of(answer, asked.within, asked.wanted),
        event_id=asked.event_id,
        awaits_answer=awaits_answer(answer),
    )
    over = asked.scope if answer.whole_scope else None
    rests = Dependencies(answer.article_ids, over)
    return answer.with_id(await library.answers.save(given, answer.citations, rests))


async def kept_answer(context: RequestContext, answer_id: int) -> StoredAnswer:
    """An answer that can still be shown. Raises ArticleNotFound."""
    given = await context.library.answers.answer(answer_id, context.scope)
    if given is None or not given.body:
        raise ArticleNotFound(
            "This answer is no longer kept, or an article that it rests on is gone or not yours "
            "to see. Ask again."
        )
    return given


async def show(outlet: replies.Outlet, shown: cards.AnswerCards) -> list[discord.Message | None]:
    """An answer's card, and what is behind it; the messages that hold them."""
    messages = [await outlet.show(shown.first)]
    if shown.second is not None:
        data = io.BytesIO(shown.file.encode())
        file = discord.File(data, cards.FILE_NAME) if shown.file else None
        messages.append(await outlet.more(shown.second, file))
    return messages


async def _tell_what_is_missing(message: discord.Message, place: access.Place) -> None:
    try:
        access.check_bot_may(place, *access.to_write(place))
    except NotAllowed as error:
        with contextlib.suppress(discord.HTTPException):
            await replies.post(message.author, components.message(error.message, components.RED))


def _without_mentions(message: discord.Message) -> str:
    text = message.content
    for user in message.mentions:
        text = text.replace(f"<@{user.id}>", " ").replace(f"<@!{user.id}>", " ")
    return text
