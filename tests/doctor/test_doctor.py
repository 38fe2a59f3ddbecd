"""What ``footnote doctor`` says of settings, token, clock, files and disk, and its exit status."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from typing import Any

import discord
import pytest
from aiohttp import web

from bot.__main__ import main
from bot.discord_app.client import NEEDED_PERMISSIONS
from bot.discord_app.token_check import ask_discord
from bot.doctor import machine
from bot.settings import Settings
from tests.web_server import site

TEXT = "Mars is cold. Mars is red and it has two moons and one mountain."


def doctor(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, list[tuple[str, str]]]]:
    """Exit status, and (state, detail) by check."""
    status = main(["doctor", "--json"])
    found: dict[str, list[tuple[str, str]]] = {}
    for check in json.loads(capsys.readouterr().out)["checks"]:
        found.setdefault(check["check"], []).append((check["state"], check["detail"]))
    return status, found


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working folder has a .env of its own, if any."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.reader_process
def test_all_is_well_without_a_folder_and_none_is_made(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, found = doctor(capsys)
    assert status == 0
    assert {state for checks in found.values() for state, _ in checks} == {"ok"}
    assert list(found) == [
        *("settings", "versions", "handles", "reader", "disk", "database", "discord", "clock"),
        *("embedder", "bot", "model"),
    ]
    assert list(tmp_path.iterdir()) == []


def test_everything_that_is_wrong_in_the_settings_is_told_at_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISCORD_TOKN", "MAX_PAGES", "POSTGRES_PASSWORD"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)  # from the file, and gone after the test
    Path(".env").write_text("DISCORD_TOKN=a\nPOSTGRES_PASSWORD=b\nMAX_PAGES=c\n")
    monkeypatch.setenv("MAX_ARTICLES", "many")
    status, found = doctor(capsys)
    states = [state for state, _ in found["settings"]]
    assert (status, states) == (1, ["failed", "warning", "failed", "failed"])
    details = " ".join(detail for _, detail in found["settings"])
    assert all(name in details for name in ("DISCORD_TOKEN?", "MAX_PAGES", "MAX_ARTICLES"))


def test_settings_that_do_not_go_together_are_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBEDDING_MODEL", "m")
    monkeypatch.setenv("DAILY_COST_SERVER", "1")
    status, found = doctor(capsys)
    assert (status, len(found["settings"])) == (1, 2)


def test_a_file_that_is_no_text_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    Path(".env").write_bytes(b"\xff\xfe")
    assert doctor(capsys)[1]["settings"][0][0] == "failed"


# --- files and disk ------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["page", "garbage", "newer"])
def test_a_damaged_file_is_named_and_left_as_it_is(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, damage: str
) -> None:
    (tmp_path / "mars.txt").write_text(TEXT, "utf-8")
    assert main(["add", "mars.txt"]) == 0
    capsys.readouterr()
    (file,) = Settings().data_dir.glob("libraries/*.db")
    data = bytearray(file.read_bytes())
    if damage == "page":
        data[9 * 4096 : 10 * 4096] = b"\7" * 4096
    elif damage == "garbage":
        data[:4096] = b"\7" * 4096
    else:
        change(file, "INSERT INTO migration VALUES (9999, 'later', '')")
        data = bytearray(file.read_bytes())
    file.write_bytes(data)
    status, found = doctor(capsys)
    ((state, detail),) = found["database"]
    assert (status, state) == (1, "failed")
    assert "local.db" in detail
    assert file.read_bytes() == data


def change(file: Path, sql: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(sql)
        connection.commit()


@pytest.mark.parametrize(("free", "state"), [(1, "failed"), (200, "warning"), (9_000, "ok")])
def test_a_full_disk_is_told_before_it_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: str
) -> None:
    usage = (10_000, 10_000 - free, free * 1024**2)
    monkeypatch.setattr("shutil.disk_usage", lambda place: _Usage(*usage))
    assert machine.check_disk(tmp_path / "data").state == state


class _Usage:
    def __init__(self, total: int, used: int, free: int):
        self.free = free


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    assert machine.check_disk(tmp_path / "data").state == "failed"


def test_a_reply_without_a_usable_date_is_no_fault_of_the_clock() -> None:
    without_zone = formatdate(time.time(), localtime=False)
    assert [machine.check_clock(date).state for date in ("", "soon", without_zone)] == ["ok"] * 3


@pytest.mark.parametrize(("ahead_s", "state"), [(0, "ok"), (50, "ok"), (-90, "failed")])
def test_a_wrong_clock_is_told(ahead_s: int, state: str) -> None:
    assert machine.check_clock(formatdate(time.time() + ahead_s, usegmt=True)).state == state


# --- Discord -------------------------------------------------------------------------------------


@asynccontextmanager
async def fake_discord(
    monkeypatch: pytest.MonkeyPatch, status: int, *permissions: int
) -> AsyncIterator[None]:
    guilds = [{"name": f"S{i}", "permissions": str(p)} for i, p in enumerate(permissions)]
    pages: dict[str, Any] = {
        "/users/@me": web.json_response({"username": "Foot"}, status=status),
        "/users/@me/guilds": web.json_response(guilds),
    }
    async with site(pages) as served:
        monkeypatch.setattr(discord.http.Route, "BASE", f"http://127.0.0.1:{served.port}")
        yield


async def test_a_valid_token_is_told_with_what_the_bot_lacks_where(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    enough, administrator = NEEDED_PERMISSIONS.value, 8
    too_few = enough & ~discord.Permissions(attach_files=True).value
    async with fake_discord(monkeypatch, 200, enough, too_few, administrator):
        reply = await ask_discord(replace(settings, discord_token="t"))
    assert (reply.state, reply.detail) == ("ok", "The token is valid: Foot, in 3 servers.")
    assert reply.missing == ("In S1 it lacks: Attach Files. Grant it to the bot's role.",)
    assert machine.check_clock(reply.date).state == "ok"


@pytest.mark.parametrize(
    ("status", "token", "state", "word"),
    [
        (401, "t", "failed", "Reset Token"),
        (503, "t", "warning", "status 503"),
        (200, "t\nx", "failed", "characters"),
    ],
)
async def test_a_token_that_is_refused_is_told(
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    status: int,
    token: str,
    state: str,
    word: str,
) -> None:
    async with fake_discord(monkeypatch, status):
        reply = await ask_discord(replace(settings, discord_token=token))
    assert (reply.state, word in reply.detail) == (state, True)


async def test_no_network_is_told(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, refusing_port: int
) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", f"http://127.0.0.1:{refusing_port}")
    reply = await ask_discord(replace(settings, discord_token="t"))
    assert (reply.state, "can't be reached" in reply.detail) == ("failed", True)
