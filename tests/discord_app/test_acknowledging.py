"""Commands and buttons are acknowledged before their library is opened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.store.sqlite.store import SqliteStore
from tests.discord_app.conftest import Room


@pytest.fixture
def order(room: Room, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The acknowledgements and openings, in order."""
    happened: list[str] = []
    lease = SqliteStore.library

    @asynccontextmanager
    async def library(self: Any, server_id: str, *, background: bool = False) -> AsyncIterator[Any]:
        calls = [entry[1] for entry in room.env.backend.transcript if entry[0] == "HTTP"]
        happened.extend(["acknowledged"] * any("/callback" in call for call in calls[-1:]))
        happened.append("opened")
        async with lease(self, server_id, background=background) as leased:
            yield leased

    monkeypatch.setattr(SqliteStore, "library", library)
    return happened


@pytest.mark.quick
@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("ask", {"question": "Who heads the fund?"}),
        ("ask", {"question": "Who heads the fund?", "private": True}),
        ("last", {}),
        ("article show", {"article": "1"}),
        ("article remove", {"article": "1"}),
        ("library", {}),
    ],
)
async def test_a_command_is_acknowledged_before_its_library_is_opened(
    room: Room, order: list[str], command: str, options: dict[str, Any]
) -> None:
    await room.ada.slash(room.channel, command, **options)
    assert order[:2] == ["acknowledged", "opened"]
