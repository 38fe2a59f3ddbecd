"""What an answer to an everyday question is worth, judged by what it quotes.

A piece of evidence is quoted if footnotes cover at least half of its letters and digits, or if one
of them quotes the same words elsewhere. The categories of an answerable question:

- "well": it is answered, all of its evidence is quoted and what must be shown with it is, nothing
  that must not be quoted is, and at most ``MOST_BESIDE`` sentences beside it have none of the
  evidence.
- "partly": it is answered with some of its evidence, or with all and more sentences beside it.
- "wrong": it is answered without any of its evidence, or with something that must not be quoted.
- "unsure, right": "not sure", and some of the evidence and nothing forbidden is shown.
- "refused": nothing is found, or "not sure" shows only other sentences.

``refused wrongly`` of the goals is "refused" plus half of "unsure, right". Of a question that the
articles do not answer:

- "nothing": nothing is asserted, and nothing that must not be quoted is shown either.
- "unsure, shown": nothing is asserted, but "not sure" shows what must not be quoted.
- "asserted": something is quoted as an answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from bot.answer_records import Answer, Citation

Category = Literal[
    "well", "partly", "wrong", "unsure right", "refused", "nothing", "unsure shown", "asserted"
]
ANSWERABLE: tuple[Category, ...] = ("well", "partly", "wrong", "unsure right", "refused")
UNANSWERABLE: tuple[Category, ...] = ("nothing", "unsure shown", "asserted")
CELL = " | "  # between the cells of a row
MIN_DIGITS = 3  # a figure of fewer may stand for anything
MOST_BESIDE = 2  # sentences without evidence; with more, what was asked for is buried

Texts = Mapping[str, tuple[int, str]]
"""The id and the stored text of each article, by the name of its source."""


class Place(NamedTuple):
    """A part of an article's source."""

    article: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a set, with what answers it and what must not be quoted.

    ``superseded``: what held earlier; it may be quoted only as such, beside all that answers.
    ``shown``: what else must stand in the answer, as the header of a cell. ``brief``: the
    questions of one brief follow each other. ``subject``: how the names of the articles on the
    subject begin; if empty, only articles with evidence are on it. ``any_suffices``: one piece of
    the evidence is enough.
    """

    id: str
    question: str
    kind: str
    language: str
    answerable: bool
    evidence: tuple[Place, ...]
    must_not: tuple[Place, ...]
    superseded: tuple[Place, ...] = ()
    shown: tuple[str, ...] = ()
    brief: str = ""
    subject: str = ""
    any_suffices: bool = False


def categorize(asked: Asked, answer: Answer, texts: Texts) -> Category:
    """What the answer is worth."""
    cited = answer.citations
    forbidden = any(_is_forbidden(place, asked, cited, texts) for place in asked.must_not)
    forbidden = forbidden or quotes_superseded(asked, answer, texts)
    if not asked.answerable:
        if answer.answered:
            return "asserted"
        return "unsure shown" if forbidden else "nothing"
    quoted = [place for place in asked.evidence if _is_said(place, asked, cited, texts)]
    if not answer.answered:
        return "unsure right" if quoted and not forbidden else "refused"
    if forbidden or not quoted:
        return "wrong"
    whole = (
        (asked.any_suffices or len(quoted) == len(asked.evidence))
        and sentences_beside(asked, answer, texts) <= MOST_BESIDE
        and _shows(answer, asked.shown)
    )
    return "well" if whole else "partly"


def quotes_superseded(asked: Asked, answer: Answer, texts: Texts) -> bool:
    """Whether it quotes what no longer holds, unless a note sets it beside all that does."""
    cited = answer.citations
    if not any(_is_forbidden(place, asked, cited, texts) for place in asked.superseded):
        return False
    return not answer.note or not all(is_quoted(place, cited, texts) for place in asked.evidence)


def _is_forbidden(place: Place, asked: Asked, cited: Iterable[Citation], texts: Texts) -> bool:
    """Whether it is quoted, and not only as words that the evidence has, too."""
    words = _words(place.text)
    if not any(words in _words(other.text) for other in asked.evidence):
        return is_quoted(place, cited, texts)
    return any(c.article_id == texts[place.article][0] and _words(c.quote) == words for c in cited)


def _is_said(place: Place, asked: Asked, cited: Sequence[Citation], texts: Texts) -> bool:
    """Whether it is quoted, or, of a brief, a row of the same article that has its figure."""
    if is_quoted(place, cited, texts):
        return True
    rows = [c.quote for c in cited if c.article_id == texts[place.article][0] and CELL in c.quote]
    figures = _figures(place.text)
    return bool(asked.brief) and any(figures & _figures(row) for row in rows)


def _figures(text: str) -> set[str]:
    """The significant digits of its figures, which are no years: 8.42 million is 8,420 thousand."""
    digits = (re.sub(r"\D", "", figure) for figure in re.findall(r"\d[\d.,]*\d", text))
    return {
        d.rstrip("0") for d in digits if len(d) >= MIN_DIGITS and not re.match("(?:19|20)..$", d)
    }


def quotes_another_subject(asked: Asked, answer: Answer, texts: Texts) -> bool:
    """Whether it quotes an article about somebody, or something, else."""
    on_subject = {place.article for place in asked.evidence}
    if asked.subject:
        on_subject |= {name for name in texts if name.startswith(asked.subject)}
    ids = {texts[name][0] for name in on_subject}
    return any(citation.article_id not in ids for citation in answer.citations)


def _shows(answer: Answer, texts: Iterable[str]) -> bool:
    words = _words(" ".join(sentence.text for sentence in answer.sentences))
    return all(_words(text) in words for text in texts)


def _words(text: str) -> str:
    return "".join(letter for letter, _ in _letters(text))


def is_quoted(place: Place, cited: Iterable[Citation], texts: Texts) -> bool:
    """Whether the footnotes quote a part of an article's source."""
    article_id, text = texts[place.article]
    letters = _letters(place.text)
    words = "".join(letter for letter, _ in letters)
    quotes = list(cited)
    if any(words in "".join(letter for letter, _ in _letters(c.quote)) for c in quotes):
        return True
    spans = [(c.start, c.end) for c in quotes if c.article_id == article_id]
    return any(
        2 * sum(any(start <= i < end for start, end in spans) for i in offsets) >= len(offsets)
        for offsets in _find(words, text)
    )


def find_offsets(part: str, text: str) -> Iterable[list[int]]:
    """The offsets of the letters of each place where the text has the letters of ``part``."""
    return _find(_words(part), text)


def _find(words: str, text: str) -> Iterable[list[int]]:
    letters = _letters(text)
    whole = "".join(letter for letter, _ in letters)
    start = whole.find(words)
    while words and start >= 0:
        yield [offset for _, offset in letters[start : start + len(words)]]
        start = whole.find(words, start + 1)


def _letters(text: str) -> list[tuple[str, int]]:
    """The letters and digits of a text in one form, each with its offset."""
    return [
        (letter, offset)
        for offset, character in enumerate(text)
        for letter in unicodedata.normalize("NFKC", character).casefold()
        if letter.isalnum()
    ]


def sentences_beside(asked: Asked, answer: Answer, texts: Texts) -> int:
    """How many sentences of the answer quote none of the evidence."""
    by_number = {citation.n: citation for citation in answer.citations}
    return sum(
        not any(
            _overlaps(place, by_number[n], texts)
            for n in sentence.footnotes
            for place in asked.evidence
        )
        for sentence in answer.cited_sentences
    )


def _overlaps(place: Place, citation: Citation, texts: Texts) -> bool:
    """Whether a footnote quotes any of a part of an article's source, or the same words."""
    article_id, text = texts[place.article]
    words, quote = _words(place.text), _words(citation.quote)
    if quote and (quote in words or words in quote):
        return True
    return citation.article_id == article_id and any(
        citation.start <= offset < citation.end for found in _find(words, text) for offset in found
    )
