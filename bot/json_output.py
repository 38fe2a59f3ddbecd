"""The JSON that the command line prints: other programs rely on these shapes (see docs/json.md)."""

from __future__ import annotations

from typing import Any

from bot.errors import ArticleRefused
from bot.ingest.pipeline import IngestResult
from bot.records import Answer, Article, Citation, Hit, SearchResult, Version, superscript
from bot.store.ledger_protocol import Outcomes, Spent

Json = dict[str, Any]
MILLION = 1_000_000
NO_ANSWER = "The library does not say."


def answer_text(answer: Answer) -> str:
    """The answer's sentences with their footnote numbers, paragraphs on lines of their own."""
    text = ""
    for sentence in answer.sentences:
        if text:
            text += "\n" if sentence.paragraph else " "
        text += sentence.text + superscript(sentence.footnotes)
    return text


def added_json(source: str, outcome: IngestResult) -> Json:
    """A row of ``add`` for an article that is in the library now."""
    article = outcome.article
    return {
        "source": source,
        "id": article.id,
        "version": article.version,
        "title": article.title,
        "status": outcome.status,
        "reason": similarity_reason(outcome) or None,
        "passages": article.passages,
        "characters": article.characters,
    }


def similarity_reason(outcome: IngestResult) -> str:
    """How like the article is that is there already; empty for what is not similar."""
    if outcome.similarity is None:
        return ""
    article = outcome.article
    by = f", handed in by {article.submitter.name}" if article.submitter.name else ""
    return (
        f"This is {outcome.similarity:.0%} like article {article.id}, “{article.title}”{by}, "
        "so nothing was stored."
    )


def refused_json(source: str, error: ArticleRefused) -> Json:
    """A row of ``add`` for a source that was refused."""
    nothing = dict.fromkeys(("id", "version", "title"))
    return {
        "source": source,
        **nothing,
        "status": "refused",
        "reason": error.message,
        "code": error.code,
        "passages": 0,
        "characters": 0,
    }


def answer_json(given: Answer) -> Json:
    """What ``ask`` prints."""
    return {
        "question": given.question,
        "answer": answer_text(given) if given.answered else given.clarification or NO_ANSWER,
        "answered": given.answered,
        "mode": given.mode,
        "citations": [citation_json(c) for c in given.citations],
        "supported": given.supported_count,
        "sentences": len(given.sentences),
        "model": given.model,
        "usage": {
            "prompt_tokens": given.usage.prompt_tokens,
            "completion_tokens": given.usage.completion_tokens,
            "cost": money(given.cost),
        },
        "seconds": {
            "search": round(given.seconds.search, 4),
            "first_token": given.seconds.first_token and round(given.seconds.first_token, 4),
            "total": round(given.seconds.total, 4),
        },
        "nearest": [hit_json(h) for h in given.nearest],
        "note": given.note or None,
        "understood": given.standalone_question or None,
        "asks": given.clarification or None,
        "missing": list(given.unanswered_parts),
    }


def citation_json(cited: Citation) -> Json:
    """A footnote: ``quote == show(article_id, version).text[start:end]``."""
    return {
        "n": cited.n,
        "article_id": cited.article_id,
        "version": cited.version,
        "title": cited.title,
        "url": cited.url,
        "page": cited.page,
        "published": cited.published,
        "start": cited.start,
        "end": cited.end,
        "quote": cited.quote,
    }


def hit_json(found: Hit) -> Json:
    """A passage that was found."""
    passage = found.passage
    return {
        "article_id": passage.article_id,
        "version": passage.version,
        "title": passage.title,
        "score": round(found.score, 6),
        "start": passage.start,
        "end": passage.end,
        "page": passage.page,
        "text": passage.text,
    }


def search_result(found: SearchResult) -> Json:
    """What ``search`` prints."""
    return {
        "hits": [hit_json(h) for h in found.hits],
        "answerable": round(found.answer_probability, 6),
    }


def article_json(listed: Article) -> Json:
    """A row of ``list``."""
    return {
        "id": listed.id,
        "version": listed.version,
        "title": listed.title,
        "url": listed.url,
        "author": listed.author,
        "published": listed.published,
        "added": listed.added,
        "passages": listed.passages,
        "characters": listed.characters,
    }


def version_json(shown: Version) -> Json:
    """What ``show`` prints."""
    return {
        "id": shown.article.id,
        "version": shown.version,
        "versions": [{"version": v.version, "at": v.at, "hash": v.hash} for v in shown.versions],
        "title": shown.article.title,
        "url": shown.article.url,
        "author": shown.article.author,
        "published": shown.article.published,
        "language": shown.article.language,
        "text": shown.text,
    }


def usage_json(one: Spent) -> Json:
    """What a row of ``usage`` says of a day or of a person."""
    return {
        "questions": one.questions,
        "prompt_tokens": one.usage.prompt_tokens,
        "completion_tokens": one.usage.completion_tokens,
        "cost": money(one.cost),
    }


def outcomes_json(one: Outcomes) -> Json:
    """What a row of ``usage`` says of how a day's questions ended."""
    seconds = one.median_seconds
    return {
        "by_model": one.by_model,
        "fell_back": one.fell_back,
        "refused": one.refused,
        "median_seconds": None if seconds is None else round(seconds, 3),
    }


def money(millionths: int | None) -> float | None:
    """An amount in the price table's currency."""
    return None if millionths is None else millionths / MILLION
