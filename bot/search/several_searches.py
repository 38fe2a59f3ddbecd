"""Searches again where one search isn't enough, and merges what each finds.

A question about several things is searched for by its sides (``sides``), one whose best passage
only names what answers, in the articles with these names (``second_hop``), and one with an acronym
that the library spells out, with its words, too. The first hits of the first search stay where they
are; behind them, each search has its turn. So one article doesn't fill the list where two are asked
for, and a question about one article loses little. Knows nothing of how one search is made: it is a
parameter.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from itertools import chain, zip_longest

import numpy as np

from bot.records import Scope, StoredPassage
from bot.search.acronyms import spell_out
from bot.search.rank_fusion import fuse_ranks
from bot.search.ranking import PassageCache, Ranking
from bot.search.second_hop import all_names, covers, linked_articles, linking_names
from bot.search.sides import Side, find_lacking_names, find_sides, says
from bot.store.protocols import Library

TITLES_READ = 40  # passages whose titles may tell the sides apart
FIRST_OF_WHOLE = 2  # hits of the first search that keep their places
FIRST_WITH_SIDES = 1
HITS_OF_SIDE = 6
HITS_OF_HOP = 4
FIRST_IN_CONTEXT = 1  # of a follow-up in its context
HITS_ALONE = 3

SearchOnce = Callable[[str, Collection[int] | None], Awaitable[Ranking]]
"""One search for a question, within some articles or everywhere."""


async def search_again(
    question: str,
    first: Ranking,
    search: SearchOnce,
    cache: PassageCache,
    library: Library,
    scope: Scope,
    *,
    within: Collection[int] | None = None,
) -> Ranking:
    """The ranking with the hits of further searches, if the question needs any."""
    passages = await cache.load(first.ids[:TITLES_READ])
    if not passages:
        return first
    best = passages[0]
    sides, hop, spelled_out = await asyncio.gather(
        _search_sides(question, passages, search, cache, within),
        _search_hop(question, best, search, library, scope, within),
        _search_spelled_out(question, passages, search, within),
    )
    if spelled_out is not None:
        first = fuse([first, spelled_out])
    others = [ranking.head(HITS_OF_SIDE) for ranking in sides]
    if hop is not None:
        others.append(hop.head(HITS_OF_HOP))
    return take_turns(first, others, FIRST_WITH_SIDES if sides else FIRST_OF_WHOLE)


async def _search_sides(
    question: str,
    passages: Sequence[StoredPassage],
    search: SearchOnce,
    cache: PassageCache,
    within: Collection[int] | None,
) -> list[Ranking]:
    """What is found for each side; for a name, if the best passage says it."""
    sides = find_sides(question, passages) or find_lacking_names(question, passages[0])

    async def search_side(side: Side) -> Ranking | None:
        ranking = await search(side.question, side.article_ids or within)
        best = await cache.load(ranking.ids[:1])
        return ranking if best and says(best[0], side.terms) else None

    return [r for r in await asyncio.gather(*map(search_side, sides)) if r is not None]


async def _search_spelled_out(
    question: str,
    passages: Sequence[StoredPassage],
    search: SearchOnce,
    within: Collection[int] | None,
) -> Ranking | None:
    text = spell_out(question, passages)
    return await search(text, within) if text else None


async def _search_hop(
    question: str,
    best: StoredPassage,
    search: SearchOnce,
    library: Library,
    scope: Scope,
    within: Collection[int] | None,
) -> Ranking | None:
    """What is found in the articles that the best passage names; None if it says it all itself."""
    if covers(best, question):
        return None
    names = linking_names(best)
    titled = await library.index.titled(all_names(names), scope)
    if within is not None:  # a name of many articles may be of one of these
        allowed = frozenset(within)
        titled = {terms: tuple(i for i in ids if i in allowed) for terms, ids in titled.items()}
    linked = linked_articles(names, titled, best.article_id)
    return await search(question, linked) if linked else None


def put_in_context(alone: Ranking, in_context: Sequence[Ranking]) -> Ranking:
    """What is found for a follow-up, by rank, with what it finds by itself from second place on.

    ``alone``: what it finds as it is understood; a question about another subject is found there.
    """
    if not in_context:
        return alone
    return take_turns(fuse(in_context), [alone.head(HITS_ALONE)], FIRST_IN_CONTEXT)


def take_turns(first: Ranking, others: Sequence[Ranking], fixed: int) -> Ranking:
    """The first ``fixed`` of the first ranking, then one of each ranking in turn."""
    if not others:
        return first
    places = _places(first)
    turns = zip_longest(*map(_places, others), places[fixed:])
    return _gather([*places[:fixed], *filter(None, chain.from_iterable(turns))])


def fuse(rankings: Sequence[Ranking]) -> Ranking:
    """The candidates of all rankings by their ranks, each as where it stands highest."""
    highest: dict[int, _Place] = {}
    for place in sorted(chain.from_iterable(map(_places, rankings)), key=lambda place: place[1]):
        highest.setdefault(place[0].ids[place[1]], place)
    return _gather([highest[i] for i in fuse_ranks([ranking.ids for ranking in rankings])])


_Place = tuple[Ranking, int]


def _places(ranking: Ranking) -> list[_Place]:
    return [(ranking, i) for i in range(len(ranking.ids))]


def _gather(places: Sequence[_Place]) -> Ranking:
    """The ranking of what stands at these places, each passage once; no score rises."""
    distinct = {ranking.ids[i]: (ranking, i) for ranking, i in reversed(places)}
    chosen = [distinct[i] for i in dict.fromkeys(ranking.ids[i] for ranking, i in places)]
    return Ranking(
        ids=[ranking.ids[i] for ranking, i in chosen],
        scores=np.minimum.accumulate(np.array([r.scores[i] for r, i in chosen], np.float32)),
        bm25=np.array([ranking.bm25[i] for ranking, i in chosen], np.float32),
        cosine=np.array([ranking.cosine[i] for ranking, i in chosen], np.float32),
        signals=np.array([ranking.signals[i] for ranking, i in chosen], np.float32),
    )
