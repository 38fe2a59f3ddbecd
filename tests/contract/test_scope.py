"""Every method that reads sees what its scope sees, and nothing else.

The methods are found in the Protocol itself: one that is added without a line in ``SEEN``
fails here.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Awaitable, Callable, Sized
from dataclasses import replace

import numpy as np
import pytest

from bot.errors import ArticleNotFound
from bot.records import Filter, Scope, SourceMessage
from bot.store.ledger_protocol import Ledger
from bot.store.protocols import Answers, Cards, Library, Messages, Vectors
from bot.store.values import MinhashSignature, StoredAnswer
from tests.contract.samples import (
    ALL,
    MARS,
    SERVER,
    citation_of,
    ids_with_term,
    ids_with_vector,
    new_article,
)

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


async def _catalogue(library: Library, scope: Scope) -> Sized:
    return range((await library.passage_table(scope)).count)


async def _codes(library: Library, scope: Scope) -> Sized:
    """As they are to be used: only those that the scope's catalogue shows."""
    return await ids_with_vector(library, scope)


async def _totals(library: Library, scope: Scope) -> Sized:
    totals = await library.totals(scope)
    return range(totals.articles + totals.passages)


async def _found(article: Awaitable[object]) -> Sized:
    try:
        return [await article]
    except ArticleNotFound:
        return []


async def _same(library: Library, scope: Scope) -> Sized:
    found = await library.find_same_text(MARS, scope)
    return [] if found is None else [found]


async def _duplicate(library: Library, scope: Scope) -> Sized:
    added = await library.add(new_article(channel=9), scope)
    return [added.article] if added.status == "duplicate" else []


async def _known_page(library: Library, scope: Scope) -> Sized:
    found = await library.find_by_address(["https://example.org/mars"], scope)
    return [] if found is None else [found]


async def _looked_at(library: Library, scope: Scope) -> Sized:
    page = await library.find_by_address(["https://example.org/mars"], ALL)
    assert page is not None
    return await _found(library.mark_checked(page, scope))


async def _channels(library: Library, scope: Scope) -> Sized:
    """Where something was handed in; or, for the whole server's, that it is seen at all."""
    return await library.channels(scope) or await library.articles(scope)


async def _sketches(library: Library, scope: Scope) -> Sized:
    return (await library.signatures(1, scope)).articles


async def _restored(library: Library, scope: Scope) -> Sized:
    await library.trash([1], ALL, by=7)
    back = await library.restore([1], scope)
    await library.restore([1], ALL)
    return back


async def _of_the_shelf(library: Library, scope: Scope) -> Sized:
    await library.trash([1], ALL, by=7)
    found = await _found(library.trashed_article(1, scope))
    await library.restore([1], ALL)
    return found


async def _purged(library: Library, scope: Scope) -> Sized:
    await library.trash([1], ALL, by=7)
    purged = await library.purge(time.time() + 1, scope)
    await library.restore([1], ALL)
    return range(purged)


async def _answer(library: Library, scope: Scope) -> Sized:
    return [given for given in [await library.answers.answer(1, scope)] if given is not None]


async def _last_answer(library: Library, scope: Scope) -> Sized:
    return [
        given for given in [await library.answers.last_answer_of(7, scope)] if given is not None
    ]


async def _lacking(library: Library, scope: Scope) -> Sized:
    return range(await library.vectors.count_missing("other/1", 8, scope))


async def _removed_with(library: Library, scope: Scope) -> Sized:
    await library.messages.trash_articles_of([77], ALL, removal_id=1, extra_s=0)
    found = await library.messages.trashed_by_removal(1, scope)
    await library.restore([1], ALL)
    return found


async def _whole_answer(library: Library, scope: Scope) -> Sized:
    """What a scope does not show has gone from under the answer."""
    answer = await library.cards.answer(1, scope)
    return [1] if answer is not None and not answer.hidden_ids else []


SEEN: dict[str, Look] = {
    "add": _duplicate,
    "find_same": _same,
    "remove": lambda library, scope: library.erase([1], scope),
    "articles": lambda library, scope: library.articles(scope),
    "titled": lambda library, scope: library.search_titles("mar", scope),
    "article": lambda library, scope: _found(library.article(1, scope)),
    "version": lambda library, scope: _found(library.version(1, scope)),
    "totals": _totals,
    "channels": _channels,
    "catalogue": _catalogue,
    "places": lambda library, scope: library.postings(["cold", "thin"], scope),
    "codes": _codes,
    "passages": lambda library, scope: library.passages([1, 2], scope),
    "passages_of": lambda library, scope: library.passages_of(1, scope),
    "cited_passage": lambda library, scope: _found(library.cited_passage(1, 1, scope)),
    "find_address": _known_page,
    "looked_at": _looked_at,
    "page_of": lambda library, scope: _found(library.page_of(1, scope)),
    "fetched": lambda library, scope: library.with_url(scope),
    "sketches": _sketches,
    "matching": lambda library, scope: library.ids_matching(Filter(tag="space"), scope),
    "tags": lambda library, scope: library.tags(scope),
    "submitters": lambda library, scope: library.submitters(scope),
    "shelve": lambda library, scope: library.trash([1], scope, by=7),
    "restore": _restored,
    "removed_article": _of_the_shelf,
    "purge": _purged,
    "rename": lambda library, scope: _found(library.rename(1, "Mars", scope)),
    "tag": lambda library, scope: _found(library.tag(1, ["space"], scope)),
    "answers.given": _answer,
    "answers.last_of": _last_answer,
    "answers.turns": lambda library, scope: library.answers.last_turns(5, scope, limit=9),
    "vectors.lacking": _lacking,
    "vectors.unembedded": lambda library, scope: library.vectors.missing(
        "other/1", 8, scope, limit=9
    ),
    "messages.deleted": lambda library, scope: library.messages.trash_articles_of(
        [77], scope, removal_id=1, extra_s=0
    ),
    "messages.removed_with": _removed_with,
    "cards.answer": _whole_answer,
    "answers.waiting": lambda library, scope: library.answers.unanswered(scope, limit=9),
}
# What writes about what its caller has seen already, or tells numbers of the whole library.
UNSCOPED = {
    *("set_card", "shelved", "answers.keep", "answers.of_event", "answers.told", "answers.rate"),
    *("answers.ratings", "answers.forget", "answers.forget_channel"),
    *("ledger.reserve", "ledger.reserve_more", "ledger.settle", "ledger.days", "ledger.users"),
    "forget_person",
    *("ledger.conclude", "ledger.outcomes"),
    *("cards.note_answer", "cards.note_article", "cards.answers_on", "cards.unknown"),
    *("cards.up_to_date", "cards.stale", "cards.articles_on", "cards.due", "cards.done"),
    *("vectors.add", "vectors.drop_others"),
}


async def _with_mars(library: Library, channel: int | None) -> None:
    sketch = MinhashSignature(1, np.arange(4, dtype=np.uint32))
    address = "https://example.org/mars"
    made = replace(new_article(channel=channel), address=address, signature=sketch)
    await library.add(replace(made, message=SourceMessage(77, 8)), ALL)
    await library.tag(1, ["space"], ALL)
    (passage,) = await library.passages([1], ALL)
    given = StoredAnswer(asker_id=7, channel_id=5, question="Is it?", body="{}", awaits_answer=True)
    await library.answers.save(given, [citation_of(passage)])


def test_every_method_of_a_library_takes_a_scope_and_is_proved_here() -> None:
    methods = dict(inspect.getmembers(Library, inspect.isfunction))
    parts = {
        "answers": Answers,
        "cards": Cards,
        "ledger": Ledger,
        "messages": Messages,
        "vectors": Vectors,
    }
    for part, protocol in parts.items():
        for name, method in inspect.getmembers(protocol, inspect.isfunction):
            methods[name if name.startswith("_") else f"{part}.{name}"] = method
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
    await library.add(new_article("Mars is near.", channel=2), ALL)
    for i in range(30):
        await library.add(new_article(f"Mars mars mars {i}.", channel=CHANNEL), ALL)
    scope = BLIND["another channel"]
    assert len(await library.articles(scope, limit=1)) == 1
    assert len(await library.search_titles("mars", scope, limit=1)) == 1
    assert await ids_with_term(library, "mar", scope=scope) == [1]
