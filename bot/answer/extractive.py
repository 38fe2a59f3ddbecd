"""Extractive answers: sentences quoted from the articles, without a model.

Nothing is quoted if the evidence is weak. Otherwise the sentence most likely to answer is quoted,
with others until together they very likely answer, in reading order; for a question about a single
fact the most likely one comes first. ``search.answerability`` estimates how likely a sentence is to
answer. If the hits are in another language than the question, sentences are ranked by cosine.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from math import exp

import regex

from bot.embedding import Embedder, embed_question
from bot.errors import ModelError
from bot.records import Candidate, SearchResult, Sentence, StoredPassage
from bot.search.answerability import combined_log_odds
from bot.search.question_analysis import AnswerType, analyze
from bot.search.retrieve import judge_sentences
from bot.text.tokenize import split_words

log = logging.getLogger(__name__)

# From bench/fit_answerability.py: .10 of clapnq's answerable questions are refused, .70 of its
# others and .07 of covidqa's. At .27 it is .08 and .64, at .36 .12 and .76.
REFUSE_BELOW = 0.32
MAX_QUOTES = 4
# Share of the total probability to answer that the quotes reach together.
COVERAGE = 0.99
COVERAGE_FOR_A_FACT = 0.9
MAX_CHARACTERS = 800  # the best four sentences by BM25 have 652 on covidqa, 573 on clapnq
MAX_EMBEDDED = 40  # sentences of a cross-lingual question; some 100 ms
QUOTES_TIMEOUT_S = 10.0  # for a server to embed the candidates
LOG_ODDS_PER_COSINE = 20.0
REPEATED_SHARE = 0.8  # of the words of the shorter of two sentences: one of them is enough
MIN_STATEMENT_WORDS = 3  # "Methods." and "Measure | Value" state nothing
SENTENCE_END = regex.compile(r"[.!?…:;。！？；।؟][^\p{L}]*$")  # not a byline or a table cell

# These ask for more than a single fact.
OPEN_TYPES = frozenset({AnswerType.ANYTHING, AnswerType.REASON, AnswerType.STATEMENT})
QuotedSentence = tuple[StoredPassage, Sentence]


async def pick_quotes(
    question: str, findings: SearchResult, embedder: Embedder
) -> list[QuotedSentence]:
    """One to ``MAX_QUOTES`` sentences in reading order; none if the evidence is too weak."""
    if findings.answer_probability < REFUSE_BELOW or not findings.hits:
        return []
    analyzed = analyze(question)
    # Results that were merged from several searches have no candidates yet.
    candidates = findings.candidates or await judge_sentences(question, findings.hits)
    if max(candidates, key=_log_odds).is_foreign:
        first = candidates[:MAX_EMBEDDED]
        candidates = await _score_by_cosine(question, first, embedder) or candidates
    else:  # answers in the asker's language are not mixed with foreign ones
        candidates = tuple(c for c in candidates if not c.is_foreign)
    quotes = choose_quotes(analyzed.answer_type, candidates)
    return [(c.passage, c.sentence) for c in order_for_reading(analyzed.answer_type, quotes)]


async def _score_by_cosine(
    question: str, candidates: Sequence[Candidate], embedder: Embedder
) -> tuple[Candidate, ...]:
    """The candidates with log odds from their cosine; none if the embeddings server fails."""
    try:
        async with asyncio.timeout(QUOTES_TIMEOUT_S):
            # First, since it fails at once if the server failed a moment ago.
            vector = await embed_question(question, embedder)
            cosines = await embedder.embed([c.text for c in candidates]) @ vector
    except (ModelError, TimeoutError) as error:
        log.warning("quoting by words alone: %s", str(error) or "the embeddings took too long")
        return ()
    log_odds = (LOG_ODDS_PER_COSINE * cosines).tolist()
    return tuple(replace(c, log_odds=lo) for c, lo in zip(candidates, log_odds, strict=True))


def choose_quotes(kind: AnswerType, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The best candidates, until they very likely answer or are too long; without repetition."""
    coverage = COVERAGE if kind in OPEN_TYPES else COVERAGE_FOR_A_FACT
    ranked = _filter_relevant(kind, sorted(candidates, key=_log_odds, reverse=True))
    total = combined_log_odds(ranked)
    covered = accumulate(exp(c.log_odds - total) for c in ranked)
    quotes: list[Candidate] = []
    for candidate, covered_so_far in zip(ranked, [0.0, *covered], strict=False):
        if quotes and (len(quotes) == MAX_QUOTES or covered_so_far >= coverage):
            break
        if not quotes or _fits(candidate, quotes):
            quotes.append(candidate)
    return quotes


def _filter_relevant(kind: AnswerType, ranked: list[Candidate]) -> list[Candidate]:
    """The statements; for a single fact, those with a fact of its type, if the best one has it."""
    ranked = [c for c in ranked if _is_statement(c)] or ranked
    if SENTENCE_END.search(ranked[0].text):  # only a table row that ranks first is worth quoting
        ranked = [c for c in ranked if SENTENCE_END.search(c.text)]
    if kind in OPEN_TYPES or _lacks_answer_type(ranked[0]):
        return ranked
    return [c for c in ranked if not _lacks_answer_type(c)]


def _is_statement(candidate: Candidate) -> bool:
    """Whether it is more than a few words or a repetition of the title and heading."""
    own_words = split_words(candidate.text)
    title_words = split_words(f"{candidate.passage.title} {candidate.passage.heading}")
    return len(own_words) >= MIN_STATEMENT_WORDS and not set(own_words) <= set(title_words)


def _lacks_answer_type(candidate: Candidate) -> bool:
    """Whether it has nothing of the type that the question asks for."""
    return any(candidate.signals.get(name) for name in ("missed", "no_such"))


def _log_odds(candidate: Candidate) -> float:
    return candidate.log_odds


def _fits(candidate: Candidate, quotes: Sequence[Candidate]) -> bool:
    length = sum(len(quote.text) for quote in quotes) + len(candidate.text)
    return length <= MAX_CHARACTERS and not any(_repeats(candidate, quote) for quote in quotes)


def _repeats(candidate: Candidate, quote: Candidate) -> bool:
    own_words, quoted_words = set(split_words(candidate.text)), set(split_words(quote.text))
    shorter = min(len(own_words), len(quoted_words))
    return len(own_words & quoted_words) >= REPEATED_SHARE * shorter


def order_for_reading(kind: AnswerType, quotes: Sequence[Candidate]) -> list[Candidate]:
    """Articles by their best quote, quotes within an article by position.

    For a single fact the best quote stays first.
    """
    n_first = 0 if kind in OPEN_TYPES else 1
    article_ids = list(dict.fromkeys(quote.passage.article_id for quote in quotes))
    rest = sorted(
        quotes[n_first:],
        key=lambda quote: (article_ids.index(quote.passage.article_id), quote.sentence.start),
    )
    return [*quotes[:n_first], *rest]
