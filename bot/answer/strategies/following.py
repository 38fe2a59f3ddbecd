"""Searches for a follow-up: by its own words, and with those of the questions before.

A line that depends on earlier ones is read in three ways at once: by itself everywhere, by itself
in the articles of the conversation, and with the words of earlier questions. A fitted line weighs
what these say of a sentence with where the sentence stands: a conversation goes on in the article
cited last, mostly soon after the sentence shown last. A whole question keeps its own reading; where
the sentence stands only tips the balance.
Knows nothing of how a follow-up is worded.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import exp

from bot.answer.context import AskContext
from bot.answer.conversation.memory import (
    ShownSpan,
    Turn,
    cited_articles,
    last_answered,
    shown_spans,
)
from bot.answer.extractive import OPEN_TYPES, lacks_answer_type
from bot.answer.question.follow_up import FollowUpKind, classify_follow_up, content_words
from bot.answer.strategies.interleave import interleave
from bot.records import Candidate, SearchResult
from bot.search.answer_type import answer_type_score
from bot.search.answerability import answer_probability
from bot.search.question_analysis import AnswerType, analyze
from bot.text.morphology import shares_prefix, stem_variants, stems_of
from bot.text.tokenize import split_words

SOFT_ARTICLES = 3  # the last cited ones
# Log odds of a sentence for a whole question: in the conversation's articles, and right after the
# sentence shown last. By hand: of 50 such turns 26 have their evidence first, 21 without.
NEAR_BONUS, AFTER_BONUS = 0.7, 1.0
NEAR_CHARACTERS = 250.0  # some three sentences
# Of a sentence for a line that depends on earlier ones. Fitted to the 104 such turns of both sets
# of conversations that may be looked at, each after the right answers: 58 have their evidence
# first, or rightly nothing, by fits without their conversation. bench/fit_following.py fits again.
WEIGHTS = {
    "by_itself": 0.21,
    "by_itself_near": 0.37,
    "in_context": 0.36,
    "in_articles": 0.53,
    "in_last_article": 0.79,
    "again": -0.76,
    "after_shown": 1.99,
}
INTERCEPT = -0.08
FLOOR = -6.0  # log odds of a sentence that a search does not find, and the least that count


@dataclass(frozen=True, slots=True)
class Following:
    """What a follow-up follows: its own words, the articles cited so far, the sentences shown.

    ``new_words``: those of its own that were not asked before. ``asks_new_type``: a fact of another
    type than before, as a date after a person. ``asks_why``: the reason of what was shown, which
    may stand in the same sentence. ``hide_shown``: nothing shown is to be shown again,
    as "more" was questions for. ``only_near``: nothing else is meant than these articles.
    ``is_whole``: it stands alone. ``in_context``: its words behind the question before, and behind
    all questions. ``last_shown``: the sentence shown last.
    """

    words: str
    article_ids: tuple[int, ...]
    shown: frozenset[tuple[int, int]] = frozenset()
    new_words: tuple[str, ...] = ()
    asks_new_type: bool = False
    asks_why: bool = False
    hide_shown: bool = False
    only_near: bool = False
    is_whole: bool = False
    in_context: tuple[str, ...] = ()
    last_shown: ShownSpan | None = None

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

    def may_go_on(self, candidate: Candidate) -> bool:
        """Whether it may be the next that is asked for: "and does it carry dogs?" needs a dog."""
        if self.hide_shown:
            return False
        return not self.new_words or candidate.is_foreign or self.has_new(candidate)

    def is_again(self, candidate: Candidate) -> bool:
        """Whether a sentence was shown, and has nothing new, as far as words of it can tell."""
        is_shown = _key(candidate) in self.shown
        if self.asks_why and reason_score(candidate):
            return False
        return is_shown and not candidate.is_foreign and not self.has_new(candidate)


def reason_score(candidate: Candidate) -> float:
    """How well a sentence gives a reason, 0 … 1."""
    return answer_type_score(analyze("why?"), candidate.text) or 0.0


def following(words: str, turns: Sequence[Turn], *, hide_shown: bool = False) -> Following:
    """What the next question follows."""
    before = turns[-1].standalone_question
    kind, asked_type = analyze(words).answer_type, analyze(before).answer_type
    shown = frozenset() if _is_posed_again(words, turns) and not hide_shown else shown_spans(turns)
    return Following(
        words,
        cited_articles(turns)[:SOFT_ARTICLES],
        shown,
        _new_words(words, [turn.question for turn in turns]),
        asks_new_type=kind not in OPEN_TYPES and kind is not asked_type,
        asks_why=kind is AnswerType.REASON and asked_type is not kind,
        hide_shown=hide_shown,
        is_whole=classify_follow_up(words).kind is FollowUpKind.STANDALONE,
        in_context=_in_context(words, turns) if words else (),
        last_shown=_last_shown(turns),
    )


def _last_shown(turns: Sequence[Turn]) -> ShownSpan | None:
    """What the last sentence that was shown quotes."""
    turn = last_answered(turns)
    return (turn.items or turn.spans)[-1] if turn else None


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
    if after.only_near and ids:
        within = ids
    search = partial(context.search, limit=limit)
    if after.is_whole or not after.words:
        results = [await search(question, within=ids)] if ids else []
        if not (ids and after.only_near):
            results.append(await search(question, within=within, in_context=after.in_context))
        return _without_shown(_join(results, _near_first(results, after, ids), limit), after)
    in_context = await search(question, within=within, in_context=after.in_context)
    is_same = after.words == question and not after.in_context
    by_itself = in_context if is_same else await search(after.words, within=within)
    near = await search(after.words, within=ids) if ids and within is not ids else by_itself
    results = [*([] if near is by_itself else [near]), in_context, by_itself]
    readings = {"by_itself": by_itself, "by_itself_near": near, "in_context": in_context}
    return _without_shown(_join(results, _weigh(readings, after, ids), limit), after)


def _join(
    results: Sequence[SearchResult], candidates: Sequence[Candidate], limit: int
) -> SearchResult:
    """The hits in turn, and those of the candidates that are in them."""
    hits = interleave(results)[:limit]
    passages = {hit.passage.id for hit in hits}
    remaining = tuple(c for c in candidates if c.passage.id in passages)
    total = max(result.passages_in_scope for result in results)
    return SearchResult(hits, answer_probability(remaining), total, remaining)


def _near_first(
    results: Sequence[SearchResult], after: Following, ids: Sequence[int]
) -> list[Candidate]:
    """The sentences that a question finds; those where the conversation is are likelier."""
    weighed = []
    for candidate in _by_sentence(results).values():
        standing = _standing(candidate, after, ids)
        bonus = NEAR_BONUS * standing["in_articles"] + AFTER_BONUS * standing["after_shown"]
        signals = {**candidate.signals, "again": standing["again"]}
        log_odds = candidate.log_odds + bonus
        weighed.append(replace(candidate, log_odds=log_odds, signals=signals))
    return weighed


def _weigh(
    readings: Mapping[str, SearchResult], after: Following, ids: Sequence[int]
) -> list[Candidate]:
    """Each sentence by what all readings say of it, and by where it stands."""
    sentences_of = {name: _by_sentence([result]) for name, result in readings.items()}
    weighed = []
    sentences = dict[tuple[int, int], Candidate]()
    for name in ("in_context", "by_itself", "by_itself_near"):  # its own words say most of it
        sentences |= sentences_of[name]
    for key, candidate in sentences.items():
        by_reading = {name: _log_odds(reading.get(key)) for name, reading in sentences_of.items()}
        signals = {**by_reading, **_standing(candidate, after, ids)}
        log_odds = INTERCEPT + sum(WEIGHTS[name] * value for name, value in signals.items())
        weighed.append(_reweigh(candidate, log_odds, {**candidate.signals, **signals}, ids))
    return weighed


def _standing(candidate: Candidate, after: Following, ids: Sequence[int]) -> dict[str, float]:
    """Where a sentence stands: in which article, and how near to the sentence shown last."""
    article_id, last = candidate.passage.article_id, after.last_shown
    start, ahead = candidate.sentence.start, 0.0
    is_after = last is not None and candidate.passage.version_id == last.version_id
    if last is not None and is_after and start > last.start and after.may_go_on(candidate):
        ahead = exp(-max(0, start - last.end) / NEAR_CHARACTERS)
        ahead *= reason_score(candidate) if after.asks_why else 1.0
    return {
        "in_articles": float(article_id in ids),
        "in_last_article": float(article_id in ids[:1]),
        "again": float(after.is_again(candidate)),
        "after_shown": ahead,
    }


def _reweigh(
    candidate: Candidate, log_odds: float, signals: Mapping[str, float], ids: Collection[int]
) -> Candidate:
    """The candidate with other log odds; in the conversation's articles never foreign."""
    is_near = candidate.passage.article_id in ids and "alike" in candidate.signals
    is_foreign = candidate.is_foreign and not is_near
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
    candidates = tuple(c for c in findings.candidates if not _is_over(c, after))
    return replace(
        findings, candidates=candidates, answer_probability=answer_probability(candidates)
    )


def _is_over(candidate: Candidate, after: Following) -> bool:
    """Whether a sentence was shown and is not to be shown again; a row holds several facts."""
    if after.hide_shown:
        return _key(candidate) in after.shown
    return candidate.signals.get("again", 0.0) > 0 and candidate.sentence.kind != "table_row"


def _key(candidate: Candidate) -> tuple[int, int]:
    return candidate.passage.version_id, candidate.sentence.start
