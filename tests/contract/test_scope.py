"""Every method that reads sees what its scope sees, and nothing else.

The methods are found in the Protocol itself: one that is added without a line in ``READS``
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
from bot.store.answer_protocol import Answers, Cards, Messages
from bot.store.ledger_protocol import Ledger
from bot.store.protocols import Library, Vectors
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
SHOWING_SCOPES = {
    "everything": ALL,
    "its channel": Scope(SERVER, frozenset({CHANNEL})),
    "its channel among others": Scope(SERVER, frozenset({CHANNEL, 2})),
}
HIDING_SCOPES = {
    "another channel": Scope(SERVER, frozenset({2})),
    "no channel": Scope(SERVER, frozenset()),
    "another server": Scope("2002"),
    "the same channel of another server": Scope("2002", frozenset({CHANNEL})),
}
# For article 1 with passages 1 and 2, cited by answer 1: what a method lets a scope see of it.
Read = Callable[[Library, Scope], Awaitable[Sized]]


async def _passage_table(library: Library, scope: Scope) -> Sized:
    return range((await library.passage_table(scope)).count)


async def _quantized_vectors(library: Library, scope: Scope) -> Sized:
    """Only those in the scope's passage table, as search uses them."""
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


async def _checked(library: Library, scope: Scope) -> Sized:
    page = await library.find_by_address(["https://example.org/mars"], ALL)
    assert page is not None
    return await _found(library.mark_checked(page, scope))


async def _channels(library: Library, scope: Scope) -> Sized:
    """Where something was handed in; or, for the whole server's, that it is seen at all."""
    return await library.channels(scope) or await library.articles(scope)


async def _signatures(library: Library, scope: Scope) -> Sized:
    return (await library.signatures(1, scope)).articles


async def _restored(library: Library, scope: Scope) -> Sized:
    await library.trash([1], ALL)
    back = await library.restore([1], scope)
    await library.restore([1], ALL)
    return back


async def _trashed(library: Library, scope: Scope) -> Sized:
    await library.trash([1], ALL)
    found = await _found(library.trashed_article(1, scope))
    await library.restore([1], ALL)
    return found


async def _purged(library: Library, scope: Scope) -> Sized:
    await library.trash([1], ALL)
    purged = await library.purge(time.time() + 1, scope)
    await library.restore([1], ALL)
    return range(purged)


async def _answer(library: Library, scope: Scope) -> Sized:
    return [answer for answer in [await library.answers.answer(1, scope)] if answer is not None]


async def _last_answer(library: Library, scope: Scope) -> Sized:
    return [
        answer for answer in [await library.answers.last_answer_of(7, scope)] if answer is not None
    ]


async def _missing_vectors(library: Library, scope: Scope) -> Sized:
    return range(await library.vectors.count_missing("other/1", 8, scope))


async def _trashed_by_removal(library: Library, scope: Scope) -> Sized:
    await library.messages.trash_articles_of([77], ALL, removal_id=1, extra_s=0)
    found = await library.messages.trashed_by_removal(1, scope)
    await library.restore([1], ALL)
    return found


async def _whole_answer(library: Library, scope: Scope) -> Sized:
    """Whether the scope shows everything behind the answer."""
    answer = await library.cards.answer(1, scope)
    return [1] if answer is not None and not answer.hidden_ids else []


READS: dict[str, Read] = {
    "add": _duplicate,
    "find_same_text": _same,
    "erase": lambda library, scope: library.erase([1], scope),
    "articles": lambda library, scope: library.articles(scope),
    "search_titles": lambda library, scope: library.search_titles("mar", scope),
    "article": lambda library, scope: _found(library.article(1, scope)),
    "version": lambda library, scope: _found(library.version(1, scope)),
    "totals": _totals,
    "channels": _channels,
    "passage_table": _passage_table,
    "postings": lambda library, scope: library.postings(["cold", "thin"], scope),
    "quantized_vectors": _quantized_vectors,
    "passages": lambda library, scope: library.passages([1, 2], scope),
    "passages_of": lambda library, scope: library.passages_of(1, scope),
    "cited_passage": lambda library, scope: _found(library.cited_passage(1, 1, scope)),
    "find_by_address": _known_page,
    "mark_checked": _checked,
    "page_of": lambda library, scope: _found(library.page_of(1, scope)),
    "with_url": lambda library, scope: library.with_url(scope),
    "signatures": _signatures,
    "ids_matching": lambda library, scope: library.ids_matching(Filter(tag="space"), scope),
    "tags": lambda library, scope: library.tags(scope),
    "submitters": lambda library, scope: library.submitters(scope),
    "trash": lambda library, scope: library.trash([1], scope),
    "restore": _restored,
    "trashed_article": _trashed,
    "purge": _purged,
    "rename": lambda library, scope: _found(library.rename(1, "Mars", scope)),
    "tag": lambda library, scope: _found(library.tag(1, ["space"], scope)),
    "answers.answer": _answer,
    "answers.last_answer_of": _last_answer,
    "answers.last_turns": lambda library, scope: library.answers.last_turns(5, scope, limit=9),
    "vectors.count_missing": _missing_vectors,
    "vectors.missing": lambda library, scope: library.vectors.missing("other/1", 8, scope, limit=9),
    "messages.trash_articles_of": lambda library, scope: library.messages.trash_articles_of(
        [77], scope, removal_id=1, extra_s=0
    ),
    "messages.trashed_by_removal": _trashed_by_removal,
    "cards.answer": _whole_answer,
    "answers.ratings": lambda library, scope: library.answers.ratings(scope),
    "answers.unanswered": lambda library, scope: library.answers.unanswered(scope, limit=9),
}
# Methods that write about what the caller has already read, or count over the whole library.
UNSCOPED = {
    *(
        "set_message_link",
        "answers.save",
        "answers.id_of_event",
        "answers.mark_notified",
        "answers.rate",
    ),
    *("answers.forget", "answers.forget_channel"),
    *(
        "ledger.reserve",
        "ledger.reserve_more",
        "ledger.settle",
        "ledger.spent_by_day",
        "ledger.spent_by_user",
    ),
    "forget_person",
    *("ledger.record_outcome", "ledger.outcomes_by_day"),
    *(
        "cards.record_answer_messages",
        "cards.record_article_message",
        "cards.answers_showing",
        "cards.count_unrecorded",
    ),
    *(
        "cards.mark_up_to_date",
        "cards.stale_answers",
        "cards.messages_naming",
        "cards.due_edits",
        "cards.mark_edited",
    ),
    *("vectors.add", "vectors.drop_others"),
}


async def _with_mars(library: Library, channel: int | None) -> None:
    minhash = MinhashSignature(1, np.arange(4, dtype=np.uint32))
    address = "https://example.org/mars"
    article = replace(new_article(channel=channel), address=address, signature=minhash)
    await library.add(replace(article, message=SourceMessage(77, 8)), ALL)
    await library.tag(1, ["space"], ALL)
    (passage,) = await library.passages([1], ALL)
    answer = StoredAnswer(
        asker_id=7, channel_id=5, question="Is it?", body="{}", awaits_answer=True
    )
    await library.answers.save(answer, [citation_of(passage)])
    await library.answers.rate(1, 7, "helpful")


def test_every_library_method_takes_a_scope_and_is_tested_here() -> None:
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
    assert scoped == READS.keys()
    assert public.keys() - scoped == UNSCOPED


@pytest.mark.parametrize("method", READS)
async def test_an_article_is_not_seen_from_elsewhere(method: str, library: Library) -> None:
    await _with_mars(library, CHANNEL)
    for place, scope in HIDING_SCOPES.items():
        assert not len(await READS[method](library, scope)), place
    assert (await library.article(1, ALL)).title == "Mars"


@pytest.mark.parametrize("scope", SHOWING_SCOPES.values(), ids=SHOWING_SCOPES)
@pytest.mark.parametrize("method", READS)
async def test_an_article_is_seen_from_its_place(
    method: str, scope: Scope, library: Library
) -> None:
    await _with_mars(library, CHANNEL)
    assert len(await READS[method](library, scope))


@pytest.mark.parametrize("method", READS)
async def test_an_article_without_a_channel_is_the_whole_servers(
    method: str, library: Library
) -> None:
    await _with_mars(library, None)
    assert not len(await READS[method](library, Scope("2002")))
    assert len(await READS[method](library, Scope(SERVER, frozenset())))


async def test_hidden_and_absent_articles_give_the_same_error(library: Library) -> None:
    await _with_mars(library, CHANNEL)
    hidden, absent = HIDING_SCOPES["no channel"], ALL
    with pytest.raises(ArticleNotFound) as not_visible:
        await library.article(1, hidden)
    with pytest.raises(ArticleNotFound) as not_there:
        await library.article(2, absent)
    assert str(not_visible.value) == str(not_there.value).replace("article 2", "article 1")


async def test_the_scope_comes_before_the_limit(library: Library) -> None:
    await library.add(new_article("Mars is near.", channel=2), ALL)
    for i in range(30):
        await library.add(new_article(f"Mars mars mars {i}.", channel=CHANNEL), ALL)
    scope = HIDING_SCOPES["another channel"]
    assert len(await library.articles(scope, limit=1)) == 1
    assert len(await library.search_titles("mars", scope, limit=1)) == 1
    assert await ids_with_term(library, "mar", scope=scope) == [1]
