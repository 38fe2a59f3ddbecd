"""Restoring replaces whole libraries or nothing, and never brings back what was erased."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.errors import DataFolderLocked, StoreError
from bot.records import Scope
from bot.store.erasures import Erasure, journal_path, read_journal, update_journal
from bot.store.lock import lock_folder
from bot.store.protocols import Library
from bot.store.sqlite.backup_folder import TIME_FORMAT
from bot.store.sqlite.restore import PARTIAL, READY, REPLACED
from bot.store.values import JobPayload, QuestionCard, StoredAnswer
from tests.store.backups import (
    TEXTS,
    add,
    backups_of,
    fill,
    is_sound,
    open_library,
    open_store,
    titles,
)
from tests.store.test_erase import hits
from tests.store.test_migrate import at_version

ALL = Scope("1")
ADA = 7
FULL = dict(enumerate(TEXTS, 1))


async def _backup(folder: Path) -> Path:
    """A backup of a filled data folder, in ``folder/to``."""
    await fill(folder / "data")
    return (await backups_of(folder / "data").back_up(folder / "to")).path


async def _change(
    data: Path, act: Callable[[Library], Awaitable[Any]], *, into: Path | None = None
) -> None:
    async with open_library(data, backups=into) as library:
        await act(library)


async def _add_moon(library: Library) -> None:
    await add(library, "The Moon is grey.")


async def test_a_backup_brings_back_what_was_there_and_keeps_what_it_replaces(
    tmp_path: Path,
) -> None:
    backup = await _backup(tmp_path)
    await _change(tmp_path / "data", _add_moon)
    restored = await backups_of(tmp_path / "data").restore(backup)
    assert (restored.libraries, restored.bot_data, restored.unknown) == (("1",), True, ())
    assert await titles(tmp_path / "data") == FULL
    assert restored.replaced is not None
    assert len(await titles(restored.replaced)) == 4


async def test_a_single_file_becomes_the_library_of_a_server(tmp_path: Path) -> None:
    backup = await _backup(tmp_path)
    file = Path(shutil.copy(backup / "libraries/1.db", tmp_path / "some copy.db"))
    backups = backups_of(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="Name it with --server"):
        await backups.restore(file)
    restored = await backups.restore(file, "44")
    assert restored.unknown == ("44",)  # there is no journal
    assert await titles(tmp_path / "elsewhere", "44") == FULL


@pytest.mark.parametrize("has_journal", [False, True])
async def test_a_damaged_library_is_replaced_and_kept(has_journal: bool, tmp_path: Path) -> None:
    backup = await _backup(tmp_path)
    damaged = b"no database" * 999
    (tmp_path / "data/libraries/1.db").write_bytes(damaged)
    into = tmp_path / "to" if has_journal else None
    restored = await backups_of(tmp_path / "data", into).restore(backup, "1")
    assert restored.unknown == (() if has_journal else ("1",))
    assert await titles(tmp_path / "data") == FULL
    assert restored.replaced is not None
    assert (restored.replaced / "libraries/1.db").read_bytes() == damaged


async def test_one_library_of_a_backup_leaves_the_others(tmp_path: Path) -> None:
    await fill(tmp_path / "data", "1", "2")
    backup = (await backups_of(tmp_path / "data").back_up(tmp_path / "to")).path
    for server in ("1", "2"):
        async with open_library(tmp_path / "data", server) as library:
            await _add_moon(library)
    restored = await backups_of(tmp_path / "data").restore(backup, "2")
    assert (restored.libraries, restored.bot_data) == (("2",), False)
    assert len(await titles(tmp_path / "data", "1")) == 4
    assert await titles(tmp_path / "data", "2") == FULL


# --- what is refused --------------------------------------------------------------------------


def _foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE article (id INTEGER)")


def _newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO migration VALUES (9999, 'later', 'now')")


def _with_trigger(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "CREATE TRIGGER evil AFTER DELETE ON article BEGIN DELETE FROM answer; END"
        )


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _replace_by_foreign(path: Path) -> None:
    path.unlink()
    _foreign(path)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_replace_by_foreign, "isn't a library of Footnote"),
        (_newer, "newer Footnote"),
        (_with_trigger, "isn't a library as Footnote makes them"),
        (_cut, "is damaged"),
        (_empty, "isn't a library of Footnote"),
        (lambda path: path.write_bytes(b"no database" * 999), "is damaged or isn't a database"),
        (lambda path: path.unlink(), "There is no backup"),
    ],
)
async def test_what_is_no_sound_library_of_ours_replaces_nothing(
    spoil: Callable[[Path], object], sentence: str, tmp_path: Path
) -> None:
    backup = await _backup(tmp_path)
    file = Path(shutil.copy(backup / "libraries/1.db", tmp_path / "1.db"))
    spoil(file)
    await _change(tmp_path / "data", _add_moon)
    with pytest.raises(StoreError, match=sentence):
        await backups_of(tmp_path / "data").restore(file)
    assert len(await titles(tmp_path / "data")) == 4
    assert not list((tmp_path / "data").glob("re*"))  # neither staged nor replaced


async def test_one_damaged_library_stops_the_restore_of_all(tmp_path: Path) -> None:
    await fill(tmp_path / "data", "1", "2")
    backup = (await backups_of(tmp_path / "data").back_up(tmp_path / "to")).path
    await _change(tmp_path / "data", _add_moon)
    (backup / "manifest.json").unlink()
    _cut(backup / "libraries/2.db")
    with pytest.raises(StoreError, match="is damaged"):
        await backups_of(tmp_path / "data").restore(backup)
    assert len(await titles(tmp_path / "data")) == 4


async def test_a_backup_that_was_changed_is_refused(tmp_path: Path) -> None:
    backup = await _backup(tmp_path)
    with closing(sqlite3.connect(backup / "libraries/1.db")) as connection, connection:
        connection.execute("UPDATE article SET title = 'Other'")
    with pytest.raises(StoreError, match="isn't as it was when the backup was made"):
        await backups_of(tmp_path / "data").restore(backup)


@pytest.mark.parametrize("server", ["../1", "a/b", "", "x" * 65])
async def test_a_server_id_that_is_a_path_is_refused(server: str, tmp_path: Path) -> None:
    backup = await _backup(tmp_path)
    with pytest.raises(StoreError, match="isn't a valid server id"):
        await backups_of(tmp_path / "data").restore(backup / "libraries/1.db", server)


async def test_a_folder_of_several_backups_is_asked_about(tmp_path: Path) -> None:
    backup = await _backup(tmp_path)
    with pytest.raises(StoreError, match=f"Choose one of them, such as .*{backup.name}"):
        await backups_of(tmp_path / "data").restore(backup.parent)


async def test_nothing_is_restored_while_the_bot_runs(tmp_path: Path) -> None:
    backup = await _backup(tmp_path)
    with lock_folder(tmp_path / "data"), pytest.raises(DataFolderLocked):
        await backups_of(tmp_path / "data").restore(backup)


# --- a kill at any moment -----------------------------------------------------------------------


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", range(1, 16))
async def test_a_kill_leaves_the_old_or_the_new_whole(
    step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(tmp_path / "data", "1", "2")
    backup = (await backups_of(tmp_path / "data").back_up(tmp_path / "to")).path
    await _add_moon_and_crash(tmp_path / "data", tmp_path / "crashed")
    with monkeypatch.context() as patched:
        _kill_at(step, patched)
        try:
            await backups_of(tmp_path / "crashed").restore(backup)
        except Killed:
            is_decided = (tmp_path / "crashed" / READY).exists()
        else:
            is_decided = True
    sizes = {len(await titles(tmp_path / "crashed", server)) for server in ("1", "2")}
    assert sizes == ({3} if is_decided else {4})
    assert all(is_sound(file) for file in (tmp_path / "crashed/libraries").glob("*.db"))
    replaced = list((tmp_path / "crashed/replaced").rglob("libraries/*.db"))
    assert len(replaced) == (2 if is_decided else 0)
    for file in replaced:
        assert len(await titles(file.parent.parent, file.stem)) == 4


async def test_what_a_killed_restore_left_is_deleted_when_the_folder_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = await _backup(tmp_path)
    with monkeypatch.context() as patched:
        _kill_at(1, patched)
        with pytest.raises(Killed):
            await backups_of(tmp_path / "data").restore(backup)
    assert (tmp_path / "data" / PARTIAL).exists()
    async with open_store(tmp_path / "data"):
        assert not (tmp_path / "data" / PARTIAL).exists()


async def test_a_restore_that_can_t_be_moved_into_place_says_so_until_it_can(
    tmp_path: Path,
) -> None:
    backup, data = await _backup(tmp_path), tmp_path / "data"
    await _change(data, _add_moon)
    (data / REPLACED).write_text("a file where a folder is needed", "utf-8")
    for _try in range(2):
        with pytest.raises(StoreError, match="can't be moved into its place yet"):
            await backups_of(data).restore(backup)
        with pytest.raises(StoreError, match="can't be moved into its place yet"):
            async with open_store(data):
                pass
    (data / REPLACED).unlink()
    assert await titles(data) == FULL


async def _add_moon_and_crash(data: Path, crashed: Path) -> None:
    """What a process leaves that ends with an article in the write-ahead logs."""
    async with open_store(data) as store:
        for server in ("1", "2"):
            async with store.library(server) as library:
                await _add_moon(library)
        shutil.copytree(data, crashed)


def _kill_at(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ends the process before the n-th rename, on which everything depends."""
    calls = 0

    def counting(real: Callable[..., Path]) -> Callable[..., Path]:
        def rename(self: Path, target: Path) -> Path:
            nonlocal calls
            calls += 1
            if calls >= step:
                raise Killed
            return real(self, target)

        return rename

    monkeypatch.setattr(Path, "replace", counting(Path.replace))
    monkeypatch.setattr(Path, "rename", counting(Path.rename))
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)


# --- what was erased since ------------------------------------------------------------------------


async def _erase_venus(library: Library) -> None:
    await library.articles.erase([2], ALL)


async def _trash_venus(library: Library) -> None:
    await library.articles.trash([2], ALL)


async def _trash_and_restore_venus(library: Library) -> None:
    await library.articles.trash([2], ALL)
    await library.articles.restore([2], ALL)


async def _purge_venus(library: Library) -> None:
    await library.articles.trash([2], ALL)
    await library.articles.purge(time.time() + 1, ALL)


@pytest.mark.parametrize(
    ("act", "left"),
    [
        (_erase_venus, [1, 3]),
        (_trash_venus, [1, 3]),
        (_purge_venus, [1, 3]),
        (_trash_and_restore_venus, [1, 2, 3]),
    ],
)
@pytest.mark.parametrize("data_is_lost", [False, True])
async def test_what_was_removed_since_the_backup_stays_removed(
    act: Callable[[Library], Awaitable[None]], left: list[int], data_is_lost: bool, tmp_path: Path
) -> None:
    await fill(tmp_path / "data")
    backups = backups_of(tmp_path / "data", tmp_path / "to")
    backup = (await backups.back_up(tmp_path / "to")).path
    await _change(tmp_path / "data", act, into=tmp_path / "to")
    if data_is_lost:
        shutil.rmtree(tmp_path / "data")
    restored = await backups.restore(backup)
    assert restored.unknown == ()
    assert list(await titles(tmp_path / "data")) == left


async def test_a_forgotten_channel_is_known_beside_the_backups(tmp_path: Path) -> None:
    backup = await _backup(tmp_path)
    await _change(
        tmp_path / "data",
        lambda library: library.answers.forget_channel(5),
        into=tmp_path / "to",
    )
    journal = read_journal(journal_path(backup.parent, "1"))
    assert [(erasure.kind, erasure.id) for erasure in journal] == [("channel", 5)]


async def test_an_erased_library_is_known_beside_the_backups(tmp_path: Path) -> None:
    await fill(tmp_path / "data", "1", "2")
    backups = backups_of(tmp_path / "data", tmp_path / "to")
    backup = (await backups.back_up(tmp_path / "to")).path
    async with open_store(tmp_path / "data", tmp_path / "to") as store:
        await store.erase_library("2")
    shutil.rmtree(tmp_path / "data")
    assert (await backups.restore(backup)).left_out == ("2",)


async def test_an_erasure_succeeds_though_it_cannot_be_copied_beside_the_backups(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await fill(tmp_path / "data")
    (tmp_path / "to").touch()  # no folder
    await _change(tmp_path / "data", _erase_venus, into=tmp_path / "to")
    assert list(await titles(tmp_path / "data")) == [1, 3]
    assert "erasures were not copied beside the backups" in caplog.text


async def test_an_erased_text_is_in_no_file_of_the_restored_library(tmp_path: Path) -> None:
    backup = await _backup(tmp_path)
    await _change(tmp_path / "data", _erase_venus)
    assert hits(backup, "Venus")  # the backup is not rewritten
    await backups_of(tmp_path / "data").restore(backup)
    assert hits(tmp_path / "data/libraries", "Venus") == {}


async def test_a_person_stays_forgotten(tmp_path: Path) -> None:
    backup = await _backup(tmp_path)
    await _change(tmp_path / "data", lambda library: library.forget_person(ADA))
    restored = await backups_of(tmp_path / "data").restore(backup)
    assert restored.erased_again == 1
    assert hits(tmp_path / "data/libraries", "Ada") == {}


async def test_answers_of_a_deleted_channel_stay_forgotten(tmp_path: Path) -> None:
    await fill(tmp_path / "data")
    stored = StoredAnswer(ADA, 5, False, "Canary?", "Canary?", "{}")
    await _change(tmp_path / "data", lambda library: library.answers.save(stored, []))
    backup = (await backups_of(tmp_path / "data").back_up(tmp_path / "to")).path
    await _change(tmp_path / "data", lambda library: library.answers.forget_channel(5))
    await backups_of(tmp_path / "data").restore(backup)
    assert hits(tmp_path / "data/libraries", "Canary") == {}


async def test_a_deleted_message_that_waits_in_a_backup_is_not_read(tmp_path: Path) -> None:
    await fill(tmp_path / "data")
    payload = JobPayload("{}", "Text.", ADA, message_id=77)
    await _change(tmp_path / "data", lambda library: library.jobs.enqueue(payload, now=0, most=9))
    backup = (await backups_of(tmp_path / "data").back_up(tmp_path / "to")).path

    async def delete(library: Library) -> None:
        await library.messages.trash_articles_of([77], ALL, removal_id=1, extra_s=0)

    await _change(tmp_path / "data", delete)
    await backups_of(tmp_path / "data").restore(backup)
    with closing(sqlite3.connect(tmp_path / "data/libraries/1.db")) as connection:
        assert connection.execute("SELECT withdrawn FROM job").fetchall() == [(1,)]


async def test_an_erased_library_stays_erased(tmp_path: Path) -> None:
    await fill(tmp_path / "data", "1", "2")
    backups = backups_of(tmp_path / "data")
    backup = (await backups.back_up(tmp_path / "to")).path
    async with open_store(tmp_path / "data") as store:
        await store.erase_library("2")
    with pytest.raises(StoreError, match="server 2 was erased after this backup was made"):
        await backups.restore(backup / "libraries/2.db")
    restored = await backups.restore(backup)
    assert (restored.libraries, restored.left_out) == (("1",), ("2",))
    async with open_store(tmp_path / "data") as store:
        assert await store.servers() == ["1"]


async def test_a_library_that_began_after_an_erasure_is_restored(tmp_path: Path) -> None:
    await fill(tmp_path / "data", "1", "2")
    async with open_store(tmp_path / "data") as store:
        await store.erase_library("2")
    with closing(sqlite3.connect(tmp_path / "data/footnote.db")) as connection, connection:
        connection.execute("UPDATE erased_library SET at = at - 60")
    await fill(tmp_path / "data", "2")
    backup = (await backups_of(tmp_path / "data").back_up(tmp_path / "to")).path
    assert (await backups_of(tmp_path / "data").restore(backup)).libraries == ("1", "2")


async def test_erasing_a_library_erases_what_a_restore_replaced(tmp_path: Path) -> None:
    backup = await _backup(tmp_path)
    await backups_of(tmp_path / "data").restore(backup)
    async with open_store(tmp_path / "data") as store:
        await store.erase_library("1")
    assert hits(tmp_path / "data", "Venus") == {}


async def test_ids_are_not_given_twice(tmp_path: Path) -> None:
    backup = await _backup(tmp_path)
    stored = StoredAnswer(ADA, 5, False, "Who?", "Who?", "{}")
    await _change(tmp_path / "data", _add_moon)
    await _change(tmp_path / "data", lambda library: library.answers.save(stored, []))
    await backups_of(tmp_path / "data").restore(backup)
    async with open_library(tmp_path / "data") as library:
        assert await add(library, "Io is yellow.") == 5
        assert await library.answers.save(stored, []) == 2


async def test_erasures_from_before_a_backup_do_not_count_twice(tmp_path: Path) -> None:
    backup = await _backup(tmp_path)
    await _change(tmp_path / "data", _erase_venus)
    later = (await backups_of(tmp_path / "data").back_up(tmp_path / "to")).path
    restored = await backups_of(tmp_path / "data").restore(later)
    assert (restored.erased_again, restored.unknown) == (0, ())
    restored = await backups_of(tmp_path / "data").restore(backup)
    assert (restored.erased_again, restored.unknown) == (1, ())


@pytest.mark.parametrize("journal", ["none", "too late", "of another library"])
async def test_unknown_erasures_are_reported(journal: str, tmp_path: Path) -> None:
    backup = await _backup(tmp_path)
    if journal == "too late":  # what was erased is known only since then
        await _change(tmp_path / "data", _erase_venus)
        await _change(tmp_path / "data", lambda library: library.articles.erase([3], ALL))
        await _change(tmp_path / "data", _forget_first_erasure)
    else:
        shutil.rmtree(tmp_path / "data")
    if journal == "of another library":
        with closing(sqlite3.connect(_new_library(tmp_path / "data"))) as connection, connection:
            connection.execute("UPDATE migration SET applied_at = '2030-01-01T00:00:00+00:00'")
    assert (await backups_of(tmp_path / "data").restore(backup)).unknown == ("1",)


async def _forget_first_erasure(library: Library) -> None:
    await library.erasures.forget(time.time() + 1)


def _new_library(data: Path) -> Path:
    path = data / "libraries/1.db"
    path.parent.mkdir(parents=True)
    at_version(path, 30)
    return path


async def test_an_unreadable_journal_stops_the_restore(tmp_path: Path) -> None:
    backup = await _backup(tmp_path)
    (tmp_path / "to/erasures/libraries/1.jsonl").write_text('{"kind": "all"}\n', "utf-8")
    with pytest.raises(StoreError, match=r"journal of erasures .*1\.jsonl can't be read"):
        await backups_of(tmp_path / "data").restore(backup)


def test_journals_that_are_updated_at_once_lose_no_erasure(tmp_path: Path) -> None:
    erasures = [Erasure("erased", number, float(number)) for number in range(64)]
    path = journal_path(tmp_path, "1")
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda erasure: update_journal(path, [erasure]), erasures))
    assert read_journal(path) == erasures
    assert [file.name for file in path.parent.iterdir()] == [path.name]


# --- the bot's own data ---------------------------------------------------------------------------


async def test_questions_of_then_are_not_answered_again(tmp_path: Path) -> None:
    await fill(tmp_path / "data")
    async with open_store(tmp_path / "data") as store:
        await store.record_question(QuestionCard(5, "1", 6, 7, ADA, question="Canary?"))
    backup = (await backups_of(tmp_path / "data").back_up(tmp_path / "to")).path
    await backups_of(tmp_path / "data").restore(backup)
    assert hits(tmp_path / "data", "Canary").keys() == {"footnote.db"}  # the replaced one
    async with open_store(tmp_path / "data") as store:
        assert await store.questions() == []
        assert await store.pending_servers() == ["1"]


async def test_a_library_from_after_the_backup_is_listed_still(tmp_path: Path) -> None:
    backup = await _backup(tmp_path)
    await fill(tmp_path / "data", "2")
    await backups_of(tmp_path / "data").restore(backup)
    async with open_store(tmp_path / "data") as store:
        assert sorted(await store.servers()) == ["1", "2"]


async def test_what_was_replaced_is_deleted_after_a_while(tmp_path: Path) -> None:
    backup = await _backup(tmp_path)
    backups = backups_of(tmp_path / "data", keep_days=7)
    replaced = (await backups.restore(backup)).replaced
    assert replaced is not None
    await backups.clean_up()
    assert replaced.exists()
    then = time.strftime(TIME_FORMAT, time.gmtime(time.time() - 8 * 24 * 3600))
    old = replaced.rename(replaced.with_name(f"{then}Z"))
    await backups.clean_up()
    assert not old.exists()


# --- any history ----------------------------------------------------------------------------------

ACTS = ("add", "erase", "trash", "untrash", "backup", "restore")


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 9)), min_size=4, max_size=12))
@example(acts=[("add", 0), ("restore", 0), ("add", 0)])
@example(acts=[("backup", 0), ("trash", 0), ("restore", 1), ("untrash", 0), ("restore", 0)])
def test_no_restore_brings_back_an_erased_text_or_another_articles_id(
    acts: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    asyncio.run(_walk(acts, tmp_path_factory.mktemp("walk")))


async def _walk(acts: list[tuple[str, int]], folder: Path) -> None:
    """Every text is unique, so an id that stands for two of them shows."""
    backups = backups_of(folder / "data")
    await fill(folder / "data", texts=["Text 0 is here."])
    texts, erased, made = {1: "Text 0 is here."}, set[int](), [await backups.back_up(folder / "to")]
    for act, number in acts:
        if act == "backup":
            made.append(await backups.back_up(folder / "to"))
        elif act == "restore":
            await backups.restore(made[number % len(made)].path)
        else:
            async with open_library(folder / "data") as library:
                ids = [a.id for a in await library.articles.select(ALL)] or [1]
                chosen = ids[number % len(ids)]
                if act == "add":
                    text = f"Text {len(texts)} is here."
                    article_id = await add(library, text)
                    assert article_id not in texts
                    texts[article_id] = text
                elif act == "erase":
                    erased |= set(await library.articles.erase([chosen], ALL))
                elif act == "trash":
                    await library.articles.trash([chosen], ALL)
                else:
                    await library.articles.restore(list(texts), ALL)
        current = await titles(folder / "data")
        assert not erased & current.keys()
        assert all(texts[article_id] == title for article_id, title in current.items())
