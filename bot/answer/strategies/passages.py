"""The usual plan: answer the question from the passages that search finds for it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.answer.context import AskContext
from bot.answer.extractive import pick_sentences
from bot.answer.strategies.extractive_answer import ExtractiveAnswer, answer_from
from bot.records import SearchResult


@dataclass(frozen=True, slots=True)
class PassagesPlan:
    """``question`` stands alone; ``findings`` are its passages."""

    question: str
    findings: SearchResult


async def quote_passages(plan: PassagesPlan, context: AskContext) -> ExtractiveAnswer:
    """The sentences that answer the question best."""
    picked = await pick_sentences(plan.question, plan.findings, context.embedder)
    return await answer_from(picked, context)
