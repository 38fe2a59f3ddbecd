"""Background maintenance: new vectors while search goes on, erasing, forgetting."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.embedding import Embedder, Floats
from bot.errors import ModelUnavailable, StoreError
from bot.maintenance import (
    BATCH_PASSAGES,
    INTERVAL_S,
    RETRY_INTERVAL_S,
    EmbeddingProgress,
    Maintenance,
)
from bot.records import Scope
from bot.search.memory_index import MemoryIndex
from bot.store.parts.erasures import record_erasure
from bot.store.protocols import Library, Store
from bot.store.sqlite.backup_folder import TIME_FORMAT
from bot.store.sqlite.backups import SqliteBackups
from bot.store.sqlite.journals import read_history
from bot.store.sqlite.library import SqliteLibrary
from bot.store.sqlite.store import SqliteStore
from bot.store.values import QuestionCard, StoredAnswer
from tests.contract.samples import (
    ALL,
    MODEL,
    SERVER,
    citation_of,
    ids_with_vector,
    new_article,
    trashed_ids,
)
from tests.directed import Directed, numbered
from tests.store.open_files import open_database
from tests.store.outdated import outdate

DAY_S = 24 * 3600.0


# --- the worker -------------------------------------------------------------------------------


class Sleeper:
    """Rests between batches pass at once; between rounds a duty waits for ``next_round``."""

    def __init__(self, duties: int = 2) -> None:
        self._duties = duties
        self.rounds: list[float] = []
        self.slept = asyncio.Event()
        self.next_round = asyncio.Semaphore(0)

    async def __call__(self, seconds: float) -> None:
        if seconds < RETRY_INTERVAL_S:
            await asyncio.sleep(0)
            return
        self.rounds.append(seconds)
        if len(self.rounds) % self._duties == 0:  # all duties are done
            self.slept.set()
        await self.next_round.acquire()


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[SqliteStore]:
    store = await SqliteStore.open(folder, MemoryIndex)
    try:
        yield store
    finally:
        await store.close()


def make_maintenance(
    store: Store, embedder: Embedder, sleep: Sleeper | None = None, *, days_later: float = 0
) -> Maintenance:
    return Maintenance(
        store,
        embedder,
        answers_kept_days=90,
        clock=lambda: time.time() + days_later * DAY_S,
        sleep=sleep or Sleeper(),
    )


async def _fill(store: Store, *servers: str, passages: int = 3) -> None:
    for server in servers:
        async with store.library(server) as library:
            made = new_article(numbered(passages), title="N")
            await library.articles.add(replace(made, embedder=MODEL), Scope(server))


async def _embedded(store: Store, server: str, model: str = "new/1") -> int:
    async with store.library(server) as library:
        return len(await ids_with_vector(library, Scope(server), model=model))


async def test_every_library_gets_its_vectors_and_reports_progress(tmp_path: Path) -> None:
    seen: list[EmbeddingProgress | None] = []

    class Watching(Directed):
        async def embed(
            self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
        ) -> Floats:
            seen.append(maintenance.progress("a"))
            return await super().embed(texts, on_progress)

    async with opened(tmp_path) as store:
        await _fill(store, "b")
        await _fill(store, "a", passages=70)
        sleep = Sleeper()
        maintenance = make_maintenance(store, Watching(), sleep)
        async with maintenance.running():
            await sleep.slept.wait()
        assert seen == [None, None, EmbeddingProgress(32, 70), EmbeddingProgress(64, 70), None]
        assert sleep.rounds == [INTERVAL_S, INTERVAL_S]
        assert [await _embedded(store, server) for server in "ab"] == [70, 3]


async def test_outdated_tokens_are_made_again_even_if_the_embedder_fails(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await _fill(store, "a", "b")
    for server in "ab":
        outdate(tmp_path / "libraries" / f"{server}.db")
    embedder, sleep = Directed(), Sleeper()
    embedder.failure = ModelUnavailable("down")
    async with opened(tmp_path) as store:
        async with make_maintenance(store, embedder, sleep).running():
            await sleep.slept.wait()
        for server in "ab":
            async with store.library(server) as library:
                assert await library.tokens.count_outdated() == 0
                assert not await library.tokens.renew()


async def test_libraries_take_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.maintenance.PASSAGES_PER_TURN", BATCH_PASSAGES)
    order: list[str] = []

    class Watched(SqliteStore):
        @asynccontextmanager
        async def library(
            self, server_id: str, *, background: bool = False
        ) -> AsyncIterator[SqliteLibrary]:
            order.append(server_id * background)
            async with super().library(server_id, background=background) as library:
                yield library

    store = await Watched.open(tmp_path, MemoryIndex)
    try:
        await _fill(store, "a", "b", passages=70)
        del order[:]
        await make_maintenance(store, Directed()).embed()
        assert sorted(order[:2]) == sorted(order[2:4]) == sorted(order[4:]) == ["a", "b"]
    finally:
        await store.close()


async def test_while_the_embeddings_server_is_down_the_rest_is_done_and_later_that_too(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    embedder, sleep = Directed(), Sleeper()
    embedder.failure = ModelUnavailable("The embeddings' server is away.")
    async with opened(tmp_path) as store:
        await _fill(store, "a")
        async with store.library("a") as library:
            await library.articles.trash([1], Scope("a"))
        await _fill(store, "b")
        maintenance = make_maintenance(store, embedder, sleep, days_later=2)
        async with maintenance.running():
            await sleep.slept.wait()
            assert sorted(sleep.rounds) == [RETRY_INTERVAL_S, INTERVAL_S]
            async with store.library("a") as library:
                assert await trashed_ids(library) == []
            embedder.failure = None
            sleep.slept.clear()
            for _ in range(2):
                sleep.next_round.release()
            await sleep.slept.wait()
        assert await _embedded(store, "b") == 3
    assert "maintenance: The embeddings' server is away." in caplog.messages


async def test_a_library_that_cannot_be_opened_does_not_stop_the_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(tmp_path) as store:
        await _fill(store, "a", "b")
    (tmp_path / "libraries" / "b.db").write_bytes(b"damaged" * 1000)
    async with opened(tmp_path) as store:
        maintenance = make_maintenance(store, Directed())
        await maintenance.clean_up()
        await maintenance.embed()
        assert await _embedded(store, "a") == 3
    warned = [r.message for r in caplog.records if r.levelno == logging.WARNING]
    assert len(warned) == 2
    assert all("server=b" in message and "backup" in message for message in warned)


async def test_no_library_is_opened_before_it_has_given_way(tmp_path: Path) -> None:
    steps: list[str] = []

    class NotedStore(SqliteStore):
        @asynccontextmanager
        async def library(
            self, server_id: str, *, background: bool = False
        ) -> AsyncIterator[SqliteLibrary]:
            steps.append("opened")
            async with super().library(server_id, background=background) as library:
                yield library

    async def give_way() -> None:
        steps.append("gave way")

    store = await NotedStore.open(tmp_path, MemoryIndex)
    await _fill(store, "1", "2")
    steps.clear()
    sleeper = Sleeper()
    maintenance = make_maintenance(store, Directed("new/1"), sleeper)
    async with maintenance.running(give_way=give_way):
        await sleeper.slept.wait()
    await store.close()
    openings = [i for i, step in enumerate(steps) if step == "opened"]
    assert len(openings) >= 6  # for tokens, vectors and old answers, in two libraries
    for number, i in enumerate(openings, 1):
        assert steps[:i].count("gave way") >= number


async def test_leaving_stops_it_at_once_and_nothing_is_half_done(tmp_path: Path) -> None:
    class Hanging(Directed):
        begun = asyncio.Event()

        async def embed(
            self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
        ) -> Floats:
            if len(texts) > 1:
                self.begun.set()
                await asyncio.Event().wait()
            return await super().embed(texts, on_progress)

    async with opened(tmp_path) as store:
        await _fill(store, "a")
        maintenance = make_maintenance(store, Hanging())
        async with maintenance.running():
            await Hanging.begun.wait()
        assert await _embedded(store, "a") == 0
        assert await _embedded(store, "a", MODEL) == 3


# --- what is to be deleted --------------------------------------------------------------------


async def test_what_was_removed_over_a_day_ago_is_erased(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await _fill(store, "a")
        async with store.library("a") as library:
            await library.articles.trash([1], Scope("a"))
            await make_maintenance(store, Directed(), days_later=0.9).clean_up()
            assert await trashed_ids(library) == [1]
            await make_maintenance(store, Directed(), days_later=1.1).clean_up()
            assert await trashed_ids(library) == []


async def test_old_answers_are_forgotten_and_their_footnotes_still_open(tmp_path: Path) -> None:
    async with opened(tmp_path) as store, store.library(SERVER) as library:
        await library.articles.add(new_article(), ALL)
        (passage,) = await library.articles.passages([1], ALL)
        given = StoredAnswer(asker_id=1, channel_id=1, question="Is it?", body="{}")
        answer_id = await library.answers.save(given, [citation_of(passage)])
        await make_maintenance(store, Directed(), days_later=89).clean_up()
        assert await _question(library, answer_id) == "Is it?"
        await make_maintenance(store, Directed(), days_later=91).clean_up()
        assert await _question(library, answer_id) == ""
        assert (
            await library.answers.cited_passage(answer_id, 1, ALL)
        ).citation.quote == "Mars is cold."


async def test_an_interrupted_question_that_nobody_asks_again_is_forgotten(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.record_question(QuestionCard(1, SERVER, 7, 8, question="Is it?"))
        await make_maintenance(store, Directed(), days_later=89).clean_up()
        assert len(await store.questions()) == 1
        await make_maintenance(store, Directed(), days_later=91).clean_up()
        assert await store.questions() == []


async def _question(library: Library, answer_id: int) -> str:
    given = await library.answers.answer(answer_id, ALL)
    assert given is not None
    return given.question


async def test_maintenance_continues_when_the_store_fails(tmp_path: Path) -> None:
    class Failing(SqliteStore):
        async def servers(self) -> list[str]:
            raise StoreError("The disk is full.")

    sleep, store = Sleeper(), await Failing.open(tmp_path, MemoryIndex)
    try:
        async with make_maintenance(store, Directed(), sleep).running():
            await sleep.slept.wait()
        assert sleep.rounds == [RETRY_INTERVAL_S, RETRY_INTERVAL_S]
    finally:
        await store.close()


# --- backups ----------------------------------------------------------------------------------


async def test_the_running_bot_makes_a_backup_and_reports_what_is_missing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    backups = SqliteBackups(tmp_path / "data", tmp_path / "to", 7)
    async with opened(tmp_path / "data") as store:
        await _fill(store, "1", "2")
        (tmp_path / "data/libraries/3.db").write_bytes(b"no database" * 500)
        await make_maintenance(store, Directed()).back_up(backups)
        await make_maintenance(store, Directed()).back_up(backups)  # once a day
    (path,) = (tmp_path / "to").glob("2*")
    assert f"backup {path.name} libraries=2" in caplog.text
    assert f"backup {path.name}: 3 is missing" in caplog.text


async def test_a_full_backup_disk_stops_nothing_and_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "to").touch()
    sleep, backups = Sleeper(duties=3), SqliteBackups(tmp_path / "data", tmp_path / "to", 7)
    async with opened(tmp_path / "data") as store:
        await _fill(store, "1")
        maintenance = Maintenance(
            store, Directed(), answers_kept_days=90, backups=backups, sleep=sleep
        )
        async with maintenance.running():
            await sleep.slept.wait()
    assert sorted(sleep.rounds) == [RETRY_INTERVAL_S, INTERVAL_S, INTERVAL_S]
    assert "No backup was made" in caplog.text


async def test_erasures_are_known_as_long_as_the_oldest_backup(tmp_path: Path) -> None:
    backups = SqliteBackups(tmp_path / "data", tmp_path / "to", 7)
    async with opened(tmp_path / "data") as store:
        await _fill(store, "1")
        oldest = (await backups.back_up(tmp_path / "to")).path
        maintenance = Maintenance(store, Directed(), answers_kept_days=90, backups=backups)
        for age_days, ids in ((30, [5, 6]), (10, [5, 6]), (8, [6])):
            await _erasures_at(tmp_path / "data/libraries/1.db", {5: 9.0, 6: 1.0})
            then = time.strftime(TIME_FORMAT, time.gmtime(time.time() - age_days * DAY_S))
            oldest = oldest.rename(oldest.with_name(f"{then}Z"))
            await maintenance.clean_up()
            history = read_history(tmp_path / "data/libraries/1.db")
            assert [erasure.id for erasure in history.erasures] == ids


async def _erasures_at(path: Path, ages_days: dict[int, float]) -> None:
    async with open_database(path) as database, database.transaction() as writer:
        await writer.execute("DELETE FROM erasure")
        for id_, days in ages_days.items():
            await record_erasure(writer, "erased", id_, time.time() - days * DAY_S)
