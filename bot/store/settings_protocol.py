"""What a library promises about its server's settings, and the values themselves.

A server's settings are the log of their changes: the last change of a name counts, and what was
never changed has its default. Knows nothing of SQLite, nor of who may change them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Protocol, get_args

RemovalRule = Literal["submitters", "moderators"]
Visibility = Literal["public", "private"]
AnswerStyle = Literal["auto", "quotes"]
NOBODY_IN_PARTICULAR = frozenset[int]()


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What those who manage a server have set. The defaults suit a server that sets nothing.

    An empty set of roles or channels is no limit. Ids are Discord's, of roles and channels that may
    be gone by now.
    """

    add_roles: frozenset[int] = NOBODY_IN_PARTICULAR  # who may add articles
    add_channels: frozenset[int] = NOBODY_IN_PARTICULAR  # where
    approval_channel: int | None = None  # additions wait there until a moderator approves them
    removal: RemovalRule = "submitters"  # who may remove an article, besides moderators
    ask_roles: frozenset[int] = NOBODY_IN_PARTICULAR  # who may ask
    visibility: Visibility = "public"  # of answers, unless the question says otherwise
    answers: AnswerStyle = "auto"  # "quotes": never written by a model
    questions_per_day: int | None = None  # of one person
    role_questions: Mapping[int, int] = field(default_factory=dict)  # instead, by role
    library_channels: frozenset[int] = NOBODY_IN_PARTICULAR  # whose articles members are shown
    language: str = ""  # of public cards, ISO 639; empty: Discord's setting
    alerts: bool = True  # an asker without an answer is notified of an article that has one
    announcements: int | None = None  # the channel where new articles are announced
    kept_days: int | None = None  # after which questions and answers are deleted

    def days_kept(self, operator_days: int) -> int:
        """The days after which questions and answers are deleted: the operator's are the most."""
        return operator_days if self.kept_days is None else min(self.kept_days, operator_days)


SettingValue = frozenset[int] | Mapping[int, int] | int | bool | str | None
NAMES = frozenset(field.name for field in fields(ServerSettings))
CHOICES: Mapping[str, tuple[str, ...]] = {
    "removal": get_args(RemovalRule),
    "visibility": get_args(Visibility),
    "answers": get_args(AnswerStyle),
}
_DEFAULTS = ServerSettings()


def to_json(value: SettingValue) -> str:
    """A value as the log stores it."""
    if isinstance(value, frozenset):
        return json.dumps(sorted(value))
    if isinstance(value, Mapping):
        return json.dumps({str(role): most for role, most in sorted(value.items())})
    return json.dumps(value)


def from_json(changes: Mapping[str, str]) -> ServerSettings:
    """The settings from the last change of each name; what a newer Footnote set is left out."""
    values: dict[str, Any] = {}
    for name in NAMES & changes.keys():
        value = parse_value(name, changes[name])
        if value is not INVALID:
            values[name] = value
    return ServerSettings(**values)


INVALID = object()


def parse_value(name: str, text: str) -> object:
    """A value of a setting from its JSON; INVALID if it is none."""
    value, default = json.loads(text), getattr(_DEFAULTS, name)
    if name in CHOICES:
        return value if value in CHOICES[name] else INVALID
    if isinstance(default, frozenset):
        return frozenset(map(int, value)) if isinstance(value, list) else INVALID
    if isinstance(default, Mapping):
        is_mapping = isinstance(value, dict)
        return {int(role): int(most) for role, most in value.items()} if is_mapping else INVALID
    expected = int | None if default is None else type(default)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if default is None and value is not None and not is_number:
        return INVALID
    return value if isinstance(value, expected) else INVALID


@dataclass(frozen=True, slots=True)
class Changer:
    """Who changes a setting."""

    user_id: int
    name: str


@dataclass(frozen=True, slots=True)
class SettingChange:
    """An entry of the log. ``by`` is empty once that person was erased. ``at``: ISO 8601, UTC."""

    name: str
    value: SettingValue
    by: str
    at: str


class SettingsLog(Protocol):
    """One server's settings."""

    async def current(self) -> ServerSettings:
        """The settings as they are now."""

    async def change(self, name: str, value: SettingValue, by: Changer) -> bool:
        """Set one of them, and log who did. False if it had that value already.

        What was added outside of ``library_channels`` is not shown to anyone as long as they are
        set; what has no channel belongs to the whole server, and always is.
        """

    async def history(self, *, limit: int) -> list[SettingChange]:
        """The last changes, newest first."""


class QuestionCounts(Protocol):
    """How many questions people asked today, in a server that limits them."""

    async def count(self, user_id: int, day: str, most: int) -> bool:
        """Count one more question on a day (YYYY-MM-DD); False, and not counted, beyond ``most``.

        Older days are forgotten.
        """
