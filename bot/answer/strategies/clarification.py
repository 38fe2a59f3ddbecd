"""An underspecified question is asked back, with the closest passages."""

from __future__ import annotations

from dataclasses import dataclass

from bot.answer.question.decompose import clarifying_question, is_underspecified
from bot.answer.question.follow_up import content_words
from bot.answer.strategies.extractive_answer import ExtractiveAnswer
from bot.answer_records import NamedArticle
from bot.records import Hit, SearchResult
from bot.search.question_analysis import analyze
from bot.search.sentence_signals import KeywordMatcher
from bot.text.tokenize import split_words


@dataclass(frozen=True, slots=True)
class ClarificationPlan:
    """``clarification``: the question to the asker; ``choices``: the articles to choose from."""

    question: str
    findings: SearchResult
    clarification: str
    choices: tuple[NamedArticle, ...] = ()


def plan_clarification(question: str, findings: SearchResult) -> ClarificationPlan | None:
    """None if the question says enough, or its passages are all from one article.

    Nor is anything asked of a topic that no passage names.
    """
    article_ids = {hit.passage.article_id for hit in findings.hits}
    if len(article_ids) <= 1 or not is_underspecified(question):
        return None
    if content_words(question) and not any(_names_topic(hit, question) for hit in findings.hits):
        return None
    return ClarificationPlan(question, findings, clarifying_question(question))


def _names_topic(hit: Hit, question: str) -> bool:
    passage = hit.passage
    words = split_words(f"{passage.title} {passage.heading} {passage.text}")
    return bool(KeywordMatcher(analyze(question)).matches_in(words))


def ask_back(plan: ClarificationPlan) -> ExtractiveAnswer:
    """No sentences, and the question to the asker."""
    return ExtractiveAnswer((), clarification=plan.clarification)
