"""Quotes mode: the library's own sentences as the answer, or an honest refusal.

No model is needed. Nothing is quoted when the evidence is thin; else the likeliest sentence, and
those that may well answer in its place, in the order in which an article gives them; to a
question for one fact the likeliest stands first. How likely a sentence is to answer, and what
makes evidence thin, is decided in ``search.evidence``; a question in another language than the
hits is answered by closeness of meaning.
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
from bot.search.query_terms import split_words
from bot.search.question_analysis import AnswerType, analyze
from bot.search.retrieve import judge_sentences

log = logging.getLogger(__name__)

# Measured by bench/fit_answerability.py: .10 of clapnq's answerable questions are refused and .70 of
# the others, .07 of covidqa's. At .27 it is .08 and .64, at .36 .12 and .76.
REFUSE_BELOW = 0.32
MAX_QUOTES = 4
# Of the chance that any sentence answers, what is quoted has so much: less for a single fact.
ENOUGH = 0.99
ENOUGH_FOR_A_FACT = 0.9
MOST_CHARACTERS = 800  # the best four sentences by BM25 have 652 on covidqa, 573 on clapnq
EMBEDDED = 40  # sentences of a question in another language; some 100 ms
EMBEDDING_S = 10.0  # for a server
CLOSENESS = 20.0  # what a cosine is worth
THE_SAME = 0.8  # of the words of the shorter: one of two such sentences is enough
STATEMENT_WORDS = 3  # "Methods." and "Measure | Value" say nothing
ENDED = regex.compile(r"[.!?…:;。！？；।؟][^\p{L}]*$")  # as a sentence is, and no byline or cell

OPEN = frozenset(
    {AnswerType.ANYTHING, AnswerType.WHY, AnswerType.SAYING}
)  # what asks for more than a fact
QuotedSentence = tuple[StoredPassage, Sentence]


async def pick_quotes(
    question: str, findings: SearchResult, embedder: Embedder
) -> list[QuotedSentence]:
    """One to ``MOST_QUOTES`` sentences in reading order; none when the evidence is too thin."""
    if findings.answer_probability < REFUSE_BELOW or not findings.hits:
        return []
    asked = analyze(question)
    # Hits that were put together are not judged yet.
    found = findings.candidates or await judge_sentences(question, findings.hits)
    if max(found, key=_worth).is_foreign:
        found = await _by_meaning(question, found[:EMBEDDED], embedder) or found
    else:  # what answers in the asker's language is not mixed with what is close in another
        found = tuple(one for one in found if not one.is_foreign)
    return [
        (one.passage, one.sentence)
        for one in order_for_reading(asked.answer_type, choose_quotes(asked.answer_type, found))
    ]


async def _by_meaning(
    question: str, candidates: Sequence[Candidate], embedder: Embedder
) -> tuple[Candidate, ...]:
    """The candidates by their own closeness; none where the embeddings' server fails."""
    try:
        async with asyncio.timeout(EMBEDDING_S):
            # First, for it fails at once where the server failed a moment ago.
            vector = await embed_question(question, embedder)
            cosines = await embedder.embed([one.text for one in candidates]) @ vector
    except (ModelError, TimeoutError) as error:
        log.warning("quoting by words alone: %s", str(error) or "the embeddings took too long")
        return ()
    worths = (CLOSENESS * cosines).tolist()
    return tuple(replace(one, log_odds=w) for one, w in zip(candidates, worths, strict=True))


def choose_quotes(kind: AnswerType, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The best first, until what is left is unlikely, repeats, or is too long."""
    enough = ENOUGH if kind in OPEN else ENOUGH_FOR_A_FACT
    ranked = _telling(kind, sorted(candidates, key=_worth, reverse=True))
    whole = combined_log_odds(ranked)
    reached = accumulate(exp(one.log_odds - whole) for one in ranked)
    found: list[Candidate] = []
    for one, by_now in zip(ranked, [0.0, *reached], strict=False):
        if found and (len(found) == MAX_QUOTES or by_now >= enough):
            break
        if not found or _fits(one, found):
            found.append(one)
    return found


def _telling(kind: AnswerType, ranked: list[Candidate]) -> list[Candidate]:
    """Those that say something; of one fact only those that hold such a fact, if the best does."""
    ranked = [one for one in ranked if _is_statement(one)] or ranked
    if ENDED.search(ranked[0].text):  # a line of a table may answer; beside a sentence none helps
        ranked = [one for one in ranked if ENDED.search(one.text)]
    if kind in OPEN or _lacks(ranked[0]):
        return ranked
    return [one for one in ranked if not _lacks(one)]


def _is_statement(one: Candidate) -> bool:
    """Not a title or heading, which the footnote names anyway, nor a lone word."""
    said = split_words(one.text)
    names = split_words(f"{one.passage.title} {one.passage.heading}")
    return len(said) >= STATEMENT_WORDS and not set(said) <= set(names)


def _lacks(one: Candidate) -> bool:
    """Whether it holds nothing of the kind that is asked for."""
    return any(one.signals.get(name) for name in ("missed", "no_such"))


def _worth(one: Candidate) -> float:
    return one.log_odds


def _fits(one: Candidate, found: Sequence[Candidate]) -> bool:
    length = sum(len(other.text) for other in found) + len(one.text)
    return length <= MOST_CHARACTERS and not any(_repeats(one, other) for other in found)


def _repeats(one: Candidate, other: Candidate) -> bool:
    said, others = set(split_words(one.text)), set(split_words(other.text))
    return len(said & others) >= THE_SAME * min(len(said), len(others))


def order_for_reading(kind: AnswerType, found: Sequence[Candidate]) -> list[Candidate]:
    """Articles by their best sentence; within one, as it is read. Of a fact the best is first."""
    first = 0 if kind in OPEN else 1
    articles = list(dict.fromkeys(one.passage.article_id for one in found))
    rest = sorted(
        found[first:], key=lambda one: (articles.index(one.passage.article_id), one.sentence.start)
    )
    return [*found[:first], *rest]
