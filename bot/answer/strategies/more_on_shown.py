"""Finds what stands beside a sentence that was shown: its like in a list, or more on a topic.

Only sentences that may still be seen exist here. Knows nothing of how a line is worded.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

import regex

from bot.answer.context import AskContext
from bot.answer.conversation.memory import Turn, cited_articles, last_answered, shown_spans
from bot.answer.question.follow_up import content_words
from bot.answer.strategies.extractive_answer import MARKER
from bot.answer.strategies.repeat import (
    NEXT_SENTENCES,
    RepeatPlan,
    cited_spans,
    passages_in,
    plan_spans,
)
from bot.citations import CitedSpan
from bot.records import Sentence, StoredPassage
from bot.text.morphology import shares_prefix, stem_variants, stems_of
from bot.text.tokenize import split_words

LIST_ROWS = frozenset(("list_item", "table_row"))
LABEL = regex.compile(r"^\W*([^:,|–—]{1,40})")
MAX_OTHERS = 2
LIKE_LABEL = 0.5  # of the shorter label: "5a" and "5b", "Dune 3" and "Dune 5"


async def find_siblings(
    noun: str, turns: Sequence[Turn], context: AskContext
) -> Sequence[CitedSpan]:
    """The other item or row of the list whose item was shown last, or both of two others.

    Empty if there are more, and none is like it.
    """
    turn = last_answered(turns)
    for shown in reversed(turn.spans) if turn else ():
        spans = _sentences(await passages_in(shown.article_id, context), shown.version_id)
        at = next((i for i, (span, _) in enumerate(spans) if span.start == shown.start), None)
        if at is None or spans[at][1] not in LIST_ROWS:
            continue
        others = [s for s in _run_around(spans, at) if s.start != shown.start]
        alike = _with_words(noun, others) or _like(spans[at][0].quote, others)
        if alike or 0 < len(others) <= MAX_OTHERS:
            return alike[:1] or others
    return ()


async def plan_more_on(line: str, turns: Sequence[Turn], context: AskContext) -> RepeatPlan | None:
    """Sentences of the conversation's articles on what a line names, that were not shown yet."""
    shown = shown_spans(turns)
    for article_id in cited_articles(turns):
        passages = await passages_in(article_id, context)
        spans = [CitedSpan(p, s.start, s.end) for p in passages for s in p.sentences]
        unseen = [s for s in spans if (s.passage.version_id, s.start) not in shown]
        if on_topic := _with_words(line, unseen):
            return await plan_spans(line, on_topic[:NEXT_SENTENCES], context)
    return None


async def turn_that_says(line: str, turns: Sequence[Turn], context: AskContext) -> Turn | None:
    """The last turn that showed what a line names: "are you sure about the 139?"."""
    words = [word for word in split_words(line) if word.isdigit()]
    for turn in reversed(turns) if words else ():
        spans = await cited_spans(turn.spans, context)
        if any(set(words) <= set(split_words(span.quote)) for span in spans):
            return turn
    return None


def _sentences(passages: Sequence[StoredPassage], version_id: int) -> list[tuple[CitedSpan, str]]:
    """The sentences of a version in order, with their kinds."""
    return sorted(
        (
            (span := CitedSpan(passage, sentence.start, sentence.end), _kind(span, sentence))
            for passage in passages
            for sentence in passage.sentences
            if passage.version_id == version_id
        ),
        key=lambda pair: pair[0].start,
    )


def _kind(span: CitedSpan, sentence: Sentence) -> str:
    """The kind of its block; a line with a bullet is an item in a mail, too."""
    return "list_item" if MARKER.match(span.quote) else sentence.kind


def _run_around(spans: Sequence[tuple[CitedSpan, str]], at: int) -> list[CitedSpan]:
    """The items of the same kind around an item, without anything in between."""
    first = last = at
    while first and spans[first - 1][1] == spans[at][1]:
        first -= 1
    while last + 1 < len(spans) and spans[last + 1][1] == spans[at][1]:
        last += 1
    return [span for span, _ in spans[first : last + 1]]


def _with_words(text: str, spans: Sequence[CitedSpan]) -> list[CitedSpan]:
    """Those that have the most of the content words of a text, in order; none if none has any."""
    words = content_words(text)
    counts = [sum(_has(word, span) for word in words) for span in spans]
    most = max(counts, default=0)
    return [span for span, n in zip(spans, counts, strict=True) if most and n == most]


def _has(word: str, span: CitedSpan) -> bool:
    words = split_words(span.quote)
    stems = stems_of(words)
    return not stems.isdisjoint(stem_variants(word)) or any(shares_prefix(word, w) for w in words)


def _like(shown: str, spans: Sequence[CitedSpan]) -> list[CitedSpan]:
    """Those whose label begins like that of the item shown."""
    label = label_of(shown)
    return [span for span in spans if _is_like(label, label_of(span.quote))]


def label_of(text: str) -> str:
    """What an item or row begins with, which names it: "Dune 5 | city | …"."""
    match = LABEL.match(text)
    return match[1].strip() if match else ""


def _is_like(a: str, b: str) -> bool:
    shorter = min(len(a), len(b))
    same = sum(
        1
        for _ in takewhile(
            lambda pair: pair[0] == pair[1], zip(a.casefold(), b.casefold(), strict=False)
        )
    )
    return shorter > 0 and same >= LIKE_LABEL * shorter
