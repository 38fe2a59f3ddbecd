"""An underspecified question is asked back, with the closest passages."""

from __future__ import annotations

from dataclasses import dataclass

from bot.answer.question.decompose import clarifying_question, is_underspecified
from bot.answer.strategies.extractive_answer import ExtractiveAnswer
from bot.answer_records import NamedArticle
from bot.records import SearchResult


@dataclass(frozen=True, slots=True)
class ClarificationPlan:
    """``clarification``: the question to the asker; ``choices``: the articles to choose from."""

    question: str
    findings: SearchResult
    clarification: str
    choices: tuple[NamedArticle, ...] = ()


def plan_clarification(question: str, findings: SearchResult) -> ClarificationPlan | None:
    """None if the question says enough, or its passages are all from one article."""
    article_ids = {hit.passage.article_id for hit in findings.hits}
    if len(article_ids) <= 1 or not is_underspecified(question):
        return None
    return ClarificationPlan(question, findings, clarifying_question(question))


def ask_back(plan: ClarificationPlan) -> ExtractiveAnswer:
    """No sentences, and the question to the asker."""
    return ExtractiveAnswer((), clarification=plan.clarification)
