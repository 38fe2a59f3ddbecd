"""The sides of a question that asks about several things, each worth a search of its own.

"Which had the higher profit, Norvik Marine in 2018 or Norvik Maritime in 2020?" finds one article's
passages first and may never reach the other's. A side is what a question says of one thing: some of
its words are in one title and not in another's, or it is a name that the best passage lacks. It is
searched for without the words of the other sides. Pure functions of values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from bot.records import StoredPassage
from bot.search.query_terms import tokenize_question
from bot.text.folding import fold, straighten
from bot.text.morphology import word_weight
from bot.text.names import NAME
from bot.text.stem import stem
from bot.text.stopwords import FUNCTION_WORDS
from bot.text.tokenize import find_tokens, split_words

MAX_SIDES = 4
MAX_TERMS = 60  # of a question; more is pasted text, each number of which would be a side
# Of a title's word that is in the question, too: "company" has .6, "bridge" .75, "rain" .9, a name
# 1. What no other side has must be a name, or any article on rain would be a side.
MIN_WEIGHT = 0.75
MIN_OWN_WEIGHT = 1.0
NAMES = regex.compile(NAME)


@dataclass(frozen=True, slots=True)
class Side:
    """``question``: without the words of the other sides. ``terms``: its own, stemmed.

    ``article_ids``: the articles that have them in their titles; empty if it is a name only.
    """

    question: str
    terms: frozenset[str]
    article_ids: tuple[int, ...] = ()


def find_sides(question: str, passages: Sequence[StoredPassage]) -> list[Side]:
    """The sides by the titles of ``passages``, best first; fewer than two are none."""
    weights = term_weights(question)
    if len(weights) > MAX_TERMS:
        return []
    by_terms: dict[frozenset[str], dict[int, None]] = {}
    for passage in passages:
        for word in split_words(passage.title):  # "Review" is no name where "reviewer" is asked for
            if (term := stem(word)) in weights:
                weights[term] = min(weights[term], _weight(word))
    telling = {term for term, weight in weights.items() if weight >= MIN_WEIGHT}
    for passage in passages:
        if shared := telling.intersection(map(stem, split_words(passage.title))):
            by_terms.setdefault(frozenset(shared), {})[passage.article_id] = None
    largest = [terms for terms in by_terms if not any(terms < other for other in by_terms)]
    own = [terms for terms in largest if _has_own_term(terms, largest, weights)][:MAX_SIDES]
    if len(own) < 2:
        return []
    every = frozenset[str]().union(*own)
    return [
        Side(without_terms(question, every - terms), terms, tuple(by_terms[terms])) for terms in own
    ]


def _has_own_term(
    terms: frozenset[str], others: Sequence[frozenset[str]], weights: dict[str, float]
) -> bool:
    """Whether a telling term of a side is in none of the others."""
    rest = frozenset[str]().union(*(other for other in others if other != terms))
    return any(weights[term] >= MIN_OWN_WEIGHT for term in terms - rest)


def find_lacking_names(question: str, best: StoredPassage) -> list[Side]:
    """A side for each name of the question that the best passage lacks; none if it has none."""
    names = question_names(question) if len(term_weights(question)) <= MAX_TERMS else []
    stems = passage_stems(best)
    lacking = [name for name in names if name.isdisjoint(stems)]
    if not lacking or len(lacking) == len(names):
        return []
    every = frozenset[str]().union(*names)
    return [Side(without_terms(question, every - name), name) for name in lacking][:MAX_SIDES]


def question_names(question: str) -> list[frozenset[str]]:
    """The stemmed words of each run of capitalized words that does not only begin the question."""
    names = []
    for match in NAMES.finditer(question):
        words = [word for word in split_words(match[0]) if word not in FUNCTION_WORDS]
        only_begins = not regex.search(r"\w", question[: match.start()]) and " " not in match[0]
        if words and not only_begins:
            names.append(frozenset(map(stem, words)))
    return list(dict.fromkeys(names))


def says(passage: StoredPassage, terms: frozenset[str]) -> bool:
    """Whether a passage has all of the terms, with its title and heading."""
    return terms <= passage_stems(passage)


def passage_stems(passage: StoredPassage) -> frozenset[str]:
    """The stems of a passage's words, with those of its title and heading."""
    return frozenset(map(stem, split_words(f"{passage.title} {passage.heading} {passage.text}")))


def term_weights(question: str) -> dict[str, float]:
    """How telling each content term of a question is, 0 … 1; a number tells everything."""
    return {stem(word): _weight(word) for word in tokenize_question(question).content_terms}


def _weight(word: str) -> float:
    return 1.0 if any(map(str.isdigit, word)) else word_weight(word)


def without_terms(question: str, terms: frozenset[str]) -> str:
    """The question without the words of some terms; as it is if none would be left."""
    text = straighten(question)
    parts: list[str] = []
    at = 0
    for token in find_tokens(text):
        if stem(fold(token.word)) in terms:
            parts.append(question[at : token.start])
            at = token.end
    shorter = "".join(parts) + question[at:]
    return shorter if term_weights(shorter) else question
