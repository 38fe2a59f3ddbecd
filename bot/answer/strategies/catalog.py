"""A question about the library itself is answered from the database."""

from __future__ import annotations

from dataclasses import dataclass

from bot.answer.catalog.catalog_answers import answer_from_catalog, describe_one
from bot.answer.catalog.intents import Intent
from bot.answer.context import AskContext
from bot.answer.strategies.extractive_answer import ExtractiveAnswer
from bot.citations import DraftSentence
from bot.records import Article, SearchResult


@dataclass(frozen=True, slots=True)
class CatalogPlan:
    """``rows``: the answer; ``named_article_ids``: the articles that they name, cited or not."""

    question: str
    findings: SearchResult
    rows: tuple[DraftSentence, ...]
    named_article_ids: frozenset[int]


async def plan_catalog(question: str, intent: Intent, context: AskContext) -> CatalogPlan | None:
    """None if no article matches, and the question may have meant something else."""
    answer = await answer_from_catalog(intent, context)
    if answer is None:
        return None
    return CatalogPlan(question, answer.findings, answer.sentences, answer.article_ids)


async def plan_description(question: str, article: Article, context: AskContext) -> CatalogPlan:
    """The plan to say what is known of one article."""
    answer = await describe_one(article, context)
    return CatalogPlan(question, answer.findings, answer.sentences, answer.article_ids)


def list_rows(plan: CatalogPlan) -> ExtractiveAnswer:
    """The rows as they are."""
    return ExtractiveAnswer(plan.rows, mode="library", named_article_ids=plan.named_article_ids)
