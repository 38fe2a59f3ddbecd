"""Reviewing a library: what readers found wrong, what it could not answer, what is never cited.

A bad rating keeps the answer as a case: question, words, quotes and versions, as they were. Private
questions are counted, not shown. ``export_cases`` writes what is shown as a folder that
``footnote eval`` replays.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot import __version__
from bot.answer_records import Answer, Rating
from bot.embedding import Embedder
from bot.errors import FootnoteError, ModelError
from bot.ingest import READER_VERSION
from bot.records import Article, Scope
from bot.service.saved_answers import load_answer, rate_answer
from bot.store.protocols import Library
from bot.store.review_protocol import BadAnswer, PrivateCounts
from bot.store.values import StoredAnswer
from bot.strings import _

MAX_SHOWN = 200
MOST_CITED = 10
# Cosine of two questions that ask the same: .72 to .93 of 7 pairs with the built-in embedder; of 7
# pairs that ask something else of the same thing .34 to .70.
SAME_QUESTION_COSINE = 0.71


@dataclass(frozen=True, slots=True)
class QuestionGroup:
    """Unanswered questions that ask nearly the same; the newest stands for them."""

    questions: tuple[StoredAnswer, ...]

    @property
    def text(self) -> str:
        return question_text(self.questions[0])


@dataclass(frozen=True, slots=True)
class CitedArticle:
    """An article, and how many answers cite it."""

    article: Article
    answers: int


@dataclass(frozen=True, slots=True)
class LibraryReview:
    """What is worth looking at."""

    bad: Sequence[BadAnswer]
    unanswered: Sequence[QuestionGroup]
    cited: Sequence[CitedArticle]
    never_cited: Sequence[Article]
    private: PrivateCounts


def question_text(stored: StoredAnswer) -> str:
    """The question as it can be understood alone."""
    return stored.standalone_question or stored.question


async def rate_and_keep(
    library: Library, answer_id: int, user_id: int, kind: Rating, scope: Scope
) -> None:
    """Stores a reader's rating; a bad one keeps the answer as a case. Raises ArticleNotFound."""
    await rate_answer(library, answer_id, user_id, kind, scope)
    stored = await library.answers.answer(answer_id, scope)
    if kind != "helpful" and stored is not None and stored.body:
        details = await _case_of(stored, library, scope)
        await library.review.keep_case(stored, json.dumps(details, ensure_ascii=False))


async def _case_of(stored: StoredAnswer, library: Library, scope: Scope) -> dict[str, Any]:
    """The question, the answer's words, the cited passages, and the versions that made it."""
    answer, within = load_answer(stored)
    return {
        "question": stored.question,
        "standalone": stored.standalone_question,
        "within": within,
        "answer": [[sentence.text, list(sentence.footnotes)] for sentence in answer.sentences],
        "passages": [
            await _passage_of(answer, n, library, scope) for n in sorted(_numbers(answer))
        ],
        "versions": {
            "footnote": __version__,
            "reader": READER_VERSION,
            "mode": answer.mode,
            "model": answer.model,
        },
    }


def _numbers(answer: Answer) -> set[int]:
    return {citation.n for citation in answer.citations}


async def _passage_of(answer: Answer, n: int, library: Library, scope: Scope) -> dict[str, Any]:
    assert answer.id is not None
    opened = await library.answers.cited_passage(answer.id, n, scope)
    citation = opened.citation
    return {
        "n": n,
        "article": citation.article_id,
        "version": citation.version,
        "title": citation.title,
        "quote": citation.quote,
        "text": opened.text,
    }


async def review_library(
    library: Library, scope: Scope, embedder: Embedder, asked_in: frozenset[int] | None = None
) -> LibraryReview:
    """What a scope shows of it. ``asked_in``: whose questions may be shown; None for everything."""
    unanswered = await library.review.unanswered(scope, asked_in, limit=MAX_SHOWN)
    counts = await library.review.citation_counts(scope)
    articles = {article.id: article for article in await library.articles.select(scope)}
    cited = sorted(((n, i) for i, n in counts.items() if n and i in articles), reverse=True)
    return LibraryReview(
        bad=await library.review.bad_answers(scope, asked_in, limit=MAX_SHOWN),
        unanswered=await group_questions(unanswered, embedder),
        cited=[CitedArticle(articles[i], n) for n, i in cited[:MOST_CITED]],
        never_cited=[article for i, article in articles.items() if not counts.get(i)],
        private=await library.review.private_counts(scope),
    )


async def group_questions(
    questions: Sequence[StoredAnswer], embedder: Embedder
) -> list[QuestionGroup]:
    """The questions by what they ask, the largest group first.

    Each joins the first group whose newest question is close; without vectors, equal ones are one.
    """
    texts = [question_text(question) for question in questions]
    try:
        vectors = await embedder.embed(texts) if texts else np.zeros((0, 1), np.float32)
    except ModelError:
        keys = {text.casefold(): i for i, text in enumerate(reversed(texts))}
        vectors = np.eye(len(texts), dtype=np.float32)[[keys[t.casefold()] for t in texts]]
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    is_same = (unit @ unit.T >= SAME_QUESTION_COSINE).tolist()
    groups: list[list[int]] = []
    for i in range(len(questions)):
        near = next((group for group in groups if is_same[i][group[0]]), None)
        if near is None:
            groups.append([i])
        else:
            near.append(i)
    groups.sort(key=len, reverse=True)
    return [QuestionGroup(tuple(questions[i] for i in group)) for group in groups]


# --- the data folder -------------------------------------------------------------------------


async def export_cases(
    review: LibraryReview, library: Library, scope: Scope, folder: Path
) -> tuple[int, int]:
    """Writes documents.jsonl and questions.jsonl; how many of each. Raises FootnoteError.

    The documents are the newest texts of all articles. A question that was answered wrongly has
    as evidence the quotes that it got, unless these were what was wrong; one without an answer has
    none: whoever uses the folder corrects both by hand.
    """
    documents = [
        _document(article, (await library.articles.version(article.id, scope)).text)
        for article in await library.articles.select(scope, sort="oldest")
    ]
    texts = {document["id"]: document["text"] for document in documents}
    questions = [_bad_question(bad, texts) for bad in review.bad]
    questions += [
        _open_question(stored) for group in review.unanswered for stored in group.questions
    ]
    try:
        await asyncio.to_thread(_write_folder, folder, documents, questions)
    except OSError as error:
        message = _("The folder {folder} can't be written ({reason}). Nothing else was changed.")
        raise FootnoteError(message.format(folder=folder, reason=error.strerror)) from error
    return len(documents), len(questions)


def _document(article: Article, text: str) -> dict[str, Any]:
    return {
        "id": str(article.id),
        "title": article.title,
        "url": article.url,
        "published": article.published,
        "text": text,
    }


def _bad_question(bad: BadAnswer, texts: dict[str, str]) -> dict[str, Any]:
    answer, _within = load_answer(bad.answer)
    passages = json.loads(bad.details)["passages"] if bad.details else []
    kinds = [kind for kind in bad.ratings if kind != "helpful"]
    evidence = [
        {"doc_id": str(passage["article"]), "text": passage["quote"]}
        for passage in passages
        if passage["quote"] in texts.get(str(passage["article"]), "")
    ]
    return {
        "id": f"answer-{bad.answer.id}",
        "question": question_text(bad.answer),
        "history": [],
        "answers": [],
        "given": " ".join(sentence.text for sentence in answer.sentences),
        "evidence": [] if "wrong source" in kinds else evidence,
        "answerable": True,
        "type": "+".join(sorted(kinds)),
    }


def _open_question(stored: StoredAnswer) -> dict[str, Any]:
    return {
        "id": f"answer-{stored.id}",
        "question": question_text(stored),
        "history": [],
        "answers": [],
        "evidence": [],
        "answerable": False,
        "type": "unanswered",
    }


def _write_folder(
    folder: Path, documents: Sequence[dict[str, Any]], questions: Sequence[dict[str, Any]]
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "documents.jsonl", documents)
    _write(folder / "questions.jsonl", questions)


def _write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    path.write_text("".join(lines), "utf-8")
