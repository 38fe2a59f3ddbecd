"""What a member can do, whatever they did it with: a command, a button, a modal, a mention.

Each gesture acknowledges at once, works, and shows the result; errors become one private
sentence. The handler follows the work itself and edits its card: no task outlives it.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import Any

import discord

from bot.answer.events import Finished, Found, Said, Withdrawn
from bot.answer.pipeline import checked
from bot.app import App
from bot.discord_app import access, cards, errors, replies
from bot.discord_app.markdown import one_line
from bot.discord_app.stream import Edit, paced
from bot.errors import ArticleNotFound, ArticleTooLarge, NotAllowed
from bot.ingest.pipeline import MIB, Outcome, Submission
from bot.records import Answer, AnswerSentence, Article, Scope, Submitter
from bot.store.base import Given

log = logging.getLogger(__name__)
Interaction = discord.Interaction[Any]


@asynccontextmanager
async def told(interaction: Interaction) -> AsyncIterator[None]:
    """The rim of every gesture: whatever goes wrong is told privately."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - a rim
        await errors.tell(interaction, error)


class Gestures:
    """Everything members do, on top of an App."""

    def __init__(self, app: App):
        self._app = app

    # --- handing in ------------------------------------------------------------------------

    async def add_file(
        self, interaction: Interaction, file: discord.Attachment, title: str
    ) -> None:
        """Hands in an attachment."""
        async with told(interaction):
            limit = self._app.settings.max_file_mb
            if file.size > limit * MIB:
                raise ArticleTooLarge(
                    f"{file.filename} is larger than {limit} MB, the limit here, so nothing was "
                    "stored. Hand it in in parts, or ask the operator to raise MAX_FILE_MB."
                )
            _who_and_where(interaction)
            await interaction.response.defer(thinking=True)
            await self._add(interaction, file.filename, await file.read(), title)

    async def add_data(
        self, interaction: Interaction, source: str, data: bytes | str | None, title: str
    ) -> None:
        """Hands in a text, the bytes of a file, or (None) what is behind an address."""
        async with told(interaction):
            _who_and_where(interaction)
            await interaction.response.defer(thinking=True)
            await self._add(interaction, source, data, title)

    async def _add(
        self, interaction: Interaction, source: str, data: bytes | str | None, title: str
    ) -> None:
        """Queues a submission, follows its job on a card, and shows what became of it."""
        member, place = _who_and_where(interaction)
        submission = Submission(source, data, title, submitter=_submitter(member, place))
        jobs = self._app.jobs
        ticket = await jobs.submit(
            submission, access.private_scope(member), event_id=interaction.id
        )
        outcome: Outcome | None = None
        async with (
            paced(partial(replies.show, interaction)) as card,
            aclosing(jobs.follow(ticket)) as steps,
        ):
            async for step in steps:
                if isinstance(step, Outcome):
                    outcome = step
                else:
                    card.show(cards.progress_card(title or source, step))
        assert outcome is not None
        if outcome.status == "duplicate":
            await interaction.delete_original_response()
            await replies.whisper(interaction, cards.duplicate_card(outcome.article))
        else:
            await replies.show(interaction, cards.added_card(outcome.article))

    # --- asking ----------------------------------------------------------------------------

    async def ask(self, interaction: Interaction, question: str) -> None:
        """Answers in the channel, from what everyone there may see."""
        async with told(interaction):
            member, place = _who_and_where(interaction)
            question = checked(question)
            await interaction.response.defer(thinking=True)
            edit = partial(replies.show, interaction)
            answer = await self._answered(question, access.public_scope(place), edit, member, place)
            await edit(cards.answer_card(answer))

    async def mention(self, message: discord.Message) -> None:
        """Answers a message that mentions the bot."""
        try:
            await self._mentioned(message)
        except Exception as error:  # noqa: BLE001 - a rim
            view = cards.message(errors.sentence(error), cards.RED)
            with contextlib.suppress(discord.HTTPException):
                await replies.reply(message, view)

    async def _mentioned(self, message: discord.Message) -> None:
        member, place = _author_and_place(message)
        question = checked(_without_mentions(message))
        sent = await replies.reply(message, cards.reading(question, None))
        edit = partial(replies.change, sent)
        scope = access.public_scope(place)
        answer = await self._answered(question, scope, edit, member, place)
        await edit(cards.answer_card(answer))

    async def _answered(
        self,
        question: str,
        scope: Scope,
        edit: Edit,
        member: discord.Member,
        place: access.Place,
    ) -> Answer:
        """Follows the answer's events on a card, and keeps what the finished one cites."""
        async with self._app.store.library(scope.server_id) as library:
            answer: Answer | None = None
            sentences: list[AnswerSentence] = []
            async with paced(edit) as card:
                card.show(cards.reading(question, None))
                async with aclosing(self._app.answerer.answer(question, library, scope)) as events:
                    async for event in events:
                        match event:
                            case Found(findings):
                                card.show(cards.reading(question, findings))
                            case Said(sentence):
                                sentences.append(sentence)
                                card.show(cards.growing(question, sentences))
                            case Withdrawn():
                                sentences.clear()
                            case Finished(finished):
                                answer = finished
            assert answer is not None
            if answer.citations:
                given = Given(asker_id=member.id, channel_id=place.id)
                answer_id = await library.answers.keep(given, answer.citations)
                answer = answer.kept_as(answer_id)
        _log(scope.server_id, answer)
        return answer

    async def open_footnote(
        self, interaction: Interaction, answer_id: int, n: int, *, turning: bool
    ) -> None:
        """Shows a footnote's sentence in its passage, to who pressed."""
        async with told(interaction):
            member, _ = _who_and_where(interaction)
            scope = access.private_scope(member)
            async with self._app.store.library(scope.server_id) as library:
                opened = await library.cited_passage(answer_id, n, scope)
            view = cards.passage_card(answer_id, opened)
            if turning:
                await replies.turn(interaction, view)
            else:
                await replies.whisper(interaction, view)

    # --- the library -----------------------------------------------------------------------

    async def list_articles(self, interaction: Interaction) -> None:
        """The first page of the library, to who asked."""
        async with told(interaction):
            view = await self._list_page(interaction, 0)
            await replies.whisper(interaction, view)

    async def turn_list(self, interaction: Interaction, page: int) -> None:
        """Another page, in place of the one shown."""
        async with told(interaction):
            await replies.turn(interaction, await self._list_page(interaction, page))

    async def _list_page(self, interaction: Interaction, page: int) -> discord.ui.LayoutView:
        member, _ = _who_and_where(interaction)
        scope = access.private_scope(member)
        async with self._app.store.library(scope.server_id) as library:
            totals = await library.totals(scope)
            page = min(page, max(0, totals.articles - 1) // cards.ARTICLES_ON_A_PAGE)
            articles = await library.articles(
                scope, limit=cards.ARTICLES_ON_A_PAGE, offset=page * cards.ARTICLES_ON_A_PAGE
            )
        return cards.list_card(articles, totals.articles, page)

    async def show_article(self, interaction: Interaction, named: str) -> None:
        """One article with the beginning of its text, to who asked."""
        async with told(interaction):
            member, _ = _who_and_where(interaction)
            scope = access.private_scope(member)
            article = await self._named(named, scope)
            async with self._app.store.library(scope.server_id) as library:
                version = await library.version(article.id, scope)
            view = cards.article_card(article, version.text)
            await replies.whisper(interaction, view)

    async def ask_to_remove(self, interaction: Interaction, named: str) -> None:
        """The question whether to remove an article, to who may."""
        async with told(interaction):
            member, place = _who_and_where(interaction)
            article = await self._named(named, access.private_scope(member))
            access.check_may_remove(member, article, place)
            view = cards.confirm_card(article)
            await replies.whisper(interaction, view)

    async def remove(self, interaction: Interaction, article_id: int) -> None:
        """Removes an article for good; who may is checked again."""
        async with told(interaction):
            member, place = _who_and_where(interaction)
            scope = access.private_scope(member)
            async with self._app.store.library(scope.server_id) as library:
                article = await library.article(article_id, scope)
                access.check_may_remove(member, article, place)
                await interaction.response.defer()
                await library.remove([article_id], scope)
            log.info("removed server=%s id=%s", scope.server_id, article_id)
            view = cards.message(f"Removed: {one_line(article.title)}")
            await replies.show(interaction, view)

    async def cancel(self, interaction: Interaction) -> None:
        """Leaves everything as it is."""
        async with told(interaction):
            await replies.turn(interaction, cards.message("Nothing was removed."))

    async def suggest(self, interaction: Interaction, typed: str) -> list[Article]:
        """Articles for an autocomplete, of those the person may see."""
        member, _ = _who_and_where(interaction)
        scope = access.private_scope(member)
        async with self._app.store.library(scope.server_id) as library:
            return await library.titled(typed.strip(), scope)

    async def _named(self, named: str, scope: Scope) -> Article:
        """The article that an id, or a part of a title, names."""
        async with self._app.store.library(scope.server_id) as library:
            number = named.strip().lstrip("#")
            if number.isdecimal() and len(number) < 18:
                return await library.article(int(number), scope)
            found = await library.titled(named.strip(), scope, limit=1)
        if not found:
            raise ArticleNotFound(
                "No article that you can see has this title. `/article list` shows them all."
            )
        return found[0]


def _who_and_where(interaction: Interaction) -> tuple[discord.Member, access.Place]:
    """Raises NotAllowed outside a server that the bot is in."""
    place = interaction.channel
    if isinstance(interaction.user, discord.Member) and isinstance(place, access.Place):
        return interaction.user, place
    raise NotAllowed(IN_A_SERVER)


def _author_and_place(message: discord.Message) -> tuple[discord.Member, access.Place]:
    if isinstance(message.author, discord.Member) and isinstance(message.channel, access.Place):
        return message.author, message.channel
    raise NotAllowed(IN_A_SERVER)


IN_A_SERVER = (
    "Each server has its own library, so please ask me in a server: "
    "`/ask` a question there, or mention me with one."
)


def _submitter(member: discord.Member, place: access.Place) -> Submitter:
    return Submitter(member.id, member.display_name, access.home(place))


def _without_mentions(message: discord.Message) -> str:
    text = message.content
    for user in message.mentions:
        text = text.replace(f"<@{user.id}>", " ").replace(f"<@!{user.id}>", " ")
    return text


def _log(server_id: str, answer: Answer) -> None:
    log.info(
        "question server=%s mode=%s answered=%s sentences=%s supported=%s citations=%s"
        " prompt_tokens=%s completion_tokens=%s search_ms=%.0f total_ms=%.0f%s",
        server_id,
        answer.mode,
        answer.answered,
        len(answer.sentences),
        answer.supported,
        len(answer.citations),
        answer.usage.prompt_tokens,
        answer.usage.completion_tokens,
        answer.seconds.search * 1000,
        answer.seconds.total * 1000,
        " degraded" if answer.note else "",
    )
