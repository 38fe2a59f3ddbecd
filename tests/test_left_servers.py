"""The library of a server that the bot was removed from is kept for a week, then erased."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from bot.errors import LibraryNotFound, StoreError
from bot.maintenance import Maintenance
from bot.records import Scope
from bot.store.protocols import Store
from tests.contract.samples import new_article
from tests.directed import Directed
from tests.store.test_erase import CANARY, STEM, hits
from tests.test_maintenance import opened

APP_ID, OTHER_APP_ID = 900, 901
DAY_S = 24 * 3600.0
NOON = 1_780_315_200.0  # 2026-06-01 12:00 UTC


class FakePresence:
    """What Discord says to the application that is connected."""

    def __init__(self, application_id: int = APP_ID, **members: bool | None):
        self.connected = application_id
        self.members = {server[1:]: is_member for server, is_member in members.items()}
        self.asked: list[str] = []

    async def application_id(self) -> int:
        return self.connected

    async def is_member(self, server_id: str) -> bool | None:
        self.asked.append(server_id)
        return self.members[server_id]


async def _fill(store: Store, *servers: str) -> None:
    for server in servers:
        async with store.library(server) as library:
            await library.articles.add(new_article(f"The {CANARY} sings."), Scope(server))
    await store.mark_joined(servers, APP_ID)


def make_maintenance(store: Store, days: float = 0) -> Maintenance:
    return Maintenance(store, Directed(), answers_kept_days=90, clock=lambda: NOON + days * DAY_S)


async def test_a_week_after_the_bot_was_removed_nothing_of_the_library_is_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with opened(tmp_path) as store:
        await _fill(store, "1", "2")
        discord = FakePresence(_1=False, _2=True)
        await make_maintenance(store).mark_left("1", APP_ID)
        await make_maintenance(store, 6.9).review_memberships(discord)
        assert sorted(await store.servers()) == ["1", "2"]
        await make_maintenance(store, 7.1).review_memberships(discord)
        assert await store.servers() == ["2"]
        names = {file.name for file in (tmp_path / "libraries").iterdir()}
        assert {name.partition(".")[0] for name in names} == {"2"}
        assert [m.server_id for m in await store.memberships()] == ["2"]
    announced = "library server=1 will be erased on 2026-06-08 unless Footnote returns"
    assert caplog.messages.count(announced) == 2
    assert "library server=1 erased: Footnote was removed from the server" in caplog.messages


async def test_the_canary_goes_with_its_library(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await _fill(store, "1")
        await make_maintenance(store).mark_left("1", APP_ID)
        assert hits(tmp_path, STEM) != {}
        await make_maintenance(store, 8).review_memberships(FakePresence(_1=False))
        assert hits(tmp_path, STEM) == {}
    assert hits(tmp_path, STEM) == {}


async def test_a_return_keeps_the_library_and_a_second_leave_restarts_the_week(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        await _fill(store, "1")
        await make_maintenance(store).mark_left("1", APP_ID)
        await make_maintenance(store, 5).review_memberships(FakePresence(_1=True))
        await make_maintenance(store, 6).mark_left("1", APP_ID)
        await make_maintenance(store, 12).review_memberships(FakePresence(_1=False))
        async with store.library("1") as library:
            assert (await library.articles.totals(Scope("1"))).articles == 1


async def test_a_return_while_footnote_was_off_is_noticed_before_anything_is_erased(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        await _fill(store, "1")
        await make_maintenance(store).mark_left("1", APP_ID)
    async with opened(tmp_path) as store:
        await make_maintenance(store, 30).review_memberships(FakePresence(_1=True))
        assert await store.servers() == ["1"]
        assert (await store.memberships())[0].left_at is None


async def test_a_leave_that_was_missed_begins_when_discord_answers(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await _fill(store, "1")
        await make_maintenance(store, 20).review_memberships(FakePresence(_1=False))
        await make_maintenance(store, 26.9).review_memberships(FakePresence(_1=False))
        assert await store.servers() == ["1"]
        await make_maintenance(store, 27.1).review_memberships(FakePresence(_1=False))
        assert await store.servers() == []


@pytest.mark.parametrize("left", [True, False])
async def test_no_answer_from_discord_changes_nothing(left: bool, tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await _fill(store, "1")
        if left:
            await make_maintenance(store).mark_left("1", APP_ID)
        before = await store.memberships()
        await make_maintenance(store, 30).review_memberships(FakePresence(_1=None))
        assert await store.servers() == ["1"]
        assert await store.memberships() == before


async def test_another_application_is_not_asked_about_these_servers(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await _fill(store, "1", "2")
        await make_maintenance(store).mark_left("2", APP_ID)
        another = FakePresence(OTHER_APP_ID, _1=False, _2=False)
        await make_maintenance(store, 30).review_memberships(another)
        await make_maintenance(store, 60).review_memberships(another)
        await make_maintenance(store, 60).mark_left("1", OTHER_APP_ID)
        assert another.asked == []
        assert sorted(await store.servers()) == ["1", "2"]


async def test_a_library_that_is_in_use_is_erased_in_a_later_round(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(tmp_path) as store:
        await _fill(store, "1")
        await make_maintenance(store).mark_left("1", APP_ID)
        async with store.library("1") as library:
            await make_maintenance(store, 8).review_memberships(FakePresence(_1=False))
            assert (await library.articles.totals(Scope("1"))).articles == 1
        assert "maintenance server=1: The library of server 1 is in use." in caplog.messages
        await make_maintenance(store, 8).review_memberships(FakePresence(_1=False))
        assert await store.servers() == []


async def test_maintenance_does_not_recreate_a_library(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await _fill(store, "1")
        await store.erase_library("1")
        with pytest.raises(LibraryNotFound):
            async with store.library("1", background=True):
                pass
        assert list((tmp_path / "libraries").iterdir()) == []


async def test_a_file_that_cannot_be_deleted_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path) as store:
        await _fill(store, "1")
        await make_maintenance(store).mark_left("1", APP_ID)
        (tmp_path / "libraries" / "1.before-9.db").mkdir()
        with pytest.raises(StoreError, match="can't be deleted"):
            await store.erase_library("1")
        assert [m.server_id for m in await store.memberships()] == ["1"]
        (tmp_path / "libraries" / "1.before-9.db").rmdir()
        await make_maintenance(store, 8).review_memberships(FakePresence(_1=False))
        assert await store.servers() == []
