"""Articles that wait for approval: their cards in the moderators' channel, and the decisions.

The cards are in the library until they are posted, so a restart, or a channel where the bot may not
post for a while, loses none. A card shows an article's text only if everyone who reads it may see
where the article was added.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial

import discord

from bot.discord_app import access, replies
from bot.discord_app.cards import approving as cards
from bot.discord_app.cards import components
from bot.discord_app.delivery import send_form
from bot.discord_app.handlers.context import (
    Interaction,
    RequestContext,
    Services,
    before_response,
    reports_errors,
)
from bot.discord_app.limits import ADDRESS_CHARACTERS
from bot.discord_app.modals import LineForm
from bot.discord_app.new_articles import follow_up_articles
from bot.errors import ArticleRefused, FootnoteError, LibraryElsewhere, LibraryNotFound
from bot.records import Scope
from bot.service.approve import (
    REASON_CHARACTERS,
    approve_article,
    block_address,
    check_may_decide,
    decline_article,
    withdraw_article,
)
from bot.service.permissions import Actor
from bot.service.typed import clean_line
from bot.store.approval_protocol import WaitingArticle
from bot.store.protocols import Library
from bot.store.values import PostedMessage
from bot.strings import N_, _

log = logging.getLogger(__name__)
POSTING = ("view_channel", "send_messages")
NOT_REACHED = N_("I couldn't send the person who added it a message, so they don't know yet.")


class Approving:
    """Handles what waits for approval."""

    def __init__(self, services: Services):
        self._services = services
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    # --- the moderators' cards ---------------------------------------------------------------

    async def post_cards(self, guild: discord.Guild, library: Library) -> str:
        """Posts the cards that are not posted yet; why it can't, or "" if all are posted."""
        async with self._locks[guild.id]:
            everything = Scope(access.server_id(guild))
            waiting = await library.approvals.waiting(everything)
            unposted = [each for each in waiting if each.card is None]
            if not unposted:
                return ""
            channel_id = (await library.settings.current()).approval_channel
            channel = guild.get_channel(channel_id) if channel_id is not None else None
            if not isinstance(channel, replies.MessageChannel):
                return _("it was deleted, or none is chosen")
            missing = access.missing_permissions(channel, *POSTING)
            if missing:
                return _("I lack {permissions}").format(
                    permissions=", ".join(access.permission_names(missing))
                )
            return await _post_all(channel, library, unposted)

    async def post_all_cards(self, guilds: Iterable[discord.Guild]) -> None:
        """Posts the cards that could not be posted before, in all servers."""
        for guild in guilds:
            await self._services.give_way()
            try:
                server_id = access.server_id(guild)
                async with self._services.app.store.library(server_id, background=True) as library:
                    await self.post_cards(guild, library)
            except (LibraryElsewhere, LibraryNotFound):
                continue
            except FootnoteError as error:  # one library's failure must not stop the others
                log.warning("could not post approvals server=%s: %s", guild.id, error.message)

    async def messages_deleted(self, guild: discord.Guild, message_ids: set[int]) -> None:
        """Posts the cards again whose messages were deleted, and clears those of articles that go
        with their message. Call it before these are removed.
        """
        server_id = access.server_id(guild)
        try:
            async with self._services.app.store.library(server_id, background=True) as library:
                for each in await library.approvals.waiting(Scope(server_id)):
                    if each.article.message and each.article.message.id in message_ids:
                        await mark_withdrawn(guild, each)
                if await library.approvals.forget_cards(message_ids=message_ids):
                    await self.post_cards(guild, library)
        except LibraryNotFound:
            return
        except FootnoteError as error:
            log.warning("could not post approvals server=%s: %s", guild.id, error.message)

    # --- reading and deciding ----------------------------------------------------------------

    async def preview(self, interaction: Interaction, article_id: int) -> None:
        """Shows the beginning of a waiting article to one moderator."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "private") as context,
        ):
            waiting, actor = await _waiting(context, article_id)
            check_may_decide(actor)
            await replies.send_ephemeral(interaction, cards.preview_card(waiting))

    async def approve(self, interaction: Interaction, article_id: int) -> None:
        """Lets an article in."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "update") as context,
        ):
            waiting, actor = await _waiting(context, article_id)
            try:
                article = await approve_article(context.library, waiting, actor, context.scope)
            except ArticleRefused as error:
                view = components.message(error.message)
                await replies.update_message(interaction, view, public=True)
                return
            is_open = await context.can_see(article.id, context.public)
            name = context.member.display_name
            view = cards.approved_card(article, name, is_open=is_open)
            await replies.update_message(interaction, view, public=True)
            if is_open and waiting.card is not None:
                await context.library.cards.record_article_message(article.id, waiting.card)
            guild = context.member.guild
            notice = partial(cards.approved_notice, guild.name)
            await self._notify(interaction, waiting, notice)
            await follow_up_articles(self._services.app, guild, context.library, [article.id])

    async def decline_form(self, interaction: Interaction, article_id: int) -> None:
        """Asks for a reason."""

        async def submit(submitted: Interaction, reason: str) -> None:
            await self._decline(submitted, article_id, clean_line(reason))

        async with reports_errors(interaction):
            await self._before_form(interaction, article_id)
            form = LineForm(
                _("Decline"),
                _("Reason"),
                "",
                submit,
                max_length=REASON_CHARACTERS,
                required=False,
                hint=_("Whoever added it gets to read it"),
            )
            await send_form(interaction, form)

    async def block_form(self, interaction: Interaction, article_id: int) -> None:
        """Asks what to block: the whole site, or a part of it."""

        async def submit(submitted: Interaction, typed: str) -> None:
            await self._decline(submitted, article_id, "", block=typed)

        async with reports_errors(interaction):
            waiting = await self._before_form(interaction, article_id)
            form = LineForm(
                _("Block address"),
                _("Site, or the beginning of an address"),
                waiting.article.address or "",
                submit,
                max_length=ADDRESS_CHARACTERS,
                hint=_("Shorten it to block more. This article is declined."),
            )
            await send_form(interaction, form)

    async def _before_form(self, interaction: Interaction, article_id: int) -> WaitingArticle:
        """Raises NotAllowed, ArticleNotFound, or StoreError in time to respond."""
        async with before_response(), self._services.request(interaction) as context:
            waiting, actor = await _waiting(context, article_id)
            check_may_decide(actor)
            return waiting

    async def _decline(
        self, interaction: Interaction, article_id: int, reason: str, *, block: str = ""
    ) -> None:
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "update") as context,
        ):
            waiting, actor = await _waiting(context, article_id)
            blocked = ""
            if block:
                blocked = await block_address(context.library, waiting, actor, block)
                reason = _("Articles from this address aren't accepted here.")
            await decline_article(context.library, waiting, actor, context.scope)
            submitter = waiting.article.submitter.name
            name = context.member.display_name
            view = cards.declined_card(submitter, name, reason, blocked)
            await replies.update_message(interaction, view, public=True)
            server = context.member.guild.name
            notice = partial(cards.declined_notice, server, reason=reason)
            await self._notify(interaction, waiting, notice)

    async def withdraw(self, interaction: Interaction, article_id: int) -> None:
        """Takes back what one added, before it is decided on."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "update") as context,
        ):
            waiting, actor = await _waiting(context, article_id)
            await withdraw_article(context.library, waiting, actor, context.scope)
            text = _("It was withdrawn, and nothing of it is stored.")
            await replies.update_message(interaction, components.message(text))
            await mark_withdrawn(context.member.guild, waiting)

    async def _notify(
        self,
        interaction: Interaction,
        waiting: WaitingArticle,
        notice: Callable[[str], discord.ui.LayoutView],
    ) -> None:
        """Tells whoever added an article what was decided; if that fails, says so.

        ``notice``: the message, of the article's title, or "" if it may not be named there.
        """
        user_id = waiting.article.submitter.user_id
        guild = interaction.guild
        if user_id is None or guild is None or user_id == interaction.user.id:
            return
        try:
            member = await guild.fetch_member(user_id)  # with the roles that they have now
            channels = access.direct_scope(member).channels or access.NO_CHANNELS
            may_name = waiting.article.submitter.channel_id in channels
            await replies.post(member, notice(waiting.article.title if may_name else ""))
        except replies.SEND_ERRORS as error:
            log.info("could not notify a submitter: %s", replies.send_failure(error))
            await replies.send_ephemeral(interaction, components.message(_(NOT_REACHED)))


async def _waiting(context: RequestContext, article_id: int) -> tuple[WaitingArticle, Actor]:
    """A waiting article that the member may see, and the member as who acts on it."""
    waiting = await context.library.approvals.get(article_id, context.scope)
    return waiting, access.actor_on(context.member, waiting.article)


async def _post_all(
    channel: replies.MessageChannel, library: Library, unposted: Iterable[WaitingArticle]
) -> str:
    for waiting in unposted:
        home = waiting.article.submitter.channel_id
        is_open = home is None or home in (access.public_scope(channel).channels or ())
        try:
            message = await replies.post(channel, cards.waiting_card(waiting, is_open=is_open))
        except replies.SEND_ERRORS as error:
            log.warning("could not ask for approval: %s", replies.send_failure(error))
            return _("Discord refused my message")
        posted = PostedMessage(channel.id, message.id)
        await library.approvals.record_card(waiting.article.id, posted)
    return ""


async def mark_withdrawn(guild: discord.Guild, waiting: WaitingArticle) -> None:
    """Clears the moderators' card of an article that no longer waits."""
    if waiting.card is None:
        return
    channel = guild.get_channel(waiting.card.channel_id)
    if isinstance(channel, replies.MessageChannel):
        with replies.logs_send_errors("mark an article as withdrawn"):
            message = channel.get_partial_message(waiting.card.message_id)
            await replies.edit(message, cards.withdrawn_card())
