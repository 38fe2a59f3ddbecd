"""Stored answers: their JSON, and opening them and their footnotes again.

The JSON contains text only of articles that the answer cites, because it is erased with them. So
the closest passages of an unanswered question are not stored.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from bot.answer_records import (
    Answer,
    AnswerSentence,
    Citation,
    CitedPassage,
    NamedArticle,
    Rating,
    to_money,
)
from bot.errors import ArticleNotFound
from bot.records import Article, Filter, Scope, Submitter
from bot.service.changed_sources import NewestWords, newest_words
from bot.store.protocols import Library
from bot.store.values import EVERYTHING, StoredAnswer
from bot.strings import _


def answer_to_json(answer: Answer, within: str, limits: Filter = EVERYTHING) -> str:
    """The answer as JSON, without its quotes, which are in the library.

    ``limits`` are the filters it was asked with, ``within`` describes them for people.
    """
    return json.dumps(
        {
            "answered": answer.answered,
            "mode": answer.mode,
            "model": answer.model,
            "note": answer.note,
            "asks": answer.clarification,
            "missing": answer.unanswered_parts,
            "within": within,
            "within_articles": [article.id for article in answer.within_articles],
            "near": [hit.passage.article_id for hit in answer.nearest]
            if not answer.answered
            else [],
            "choices": [article.id for article in answer.choices],
            "wanted": {
                "articles": None if limits.articles is None else sorted(limits.articles),
                "tag": limits.tag,
                "since": limits.since,
            },
            "facts": facts_of(answer),
            "sentences": [asdict(sentence) for sentence in answer.sentences],
            "citations": [asdict(c) | {"quote": ""} for c in answer.citations],
        },
        ensure_ascii=False,
    )


def facts_of(answer: Answer) -> dict[str, Any]:
    """How an answer was made, without any of its text: for the log, and ``footnote why``."""
    return {
        "mode": answer.mode,
        "outcome": answer.outcome,
        "answered": answer.answered,
        "degraded": bool(answer.note),
        "error": answer.error_reference or None,
        "sentences": len(answer.sentences),
        "supported": answer.supported_count,
        "citations": len(answer.citations),
        "model": answer.model,
        "prompt_tokens": answer.usage.prompt_tokens,
        "completion_tokens": answer.usage.completion_tokens,
        "cost": to_money(answer.cost),
        "search_ms": _milliseconds(answer.seconds.search),
        "queued_ms": _milliseconds(answer.seconds.queued),
        "first_words_ms": _milliseconds(answer.seconds.first_token),
        "total_ms": _milliseconds(answer.seconds.total),
    }


def made_of(stored: StoredAnswer) -> dict[str, Any]:
    """When and how a stored answer was made; its note only if it isn't private.

    Older answers have no more than their mode and model.
    """
    body = json.loads(stored.body)
    facts = body.get("facts") or {name: body.get(name) for name in ("mode", "model", "answered")}
    note = None if stored.private else body["note"] or None
    return {"time": stored.answered_at, **facts, "note": note}


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def load_answer(stored: StoredAnswer) -> tuple[Answer, str]:
    """The stored answer and the description of its limits. Its body must not be empty."""
    body = json.loads(stored.body)
    answer = Answer(
        question=stored.question,
        answered=body["answered"],
        mode=body["mode"],
        model=body.get("model"),  # older answers don't have it
        note=body["note"],
        error_reference=body.get("facts", {}).get("error") or "",
        clarification=body["asks"],
        unanswered_parts=tuple(body["missing"]),
        standalone_question=stored.standalone_question,
        sentences=tuple(_load_sentence(sentence) for sentence in body["sentences"]),
        citations=tuple(_load_citation(citation) for citation in body["citations"]),
        id=stored.id,
        within_articles=_load_within(body),
    )
    return answer, body["within"]


def _load_within(body: dict[str, Any]) -> tuple[NamedArticle, ...]:
    """The articles that the question named, as far as the answer cites them."""
    titles = {citation["article_id"]: citation["title"] for citation in body["citations"]}
    ids = body.get("within_articles", ())
    return tuple(NamedArticle(i, titles[i]) for i in ids if i in titles)


def load_filter(stored: StoredAnswer) -> Filter | None:
    """The filter of a stored answer; None for an old one whose JSON does not hold its filter."""
    body = json.loads(stored.body)
    if "wanted" not in body:
        return None if body["within"] else EVERYTHING
    limits = body["wanted"]
    articles = None if limits["articles"] is None else frozenset(limits["articles"])
    return Filter(articles=articles, tag=limits["tag"], since=limits["since"])


def _load_sentence(fields: dict[str, Any]) -> AnswerSentence:
    """Ignores ``supported``, which older answers have instead of how a sentence was checked."""
    fields = {name: value for name, value in fields.items() if name != "supported"}
    return AnswerSentence(**fields | {"footnotes": tuple(fields["footnotes"])})


def _load_citation(fields: dict[str, Any]) -> Citation:
    return Citation(**fields | {"submitter": Submitter(**fields["submitter"])})


@dataclass(frozen=True, slots=True)
class OpenedFootnote:
    """A footnote's passage, the newest version of its article, and what that says there."""

    passage: CitedPassage
    article: Article
    newest: NewestWords | None = None


async def open_footnote(library: Library, answer_id: int, n: int, scope: Scope) -> OpenedFootnote:
    """Footnote ``n`` of an answer. Raises ArticleNotFound, also if the scope does not show it."""
    passage = await library.answers.cited_passage(answer_id, n, scope)
    article = await library.articles.get(passage.citation.article_id, scope)
    return OpenedFootnote(passage, article, await newest_words(library, passage, article, scope))


async def readable_answer(library: Library, answer_id: int, scope: Scope) -> StoredAnswer:
    """An answer that a scope shows and that has not expired. Raises ArticleNotFound."""
    stored = await library.answers.answer(answer_id, scope)
    if stored is None or not stored.body:
        raise ArticleNotFound(
            _(
                "This answer is no longer available: it expired, or one of its sources was removed "
                "or isn't visible to you. Please ask again."
            )
        )
    return stored


async def rate_answer(
    library: Library, answer_id: int, user_id: int, kind: Rating, scope: Scope
) -> None:
    """Stores a reader's rating, in place of their earlier one. Raises ArticleNotFound."""
    await readable_answer(library, answer_id, scope)
    await library.answers.rate(answer_id, user_id, kind)


async def last_answer(library: Library, asker_id: int, scope: Scope) -> StoredAnswer | None:
    """A person's last answer, if there is one that the scope shows."""
    stored = await library.answers.last_answer_of(asker_id, scope)
    return stored if stored is not None and stored.body else None
