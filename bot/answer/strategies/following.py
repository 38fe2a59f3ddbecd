"""Searches for a follow-up: first in the articles that the conversation is about.

The new words are searched for by themselves, too: within the articles of the conversation they say
enough. The words of earlier questions only say which articles are meant: a sentence counts if it
has something that is new in the follow-up, and one that was shown is not shown again without.
Knows nothing of how a follow-up is worded.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from bot.answer.context import AskContext
from bot.answer.conversation.memory import Turn, cited_articles, shown_spans
from bot.answer.extractive import OPEN_TYPES, lacks_answer_type
from bot.answer.question.follow_up import content_words
from bot.answer.strategies.interleave import interleave
from bot.records import Candidate, SearchResult
from bot.search.answerability import answer_probability
from bot.search.question_analysis import analyze
from bot.text.morphology import shares_prefix, stem_variants, stems_of
from bot.text.tokenize import split_words

SOFT_ARTICLES = 3  # the last cited ones
NEAR_BONUS = 0.7  # log odds of a sentence in the conversation's articles, for a whole question
# Fitted by bench/fit_following.py.
WEIGHTS = {"by_itself": 0.57, "in_context": 0.59, "in_articles": 0.49, "again": -3.24}
INTERCEPT = 0.56
FLOOR = -6.0  # log odds of a sentence that a search does not find, and the least that count


@dataclass(frozen=True, slots=True)
class Following:
    """What a follow-up follows: its own words, the articles cited so far, the sentences shown.

    ``new_words``: those of its own that were not asked before. ``asks_new_type``: a fact of another
    type than before, as a date after a person. ``hide_shown``: nothing shown is to be shown again,
    as "more" was questions for. ``only_near``: nothing else is meant than these articles.
    ``in_context``: its words behind the question before, and behind all questions, which are
    searched for, too.
    """

    words: str
    article_ids: tuple[int, ...]
    shown: frozenset[tuple[int, int]] = frozenset()
    new_words: tuple[str, ...] = ()
    asks_new_type: bool = False
    hide_shown: bool = False
    only_near: bool = False
    in_context: tuple[str, ...] = ()

    def has_new(self, candidate: Candidate) -> bool:
        """Whether a sentence has a new word of the follow-up, or a fact of the new type."""
        if self.asks_new_type and not lacks_answer_type(candidate):
            return True
        words = split_words(" ".join((candidate.text, *(part.text for part in candidate.context))))
        stems = stems_of(words)
        return any(
            not stems.isdisjoint(stem_variants(new)) or any(shares_prefix(new, w) for w in words)
            for new in self.new_words
        )

    def is_again(self, candidate: Candidate) -> bool:
        """Whether a sentence was shown, and has nothing new."""
        return _key(candidate) in self.shown and not self.has_new(candidate)


def following(words: str, turns: Sequence[Turn], *, hide_shown: bool = False) -> Following:
    """What the next question follows."""
    before = turns[-1].standalone_question
    kind = analyze(words).answer_type
    shown = frozenset() if _is_posed_again(words, turns) and not hide_shown else shown_spans(turns)
    return Following(
        words,
        cited_articles(turns)[:SOFT_ARTICLES],
        shown,
        _new_words(words, [turn.question for turn in turns]),
        asks_new_type=kind not in OPEN_TYPES and kind is not analyze(before).answer_type,
        hide_shown=hide_shown,
        in_context=_in_context(words, turns) if words else (),
    )


def _is_posed_again(words: str, turns: Sequence[Turn]) -> bool:
    """Whether it is an earlier question, as far as its content words tell: it is answered again."""
    content = set(content_words(words))
    return bool(content) and any(content == set(content_words(turn.question)) for turn in turns)


def _in_context(words: str, turns: Sequence[Turn]) -> tuple[str, ...]:
    every = " ".join([*(turn.question for turn in turns), words])
    return tuple(dict.fromkeys([f"{turns[-1].standalone_question} {words}", every]))


def _new_words(words: str, before: Sequence[str]) -> tuple[str, ...]:
    posed = stems_of(word for text in before for word in content_words(text))
    return tuple(word for word in content_words(words) if posed.isdisjoint(stem_variants(word)))


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
    alone: list[SearchResult] = []
    whole: list[SearchResult] = []
    if ids and after.words and after.words != question:
        alone.append(await context.search(after.words, within=ids, limit=limit))
    if ids:
        whole.append(await context.search(question, within=ids, limit=limit))
    if not (ids and after.only_near):
        everywhere = await context.search(
            question, within=within, limit=limit, in_context=after.in_context
        )
        whole.append(everywhere)
    return _without_shown(_merge(alone, whole, after, frozenset(ids), limit), after)


def _merge(
    alone: Sequence[SearchResult],
    whole: Sequence[SearchResult],
    after: Following,
    near: Collection[int],
    limit: int,
) -> SearchResult:
    """The hits in turn, and each sentence by how likely both readings find it."""
    results = [*alone, *whole]
    hits = interleave(results)[:limit]
    passages = {hit.passage.id for hit in hits}
    by_itself, in_context = _by_sentence(alone), _by_sentence(whole)
    candidates = []
    for key, candidate in {**in_context, **by_itself}.items():
        if candidate.passage.id in passages:
            readings = {
                "by_itself": _log_odds(by_itself.get(key)),
                "in_context": _log_odds(in_context.get(key)),
                "in_articles": float(candidate.passage.article_id in near),
                "again": float(after.is_again(candidate)),
            }
            candidates.append(_score(candidate, readings, follows=bool(alone)))
    total = max(result.passages_in_scope for result in results)
    return SearchResult(hits, answer_probability(candidates), total, tuple(candidates))


def _score(candidate: Candidate, readings: dict[str, float], *, follows: bool) -> Candidate:
    """The candidate with log odds from its readings; in the conversation's articles never foreign.

    ``follows``: the question has a reading by itself, apart from that in its context.
    """
    is_near = readings["in_articles"] > 0
    if follows:
        log_odds = INTERCEPT + sum(WEIGHTS[name] * value for name, value in readings.items())
        signals = {**candidate.signals, **readings}
    else:
        log_odds = readings["in_context"] + NEAR_BONUS * is_near
        signals = dict(candidate.signals)
    is_foreign = candidate.is_foreign and not (is_near and "alike" in candidate.signals)
    return replace(candidate, log_odds=log_odds, signals=signals, is_foreign=is_foreign)


def _log_odds(candidate: Candidate | None) -> float:
    return max(candidate.log_odds, FLOOR) if candidate else FLOOR


def _by_sentence(results: Sequence[SearchResult]) -> dict[tuple[int, int], Candidate]:
    """Each sentence with the best of its log odds."""
    best: dict[tuple[int, int], Candidate] = {}
    for candidate in (c for result in results for c in result.candidates):
        earlier = best.get(_key(candidate))
        if earlier is None or candidate.log_odds > earlier.log_odds:
            best[_key(candidate)] = candidate
    return best


def _without_shown(findings: SearchResult, after: Following) -> SearchResult:
    """The findings without the shown sentences, except those that have what is newly asked."""
    candidates = tuple(
        candidate
        for candidate in findings.candidates
        if _key(candidate) not in after.shown
        or (not after.hide_shown and (_is_row(candidate) or after.has_new(candidate)))
    )
    return replace(
        findings, candidates=candidates, answer_probability=answer_probability(candidates)
    )


def _is_row(candidate: Candidate) -> bool:
    """A row of a table holds several facts."""
    return candidate.sentence.kind == "table_row"


def _key(candidate: Candidate) -> tuple[int, int]:
    return candidate.passage.version_id, candidate.sentence.start
