"""Turns a request to ask, with its options, into a question that is ready to be answered."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import discord

from bot.answer.budget import Asker
from bot.discord_app import access, replies
from bot.discord_app.cards import components
from bot.discord_app.cards.articles import hashtags
from bot.discord_app.cards.components import join_facts
from bot.discord_app.handlers.context import RequestContext
from bot.discord_app.markdown import one_line
from bot.errors import ArticleNotFound, NotAllowed, QuestionRefused
from bot.records import Article, Filter, Scope
from bot.service.ask import UserQuestion, card_turn, channel_turns, turns_from_texts
from bot.service.dates import is_date
from bot.service.summarise import summary_question
from bot.service.typed import check_question, clean_line, clean_tag
from bot.store.protocols import Library
from bot.store.values import QuestionCard, StoredAnswer
from bot.strings import _


@dataclass(frozen=True, slots=True)
class AskRequest:
    """A question as it was asked, with its options."""

    question: str
    article: str = ""
    tag: str = ""
    since: str = ""
    private: bool = False
    everywhere: bool = False  # articles that the question names don't limit it
    about: str = ""  # the text of a message that it is about


@dataclass(frozen=True, slots=True)
class SummaryCall:
    """Articles to sum up, by title or number, and how many sentences are wanted."""

    articles: tuple[str, ...]
    sentences: int | None = None
    private: bool = False


@dataclass(frozen=True, slots=True)
class PreparedQuestion:
    """A checked question, and who asked it where. ``deleted``: channels that they may see."""

    question: UserQuestion
    member: discord.Member
    place: access.Place
    deleted: frozenset[int] = access.NO_CHANNELS

    @property
    def event_id(self) -> int:
        """The Discord event by which it was asked."""
        assert self.question.asker.event_id is not None
        return self.question.asker.event_id

    @property
    def scope_now(self) -> Scope:
        """The current scope: a channel may have been closed since the question was asked."""
        if self.question.private:
            return access.private_scope(self.member, self.place, self.deleted)
        return access.public_scope(self.place)


async def prepare_question(
    event_id: int, context: RequestContext, request: AskRequest
) -> PreparedQuestion:
    """Checks a request and its options. Raises QuestionRefused, ArticleNotFound."""
    scope = context.scope if request.private else access.public_scope(context.place)
    article = await _readable_article(context, request.article, scope) if request.article else None
    article_ids = None if article is None else frozenset([article.id])
    limits = Filter(
        articles=article_ids, tag=clean_tag(request.tag), since=parse_since(request.since)
    )
    within = join_facts(
        _("only “{title}”").format(title=one_line(article.title)) if article else None,
        _("only {tag}").format(tag=hashtags([limits.tag])) if limits.tag else None,
        _("since {date}").format(date=limits.since) if limits.since else None,
    )
    if within and not await context.library.articles.ids_matching(limits, scope):
        raise QuestionRefused(_no_matching_articles(limits, within))
    question = UserQuestion(
        check_question(clean_line(request.question)),
        scope,
        asker_of(context.member, event_id),
        context.place.id,
        request.private,
        limits,
        within,
        (
            *await thread_turns(context.library, context.place, scope),
            *turns_from_texts([request.about] if request.about else []),
        ),
        everywhere=request.everywhere,
    )
    return PreparedQuestion(question, context.member, context.place, context.deleted_channels)


async def prepare_summary(
    event_id: int, context: RequestContext, call: SummaryCall
) -> PreparedQuestion:
    """Finds the articles of a summary. Raises ArticleNotFound, QuestionRefused."""
    scope = context.scope if call.private else access.public_scope(context.place)
    articles = [await _readable_article(context, name, scope) for name in call.articles]
    question = await summary_question(
        context.library,
        [article.id for article in articles],
        scope,
        sentences=call.sentences,
        asker=asker_of(context.member, event_id),
        channel_id=context.place.id,
        private=call.private,
    )
    return PreparedQuestion(question, context.member, context.place, context.deleted_channels)


def asker_of(member: discord.Member, event_id: int) -> Asker:
    """A member who asks, with the limits of their roles."""
    roles = frozenset(role.id for role in member.roles)
    return Asker(member.id, roles, event_id, manages=access.is_manager(member))


async def thread_turns(
    library: Library, place: access.Place, scope: Scope
) -> tuple[StoredAnswer, ...]:
    """Earlier questions of the same thread, or the article on whose card it was opened.

    A channel's questions are unrelated, so: none.
    """
    if not isinstance(place, discord.Thread):
        return ()
    turns = await channel_turns(library, place.id, scope)
    return turns or await card_turn(library, place.id, scope)  # it has the id of its first message


async def _readable_article(context: RequestContext, name: str, scope: Scope) -> Article:
    """The article of this title or number, checked to be in a scope. Raises QuestionRefused."""
    article = await context.find_article(name)
    try:
        return await context.library.articles.get(article.id, scope)
    except ArticleNotFound as error:
        raise QuestionRefused(
            _(
                "Not everyone here can read this article, so a public answer can't use it. Ask "
                "again with `private: True`."
            )
        ) from error


def parse_since(typed: str) -> str:
    """A checked year, month or day. Raises QuestionRefused."""
    date = typed.strip()
    if date and not is_date(date):
        raise QuestionRefused(
            _("`since` must be a day, a month or a year: 2025-03-01, 2025-03 or 2025.")
        )
    return date


def _no_matching_articles(limits: Filter, within: str) -> str:
    is_only_tag = limits.tag and limits.articles is None and not limits.since
    if is_only_tag:
        text = _("There are no articles tagged {tag} here.").format(tag=hashtags([limits.tag]))
    else:
        text = _("No articles here match: {limits}.").format(limits=within)
    return text + " " + _("Ask without that limit, or see `/library`.")


async def report_missing_permissions(message: discord.Message, place: access.Place) -> None:
    """Tells the author of a message, privately, what the bot lacks there."""
    try:
        access.check_bot_may(place, *access.reply_permissions(place))
    except NotAllowed as error:
        with contextlib.suppress(*replies.SEND_ERRORS):
            await replies.post(message.author, components.message(error.message, components.RED))


def text_without_mentions(message: discord.Message) -> str:
    """What a message says to the bot."""
    text = message.content
    for user in message.mentions:
        text = text.replace(f"<@{user.id}>", " ").replace(f"<@!{user.id}>", " ")
    return text


def may_ask_again(row: QuestionCard, guild_id: int | None, user_id: int) -> bool:
    """Whether a person may ask an interrupted question again."""
    is_here = row.server_id == str(guild_id)
    return is_here and (not row.private or row.asker_id == user_id)
