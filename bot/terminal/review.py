"""``footnote review``: what readers found wrong, what had no answer, what is never cited."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.app import App
from bot.records import Scope
from bot.service.review import (
    LibraryReview,
    QuestionGroup,
    export_cases,
    question_text,
    review_library,
)
from bot.store.review_protocol import BadAnswer
from bot.strings import _, ngettext
from bot.terminal.output import DONE, Result

LISTED = 15  # of each kind, in the text; --json has all


async def review(app: App, arguments: argparse.Namespace) -> Result:
    """Show the review of a library; with --export, also write it as a data folder."""
    scope = Scope(arguments.server)
    async with app.store.library(arguments.server) as library:
        embedder = app.budget.metered_embedder(app.embedder, library.ledger)
        found = await review_library(library, scope, embedder)
        document, lines = review_json(found), list(_lines(found))
        if arguments.export:
            folder = Path(arguments.export)
            documents, questions = await export_cases(found, library, scope, folder)
            document["exported"] = {"documents": documents, "questions": questions}
            text = _("Written to {folder}: {questions} questions, {documents} documents.")
            lines.append(
                "\n" + text.format(folder=folder, questions=questions, documents=documents)
            )
    return DONE, document, "\n".join(lines)


def review_json(review: LibraryReview) -> dict[str, Any]:
    """The document of ``review``."""
    return {
        "bad": [_bad_json(bad) for bad in review.bad],
        "unanswered": [
            {"question": group.text, "questions": [question_text(q) for q in group.questions]}
            for group in review.unanswered
        ],
        "cited": [
            {"id": each.article.id, "title": each.article.title, "answers": each.answers}
            for each in review.cited
        ],
        "never_cited": [{"id": a.id, "title": a.title} for a in review.never_cited],
        "private": {"bad": review.private.bad, "unanswered": review.private.unanswered},
    }


def _bad_json(bad: BadAnswer) -> dict[str, Any]:
    return {
        "answer_id": bad.answer.id,
        "at": bad.answer.answered_at,
        "question": question_text(bad.answer),
        "ratings": dict(bad.ratings),
    }


def _lines(review: LibraryReview) -> Iterator[str]:
    yield _("Answers that readers found wrong: {n}").format(n=len(review.bad))
    yield from (_bad_line(bad) for bad in review.bad[:LISTED])
    groups = review.unanswered
    total = sum(len(group.questions) for group in groups)
    yield "\n" + _("Questions without an answer: {n}").format(n=total)
    yield from (_group_line(group) for group in groups[:LISTED])
    yield "\n" + _("Most cited:")
    yield from (f"  {each.answers:>4}  {each.article.title}" for each in review.cited)
    yield "\n" + _("Never cited: {n}").format(n=len(review.never_cited))
    yield from (f"        {article.title}" for article in review.never_cited[:LISTED])
    private = review.private
    if private.bad or private.unanswered:
        text = _("Private questions aren't shown: {bad} found wrong, {open} without an answer.")
        yield "\n" + text.format(bad=private.bad, open=private.unanswered)


def _bad_line(bad: BadAnswer) -> str:
    kinds = ", ".join(f"{kind} {n}" for kind, n in sorted(bad.ratings.items()))
    return f"  {bad.answer.answered_at[:10]}  {question_text(bad.answer)}  ({kinds})"


def _group_line(group: QuestionGroup) -> str:
    n = len(group.questions)
    asked = ngettext("asked once", "asked {n} times", n).format(n=n)
    return f"  {group.text}  ({asked})"
