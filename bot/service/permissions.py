"""Who may do what in a server, by its settings. Every front end for members asks here.

Plain functions of values. Those who manage the server may do everything that needs a role, so
nobody can lock themselves out. The operator's terminal is not subject to any of this.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import NotAllowed
from bot.records import Article
from bot.store.settings_protocol import ServerSettings
from bot.strings import N_, _

ADD_NEEDS_ROLE = N_(
    "Only members with certain roles may add articles in this server, so nothing was added. Those "
    "who manage the server choose the roles with `/settings`."
)
ADD_ELSEWHERE = N_(
    "Articles aren't added in this channel, so nothing was added. Those who manage the server "
    "choose the channels with `/settings`."
)
ASK_NEEDS_ROLE = N_(
    "Only members with certain roles may ask here. Those who manage the server choose the roles "
    "with `/settings`."
)
MANAGERS_ONLY = N_("Only those who can manage the server may do this. Nothing was changed.")
REFRESH_NEEDS_MODERATOR = N_(
    "New texts need a moderator's approval in this server, so only a moderator can refresh an "
    "article. Nothing was changed."
)


@dataclass(frozen=True, slots=True)
class Actor:
    """A member who acts in a channel, with what Discord lets them do there now.

    ``moderates``: may manage messages in the channel that matters: where they add, or where an
    article was added. ``manages``: may manage the server.
    """

    user_id: int
    roles: frozenset[int] = frozenset()
    moderates: bool = False
    manages: bool = False


def check_may_change_settings(actor: Actor) -> None:
    """Raises NotAllowed."""
    if not actor.manages:
        raise NotAllowed(_(MANAGERS_ONLY))


# --- adding ----------------------------------------------------------------------------------


def check_may_add(settings: ServerSettings, actor: Actor, channel_id: int | None) -> None:
    """``channel_id``: the channel that the article would belong to. Raises NotAllowed."""
    if not _has_role(settings.add_roles, actor):
        raise NotAllowed(_(ADD_NEEDS_ROLE))
    allowed = channels_to_add_in(settings, actor)
    if allowed is not None and channel_id not in allowed:
        raise NotAllowed(_(ADD_ELSEWHERE))


def channels_to_add_in(settings: ServerSettings, actor: Actor) -> frozenset[int] | None:
    """The channels where a member may add articles; None: no limit.

    What is added outside of the library's channels would be shown to nobody, whoever adds it.
    """
    own = frozenset[int]() if actor.manages else settings.add_channels
    if own and settings.library_channels:
        return own & settings.library_channels
    return own or settings.library_channels or None


def needs_approval(settings: ServerSettings, actor: Actor) -> bool:
    """Whether what a member adds waits until a moderator approves it."""
    return settings.approval_channel is not None and not (actor.moderates or actor.manages)


def check_may_refresh(settings: ServerSettings, actor: Actor) -> None:
    """A refreshed page is a new text. Raises NotAllowed."""
    if needs_approval(settings, actor):
        raise NotAllowed(_(REFRESH_NEEDS_MODERATOR))


# --- asking ----------------------------------------------------------------------------------


def check_may_ask(settings: ServerSettings, actor: Actor) -> None:
    """Raises NotAllowed."""
    if not _has_role(settings.ask_roles, actor):
        raise NotAllowed(_(ASK_NEEDS_ROLE))


def questions_a_day(settings: ServerSettings, actor: Actor) -> int | None:
    """The most questions that a member may ask on a day; None: no limit.

    With several roles, the highest limit applies.
    """
    if actor.manages:
        return None
    by_role = [most for role, most in settings.role_questions.items() if role in actor.roles]
    return max(by_role, default=settings.questions_per_day)


# --- changing and removing -------------------------------------------------------------------


def may_change(actor: Actor, article: Article) -> bool:
    """Whether a member may rename, tag or refresh an article."""
    return actor.moderates or article.submitter.user_id == actor.user_id


def may_remove(settings: ServerSettings, actor: Actor, article: Article) -> bool:
    """Whether a member may remove an article; the author of its message always may."""
    is_author = article.message is not None and article.message.author_id == actor.user_id
    is_submitter = article.submitter.user_id == actor.user_id
    by_submitter = is_submitter and settings.removal == "submitters"
    return actor.moderates or is_author or by_submitter


def check_may_change(actor: Actor, article: Article) -> None:
    """Raises NotAllowed unless the member may change the article."""
    if not may_change(actor, article):
        raise NotAllowed(
            _(
                "You can't change this article. Only the person who added it and those who can "
                "manage messages where it was added can."
            )
        )


def check_may_remove(settings: ServerSettings, actor: Actor, article: Article) -> None:
    """Raises NotAllowed unless the member may remove the article."""
    if may_remove(settings, actor, article):
        return
    if settings.removal == "moderators":
        raise NotAllowed(
            _(
                "You can't remove this article. In this server only the author of its message, and "
                "those who can manage messages where it was added, can."
            )
        )
    raise NotAllowed(
        _(
            "You can't remove this article. Only the person who added it, the author of its "
            "message, and those who can manage messages where it was added can."
        )
    )


def _has_role(roles: frozenset[int], actor: Actor) -> bool:
    return not roles or actor.manages or bool(roles & actor.roles)
