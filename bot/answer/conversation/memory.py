"""What a conversation keeps: what was asked, which articles were cited, which sentences shown.

Read from the stored answers of its turns. Pure. Knows nothing of what is asked next.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from bot.store.values import StoredAnswer


@dataclass(frozen=True, slots=True)
class ShownSpan:
    """A sentence that was shown, by its place in a version of an article."""

    article_id: int
    version_id: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Turn:
    """A question of the conversation and what its answer showed.

    ``choices``: the articles that it was asked back with, in order. ``scope_ids``: the articles
    that it was limited to.
    """

    question: str
    standalone_question: str
    spans: tuple[ShownSpan, ...] = ()
    choices: tuple[int, ...] = ()
    scope_ids: tuple[int, ...] = ()
    is_list: bool = False  # rows of the library's own list
    items: tuple[ShownSpan, ...] = ()  # what each sentence of the answer quotes first
    near_ids: tuple[int, ...] = ()  # of the closest passages, where nothing answered

    @property
    def article_ids(self) -> tuple[int, ...]:
        """The articles that were shown, in order."""
        cited = dict.fromkeys(span.article_id for span in self.spans)
        return tuple(cited) or self.choices or self.scope_ids


def read_turns(turns: Sequence[StoredAnswer]) -> tuple[Turn, ...]:
    """The turns, oldest first. A turn whose answer was not stored has only its question."""
    return tuple(_read_turn(turn) for turn in turns if turn.question or turn.standalone_question)


def topic_of(turn: StoredAnswer) -> str:
    """What a turn was about: its question, or the titles of the articles that it summed up."""
    body = json.loads(turn.body) if turn.body else {}
    titles = dict.fromkeys(c["title"] for c in body.get("citations", ()))
    if body.get("mode") == "summary" and titles:
        return " ".join(titles)
    return turn.standalone_question or turn.question


def _read_turn(turn: StoredAnswer) -> Turn:
    body = json.loads(turn.body) if turn.body else {}
    spans = {
        c["n"]: ShownSpan(c["article_id"], c["version_id"], c["start"], c["end"])
        for c in body.get("citations", ())
    }
    first = [s["footnotes"][0] for s in body.get("sentences", ()) if s["footnotes"]]
    return Turn(
        turn.question,
        turn.standalone_question or turn.question,
        tuple(dict.fromkeys(spans.values())),
        tuple(body.get("choices", ())),
        tuple(body.get("within_articles", ())),
        body.get("mode") == "library",
        tuple(dict.fromkeys(spans[n] for n in first if n in spans)),
        tuple(dict.fromkeys(body.get("near", ()))),
    )


def shown_spans(turns: Sequence[Turn]) -> frozenset[tuple[int, int]]:
    """(version, start) of every sentence that the conversation has shown."""
    return frozenset((span.version_id, span.start) for turn in turns for span in turn.spans)


def last_list(turns: Sequence[Turn]) -> tuple[ShownSpan, ...]:
    """The sentences of the last answer that showed several, in order.

    Empty if a list of articles was shown after it, or none was shown at all.
    """
    for turn in reversed(turns):
        if turn.is_list or len(turn.article_ids) > 1:
            return ()
        if len(turn.items) > 1:
            return turn.items
    return ()


def last_answered(turns: Sequence[Turn]) -> Turn | None:
    """The last turn that showed a sentence."""
    return next((turn for turn in reversed(turns) if turn.spans), None)


def cited_articles(turns: Sequence[Turn]) -> tuple[int, ...]:
    """The articles of the conversation, the last cited first.

    A question that nothing answered stands for the article of its closest passage.
    """
    ids = [
        i
        for turn in reversed(turns)
        for i in ([span.article_id for span in turn.spans] or turn.near_ids[:1])
    ]
    return tuple(dict.fromkeys(ids))
