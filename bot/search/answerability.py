"""Score how likely each sentence of the hits answers the question, and whether any does.

A sentence's log odds are log(P(it answers) / P(nothing answers)), by a linear model of its signals.
Summed over the sentences they give the probability that the hits answer the question at all
(``answer_probability``). In English the best sentences are rescored by meaning
(``sentence_rerank``). No signal depends on the library's word statistics, so a library of one
article is judged like any other. What a sentence must be read with (``sentence_context``) lends it
its words; headings and questions themselves are no candidates. Hits in another language than the
question are judged by cosine. Of retrieval this module knows only the hits' cosines and order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from math import exp, log
from statistics import median

import regex

from bot.records import Candidate, Hit
from bot.search.answerability_model import STAGE_1, load_model
from bot.search.question_analysis import AnalyzedQuestion, analyze
from bot.search.rerank import TokenSimilarities
from bot.search.sentence_context import Contexts, may_answer
from bot.search.sentence_signals import HitAnalysis, KeywordMatcher, sentence_signals
from bot.text.folding import fold
from bot.text.language import ENGLISH, UNDETERMINED, detect_language, differs
from bot.text.tokenize import split_words

# A logistic function of a foreign hit's cosine, set by hand. For questions in five languages over
# English articles a cosine of .3 is usual, and .2 if nothing answers. It errs towards answering:
# even then the closest sentences are of some use.
FOREIGN_SLOPE = 25.0
FOREIGN_MIDPOINT = 0.2
SCORED_HITS = 12
DECIDING_SENTENCES = 4  # more of them make decisions worse, though not the choice
NO_CONTEXTS: Contexts = {}
CAPITALIZED_NAME = regex.compile(r"(?<=\p{L},? )\p{Lu}\p{Ll}{2,}(?!\S*\p{N})")


def answer_probability(candidates: Sequence[Candidate]) -> float:
    """The probability, 0 … 1, that one of the best sentences answers."""
    best = sorted(candidates, key=lambda candidate: -candidate.log_odds)[:DECIDING_SENTENCES]
    return 1 / (1 + exp(-combined_log_odds(best))) if best else 0.0


def combined_log_odds(candidates: Sequence[Candidate]) -> float:
    """The log of the sum of the candidates' odds (log-sum-exp). At least one candidate."""
    highest = max(candidate.log_odds for candidate in candidates)
    return highest + log(sum(exp(candidate.log_odds - highest) for candidate in candidates))


def score_sentences_stage_1(
    question: AnalyzedQuestion, hits: Sequence[Hit], contexts: Contexts = NO_CONTEXTS
) -> tuple[Candidate, ...]:
    """The sentences of the first ``SCORED_HITS`` hits that may answer, in order.

    They are scored by the stage 1 model.
    """
    matcher = KeywordMatcher(question)
    analyses = [HitAnalysis(matcher, hit, contexts) for hit in hits[:SCORED_HITS]]
    nearness = _nearness(question, analyses)
    idf_weights = _idf_weights(question, analyses)
    median_cosine = median(analysis.hit.cosine for analysis in analyses) if analyses else 0.0
    foreign_hits = sum(differs(question.language, analysis.language) for analysis in analyses)
    unnamed = float(_missing_entity(question, analyses))
    candidates: list[Candidate] = []
    foreign_ahead = 0
    for place, (analysis, near) in enumerate(zip(analyses, nearness, strict=True), 1):
        is_foreign = differs(question.language, analysis.language)
        foreign_ahead += is_foreign
        # a foreign hit stands behind the native ones before it, but none of these behind it
        rank = place if is_foreign else place - foreign_ahead
        ahead = analysis.hit.cosine - median_cosine
        hit_signals = {"ahead": ahead, "rank": 1 / rank, "unnamed": unnamed}
        scored = _score_hit(analysis, idf_weights, hit_signals, near)
        if is_foreign:
            scored = _score_foreign(list(scored), analysis.hit.cosine, foreign_hits)
        candidates += scored
    return tuple(_compare_languages(candidates))


def _compare_languages(candidates: Sequence[Candidate]) -> Iterator[Candidate]:
    """The candidates; foreign ones know how well the best native one covers the question."""
    native = max((c.signals["rare_titled"] for c in candidates if not c.is_foreign), default=0.0)
    for candidate in candidates:
        signals = {**candidate.signals, "native": native if candidate.is_foreign else 0.0}
        yield replace(candidate, signals=signals)


def is_english(question: str, hits: Sequence[Hit], candidates: Sequence[Candidate]) -> bool:
    """Whether question and text are in English.

    A question in Latin letters of undetermined language counts if a sentence has a keyword of it.
    """
    language = analyze(question).language
    shares_word = any(candidate.signals.get("own") for candidate in candidates)
    hit_languages = (detect_language(hit.passage.text) for hit in hits[:SCORED_HITS])
    may_be_english = (language == ENGLISH or shares_word) and not differs(language, ENGLISH)
    return may_be_english and ENGLISH in hit_languages


def _missing_entity(question: AnalyzedQuestion, analyses: Sequence[HitAnalysis]) -> bool:
    """Whether an English question has a name that no hit mentions.

    False if a hit is in another script, which may spell the name differently.
    """
    names = {word for name in CAPITALIZED_NAME.findall(question.text) for word in split_words(name)}
    if not names or not question.is_english:
        return False
    if any(differs(UNDETERMINED, analysis.language) for analysis in analyses):
        return False
    texts = [fold(analysis.hit.passage.text.lower()) for analysis in analyses]
    matched = frozenset[int]().union(*(analysis.all_matches for analysis in analyses))
    return any(
        keyword.word in names
        and i not in matched
        and not any(keyword.word in text for text in texts)  # "Eiffelturm"
        for i, keyword in enumerate(question.keywords)
    )


def _nearness(question: AnalyzedQuestion, analyses: Sequence[HitAnalysis]) -> list[list[float]]:
    """By hit and sentence, how similar its words are to those of the question, 0 … 1."""
    if not analyses:
        return []
    similar = TokenSimilarities.of(question.text, [each.hit.passage for each in analyses])
    by_sentence = (similar.weights @ similar.sentences).tolist()
    ends = similar.sentence_counts.cumsum().tolist()
    return [by_sentence[start:end] for start, end in pairwise([0, *ends])]


def _score_foreign(
    candidates: Sequence[Candidate], cosine: float, foreign_hits: int
) -> Iterator[Candidate]:
    """The sentences of one hit, each equally likely; together as likely as its cosine says."""
    log_share = log(foreign_hits * max(1, len(candidates)))
    log_odds = FOREIGN_SLOPE * (cosine - FOREIGN_MIDPOINT) - log_share
    for candidate in candidates:
        yield replace(candidate, log_odds=log_odds, is_foreign=True)


def _idf_weights(question: AnalyzedQuestion, analyses: Sequence[HitAnalysis]) -> list[float]:
    """Each keyword's weight times its idf among the hits."""
    counts = [sum(i in a.all_matches for a in analyses) for i in range(len(question.keywords))]
    return [
        keyword.weight * log(1 + (len(analyses) - count + 0.5) / (count + 0.5))
        for keyword, count in zip(question.keywords, counts, strict=True)
    ]


def _score_hit(
    analysis: HitAnalysis,
    idf_weights: Sequence[float],
    hit_signals: Mapping[str, float],
    nearness: Sequence[float],
) -> Iterator[Candidate]:
    """The hit's sentences that may answer, with their signals and stage 1 log odds."""
    shared = {**hit_signals, **analysis.shared_signals()}
    passage = analysis.hit.passage
    for i, sentence in enumerate(passage.sentences):
        if may_answer(sentence, analysis.sentence_texts[i]):
            signals = {**shared, **sentence_signals(analysis, i, idf_weights), "near": nearness[i]}
            log_odds = load_model(STAGE_1).log_odds(signals)
            yield Candidate(passage, sentence, log_odds, signals, context=analysis.contexts[i])
