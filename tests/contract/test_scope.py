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
from bot.store.article_protocol import Articles, Tokens, Vectors
from bot.store.ledger_protocol import Ledger
from bot.store.passage_index import PassageIndex, QueryTerms, QuestionVector
from bot.store.protocols import Library
from bot.store.review_protocol import Review
from bot.store.values import MinhashSignature, StoredAnswer, text_hash
from tests.contract.samples import (
    ALL,
    MARS,
    MODEL,
    SERVER,
    citation_of,
    ids_with_term,
    new_article,
    unit_vectors,
)

CHANNEL = 1
NOTHING = '{"mode": "quotes", "answered": false}'
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


async def _outdated(library: Library, scope: Scope) -> Sized:
    found = await library.articles.find_outdated("digest", 1, scope)
    return [] if found is None else [found]


async def _candidates(library: Library, scope: Scope) -> Sized:
    """By words and by vectors."""
    vector = QuestionVector(MODEL, unit_vectors(1)[0])
    terms = QueryTerms(("cold",), ())
    return (await library.index.candidates(terms, vector, scope, 9)).ids


async def _totals(library: Library, scope: Scope) -> Sized:
    totals = await library.articles.totals(scope)
    return range(totals.articles + totals.passages)


async def _found(article: Awaitable[object]) -> Sized:
    try:
        return [await article]
    except ArticleNotFound:
        return []


async def _same(library: Library, scope: Scope) -> Sized:
    found = await library.articles.find_same_text(text_hash(MARS), scope)
    return [] if found is None else [found]


async def _duplicate(library: Library, scope: Scope) -> Sized:
    added = await library.articles.add(new_article(channel=9), scope)
    return [added.article] if added.status == "duplicate" else []


async def _known_page(library: Library, scope: Scope) -> Sized:
    found = await library.articles.find_by_address(["https://example.org/mars"], scope)
    return [] if found is None else [found]


async def _checked(library: Library, scope: Scope) -> Sized:
    page = await library.articles.find_by_address(["https://example.org/mars"], ALL)
    assert page is not None
    return await _found(library.articles.mark_checked(page, scope))


async def _channels(library: Library, scope: Scope) -> Sized:
    """Where something was handed in; or, for the whole server's, that it is seen at all."""
    return await library.articles.channels(scope) or await library.articles.select(scope)


async def _signatures(library: Library, scope: Scope) -> Sized:
    signature = MinhashSignature(1, np.arange(4, dtype=np.uint32))
    return (await library.articles.similar_signatures(signature, scope)).articles


async def _on_card(library: Library, scope: Scope) -> Sized:
    await library.articles.set_message_link(1, "https://discord.com/channels/1/9/55")
    return await library.articles.on_card(55, scope)


async def _restored(library: Library, scope: Scope) -> Sized:
    await library.articles.trash([1], ALL)
    back = await library.articles.restore([1], scope)
    await library.articles.restore([1], ALL)
    return back


async def _trashed(library: Library, scope: Scope) -> Sized:
    await library.articles.trash([1], ALL)
    found = await _found(library.articles.trashed_article(1, scope))
    await library.articles.restore([1], ALL)
    return found


async def _purged(library: Library, scope: Scope) -> Sized:
    await library.articles.trash([1], ALL)
    purged = await library.articles.purge(time.time() + 1, scope)
    await library.articles.restore([1], ALL)
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
    await library.articles.restore([1], ALL)
    return found


async def _whole_answer(library: Library, scope: Scope) -> Sized:
    """Whether the scope shows everything behind the answer."""
    answer = await library.cards.answer(1, scope)
    return [1] if answer is not None and not answer.hidden_ids else []


async def _bad_answers(library: Library, scope: Scope) -> Sized:
    await library.answers.rate(1, 8, "missing")
    return await library.review.bad_answers(scope, None, limit=9)


async def _no_answer(library: Library, *, private: bool) -> None:
    """Save a question without an answer, whose closest passage is the article's."""
    (passage,) = await library.articles.passages([1], ALL)
    question = StoredAnswer(
        asker_id=7, channel_id=5, private=private, question="Why?", body=NOTHING
    )
    await library.answers.save(question, [citation_of(passage)])


async def _unanswered(library: Library, scope: Scope) -> Sized:
    await _no_answer(library, private=False)
    return await library.review.unanswered(scope, None, limit=9)


async def _private_counts(library: Library, scope: Scope) -> Sized:
    await _no_answer(library, private=True)
    return range((await library.review.private_counts(scope)).unanswered)


READS: dict[str, Read] = {
    "articles.add": _duplicate,
    "articles.find_same_text": _same,
    "articles.erase": lambda library, scope: library.articles.erase([1], scope),
    "articles.select": lambda library, scope: library.articles.select(scope),
    "articles.search_titles": lambda library, scope: library.articles.search_titles("mar", scope),
    "articles.get": lambda library, scope: _found(library.articles.get(1, scope)),
    "articles.version": lambda library, scope: _found(library.articles.version(1, scope)),
    "articles.totals": _totals,
    "articles.channels": _channels,
    "articles.find_outdated": _outdated,
    "index.candidates": _candidates,
    "index.counts": lambda library, scope: library.index.counts(["cold"], scope),
    "index.mentions": lambda library, scope: library.index.mentions(["cold"], scope),
    "index.titled": lambda library, scope: library.index.titled([((0, "mar"),)], scope),
    "articles.passages": lambda library, scope: library.articles.passages([1, 2], scope),
    "articles.passages_of": lambda library, scope: library.articles.passages_of(1, scope),
    "articles.openings": lambda library, scope: library.articles.openings([1, 2], scope),
    "answers.cited_passage": lambda library, scope: _found(
        library.answers.cited_passage(1, 1, scope)
    ),
    "articles.find_by_address": _known_page,
    "articles.mark_checked": _checked,
    "articles.page_of": lambda library, scope: _found(library.articles.page_of(1, scope)),
    "articles.with_url": lambda library, scope: library.articles.with_url(scope),
    "articles.on_card": _on_card,
    "articles.similar_signatures": _signatures,
    "articles.ids_matching": lambda library, scope: library.articles.ids_matching(
        Filter(tag="space"), scope
    ),
    "articles.tags": lambda library, scope: library.articles.tags(scope),
    "articles.submitters": lambda library, scope: library.articles.submitters(scope),
    "articles.trash": lambda library, scope: library.articles.trash([1], scope),
    "articles.restore": _restored,
    "articles.trashed_article": _trashed,
    "articles.purge": _purged,
    "articles.rename": lambda library, scope: _found(library.articles.rename(1, "Mars", scope)),
    "articles.tag": lambda library, scope: _found(library.articles.tag(1, ["space"], scope)),
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
    "review.bad_answers": _bad_answers,
    "review.unanswered": _unanswered,
    "review.private_counts": _private_counts,
    "review.citation_counts": lambda library, scope: library.review.citation_counts(scope),
}
# Methods about what the caller has already read, or that count over the whole library.
UNSCOPED = {
    *(
        "articles.set_message_link",
        "review.keep_case",
        "answers.save",
        "answers.id_of_event",
        "answers.mark_notified",
        "answers.record_alert",
        "answers.undelivered_alerts",
        "answers.rate",
        "answers.ratings_of",
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
        "cards.changed_answers",
        "cards.mark_change_shown",
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
    *("tokens.count_outdated", "tokens.renew"),
    *("index.invalidate", "index.mark_changed", "index.mark_embedded"),
}


async def _with_mars(library: Library, channel: int | None) -> None:
    minhash = MinhashSignature(1, np.arange(4, dtype=np.uint32))
    address = "https://example.org/mars"
    article = replace(
        new_article(channel=channel), address=address, signature=minhash, original="digest"
    )
    await library.articles.add(replace(article, message=SourceMessage(77, 8)), ALL)
    await library.articles.tag(1, ["space"], ALL)
    (passage,) = await library.articles.passages([1], ALL)
    answer = StoredAnswer(
        asker_id=7, channel_id=5, question="Is it?", body="{}", awaits_answer=True
    )
    await library.answers.save(answer, [citation_of(passage)])
    await library.answers.rate(1, 7, "helpful")


def test_every_library_method_takes_a_scope_and_is_tested_here() -> None:
    methods = dict(inspect.getmembers(Library, inspect.isfunction))
    parts = {
        "answers": Answers,
        "articles": Articles,
        "index": PassageIndex,
        "cards": Cards,
        "ledger": Ledger,
        "messages": Messages,
        "review": Review,
        "tokens": Tokens,
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
    assert (await library.articles.get(1, ALL)).title == "Mars"


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
        await library.articles.get(1, hidden)
    with pytest.raises(ArticleNotFound) as not_there:
        await library.articles.get(2, absent)
    assert str(not_visible.value) == str(not_there.value).replace("article 2", "article 1")


async def test_the_scope_comes_before_the_limit(library: Library) -> None:
    await library.articles.add(new_article("Mars is near.", channel=2), ALL)
    for i in range(30):
        await library.articles.add(new_article(f"Mars mars mars {i}.", channel=CHANNEL), ALL)
    scope = HIDING_SCOPES["another channel"]
    assert len(await library.articles.select(scope, limit=1)) == 1
    assert len(await library.articles.search_titles("mars", scope, limit=1)) == 1
    assert await ids_with_term(library, "mar", scope=scope) == [1]
