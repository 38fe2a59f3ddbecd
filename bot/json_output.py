"""The JSON documents of the command line. Other programs rely on their keys (docs/json.md)."""

from __future__ import annotations

from typing import Any

from bot.answer_records import Answer, Citation, superscript, to_money
from bot.errors import ArticleRefused
from bot.ingest.submission import IngestResult
from bot.records import Article, Hit, SearchResult, Version
from bot.service.about_bot import reply_about_bot
from bot.service.saved_answers import OpenedFootnote
from bot.store.ledger_protocol import Outcomes, Spent
from bot.strings import N_, _
from bot.verify.verification_summary import mark_unchecked

Json = dict[str, Any]
NO_ANSWER = N_("I couldn't find a clear answer.")


def answer_text(answer: Answer) -> str:
    """The answer's sentences with their footnotes and marks, one paragraph per line."""
    text = ""
    for sentence in answer.sentences:
        if text:
            text += "\n" if sentence.paragraph else " "
        text += sentence.text + superscript(sentence.footnotes) + mark_unchecked(sentence)
    return text


def unanswered_text(answer: Answer) -> str:
    """The question back, or that there is no clear answer and the closest sentences."""
    if instead := reply_about_bot(answer, "terminal") or answer.clarification:
        return instead
    closest = [_("Closest passages:"), answer_text(answer)] if answer.sentences else []
    return "\n".join([_(NO_ANSWER), *closest])


def added_json(source: str, result: IngestResult) -> Json:
    """A row of ``add`` for an article that is now in the library."""
    article = result.article
    return {
        "source": source,
        "id": article.id,
        "version": article.version,
        "title": article.title,
        "status": result.status,
        "reason": similarity_reason(result) or None,
        "notes": list(article.notes) if result.status in ("added", "updated") else [],
        "passages": article.passages,
        "characters": article.characters,
    }


def similarity_reason(result: IngestResult) -> str:
    """Why a near-duplicate was not stored; empty for everything else."""
    if result.similarity is None:
        return ""
    article, adder = result.article, result.article.submitter.name
    message = (
        _("Not stored: {share} the same as article {id}, “{title}”, added by {name}.")
        if adder
        else _("Not stored: {share} the same as article {id}, “{title}”.")
    )
    share = f"{result.similarity:.0%}"
    return message.format(share=share, id=article.id, title=article.title, name=adder)


def refused_json(source: str, error: ArticleRefused) -> Json:
    """A row of ``add`` for a source that was refused."""
    return {
        "source": source,
        "id": None,
        "version": None,
        "title": None,
        "status": "refused",
        "reason": error.message,
        "code": error.code,
        "notes": [],
        "passages": 0,
        "characters": 0,
    }


def answer_json(answer: Answer) -> Json:
    """The document of ``ask``."""
    return {
        "question": answer.question,
        "answer": answer_text(answer) if answer.answered else unanswered_text(answer),
        "answered": answer.answered,
        "state": answer.state,
        "mode": answer.mode,
        "citations": [citation_json(c) for c in answer.citations],
        "supported": answer.supported_count,
        "sentences": len(answer.sentences),
        "not_checked": len(answer.cited_sentences) - answer.supported_count,
        "model": answer.model,
        "usage": {
            "prompt_tokens": answer.usage.prompt_tokens,
            "completion_tokens": answer.usage.completion_tokens,
            "cost": to_money(answer.cost),
        },
        "seconds": {
            "search": round(answer.seconds.search, 4),
            "first_token": answer.seconds.first_token and round(answer.seconds.first_token, 4),
            "total": round(answer.seconds.total, 4),
        },
        "nearest": [hit_json(h) for h in answer.nearest],
        "note": answer.note or None,
        "understood": answer.standalone_question or None,
        "asks": answer.clarification or reply_about_bot(answer, "terminal") or None,
        "missing": list(answer.unanswered_parts),
        "within": [{"id": a.id, "title": a.title} for a in answer.within_articles],
        "choices": [{"id": a.id, "title": a.title} for a in answer.choices],
    }


def citation_json(citation: Citation) -> Json:
    """A footnote: ``quote == show(article_id, version).text[start:end]``."""
    return {
        "n": citation.n,
        "article_id": citation.article_id,
        "version": citation.version,
        "title": citation.title,
        "url": citation.url,
        "page": citation.page,
        "page_unit": citation.page_unit,
        "by_ocr": citation.by_ocr,
        "published": citation.published,
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
    }


def footnote_json(opened: OpenedFootnote) -> Json:
    """The document of ``cite``."""
    passage, citation = opened.passage, opened.passage.citation
    return {
        **citation_json(citation),
        "heading": passage.heading or None,
        "added": passage.added,
        "added_by": citation.submitter.name or None,
        "newest_version": opened.article.version,
        "passage": {
            "start": passage.start,
            "end": passage.start + len(passage.text),
            "text": passage.text,
        },
    }


def hit_json(hit: Hit) -> Json:
    """A passage of ``search``, or one close to a question without an answer."""
    passage = hit.passage
    return {
        "article_id": passage.article_id,
        "version": passage.version,
        "title": passage.title,
        "score": round(hit.score, 6),
        "start": passage.start,
        "end": passage.end,
        "page": passage.page,
        "page_unit": passage.page_unit,
        "by_ocr": passage.by_ocr,
        "text": passage.text,
    }


def search_result_json(result: SearchResult) -> Json:
    """The document of ``search``."""
    return {
        "hits": [hit_json(h) for h in result.hits],
        "answerable": round(result.answer_probability, 6),
    }


def article_json(article: Article) -> Json:
    """A row of ``list``."""
    return {
        "id": article.id,
        "version": article.version,
        "title": article.title,
        "url": article.url,
        "author": article.author,
        "published": article.published,
        "date_kind": article.date_kind if article.published else None,
        "date_source": article.date_source or None,
        "added": article.added,
        "passages": article.passages,
        "characters": article.characters,
    }


def version_json(version: Version) -> Json:
    """The document of ``show``."""
    return {
        "id": version.article.id,
        "version": version.version,
        "versions": [{"version": v.version, "at": v.at, "hash": v.hash} for v in version.versions],
        "title": version.article.title,
        "url": version.article.url,
        "author": version.article.author,
        "published": version.article.published,
        "date_kind": version.article.date_kind if version.article.published else None,
        "date_source": version.article.date_source or None,
        "language": version.article.language,
        "notes": list(version.article.notes),
        "text": version.text,
    }


def usage_json(spent: Spent) -> Json:
    """What a day, or a person, used: questions, tokens and cost."""
    return {
        "questions": spent.questions,
        "prompt_tokens": spent.usage.prompt_tokens,
        "completion_tokens": spent.usage.completion_tokens,
        "cost": to_money(spent.cost),
    }


def outcomes_json(outcomes: Outcomes) -> Json:
    """How a day's questions were answered."""
    seconds = outcomes.median_seconds
    return {
        "by_model": outcomes.by_model,
        "fell_back": outcomes.fell_back,
        "refused": outcomes.refused,
        "median_seconds": None if seconds is None else round(seconds, 3),
    }
