"""Everything that the bot said publicly in a simulated Discord."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import simcord.backend.serializers

EPHEMERAL = 64  # a flag of Discord's messages
AGE_RESTRICTED = "age-restricted"  # the topic by which a simulated channel is one


@dataclass(frozen=True)
class Heard:
    """A new or edited message: its channel and its whole payload."""

    channel_id: int
    words: str
    thread: dict[str, Any] | None = None  # that began


class Ear:
    """Returns what was said since the last call."""

    def __init__(self, env: Any):
        self._env, self._at = env, 0

    def new(self) -> list[Heard]:
        entries = self._env.backend.transcript[self._at :]
        self._at += len(entries)
        return list(_heard(entries, self._env.bot.user.id))


def _heard(entries: list[tuple[str, str, Any]], bot_id: int) -> Iterator[Heard]:
    for kind, event, payload in entries:
        if kind == "GATEWAY" and event in ("MESSAGE_CREATE", "MESSAGE_UPDATE"):
            by_bot = int(payload.get("author", {}).get("id", bot_id)) == bot_id
            if by_bot and not int(payload.get("flags") or 0) & EPHEMERAL:
                said = {k: v for k, v in payload.items() if k != "referenced_message"}
                yield Heard(int(payload["channel_id"]), json.dumps(said, ensure_ascii=False))
        if kind == "GATEWAY" and event in ("THREAD_CREATE", "THREAD_UPDATE"):
            yield Heard(int(payload["id"]), json.dumps(payload, ensure_ascii=False), payload)


def age_restrict(env: Any, channel_id: int, *, on: bool = True) -> None:
    """Makes a channel age-restricted, or no longer."""
    env.backend.edit_channel(channel_id, {"topic": AGE_RESTRICTED if on else ""})


def teach_age(monkeypatch: pytest.MonkeyPatch) -> None:
    """Adds age-restricted channels to simcord, which does not have them."""
    serializers: Any = simcord.backend.serializers
    plain = serializers.channel_payload

    def payload(backend: Any, channel: Any) -> Any:
        told = plain(backend, channel)
        return told if channel.is_thread else told | {"nsfw": channel.topic == AGE_RESTRICTED}

    monkeypatch.setattr(serializers, "channel_payload", payload)
