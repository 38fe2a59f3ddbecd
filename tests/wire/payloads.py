"""The objects that Discord sends: users, servers, messages, interactions. Values only."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

Payload = dict[str, Any]

EPOCH_MS = 1_420_070_400_000
BOT_ID, APPLICATION_ID, OWNER_ID = 100, 100, 1  # a bot and its application share an id
PERMISSIONS = str((1 << 53) - 1)  # everything
EPHEMERAL = 1 << 6
LOADING = 1 << 7
FILE_LIMIT_BYTES = 10 * 1024 * 1024
TEXT_CHANNEL, PUBLIC_THREAD = 0, 11
FILE_UPLOAD, CHECKBOX = 19, 23  # parts of a form
_counter = itertools.count()


AUDIT_LOG: Payload = {
    name: []
    for name in (
        *("application_commands", "audit_log_entries", "auto_moderation_rules", "integrations"),
        *("guild_scheduled_events", "threads", "users", "webhooks"),
    )
}


def snowflake() -> int:
    """A new id of the present: the client tells the age of an interaction by it."""
    return (int(time.time() * 1000) - EPOCH_MS << 22) + next(_counter) % (1 << 22)


def now() -> str:
    return datetime.now(UTC).isoformat()


def user(user_id: int, name: str) -> Payload:
    return {
        "id": str(user_id),
        "username": name,
        "discriminator": "0",
        "global_name": name,
        "avatar": None,
        "bot": user_id == BOT_ID,
    }


def member(user_id: int, name: str) -> Payload:
    return {
        "user": user(user_id, name),
        "roles": [],
        "joined_at": now(),
        "deaf": False,
        "mute": False,
        "flags": 0,
        "permissions": PERMISSIONS,
    }


def channel(channel_id: int, guild_id: int, name: str = "library") -> Payload:
    return {
        "id": str(channel_id),
        "guild_id": str(guild_id),
        "type": TEXT_CHANNEL,
        "name": name,
        "position": 0,
        "permission_overwrites": [],
        "nsfw": False,
        "parent_id": None,
        "permissions": PERMISSIONS,
    }


def guild(guild_id: int, channels: Sequence[Payload], permissions: str = PERMISSIONS) -> Payload:
    everyone = {
        "id": str(guild_id),
        "name": "@everyone",
        "permissions": permissions,
        "position": 0,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }
    lists = ("emojis", "stickers", "features", "threads", "voice_states", "presences")
    more = ("stage_instances", "guild_scheduled_events", "soundboard_sounds")
    return {
        "id": str(guild_id),
        "name": f"Server {guild_id}",
        "owner_id": str(OWNER_ID),
        "roles": [everyone],
        "channels": list(channels),
        "members": [member(BOT_ID, "Footnote")],
        "member_count": 4,
        "joined_at": now(),
        "large": False,
        "unavailable": False,
        "preferred_locale": "en-US",
        **{name: [] for name in (*lists, *more)},
        **dict.fromkeys(LEVELS, 0),
    }


LEVELS = (
    "verification_level",
    "default_message_notifications",
    "explicit_content_filter",
    "mfa_level",
    "nsfw_level",
    "premium_tier",
    "system_channel_flags",
    "afk_timeout",
)


def message(channel_id: int, author: Payload, body: Mapping[str, Any]) -> Payload:
    """A message with the content, components and flags of a request's body."""
    return {
        "id": str(snowflake()),
        "channel_id": str(channel_id),
        "author": author,
        "content": body.get("content") or "",
        "components": body.get("components") or [],
        "flags": body.get("flags", 0),
        "nonce": body.get("nonce"),
        "timestamp": now(),
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": body.get("mentions", []),
        "mention_roles": [],
        "attachments": body.get("attachments") or [],
        "embeds": [],
        "pinned": False,
        "type": 0,
    }


def interaction(
    kind: int, guild_id: int, place: Payload, who: Payload, data: Mapping[str, Any]
) -> Payload:
    """An interaction of a member in a channel; ``kind``: 2 command, 3 component, 5 form."""
    interaction_id = snowflake()
    return {
        "id": str(interaction_id),
        "application_id": str(APPLICATION_ID),
        "type": kind,
        "token": f"token-{interaction_id}",
        "version": 1,
        "guild_id": str(guild_id),
        "guild": {"id": str(guild_id), "locale": "en-US", "features": []},
        "guild_locale": "en-US",
        "locale": "en-US",
        "channel_id": place["id"],
        "channel": place,
        "member": who,
        "data": data,
        "app_permissions": PERMISSIONS,
        "attachment_size_limit": FILE_LIMIT_BYTES,
        "entitlements": [],
        "authorizing_integration_owners": {"0": str(guild_id)},
        "context": 0,
    }


def command_data(name: str, options: Mapping[str, Any], file: Payload | None) -> Payload:
    """The data of a slash command such as ``article add``; ``file``: an uploaded attachment."""
    typed: list[Payload] = [
        {"name": key, "type": 5 if isinstance(value, bool) else 3, "value": value}
        for key, value in options.items()
    ]
    if file is not None:
        typed.append({"name": "file", "type": 11, "value": file["id"]})
    command, *subcommand = name.split()
    if subcommand:
        typed = [{"name": subcommand[0], "type": 1, "options": typed}]
    resolved = {} if file is None else {"attachments": {file["id"]: file}}
    return {
        "id": str(snowflake()),
        "name": command,
        "type": 1,
        "options": typed,
        "resolved": resolved,
    }


def message_menu_data(name: str, target: Payload) -> Payload:
    """The data of a command in the menu of a message."""
    return {
        "id": str(snowflake()),
        "name": name,
        "type": 3,
        "target_id": target["id"],
        "resolved": {"messages": {target["id"]: target}},
    }


def form_data(form: Payload, filled: Mapping[str, str], files: Sequence[Payload] = ()) -> Payload:
    """The data of a form that was filled in: texts by the labels of their fields, and files."""
    parts = []
    for label in form["components"]:
        part = {"type": label["component"]["type"], "custom_id": label["component"]["custom_id"]}
        if part["type"] == FILE_UPLOAD:
            part["values"] = [file["id"] for file in files]
        elif part["type"] == CHECKBOX:
            part["value"] = False
        else:
            part["value"] = filled.get(label["label"], "")
        parts.append({"type": label["type"], "component": part})
    attachments = {file["id"]: file for file in files}
    return {
        "custom_id": form["custom_id"],
        "components": parts,
        "resolved": {"attachments": attachments},
    }


def texts(components: Sequence[Payload]) -> list[str]:
    """All texts of a card, in order."""
    found: list[str] = []
    for component in components:
        if component.get("type") == 10:
            found.append(component["content"])
        found += texts(component.get("components", []))
        accessory = component.get("accessory")
        found += texts([accessory]) if accessory else []
    return found


def flat(components: Sequence[Payload]) -> list[Payload]:
    """All components of a card, nested ones included."""
    found: list[Payload] = []
    for component in components:
        accessory = component.get("accessory")
        inner = [*component.get("components", []), *([accessory] if accessory else [])]
        found += [component, *flat(inner)]
    return found


def button(card: Payload, act: str) -> str:
    """The custom_id of a card's first button for an act."""
    ids: list[str] = [part.get("custom_id", "") for part in flat(card["components"])]
    return next(custom_id for custom_id in ids if custom_id.startswith(f"fn:{act}"))
