"""Extractive answers: sentences quoted from the articles, without a model.

The sentence most likely to answer is quoted, with those that are nearly as likely: all items of a
list or rows of a table that belong to it, and few others. They stand in reading order; for a
question about a single fact the most likely one comes first. If the evidence is weaker, the same
sentences are only the closest ones; if nothing is near, there are none. ``search.answerability``
estimates how likely a sentence is to answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.answer.blocks import (
    announced_first,
    announced_list,
    asks_for_list,
    is_in_block_of,
    is_part,
    narrow_rows,
    reply_opening,
)
from bot.answer.confidence import probability_of_likeliest
from bot.embedding import Embedder, embed_question
from bot.errors import ModelError
from bot.records import Candidate, SearchResult, Sentence, StoredPassage
from bot.search.alternatives import alternatives, is_about_both, split_sides
from bot.search.question_analysis import AnswerType, analyze
from bot.search.retrieve import judge_sentences
from bot.search.sentence_signals import SENTENCE_END
from bot.text.tokenize import split_words

log = logging.getLogger(__name__)

# By the states that ``python -m bench.fit_answerability`` prints, cross-validated: from .385 to .42
# the likeliest is right for .008 fewer of the everyday questions and of those of clapnq for .013,
# wrong for .008 fewer, and .083 fewer of the unanswerable everyday ones are answered.
REFUSE_BELOW = 0.43
# One of several guesses: of the sentences left out of the fit, 8 of 266 right and 22 of 113 wrong
# ones are shown as the closest only (``python -m bench.fit_confidence``); with .25 it is 14 and 38.
GUESS_BELOW = 0.2
UNSURE_BELOW = 0.08  # nothing is near: what is shown above it asserts nothing
LIKELY, NEAR = 0.0, -2.2  # log odds at which an answer in the asker's language comes first
# All sentences of an article in another language are about as close to a question, so several of
# them say little more than one. With .4, .39 of the 120 questions of tests/quality in another
# language had evidence quoted, with -.4 .58, with -.85 more than .64; five more of the 209
# everyday questions that may be looked at are answered wrongly than with .4.
FOREIGN = -0.85  # log odds of the likeliest by itself: a probability of .3
MAX_QUOTES = 3  # besides the items and rows that belong together
MAX_CLOSEST = 3
LIKE = 2.0  # log odds below the best, of what belongs with it
CLOSE = {True: 0.8, False: 1.3}  # the same for other sentences; for an open question more
SAID_REACH = 3.0  # log odds below the best, of the sentence that lends it its words
SIDE_REACH = 5.0  # log odds below the best, of what is said of the other of two things
MUCH = 0.3  # of the question, by the rarity of its words
MAX_CHARACTERS = 2_400  # of a card's 4,000, which hold its sources and buttons, too
MAX_EMBEDDED = 40  # sentences of a cross-lingual question; some 100 ms
QUOTES_TIMEOUT_S = 10.0  # for a server to embed the candidates
LOG_ODDS_PER_COSINE = 20.0
REPEATED_SHARE = 0.8  # of the words of the shorter of two sentences: one of them is enough

# These ask for more than a single fact.
OPEN_TYPES = frozenset({AnswerType.ANYTHING, AnswerType.REASON, AnswerType.STATEMENT})
QuotedSentence = tuple[StoredPassage, Sentence]


@dataclass(frozen=True, slots=True)
class Picked:
    """The sentences picked for a question, in reading order.

    ``answered``: they very likely answer; otherwise they are the closest ones. ``whole_lists``:
    those of the quotes whose whole list was asked for.
    """

    quotes: tuple[QuotedSentence, ...] = ()
    answered: bool = False
    whole_lists: frozenset[QuotedSentence] = frozenset()


def is_near(findings: SearchResult) -> bool:
    """Whether anything is worth showing: "zebras?" is not near to a text on bees."""
    probability, candidates = findings.answer_probability, findings.candidates
    if not UNSURE_BELOW <= probability < REFUSE_BELOW or not candidates:
        return probability >= UNSURE_BELOW
    is_foreign = _best_candidate(candidates, NEAR).is_foreign
    return is_foreign or any(map(_shares_word, candidates))


async def pick_quotes(
    question: str, findings: SearchResult, embedder: Embedder
) -> list[QuotedSentence]:
    """The sentences that answer, in reading order; none if the evidence is too weak."""
    picked = await pick_sentences(question, findings, embedder)
    return list(picked.quotes) if picked.answered else []


async def pick_sentences(question: str, findings: SearchResult, embedder: Embedder) -> Picked:
    """The sentences that answer or, if none does, the closest; none if nothing is near."""
    if not is_near(findings) or not findings.hits:
        return Picked()
    analyzed = analyze(question)
    # Results that were merged from several searches have no candidates yet.
    candidates = findings.candidates or await judge_sentences(question, findings.hits)
    if not candidates:
        return Picked()
    answered = findings.answer_probability >= REFUSE_BELOW
    best = _best_candidate(candidates, LIKELY if answered else NEAR)
    if answered and best.is_foreign and "alike" in best.signals and best.log_odds < FOREIGN:
        answered, best = False, _best_candidate(candidates, NEAR)
    # answers in the asker's language are not mixed with foreign ones
    candidates = tuple(c for c in candidates if c.is_foreign == best.is_foreign)
    if best.is_foreign and "alike" not in best.signals:
        first = candidates[:MAX_EMBEDDED]
        candidates = await _score_by_cosine(question, first, embedder) or candidates
    kind = analyzed.answer_type
    sides = choose_sides(question, candidates)
    # That it says little of the question itself is no sign in another language.
    if answered and not sides and not best.is_foreign:
        answered = probability_of_likeliest(candidates) >= GUESS_BELOW
    quotes = sides or choose_quotes(kind, narrow_rows(question, candidates))
    if answered:
        quotes = drop_superfluous(kind, quotes)
    else:
        quotes = sorted(quotes, key=_log_odds, reverse=True)[:MAX_CLOSEST]
    return Picked(
        tuple((c.passage, c.sentence) for c in order_for_reading(kind, quotes)),
        answered,
        frozenset(
            (c.passage, c.sentence) for c in quotes if asks_for_list(c, is_open=kind in OPEN_TYPES)
        ),
    )


def _best_candidate(candidates: Sequence[Candidate], least: float) -> Candidate:
    """The likeliest; in the asker's language if one there has at least these log odds."""
    native = [c for c in candidates if not c.is_foreign]
    best_native = max(native, key=_log_odds, default=None)
    if best_native is not None and best_native.log_odds >= least:
        return best_native
    return max(candidates, key=_log_odds)


def _shares_word(candidate: Candidate) -> bool:
    """Whether it, its title or what it is read with has a word of the question."""
    return any(candidate.signals.get(name, 1.0) > 0 for name in ("own", "title", "lent"))


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


def choose_sides(question: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """One sentence about each of the two things that a question offers; else none.

    None, too, if the likeliest is about both.
    """
    pair = alternatives(question)
    best = max(candidates, key=_log_odds)
    if pair is None or is_about_both(pair, best):
        return []
    near = [c for c in candidates if best.log_odds - c.log_odds <= SIDE_REACH]
    sides = split_sides(pair, near)
    return sorted((side[0] for side in sides), key=_log_odds, reverse=True) if all(sides) else []


def choose_quotes(kind: AnswerType, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The best candidate with its like, and others until they very likely answer.

    The items of a list and the rows of a table that are about as likely as the best one belong to
    the same answer. Without repetition, and no more than a card holds.
    """
    ranked = _filter_relevant(kind, sorted(candidates, key=_log_odds, reverse=True))
    ranked = _typed_first(kind, _said_before_first(announced_first(ranked)))
    ranked = _fullest_first(kind, ranked)
    best = ranked[0]
    quotes = list(dict.fromkeys([best, reply_opening(best, candidates)]))
    for candidate in ranked[1:]:
        if _is_wanted(kind, candidate, best, len(quotes)) and _fits(candidate, quotes):
            quotes.append(candidate)
    is_open = kind in OPEN_TYPES
    listed = None if is_part(best) else announced_list(best, ranked, is_open=is_open)
    return [*quotes, listed] if listed else quotes


def _typed_first(kind: AnswerType, ranked: Sequence[Candidate]) -> list[Candidate]:
    """The candidates, with one first that has a fact of the asked type if the best has none.

    It is of the same passage, and nearly as likely: "Found by Ada Lindqvist." below what was found.
    """
    best = ranked[0]
    if kind in OPEN_TYPES or not lacks_answer_type(best):
        return list(ranked)
    beside = [
        c
        for c in ranked
        if c.passage.id == best.passage.id
        and not lacks_answer_type(c)
        and best.log_odds - c.log_odds <= LIKE
    ]
    first = max(beside, key=_log_odds, default=best)
    return [first, *(c for c in ranked if c is not first)]


def _said_before_first(ranked: Sequence[Candidate]) -> list[Candidate]:
    """The candidates, with one first that lends the best its words, if that says none itself.

    "That was announced on Monday." is likely for what stands before it.
    """
    best = ranked[0]
    if best.signals["own"] or not best.signals["before"]:
        return list(ranked)
    before = [
        c
        for c in ranked
        if c.passage.id == best.passage.id and c.sentence.end <= best.sentence.start
    ]
    first = max(before, key=lambda c: c.sentence.end, default=best)
    if not first.signals["own"] or lacks_answer_type(first) > lacks_answer_type(best):
        return list(ranked)
    if best.log_odds - first.log_odds > SAID_REACH:
        return list(ranked)
    return [first, *(c for c in ranked if c is not first)]


def _fullest_first(kind: AnswerType, ranked: Sequence[Candidate]) -> list[Candidate]:
    """The candidates, with one first that says more of the question and is nearly as likely.

    Where a single fact is asked for, those that say less of the question are left out.
    """
    best = ranked[0]
    if is_part(best) or best.is_foreign or kind is AnswerType.CHOICE:  # "no" may say it otherwise
        return list(ranked)
    near = [c for c in ranked if best.log_odds - c.log_odds <= CLOSE[kind in OPEN_TYPES]]
    fuller = [c for c in near if not is_part(c) and _covered(c) >= _covered(best) + MUCH]
    first = max(fuller, key=_log_odds, default=best)
    rest = [c for c in ranked if c is not first]
    if kind not in OPEN_TYPES:
        rest = [c for c in rest if is_part(c) or _covered(c) > _covered(first) - MUCH]
    return [first, *rest]


def _covered(candidate: Candidate) -> float:
    """The share of the question that a sentence says with its title, by how rare the words are."""
    return candidate.signals["rare_titled"]


def _is_wanted(kind: AnswerType, candidate: Candidate, best: Candidate, n_quotes: int) -> bool:
    """Whether it belongs beside the best one.

    Of the same list or table, it must say as much of the question that its heading does not say: if
    the best one says nothing of it, the list as a whole was asked for. So must one of another list.
    A single fact is quoted from one article; others that disagree are looked for later.
    """
    behind = best.log_odds - candidate.log_odds
    if is_in_block_of(candidate, best):
        return behind <= LIKE and candidate.signals["alone"] >= best.signals["alone"]
    if is_part(best) and not candidate.signals["alone"] >= best.signals["alone"] > 0:
        return False
    if kind not in OPEN_TYPES and candidate.passage.article_id != best.passage.article_id:
        return False
    is_alike = is_part(candidate) == is_part(best)
    return is_alike and n_quotes < MAX_QUOTES and behind <= CLOSE[kind in OPEN_TYPES]


def drop_superfluous(kind: AnswerType, quotes: Sequence[Candidate]) -> list[Candidate]:
    """The quotes without the sentences that share no word with the question.

    The first stays, and so do items and rows, the beginning of a reply, and sentences in another
    language, whose words tell nothing. A sentence that is likelier than the first stays, because
    that only lends it its words; and all stay if the question is open and the first shares no word
    with it either. Of 45 sentences without evidence beside 296 right answers, 23 are left.
    """
    first, *others = quotes
    if kind not in {*OPEN_TYPES, AnswerType.CHOICE} and not is_part(first):
        others = [q for q in others if _adds(q, first)]
    needs_no_word = kind in OPEN_TYPES and not first.signals["own"]
    opening = reply_opening(first, quotes)
    remaining = [
        quote
        for quote in others
        if quote.signals["own"]
        or quote.is_foreign
        or needs_no_word
        or is_part(quote)
        or quote is opening
        or quote.log_odds > first.log_odds
    ]
    return [first, *remaining]


def _adds(quote: Candidate, first: Candidate) -> bool:
    """Whether a sentence says about as much of the question as the first, or is likelier."""
    return (
        quote.is_foreign
        or is_part(quote)
        or quote.log_odds > first.log_odds
        or quote.signals["own"] > first.signals["own"] - MUCH
        or 0 < quote.signals["number_unsaid"] < 1  # it says one of the numbers: "87 or 94"
    )


def _filter_relevant(kind: AnswerType, ranked: list[Candidate]) -> list[Candidate]:
    """The statements; for a single fact, those with a fact of its type, if the best one has it."""
    # only a table row that ranks first is worth quoting, or an item with the line it hangs on
    if not ranked[0].context and SENTENCE_END.search(ranked[0].text):
        ranked = [c for c in ranked if c.context or SENTENCE_END.search(c.text)]
    if kind in OPEN_TYPES or lacks_answer_type(ranked[0]):
        return ranked
    return [c for c in ranked if not lacks_answer_type(c)]


def lacks_answer_type(candidate: Candidate) -> bool:
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

    For a single fact the best quote stays first, unless the others are of its own list or table.
    """
    is_one_block = all(is_in_block_of(quote, quotes[0]) for quote in quotes)
    n_first = 0 if kind in OPEN_TYPES or is_one_block else 1
    article_ids = list(dict.fromkeys(quote.passage.article_id for quote in quotes))
    rest = sorted(
        quotes[n_first:],
        key=lambda quote: (article_ids.index(quote.passage.article_id), quote.sentence.start),
    )
    return [*quotes[:n_first], *rest]
