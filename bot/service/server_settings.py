"""Changes a server's settings, for those who manage the server. Every change is logged."""

from __future__ import annotations

import logging

from bot.errors import NotAllowed
from bot.service.permissions import Actor, check_may_change_settings
from bot.store.protocols import Library
from bot.store.settings_protocol import (
    INVALID,
    NAMES,
    Changer,
    ServerSettings,
    SettingValue,
    parse_value,
    to_json,
)
from bot.strings import _

log = logging.getLogger(__name__)
MAX_ROLE_LIMITS = 25
KEPT_DAYS = (7, 30, 90, 365)  # what a server may choose from, up to the operator's limit
QUESTIONS_A_DAY = (5, 10, 20, 50, 100)


async def change_setting(
    library: Library, actor: Actor, by_name: str, name: str, value: SettingValue
) -> ServerSettings:
    """Changes one setting; the settings as they are then. Raises NotAllowed."""
    check_may_change_settings(actor)
    if name not in NAMES or parse_value(name, to_json(value)) is INVALID:
        raise NotAllowed(_("This menu no longer works. Please open `/settings` again."))
    if await library.settings.change(name, value, Changer(actor.user_id, by_name)):
        log.info("setting server=%s name=%s by=%s", library.server_id, name, actor.user_id)
    return await library.settings.current()


async def limit_role(
    library: Library, actor: Actor, by_name: str, role_id: int, most: int | None
) -> ServerSettings:
    """Sets how many questions a day members with a role may ask; None: no limit of its own.

    Raises NotAllowed.
    """
    check_may_change_settings(actor)
    limits = dict((await library.settings.current()).role_questions)
    limits.pop(role_id, None)
    if most is not None:
        limits[role_id] = most
    if len(limits) > MAX_ROLE_LIMITS:
        raise NotAllowed(
            _("{n} roles have a limit already, and more can't be set. Nothing was changed.").format(
                n=MAX_ROLE_LIMITS
            )
        )
    return await change_setting(library, actor, by_name, "role_questions", limits)
