"""The settings of one server (``settings_protocol``)."""

from __future__ import annotations

from typing import Any

from bot.store.parts.article_rows import set_aside
from bot.store.parts.database import Changing, SqlDatabase
from bot.store.parts.statements import fetch_first, utc_now
from bot.store.settings_protocol import (
    INVALID,
    NAMES,
    Changer,
    ServerSettings,
    SettingChange,
    SettingValue,
    from_json,
    parse_value,
    to_json,
)


class SqlSettingsLog:
    """See ``settings_protocol.SettingsLog``. ``changing``: a transaction that updates the index."""

    def __init__(self, database: SqlDatabase, changing: Changing):
        self._database = database
        self._changing = changing

    async def current(self) -> ServerSettings:
        rows = await self._database.fetch("current_settings")
        return from_json({row["name"]: row["value"] for row in rows})

    async def change(self, name: str, value: SettingValue, by: Changer) -> bool:
        values = {
            "name": name,
            "value": to_json(value),
            "user_id": by.user_id,
            "user_name": by.name,
            "at": utc_now(),
        }
        moves_articles = name == "library_channels"
        async with self._changing() if moves_articles else self._database.transaction() as writer:
            last = await fetch_first(writer, "last_setting", {"name": name})
            before = last["value"] if last else to_json(getattr(ServerSettings(), name))
            if before == values["value"]:
                return False
            await writer.execute("change_setting", values)
            if moves_articles:
                await set_aside(writer)
        return True

    async def history(self, *, limit: int) -> list[SettingChange]:
        rows = await self._database.fetch("setting_changes", {"limit": limit})
        return [change for row in rows for change in _change(row)]


def _change(row: Any) -> list[SettingChange]:
    """The entry of a row; none for a setting that this version does not have."""
    value: Any = parse_value(row["name"], row["value"]) if row["name"] in NAMES else INVALID
    if value is INVALID:
        return []
    return [SettingChange(row["name"], value, row["user_name"], row["at"])]


class SqlQuestionCounts:
    """See ``settings_protocol.QuestionCounts``."""

    def __init__(self, database: SqlDatabase):
        self._database = database

    async def count(self, user_id: int, day: str, most: int) -> bool:
        values = {"user_id": user_id, "day": day, "most": most}
        async with self._database.transaction() as writer:
            await writer.execute("forget_question_counts", (day,))
            return await writer.execute("count_question", values) > 0
