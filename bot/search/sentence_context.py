"""What the sentences of hits must be read with, and how a sentence reads with it.

A row says something only under its header, a list item under the line that it hangs on, a reply
behind its question. Headings, questions and the like never answer by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import regex

from bot.records import CitableRange, Hit, Scope, Sentence, StoredPassage
from bot.store.protocols import Library
from bot.store.values import SentencePlace
from bot.structure import BlockKind
from bot.text.quantities import LETTERS, MAGNITUDE

Context = tuple[CitableRange, ...]
Contexts = Mapping[SentencePlace, Context]
NEVER_ANSWERS: frozenset[BlockKind] = frozenset(
    ("heading", "question", "table_header", "lead_in", "caption", "byline")
)
ANNOUNCES = regex.compile(r"[:：]\s*$")
# Not: He wrote: “Will 2029 be the year?
ASKS = regex.compile(r"^[^\p{Pi}「\"„]*[?？؟\u037e][\s)*_]*$")
UNITS_OF_NOTES = "|".join((*sorted(MAGNITUDE.keys() - LETTERS), "miles", "milhares", "milliers"))
UNIT_NOTE = regex.compile(  # "All figures in million crowns.", "Cifras en miles de euros."
    rf"^\P{{N}}*\b(?:in|en|em)\s(?:{UNITS_OF_NOTES})\b\P{{N}}*$", regex.IGNORECASE
)
CELL = " | "  # between the cells of a row
MAX_CONTEXT_CHARACTERS = 240  # the sentence encoder reads some 60 words


async def read_contexts(hits: Sequence[Hit], library: Library, scope: Scope) -> Contexts:
    """What the sentences of the hits must be read with. Takes 4 ms for 12 hits."""
    places = [place_of(hit.passage, s) for hit in hits for s in hit.passage.sentences]
    contexts = await library.structures.contexts(places, scope)
    return dict(zip(places, contexts, strict=True))


def place_of(passage: StoredPassage, sentence: Sentence) -> SentencePlace:
    """Where a sentence of a passage begins."""
    return SentencePlace(passage.version_id, sentence.start)


def may_answer(sentence: Sentence, text: str) -> bool:
    """Whether it can be an answer at all.

    No heading or question can, nor a line that announces one or gives the unit of other figures.
    A question that somebody is quoted with can.
    """
    if sentence.kind in NEVER_ANSWERS or ANNOUNCES.search(text) or ASKS.match(text):
        return False
    return UNIT_NOTE.match(text) is None


def leading_ranges(context: Context) -> Context:
    """What is read directly before a sentence: all except the headings above the nearest one."""
    headings = [part for part in context if part.kind == "heading"]
    return tuple(part for part in context if part.kind != "heading" or part is headings[-1])


def text_in_context(text: str, context: Context) -> str:
    """A sentence with what it must be read with; the cells of a row behind those of its header."""
    header = next((part.text for part in reversed(context) if part.kind == "table_header"), "")
    before = [
        part.text for part in leading_ranges(context) if part.kind not in ("table_header", "byline")
    ]
    names, cells = header.split(CELL), text.split(CELL)
    if header and len(names) == len(cells):
        text = "; ".join(f"{name}: {cell}" for name, cell in zip(names, cells, strict=True))
    elif header:
        before.append(header)
    return " ".join([*[" ".join(before)[-MAX_CONTEXT_CHARACTERS:]], text]).strip()
