"""A store holds one library per server, isolated from the others."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.answer_records import ModelProfile
from bot.errors import StoreError
from bot.records import Scope
from bot.store.protocols import Library, Store
from bot.store.values import QuestionCard, Totals
from tests.contract.conftest import OpenStore
from tests.contract.samples import ALL, SERVER, new_article

OTHER = "2002"


async def test_two_servers_never_see_each_other(store: Store) -> None:
    async with store.library(SERVER) as here, store.library(OTHER) as there:
        await here.articles.add(new_article(), ALL)
        assert await there.articles.totals(Scope(OTHER)) == Totals(0, 0)
        assert await there.articles.totals(ALL) == Totals(0, 0)
        assert (await there.articles.add(new_article(), Scope(OTHER))).status == "added"
        assert await there.articles.erase([1], Scope(OTHER)) == [1]
        assert await here.articles.totals(ALL) == Totals(1, 2)


async def test_what_was_added_is_there_after_a_restart(
    open_store: OpenStore, tmp_path: Path
) -> None:
    async with open_store(tmp_path) as store, store.library(SERVER) as library:
        added = await library.articles.add(new_article(), ALL)
        await store.set_meta("commands", "abc")
    async with open_store(tmp_path) as store, store.library(SERVER) as library:
        assert await library.articles.select(ALL) == [added.article]
        assert await store.get_meta("commands") == "abc"


async def test_meta_values_are_kept_by_key(store: Store) -> None:
    assert await store.get_meta("commands") is None
    await store.set_meta("commands", "one")
    await store.set_meta("commands", "two")
    assert await store.get_meta("commands") == "two"


async def test_pending_questions_are_there_after_a_restart(
    open_store: OpenStore, tmp_path: Path
) -> None:
    async with open_store(tmp_path) as store:
        await store.record_question(QuestionCard(5, SERVER, 7, 8))
        moved = QuestionCard(5, SERVER, 7, 9, question="Who?")
        await store.record_question(moved)
        await store.record_question(QuestionCard(6, SERVER, 7, 10))
        await store.drop_question(6)
        await store.drop_question(6)
    async with open_store(tmp_path) as store:
        assert await store.questions() == [moved]


@pytest.mark.parametrize("server_id", ["", "a/b", "../x", "a.b", "x" * 65, "é", "1\n"])
async def test_a_server_id_that_is_none_is_refused(server_id: str, store: Store) -> None:
    with pytest.raises(StoreError, match="valid server id"):
        async with store.library(server_id):
            pass


async def test_closing_twice_does_nothing_and_afterwards_everything_is_refused_in_words(
    open_store: OpenStore, tmp_path: Path
) -> None:
    async with open_store(tmp_path) as store:
        async with store.library(SERVER) as library:
            await store.close()
            await store.close()
            for call in (
                library.articles.totals(ALL),
                library.articles.erase([1], ALL),
                store.get_meta("x"),
            ):
                with pytest.raises(StoreError, match="stopping"):
                    await call
        with pytest.raises(StoreError, match="stopping"):
            async with store.library(SERVER):
                pass


async def test_many_who_open_a_server_at_once_get_the_same_library(store: Store) -> None:
    async def leased() -> Library:
        async with store.library(SERVER) as library:
            await asyncio.sleep(0)
            return library

    libraries = await asyncio.gather(*(leased() for _ in range(20)))
    assert len({id(library) for library in libraries}) == 1


async def test_many_articles_added_at_once_are_all_there(store: Store) -> None:
    async def add(i: int) -> None:
        server = (SERVER, OTHER)[i % 2]
        async with store.library(server) as library:
            await library.articles.add(new_article(f"Text {i}."), Scope(server))

    await asyncio.gather(*(add(i) for i in range(40)))
    for server in (SERVER, OTHER):
        async with store.library(server) as library:
            assert await library.articles.totals(Scope(server)) == Totals(20, 20)


async def test_the_same_text_added_concurrently_is_stored_once(library: Library) -> None:
    added = await asyncio.gather(*(library.articles.add(new_article(), ALL) for _ in range(10)))
    assert sorted(one.status for one in added) == ["added"] + ["duplicate"] * 9
    assert await library.articles.totals(ALL) == Totals(1, 2)


async def test_what_is_known_of_a_model_is_kept_by_server_and_name(
    open_store: OpenStore, tmp_path: Path
) -> None:
    here, there = "http://localhost:11434", ""
    slow = ModelProfile(4_096, 35.0, 13.0, 9, "2026-03-01", reasons_first=True)
    async with open_store(tmp_path) as store:
        await store.keep_model_profile(here, "small", replace(slow, cites=3))
        await store.keep_model_profile(here, "small", slow)
        await store.keep_model_profile(here, "large", ModelProfile())
        await store.keep_model_profile(there, "small", ModelProfile(cites=10))
    async with open_store(tmp_path) as store:
        assert await store.model_profiles(here) == {"small": slow, "large": ModelProfile()}
        assert await store.model_profiles(there) == {"small": ModelProfile(cites=10)}
        assert await store.model_profiles("http://elsewhere") == {}


async def test_turns_to_identify_are_apart_for_each_key(store: Store) -> None:
    turns = [await store.take_identify_turn(0, now, 5.0) for now in (100.0, 101.0, 102.0)]
    assert turns == [100, 105, 110]
    assert await store.take_identify_turn(1, 102.0, 5.0) == 102
    assert await store.take_identify_turn(0, 116.0, 5.0) == 116


async def test_a_turn_by_a_clock_that_was_far_ahead_does_not_count(store: Store) -> None:
    await store.take_identify_turn(0, 90_000.0, 5.0)
    assert await store.take_identify_turn(0, 100.0, 5.0) == 100
