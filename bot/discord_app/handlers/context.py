"""What all handlers share: who acts where, what they may see, and how errors are reported."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Literal

import discord

from bot.answer.activity import ActivityTracker
from bot.app import App
from bot.discord_app import access, errors
from bot.discord_app.delivery import defer
from bot.discord_app.handlers.offers import Offers
from bot.discord_app.locales import choose_language, member_language, server_language
from bot.errors import ArticleNotFound, NotAllowed, StoreError
from bot.records import Article, Scope
from bot.service.browse import find_article, visible_ids
from bot.service.limits import TOO_MANY_ARTICLES, TOO_MANY_QUESTIONS, Cooldown
from bot.store.protocols import Library, Store
from bot.store.settings_protocol import ServerSettings, Visibility
from bot.store.values import QuestionCard
from bot.strings import _, speaking

log = logging.getLogger(__name__)
STOPPING_S = 2.0  # for the last edits, when Footnote stops
GIVE_WAY_S = 2.0  # to the acknowledgements of others, for which Discord gives 3 s
RESPOND_WITHIN_S = 1.5  # of Discord's 3 s, where the library decides how to respond
Interaction = discord.Interaction[Any]
DEFAULTS = ServerSettings()
VISIBILITY_KEY = "visibility:"  # then a server's id
Response = Literal["update", "private", "public"]
"""How an interaction is acknowledged: the card whose button was pressed will change, or there will
be a message, only for the person who acted or for everyone."""


@asynccontextmanager
async def reports_errors(interaction: Interaction) -> AsyncIterator[None]:
    """Reports any error of the block privately to the person who acted, in their language."""
    with speaking(member_language(interaction)):
        try:
            yield
        except Exception as error:  # noqa: BLE001 - reported to the person who acted
            await errors.report(interaction, error)


@asynccontextmanager
async def before_response() -> AsyncIterator[None]:
    """Limits what is read before an interaction is responded to. Raises StoreError.

    A form can't follow an acknowledgement, so its fields are read first. When many libraries are
    opened at once, that may take longer than Discord waits.
    """
    try:
        async with asyncio.timeout(RESPOND_WITHIN_S):
            yield
    except TimeoutError as error:
        raise StoreError(
            _("Many people are asking just now. Please press the button again in a few seconds.")
        ) from error


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Who acts, where, in which library, and what they may see in it (``scope``)."""

    member: discord.Member
    place: access.Place
    library: Library
    scope: Scope
    deleted_channels: frozenset[int] = access.NO_CHANNELS  # the member may see their articles
    response_id: int | None = None  # of the public message that acknowledged the interaction
    settings: ServerSettings = DEFAULTS

    @property
    def public(self) -> Scope:
        """What everyone here may see now."""
        return access.public_scope(self.place)

    @property
    def private(self) -> Scope:
        """What the member may see now; ``scope`` was computed when the request began."""
        return access.private_scope(self.member, self.place, self.deleted_channels)

    async def can_see(self, article_id: int, scope: Scope) -> bool:
        """Whether an article is in a scope."""
        return bool(await visible_ids([article_id], self.library, scope))

    async def find_article(self, name: str) -> Article:
        """The article with this id, or the best match for this title. Raises ArticleNotFound."""
        article = await find_article(self.library, name, self.scope)
        if article is None:
            raise ArticleNotFound(
                _("I couldn't find an article with that title. `/library` lists them all.")
            )
        return article


class RecentDeletions:
    """The messages that were deleted last: one of them may be in the middle of being added."""

    MAX_IDS = 1_000  # a bulk deletion has up to 100

    def __init__(self) -> None:
        self._ids: dict[int, None] = {}

    def add(self, message_ids: Collection[int]) -> None:
        self._ids |= dict.fromkeys(message_ids)
        for message_id in list(self._ids)[: -self.MAX_IDS]:
            del self._ids[message_id]

    def __contains__(self, message_id: int) -> bool:
        return message_id in self._ids


class RecentSettings:
    """What must be known of a server's settings to respond, without opening its library.

    When many are opened at once, that takes longer than Discord waits for a response. So the
    visibility of answers is noted in the bot-wide data, too, which is always open.
    """

    MAX_SERVERS = 1_000  # whose settings are in memory

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_server: OrderedDict[str, ServerSettings] = OrderedDict()

    async def remember(self, server_id: str, settings: ServerSettings) -> ServerSettings:
        """The settings of a server, as its library has them."""
        earlier = self._by_server.get(server_id)
        if earlier is None or earlier.visibility != settings.visibility:
            with suppress(StoreError):  # noted the next time
                await self._note(server_id, settings.visibility)
        self._by_server[server_id] = settings
        self._by_server.move_to_end(server_id)
        choose_language(server_id, settings.language)
        if len(self._by_server) > self.MAX_SERVERS:
            self._by_server.popitem(last=False)
        return settings

    async def visibility(self, server_id: str) -> Visibility:
        """Who sees answers in a server, unless the question says otherwise."""
        settings = self._by_server.get(server_id)
        if settings is not None:
            return settings.visibility
        noted = await self._store.get_meta(VISIBILITY_KEY + server_id)
        return "private" if noted == "private" else DEFAULTS.visibility

    async def _note(self, server_id: str, visibility: Visibility) -> None:
        key = VISIBILITY_KEY + server_id
        if (await self._store.get_meta(key) or DEFAULTS.visibility) != visibility:
            await self._store.set_meta(key, visibility)


class Services:
    """What all handlers need."""

    def __init__(self, app: App, clock: Callable[[], float] = time.time):
        self.app, self.clock = app, clock
        settings = app.settings
        self.question_cooldown = Cooldown(
            settings.questions_per_minute, TOO_MANY_QUESTIONS, _relative_time, clock
        )
        self.article_cooldown = Cooldown(
            settings.articles_per_minute, TOO_MANY_ARTICLES, _relative_time, clock
        )
        self.recent_deletions = RecentDeletions()
        self.deleted_channels = access.DeletedChannels()
        self.requests = ActivityTracker()  # what is waited for when Footnote stops
        self._acknowledging = ActivityTracker()
        self.is_stopping = False
        self.offers = Offers(app.store)
        self.server_settings = RecentSettings(app.store)

    async def stop(self) -> None:
        """Takes on nothing new, stops reading articles, and waits until the cards say so."""
        self.is_stopping = True
        await self.app.jobs.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOPPING_S):
                await self.requests.wait_until_idle(0)

    @asynccontextmanager
    async def request(
        self,
        interaction: Interaction,
        response: Response | None = None,
        *,
        public: bool = False,
    ) -> AsyncIterator[RequestContext]:
        """The context of an interaction. Raises NotAllowed outside the bot's servers, and when
        Footnote stops.

        ``response``: how to acknowledge it, before the library is opened: when many are opened at
        once, that takes longer than the three seconds that Discord allows. None: the response comes
        later (``before_response``). ``public``: the scope is what everyone here may see.
        """
        member, place = access.acting_member(interaction)
        if self.is_stopping and response is not None:
            raise NotAllowed(_(access.RESTARTING))
        async with AsyncExitStack() as stack:
            stack.enter_context(self.requests.track())
            if response == "public" or (
                response == "update" and not is_on_private_card(interaction)
            ):
                stack.enter_context(speaking(server_language(interaction)))
            response_id = None
            if response is not None:
                async with self.acknowledging():
                    if response == "public":
                        await stack.enter_async_context(self._recorded(interaction, member, place))
                    response_id = await defer(
                        interaction, thinking=response != "update", private=response == "private"
                    )
            server_id = access.server_id(member.guild)
            library = await stack.enter_async_context(self.app.store.library(server_id))
            if public:
                yield RequestContext(member, place, library, access.public_scope(place))
                return
            current = await library.settings.current()
            settings = await self.server_settings.remember(server_id, current)
            deleted = await self._deleted_channels(member, library)
            scope = access.private_scope(member, place, deleted)
            context = RequestContext(member, place, library, scope, deleted, response_id, settings)
            yield context
            await self.offers.make(interaction, library, context.private)

    @asynccontextmanager
    async def acknowledging(self) -> AsyncIterator[None]:
        """For a block that acknowledges an interaction; then others that do so go first.

        The threads that open libraries would slow the acknowledgements of a burst.
        """
        with self._acknowledging.track():
            yield
        await self.give_way()

    async def give_way(self) -> None:
        """Waits a little while interactions are being acknowledged."""
        with suppress(TimeoutError):
            async with asyncio.timeout(GIVE_WAY_S):
                await self._acknowledging.wait_until_idle(0)

    @asynccontextmanager
    async def _recorded(
        self, interaction: Interaction, member: discord.Member, place: access.Place
    ) -> AsyncIterator[None]:
        """Keeps a row of an addition, so that its public card is brought to an end after a crash.

        ``all_queued`` ends it sooner.
        """
        server_id = access.server_id(member.guild)
        row = QuestionCard(interaction.id, server_id, place.id, 0, member.id, adds=True)
        try:
            await self.app.store.record_question(row)
        except StoreError as error:
            log.warning("could not record an addition's card: %s", error.message)
        try:
            yield
        finally:
            await self.all_queued(interaction)

    async def answers_privately(self, interaction: Interaction) -> bool:
        """Whether answers are private in the server where an interaction came from.

        Private, too, if that can't be read.
        """
        member, _place = access.acting_member(interaction)
        try:
            visibility = await self.server_settings.visibility(access.server_id(member.guild))
        except StoreError:
            return True
        return visibility == "private"

    async def all_queued(self, interaction: Interaction) -> None:
        """What is being added is on disk: its jobs know the card."""
        with suppress(StoreError):  # the next start then finds a card that is finished
            await self.app.store.drop_question(interaction.id)

    async def _deleted_channels(self, member: discord.Member, library: Library) -> frozenset[int]:
        """The deleted channels with articles, for members who may see those; for others, none."""
        if not access.is_manager(member):
            return access.NO_CHANNELS
        everything = Scope(access.server_id(member.guild))
        return await self.deleted_channels.find(
            member.guild, await library.articles.channels(everything)
        )


def is_on_private_card(interaction: Interaction) -> bool:
    """Whether the button or menu is on a card that only the person who acted can see."""
    return interaction.message is not None and interaction.message.flags.ephemeral


def _relative_time(time_s: int) -> str:
    """A time as Discord shows it: "in 20 seconds"."""
    return f"<t:{time_s}:R>"


def cooldown_key(member: discord.Member) -> tuple[str, int]:
    """What a member is counted under in a cooldown."""
    return access.server_id(member.guild), member.id
