"""An update of Footnote that changes the schema, and the way back to the version before."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from threading import Event

import pytest

from bot.app import open_app
from bot.errors import DatabaseTooNew, StoreError
from bot.settings import Settings
from bot.store.sqlite import (
    backup,
    backup_folder,
    backups,
    connection,
    erase_again,
    integrity,
    read_only,
)
from bot.store.sqlite.backup import Schema, copy_database
from bot.store.sqlite.backup_folder import backups_in
from bot.store.sqlite.migrate import Migration, applied_number, migrations
from tests.quick import QuickEmbedder
from tests.store.backups import TEXTS, add, backups_of, fill, open_library, titles

FULL = dict(enumerate(TEXTS, 1))
NEWEST = len(migrations("library"))


LATER = Migration(NEWEST + 1, "later", "ALTER TABLE article ADD COLUMN later TEXT;\n")


@contextmanager
def with_steps(steps: tuple[Migration, ...], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Inside, Footnote is the version whose libraries have these steps."""

    def patched_migrations(schema: str) -> tuple[Migration, ...]:
        return steps if schema == "library" else migrations(schema)

    with monkeypatch.context() as patched:
        for module in (backup, backups, connection, erase_again, integrity, read_only):
            patched.setattr(module, "migrations", patched_migrations)
        yield


@pytest.fixture
async def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of a data folder that was filled one schema ago."""
    with with_steps(migrations("library")[:-1], monkeypatch):
        await fill(tmp_path / "data")
    assert _schema(tmp_path / "data") == NEWEST - 1
    return Settings(data_dir=tmp_path / "data", backup_dir=tmp_path / "to")


def _schema(folder: Path) -> int:
    return applied_number(folder / "libraries/1.db", migrations("library"))


async def start(settings: Settings) -> None:
    """Open a library, as the bot does when it starts and is asked something."""
    async with open_app(settings, embedder=QuickEmbedder()) as app, app.store.library("1"):
        pass


async def test_an_update_backs_up_before_it_changes_a_schema_and_only_then(
    settings: Settings, tmp_path: Path
) -> None:
    await start(settings)
    (made,) = backups_in(tmp_path / "to")
    assert (_schema(made.path), _schema(tmp_path / "data")) == (NEWEST - 1, NEWEST)
    await start(settings)
    assert len(backups_in(tmp_path / "to")) == 1


async def test_the_version_before_refuses_the_new_files_and_restores_the_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(tmp_path / "data")
    settings = Settings(data_dir=tmp_path / "data", backup_dir=tmp_path / "to")
    with with_steps((*migrations("library"), LATER), monkeypatch):
        await start(settings)
        async with open_library(tmp_path / "data") as library:
            await add(library, "The Moon is grey.")
    (made,) = backups_in(tmp_path / "to")
    with pytest.raises(DatabaseTooNew, match="Nothing was changed"):
        await titles(tmp_path / "data")
    await backups_of(tmp_path / "data", tmp_path / "to").restore(made.path)
    assert await titles(tmp_path / "data") == FULL
    assert _schema(tmp_path / "data") == NEWEST


async def test_what_the_newest_backup_has_is_not_backed_up_again(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with with_steps(migrations("library")[:-1], monkeypatch):
        await backups_of(tmp_path / "data").back_up(tmp_path / "to")
    for file in (tmp_path / "data").rglob("*.db*"):
        os.utime(file, (0, 0))  # before that backup
    await start(settings)
    assert len(backups_in(tmp_path / "to")) == 1
    assert _schema(tmp_path / "data") == NEWEST


class Later(datetime):
    """The clock, a minute later."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Later:
        return super().now(tz) + timedelta(minutes=1)


async def test_what_changed_while_the_newest_backup_was_made_is_backed_up_again(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copy_for_a_minute(source: Path, target: Path, stop: Event) -> Schema:
        monkeypatch.setattr(backup_folder, "datetime", Later)
        return copy_database(source, target, stop)

    monkeypatch.setattr(backups, "copy_database", copy_for_a_minute)
    with with_steps(migrations("library")[:-1], monkeypatch):
        await backups_of(tmp_path / "data").back_up(tmp_path / "to")
    for file in (tmp_path / "data").rglob("*.db*"):
        os.utime(file, (time.time() + 30,) * 2)
    await start(settings)
    assert len(backups_in(tmp_path / "to")) == 2


async def test_where_no_backup_can_be_made_nothing_is_changed(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "to").write_text("a file where a folder is needed", "utf-8")
    with pytest.raises(StoreError, match="No backup was made"):
        await start(settings)
    assert _schema(tmp_path / "data") == NEWEST - 1


async def test_without_a_folder_for_backups_an_update_makes_none(
    settings: Settings, tmp_path: Path
) -> None:
    await start(Settings(data_dir=tmp_path / "data"))
    assert not (tmp_path / "to").exists()
    assert _schema(tmp_path / "data") == NEWEST
