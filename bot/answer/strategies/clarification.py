"""Asks back what a question means.

An underspecified question gets a clarifying question, with the closest passages; one whose words
point to several articles, the articles to choose from; one that points to none here is told so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.answer.extractive import REFUSE_BELOW
from bot.answer.question.follow_up import content_words
from bot.answer.question.underspecified import clarifying_question, is_underspecified
from bot.answer.reference.find import Reference
from bot.answer.strategies.extractive_answer import ExtractiveAnswer
from bot.answer_records import NamedArticle
from bot.records import Article, Hit, SearchResult
from bot.search.question_analysis import AnswerType, analyze
from bot.search.sentence_signals import KeywordMatcher
from bot.strings import _
from bot.text.tokenize import split_words

COUNTED = frozenset((AnswerType.COUNT, AnswerType.QUANTITY))
MAX_CHOICES = 5  # a row of buttons
NOTHING = SearchResult((), 0.0, 0)
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


def plan_choice(question: str, reference: Reference) -> ClarificationPlan:
    """The question to the asker, with the articles to choose from."""
    if reference.status == "none":
        return ClarificationPlan(question, NOTHING, _not_there(reference))
    choices = named(reference.articles[:MAX_CHOICES])
    return ClarificationPlan(question, NOTHING, _("Which one do you mean?"), choices)


def plan_nothing_shown(question: str) -> ClarificationPlan:
    """For "who says so?" where nothing was shown yet."""
    text = _("I haven't found anything yet that I could show. What would you like to know?")
    return ClarificationPlan(question, NOTHING, text)


def _not_there(reference: Reference) -> str:
    if reference.missing is not None:
        return _("There is no article {n} here.").format(n=reference.missing)
    return _("I can't find such an article here.")


def named(articles: Sequence[Article]) -> tuple[NamedArticle, ...]:
    """Articles by id and title."""
    return tuple(NamedArticle(article.id, article.title) for article in articles)


def ask_back(plan: ClarificationPlan) -> ExtractiveAnswer:
    """No sentences, and the question to the asker."""
    return ExtractiveAnswer((), clarification=plan.clarification)
