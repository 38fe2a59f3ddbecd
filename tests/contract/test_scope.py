"""Every method that reads sees what its scope sees, and nothing else.

The methods are found in the Protocol itself: one that is added without a line in ``SEEN``
fails here.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sized

import pytest

from bot.errors import ArticleNotFound
from bot.records import Scope
from bot.store.base import Library
from bot.store.catalogue import ABSENT
from tests.contract.samples import ALL, DIMENSION, MARS, MODEL, SERVER, cite, draft

CHANNEL = 1
SIGHTED = {
    "everything": ALL,
    "its channel": Scope(SERVER, frozenset({CHANNEL})),
    "its channel among others": Scope(SERVER, frozenset({CHANNEL, 2})),
}
BLIND = {
    "another channel": Scope(SERVER, frozenset({2})),
    "no channel": Scope(SERVER, frozenset()),
    "another server": Scope("2002"),
    "the same channel of another server": Scope("2002", frozenset({CHANNEL})),
}
# For article 1 with passages 1 and 2, cited by answer 1: what a method lets a scope see of it.
Look = Callable[[Library, Scope], Awaitable[Sized]]


async def _vectors(library: Library, scope: Scope) -> Sized:
    vectors = await library.vectors(MODEL, DIMENSION, scope)
    return vectors.passage_ids if vectors.allowed is None else vectors.allowed.nonzero()[0]


async def _catalogue(library: Library, scope: Scope) -> Sized:
    return range((await library.catalogue(scope)).count)


async def _codes(library: Library, scope: Scope) -> Sized:
    """As they are to be used: only those that the scope's catalogue shows."""
    catalogue = await library.catalogue(scope)
    chunks = (await library.codes(MODEL, DIMENSION, scope)).chunks
    return [row for chunk in chunks for row in catalogue.rows_of(chunk.ids) if row != ABSENT]


async def _totals(library: Library, scope: Scope) -> Sized:
    totals = await library.totals(scope)
    return range(totals.articles + totals.passages)


async def _found(article: Awaitable[object]) -> Sized:
    try:
        return [await article]
    except ArticleNotFound:
        return []


async def _same(library: Library, scope: Scope) -> Sized:
    found = await library.find_same(MARS, scope)
    return [] if found is None else [found]


async def _duplicate(library: Library, scope: Scope) -> Sized:
    added = await library.add(draft(channel=9), scope)
    return [added.article] if added.duplicate else []


SEEN: dict[str, Look] = {
    "add": _duplicate,
    "find_same": _same,
    "remove": lambda library, scope: library.remove([1], scope),
    "articles": lambda library, scope: library.articles(scope),
    "titled": lambda library, scope: library.titled("mar", scope),
    "article": lambda library, scope: _found(library.article(1, scope)),
    "version": lambda library, scope: _found(library.version(1, scope)),
    "totals": _totals,
    "match_words": lambda library, scope: library.match_words(
        ["mars", "mission"], scope, limit=10, title_weight=0.5
    ),
    "vectors": _vectors,
    "catalogue": _catalogue,
    "places": lambda library, scope: library.places(["cold", "thin"], scope),
    "codes": _codes,
    "passages": lambda library, scope: library.passages([1, 2], scope),
    "passages_of": lambda library, scope: library.passages_of(1, scope),
    "cited_passage": lambda library, scope: _found(library.cited_passage(1, 1, scope)),
}
UNSCOPED = {"keep_answer"}  # writes what its caller has seen already


async def _with_mars(library: Library, channel: int | None) -> None:
    await library.add(draft(channel=channel), ALL)
    (passage,) = await library.passages([1], ALL)
    await library.keep_answer([cite(passage)], asker_id=7, channel_id=channel)


def test_every_method_of_a_library_takes_a_scope_and_is_proved_here() -> None:
    methods = dict(inspect.getmembers(Library, inspect.isfunction))
    public = {name: method for name, method in methods.items() if not name.startswith("_")}
    scoped = {name for name, f in public.items() if "scope" in inspect.signature(f).parameters}
    assert scoped == SEEN.keys()
    assert public.keys() - scoped == UNSCOPED


@pytest.mark.parametrize("method", SEEN)
async def test_an_article_is_not_seen_from_elsewhere(method: str, library: Library) -> None:
    await _with_mars(library, CHANNEL)
    for place, scope in BLIND.items():
        assert not len(await SEEN[method](library, scope)), place
    assert (await library.article(1, ALL)).title == "Mars"


@pytest.mark.parametrize("scope", SIGHTED.values(), ids=SIGHTED)
@pytest.mark.parametrize("method", SEEN)
async def test_an_article_is_seen_from_its_place(
    method: str, scope: Scope, library: Library
) -> None:
    await _with_mars(library, CHANNEL)
    assert len(await SEEN[method](library, scope))


@pytest.mark.parametrize("method", SEEN)
async def test_an_article_without_a_channel_is_the_whole_servers(
    method: str, library: Library
) -> None:
    await _with_mars(library, None)
    assert not len(await SEEN[method](library, Scope("2002")))
    assert len(await SEEN[method](library, Scope(SERVER, frozenset())))


async def test_what_is_not_visible_and_what_is_not_there_are_told_alike(library: Library) -> None:
    await _with_mars(library, CHANNEL)
    hidden, absent = BLIND["no channel"], ALL
    with pytest.raises(ArticleNotFound) as not_visible:
        await library.article(1, hidden)
    with pytest.raises(ArticleNotFound) as not_there:
        await library.article(2, absent)
    assert str(not_visible.value) == str(not_there.value).replace("article 2", "article 1")


async def test_the_scope_comes_before_the_limit(library: Library) -> None:
    await library.add(draft("Mars is near.", channel=2), ALL)
    for i in range(30):
        await library.add(draft(f"Mars mars mars {i}.", channel=CHANNEL), ALL)
    scope = BLIND["another channel"]
    assert len(await library.articles(scope, limit=1)) == 1
    assert len(await library.titled("mars", scope, limit=1)) == 1
    assert len(await library.match_words(["mars"], scope, limit=1, title_weight=0.5)) == 1
