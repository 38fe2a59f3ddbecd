"""The names in a passage that may lead to the article which answers.

"What dish is typical for the town where the band Nachtfähre comes from?": the band's article only
says which town; what is asked stands in the article about it. Pure functions of values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import regex

from bot.records import StoredPassage
from bot.search.sides import passage_stems, term_weights
from bot.store.passage_index import NameTerms
from bot.text.names import NAME
from bot.text.stopwords import FUNCTION_WORDS
from bot.text.tokenize import index_terms

MAX_NAMES = 24  # of a passage
MAX_ARTICLES_OF_NAME = 6  # a name that begins more titles is a word like "New"
MAX_COVERED = 0.9  # of the question's words by weight: then the passage says it all
NAMES = regex.compile(NAME)


@dataclass(frozen=True, slots=True)
class LinkingName:
    """A name, and the names in it that count if it is no title itself."""

    whole: NameTerms
    parts: tuple[NameTerms, ...] = ()


def linking_names(passage: StoredPassage) -> list[LinkingName]:
    """The runs of capitalized words in a passage, each once, in order."""
    names: dict[str, LinkingName] = {}
    for match in NAMES.finditer(passage.text):
        words = match[0].split()
        while words and words[0].lower() in FUNCTION_WORDS:
            words = words[1:]
        whole = tuple(index_terms(" ".join(words)))
        if whole:
            capitalized = [w for w in words if w[0].isupper() and len(words) > 1]
            parts = (tuple(index_terms(word)) for word in capitalized)
            names.setdefault(" ".join(words), LinkingName(whole, tuple(filter(None, parts))))
    return list(names.values())[:MAX_NAMES]


def all_names(names: Sequence[LinkingName]) -> list[NameTerms]:
    """Every whole name and every part, each once."""
    return list(dict.fromkeys(n for name in names for n in (name.whole, *name.parts)))


def begins_with_name(title: str, names: Iterable[LinkingName]) -> bool:
    """Whether a title begins with a whole name: "New York" doesn't lead to "New harbour opened"."""
    terms = [term for _, term in index_terms(title)]
    return any([term for _, term in n.whole] == terms[: len(n.whole)] for n in names)


def linked_articles(
    names: Sequence[LinkingName], titled: Mapping[NameTerms, tuple[int, ...]], own: int
) -> list[int]:
    """The articles whose titles begin with a name, except the passage's ``own``."""
    ids = (i for name in names for i in _articles_of(name, titled))
    return [i for i in dict.fromkeys(ids) if i != own]


def _articles_of(name: LinkingName, titled: Mapping[NameTerms, tuple[int, ...]]) -> Iterator[int]:
    named = [name.whole] if titled.get(name.whole) else name.parts
    for ids in (titled.get(terms, ()) for terms in named):
        if len(ids) <= MAX_ARTICLES_OF_NAME:
            yield from ids


def covers(passage: StoredPassage, question: str) -> bool:
    """Whether a passage has nearly all of the question's words, so that nothing is left to find."""
    weights = term_weights(question)
    stems = passage_stems(passage)
    covered = sum(weight for term, weight in weights.items() if term in stems)
    return covered >= MAX_COVERED * sum(weights.values())
