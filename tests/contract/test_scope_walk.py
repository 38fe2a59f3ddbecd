"""Random operations on two servers: every read equals that of a plain list."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.records import Scope
from bot.store.protocols import Library, Store
from bot.store.values import text_hash
from tests.contract.conftest import OpenStore
from tests.contract.samples import ids_with_term, ids_with_vector, new_article

SERVERS = ("1001", "2002")
CHANNELS = (1, 2, None)
TEXTS = [f"Canary number c{i}.\n\nIt sings c{i}." for i in range(4)]

server = st.sampled_from(SERVERS)
channels = st.one_of(st.none(), st.frozensets(st.sampled_from([1, 2])))
scope = st.builds(Scope, server, channels)
add = st.tuples(st.just("add"), server, st.sampled_from(CHANNELS), st.sampled_from(TEXTS), scope)
remove = st.tuples(st.just("remove"), server, st.integers(1, 8), scope)


@dataclass
class Model:
    """What a server's library should hold: id → (channel, text)."""

    articles: dict[int, tuple[int | None, str]] = field(default_factory=dict)

    def seen(self, server_id: str, scope: Scope) -> dict[int, str]:
        """What the scope sees of it."""
        if scope.server_id != server_id:
            return {}
        return {
            i: text
            for i, (channel, text) in self.articles.items()
            if scope.channels is None or channel is None or channel in scope.channels
        }


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(add, remove), max_size=12), scope)
def test_two_servers_and_their_channels_never_leak(
    open_store: OpenStore, steps: list[tuple[object, ...]], look: Scope
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_walk(open_store, Path(folder), steps, look))


async def _walk(
    open_store: OpenStore, folder: Path, steps: list[tuple[object, ...]], look: Scope
) -> None:
    models = {server_id: Model() for server_id in SERVERS}
    async with open_store(folder) as store:
        for step in steps:
            await _take(store, models, step)
        for server_id, model in models.items():
            async with store.library(server_id) as library:
                await _compare(library, model.seen(server_id, look), look)


async def _take(store: Store, models: dict[str, Model], step: tuple[object, ...]) -> None:
    match step:
        case ("add", str(server_id), channel, str(text), Scope() as scope):
            assert channel is None or isinstance(channel, int)
            model = models[server_id]
            duplicates = [i for i, stored in model.seen(server_id, scope).items() if stored == text]
            async with store.library(server_id) as library:
                added = await library.articles.add(
                    new_article(text, title=text[:17], channel=channel), scope
                )
            assert (added.status == "duplicate") == bool(duplicates)
            if not duplicates:
                model.articles[added.article.id] = (channel, text)
        case ("remove", str(server_id), int(article_id), Scope() as scope):
            visible = article_id in models[server_id].seen(server_id, scope)
            async with store.library(server_id) as library:
                removed = await library.articles.erase([article_id], scope)
            assert removed == [article_id] * visible
            if visible:
                del models[server_id].articles[article_id]


async def _compare(library: Library, seen: dict[int, str], scope: Scope) -> None:
    assert {a.id for a in await library.articles.select(scope)} == seen.keys()
    assert {a.id for a in await library.articles.search_titles("canary", scope)} == seen.keys()
    totals = await library.articles.totals(scope)
    assert (totals.articles, totals.passages) == (len(seen), 2 * len(seen))
    words = await ids_with_term(library, "canar", "sing", scope=scope)
    assert await ids_with_vector(library, scope) == words
    passages = await library.articles.passages(words, scope)
    assert {p.article_id for p in passages} == seen.keys()
    for text in TEXTS:
        same = await library.articles.find_same_text(text_hash(text), scope)
        assert (same is not None) == (text in seen.values())
