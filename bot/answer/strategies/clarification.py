"""An underspecified question is asked back, with the closest passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.answer.extractive import REFUSE_BELOW
from bot.answer.question.decompose import clarifying_question, is_underspecified
from bot.answer.question.follow_up import content_words
from bot.answer.strategies.extractive_answer import ExtractiveAnswer
from bot.answer_records import NamedArticle
from bot.records import Hit, SearchResult
from bot.search.question_analysis import AnswerType, analyze
from bot.search.sentence_signals import KeywordMatcher
from bot.text.tokenize import split_words

COUNTED = frozenset((AnswerType.COUNT, AnswerType.QUANTITY))
WHOLE_WORDS = 6  # "what's good about having bees there" says what it asks
AS_LIKELY = 2.2  # log odds below the best, of what answers about as well


@dataclass(frozen=True, slots=True)
class ClarificationPlan:
    """``clarification``: the question to the asker; ``choices``: the articles to choose from."""

    question: str
    findings: SearchResult
    clarification: str
    choices: tuple[NamedArticle, ...] = ()


def plan_clarification(question: str, findings: SearchResult) -> ClarificationPlan | None:
    """None if the question says enough, or its passages or what answers are all of one article.

    Nor is anything asked of a topic that no passage names.
    """
    article_ids = {hit.passage.article_id for hit in findings.hits}
    if len(article_ids) <= 1 or not is_underspecified(question) or _is_clear(question, findings):
        return None
    if content_words(question) and not _names_topic(findings.hits, question):
        return None
    return ClarificationPlan(question, findings, clarifying_question(question))


def _is_clear(question: str, findings: SearchResult) -> bool:
    """Whether it is a whole question or says what is counted, and one article alone answers it."""
    analyzed = analyze(question)
    says_enough = analyzed.answer_type in COUNTED or len(analyzed.words) >= WHOLE_WORDS
    if not (says_enough and content_words(question)) or findings.answer_probability < REFUSE_BELOW:
        return False
    best = max((c.log_odds for c in findings.candidates), default=0.0)
    near = {c.passage.article_id for c in findings.candidates if best - c.log_odds <= AS_LIKELY}
    return len(near) == 1


def _names_topic(hits: Sequence[Hit], question: str) -> bool:
    matcher = KeywordMatcher(analyze(question))
    texts = (f"{h.passage.title} {h.passage.heading} {h.passage.text}" for h in hits)
    return any(matcher.matches_in(split_words(text)) for text in texts)


def ask_back(plan: ClarificationPlan) -> ExtractiveAnswer:
    """No sentences, and the question to the asker."""
    return ExtractiveAnswer((), clarification=plan.clarification)
