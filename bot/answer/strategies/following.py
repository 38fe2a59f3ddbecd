"""Searches for a follow-up: first in the articles that the conversation is about.

The new words are searched for by themselves, too: within the articles of the conversation they say
enough. What was shown already gives way to what was not. Knows nothing of how a follow-up is
worded.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from bot.answer.context import AskContext
from bot.answer.conversation.memory import Turn, cited_articles, shown_spans
from bot.answer.strategies.interleave import interleave
from bot.records import Candidate, SearchResult
from bot.search.answerability import answer_probability

SOFT_ARTICLES = 3  # the last cited ones
# In log odds, chosen on the looked-at half of the conversations (bench/conversations.py).
NEAR_BONUS = 1.5  # of a sentence in the conversation's articles
WHOLE_QUESTION_BONUS = 0.7  # the same, for a question that stands alone
SHOWN_PENALTY = 1.0


@dataclass(frozen=True, slots=True)
class Following:
    """What a follow-up follows: its own words, the articles cited so far, the sentences shown.

    ``hide_shown``: none of these is to be shown again, as "more" was questions for. ``only_near``:
    nothing else is meant than these articles. ``bonus``: of their sentences, in log odds.
    """

    words: str
    article_ids: tuple[int, ...]
    shown: frozenset[tuple[int, int]] = frozenset()
    hide_shown: bool = False
    only_near: bool = False
    bonus: float = NEAR_BONUS


def following(
    words: str, turns: Sequence[Turn], *, hide_shown: bool = False, surely: bool = True
) -> Following:
    """What the next question follows. ``surely``: it does not stand alone."""
    return Following(
        words,
        cited_articles(turns)[:SOFT_ARTICLES],
        shown_spans(turns),
        hide_shown,
        bonus=NEAR_BONUS if surely else WHOLE_QUESTION_BONUS,
    )


async def search_following(
    question: str,
    context: AskContext,
    after: Following,
    *,
    within: Collection[int] | None,
    limit: int,
) -> SearchResult:
    """The passages for a follow-up, those of the conversation's articles first."""
    ids = [i for i in after.article_ids if within is None or i in within]
    results: list[SearchResult] = []
    if ids:
        questions = dict.fromkeys(filter(None, (after.words, question)))
        near = [await context.search(each, within=ids, limit=limit) for each in questions]
        results += [_likelier(result, after.bonus) for result in near]
    if not (ids and after.only_near):
        results.append(await context.search(question, within=within, limit=limit))
    return _give_way(_merge(results, limit), after)


def _likelier(findings: SearchResult, bonus: float) -> SearchResult:
    """The findings in the conversation's articles: more likely, and in no language too foreign."""
    candidates = [
        replace(
            c, log_odds=c.log_odds + bonus, is_foreign=c.is_foreign and "alike" not in c.signals
        )
        for c in findings.candidates
    ]
    return replace(findings, candidates=tuple(candidates))


def _merge(results: Sequence[SearchResult], limit: int) -> SearchResult:
    """The hits in turn, and each sentence with the best of its log odds."""
    best: dict[tuple[int, int], Candidate] = {}
    for candidate in (c for result in results for c in result.candidates):
        earlier = best.get(_key(candidate))
        if earlier is None or candidate.log_odds > earlier.log_odds:
            best[_key(candidate)] = candidate
    hits = interleave(results)[:limit]
    shown = {hit.passage.id for hit in hits}
    candidates = tuple(c for c in best.values() if c.passage.id in shown)
    total = max(result.passages_in_scope for result in results)
    return SearchResult(hits, answer_probability(candidates), total, candidates)


def _give_way(findings: SearchResult, after: Following) -> SearchResult:
    """The findings with the shown sentences less likely, or left out."""
    candidates = [
        _less_likely(candidate) if _key(candidate) in after.shown else candidate
        for candidate in findings.candidates
        if not (after.hide_shown and _key(candidate) in after.shown)
    ]
    return replace(
        findings,
        candidates=tuple(candidates),
        answer_probability=answer_probability(candidates),
    )


def _key(candidate: Candidate) -> tuple[int, int]:
    return candidate.passage.version_id, candidate.sentence.start


def _less_likely(candidate: Candidate) -> Candidate:
    return replace(candidate, log_odds=candidate.log_odds - SHOWN_PENALTY)
