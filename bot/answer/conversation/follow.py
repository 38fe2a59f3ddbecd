"""Searches for a follow-up: first in the articles that the conversation is about.

What was shown already gives way to what was not. Knows nothing of how a follow-up is worded.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from bot.answer.context import AskContext
from bot.answer.conversation.memory import Turn, cited_articles, shown_spans
from bot.records import Candidate, SearchResult
from bot.search.answerability import answer_probability

SOFT_ARTICLES = 4  # the last cited ones
SHOWN_PENALTY = 1.0  # in log odds
# The conversation's articles answer if they are this likely to, or nearly as likely as all are.
SOFT_PROBABILITY, SOFT_MARGIN = 0.3, 0.15


@dataclass(frozen=True, slots=True)
class Following:
    """What a follow-up follows: the articles cited so far, and the sentences shown.

    ``hide_shown``: none of these is to be shown again, as "more" was asked for.
    """

    article_ids: tuple[int, ...]
    shown: frozenset[tuple[int, int]]
    hide_shown: bool = False


def following(turns: Sequence[Turn], *, hide_shown: bool = False) -> Following:
    """What the next question follows."""
    return Following(cited_articles(turns)[:SOFT_ARTICLES], shown_spans(turns), hide_shown)


async def search_following(
    question: str,
    context: AskContext,
    after: Following,
    *,
    within: Collection[int] | None,
    limit: int,
) -> SearchResult:
    """The passages for a follow-up: of the conversation's articles, if these may answer it."""
    everywhere = await context.search(question, within=within, limit=limit)
    ids = [i for i in after.article_ids if within is None or i in within]
    if not ids:
        return _give_way(everywhere, after)
    near = await context.search(question, within=ids, limit=limit)
    enough = min(SOFT_PROBABILITY, everywhere.answer_probability - SOFT_MARGIN)
    chosen = near if near.answer_probability >= max(enough, 0.0) else everywhere
    return _give_way(chosen, after)


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
