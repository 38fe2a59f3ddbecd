"""Up to three questions that an article answers, for whoever has just added it.

They are made from its text (``question_candidates``); a model may propose others. Each is tried
first: only one that quotes of this article answer is suggested. Trying asks no model, keeps nothing
and counts as no question.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Sequence

import regex

from bot.answer.extractive import REFUSE_BELOW, pick_quotes
from bot.answer.question_candidates import CandidateQuestion, question_candidates
from bot.answer.request_queue import RequestQueue
from bot.answer.writing.completion import CompletionModel, complete
from bot.embedding import Embedder
from bot.errors import ModelError
from bot.records import Article, Scope, StoredPassage
from bot.search.retrieve import search
from bot.store.protocols import Library
from bot.text.pronouns import REFERS_BACK

log = logging.getLogger(__name__)

MAX_SUGGESTIONS = 3
PROMPT_CHARACTERS = 6_000
PROPOSE_TOKENS = 200
PROPOSE_S = 20.0  # the card is there already, and changes once more
MAX_TRIED = 8  # some 30 ms each on a core of its own
QUESTION_CHARACTERS = 80  # of a button's label
PASSAGES_READ = 12
# Probability that the quotes answer, higher than for a question that somebody really asks.
MIN_ANSWERABILITY = 0.5
ASKING_KINDS = ("heading", "question")  # a quote of the question itself is no answer
_LIST_MARK = regex.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s*")


async def propose_questions(
    article: Article, passages: Sequence[StoredPassage], model: CompletionModel
) -> list[str]:
    """Questions that a model makes of the article's beginning; none if it fails."""
    text = "\n".join(passage.text for passage in passages)[:PROMPT_CHARACTERS]
    title = " ".join(article.title.split())
    prompt = model.prompts.suggest.render(title=_fenced(title), text=_fenced(text))
    deadline = asyncio.get_running_loop().time() + PROPOSE_S
    try:
        reply = await complete(
            model,
            [{"role": "user", "content": prompt}],
            PROPOSE_TOKENS,
            max_characters=MAX_TRIED * QUESTION_CHARACTERS,
            deadline=deadline,
        )
    except ModelError as error:
        log.warning("questions about an article without the model: %s", error.message)
        return []
    lines = (_LIST_MARK.sub("", line).strip() for line in reply.splitlines())
    return [line for line in lines if line.endswith(("?", "？"))]


def _fenced(text: str) -> str:
    """The text without what could end the fence around it."""
    return text.replace("<", "‹").replace(">", "›").replace('"', "”")


async def suggest_questions(
    article: Article,
    passages: Sequence[StoredPassage],
    library: Library,
    scope: Scope,
    embedder: Embedder,
    searches: RequestQueue,
    *,
    proposed: Sequence[str] = (),
    shown_quotes: Collection[str] = (),
) -> tuple[str, ...]:
    """The first of the proposed and of the article's own questions that its quotes answer.

    Each is tried when it is its turn in ``searches``: people who ask don't wait for all of them.
    ``shown_quotes``: quotes that the reader has seen; a question that they answer is left out.
    """
    own = await asyncio.to_thread(lambda: list(question_candidates(article, passages)))
    by_text = {each.text: each for each in (*map(CandidateQuestion, proposed), *own)}
    questions = [each for each in by_text.values() if _stands_alone(each.text)]
    suggested: list[str] = []
    for question in questions[:MAX_TRIED]:
        async with searches.slot():
            if await _is_answered(question, article.id, library, scope, embedder, shown_quotes):
                suggested.append(question.text)
        if len(suggested) == MAX_SUGGESTIONS:
            break
    return tuple(suggested)


async def _is_answered(
    question: CandidateQuestion,
    article_id: int,
    library: Library,
    scope: Scope,
    embedder: Embedder,
    shown_quotes: Collection[str],
) -> bool:
    findings = await search(
        question.text, library, scope, embedder, limit=PASSAGES_READ, within=[article_id]
    )
    is_sure = question.must_say is not None
    if findings.answer_probability < (REFUSE_BELOW if is_sure else MIN_ANSWERABILITY):
        return False
    quotes = await pick_quotes(question.text, findings, embedder)
    best = findings.hits[0].passage.id  # in which the question may only be asked
    if all(passage.quote(sentence) in shown_quotes for passage, sentence in quotes):
        return False
    return any(
        passage.id == best
        and sentence.kind not in ASKING_KINDS
        and (question.must_say is None or question.must_say.search(passage.quote(sentence)))
        for passage, sentence in quotes
    )


def _stands_alone(question: str) -> bool:
    """Whether it fits a button and is understood there: it speaks of no "him" or "it"."""
    return len(question) <= QUESTION_CHARACTERS and REFERS_BACK.search(question) is None
