"""Shows again what the last answer rests on: "who says so?", "are you sure?", "shorter".

Without a model, these are its sentences themselves, under the names of their articles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from bot.answer.catalog.catalog_answers import describe_article
from bot.answer.context import AskContext
from bot.answer.conversation.memory import (
    ShownSpan,
    Turn,
    last_answered,
    last_list,
    shown_spans,
)
from bot.answer.conversation.speech_act import SpeechAct
from bot.answer.extractive import REFUSE_BELOW
from bot.answer.strategies.extractive_answer import ExtractiveAnswer, quote_span
from bot.citations import CitedSpan, DraftSentence
from bot.errors import ArticleNotFound
from bot.records import Hit, SearchResult, StoredPassage
from bot.strings import N_, _

AUTHORS = regex.compile(r"\s*(?:[,;&]|\b(?:and|und|y|e|et|и)\b)\s*")
BYLINE_CHARACTERS = 40  # beside the names: "By …, school office"
ITEM_PASSAGES = 4  # that are searched for what is asked of an item
NEXT_SENTENCES = 3  # shown after "more"
NOTES = {
    SpeechAct.SURE: N_("This is what the sources say, word for word."),
    SpeechAct.TRANSLATE: N_("Without a language model I can't translate: quotes stay as they are."),
}


@dataclass(frozen=True, slots=True)
class RepeatPlan:
    """``spans``: the sentences to show again; ``names``: a line about each article, by id."""

    question: str
    findings: SearchResult
    spans: tuple[CitedSpan, ...]
    act: SpeechAct
    names: dict[int, str]

    @property
    def may_be_written(self) -> bool:
        """Whether a model may say it again: shorter, or in another language."""
        return self.act in (SpeechAct.SHORTER, SpeechAct.TRANSLATE)


async def plan_repeat(
    act: SpeechAct, turn: Turn, line: str, context: AskContext
) -> RepeatPlan | None:
    """None if none of the sentences is there any more. ``line``: what was asked for."""
    spans = await cited_spans(turn.spans, context)
    if act is SpeechAct.SHORTER:
        spans = spans[:1]
    elif act is SpeechAct.WHO_SAYS:
        spans = await _with_bylines(spans, context)
    if not spans:
        return None
    question = turn.standalone_question
    if act in (SpeechAct.SHORTER, SpeechAct.TRANSLATE):
        question = f"{question} ({line})"
    return await plan_spans(question, spans, context, act)


async def _with_bylines(spans: Sequence[CitedSpan], context: AskContext) -> list[CitedSpan]:
    """The spans, each article's after the line of its text that names its author, if any does."""
    by_article: dict[int, list[CitedSpan]] = {}
    for span in spans:
        by_article.setdefault(span.passage.article_id, []).append(span)
    for article_id, cited in by_article.items():
        byline = _byline(await passages_in(article_id, context))
        if byline is not None and byline.start not in [span.start for span in cited]:
            cited.insert(0, byline)
    return [span for cited in by_article.values() for span in cited]


def _byline(passages: Sequence[StoredPassage]) -> CitedSpan | None:
    """The shortest line that names the first author: "By Ada Wren", or the name under a mail."""
    author = (passages[0].author or "") if passages else ""
    first = AUTHORS.split(author)[0].casefold()
    lines = [
        CitedSpan(passage, sentence.start, sentence.end)
        for passage in passages
        for sentence in passage.sentences
        if first and first in passage.quote(sentence).casefold()
    ]
    shortest = min(lines, key=lambda line: len(line.quote), default=None)
    is_line = shortest is not None and len(shortest.quote) <= len(author) + BYLINE_CHARACTERS
    return shortest if is_line else None


async def plan_item(
    line: str, turns: Sequence[Turn], context: AskContext, places: Sequence[int], *, asks: str = ""
) -> RepeatPlan | None:
    """The sentences at ``places`` of the list that was shown last: "and the second one?".

    ``asks``: what is asked of them, as "why"; the likeliest sentence for it comes with them.
    """
    shown = last_list(turns)
    meant = [shown[p - 1 if p > 0 else p] for p in places if p and abs(p) <= len(shown)]
    spans = await cited_spans(meant, context)
    if asks and spans:
        spans += await _answers(f"{asks} ({spans[-1].quote})", spans, context)
    return await plan_spans(line, spans, context) if spans else None


async def _answers(
    question: str, spans: Sequence[CitedSpan], context: AskContext
) -> list[CitedSpan]:
    """The likeliest answer in the article of the spans, if it is likely and none of them."""
    article_id = spans[-1].passage.article_id
    findings = await context.search(question, within=[article_id], limit=ITEM_PASSAGES)
    if findings.answer_probability < REFUSE_BELOW or not findings.candidates:
        return []
    best = max(findings.candidates, key=lambda candidate: candidate.log_odds)
    if any(best.sentence.start == span.start for span in spans):
        return []
    return [CitedSpan(best.passage, best.sentence.start, best.sentence.end)]


async def plan_spans(
    question: str,
    spans: Sequence[CitedSpan],
    context: AskContext,
    act: SpeechAct = SpeechAct.MORE,
) -> RepeatPlan:
    """The plan to show these sentences."""
    names = {}
    for article_id in dict.fromkeys(span.passage.article_id for span in spans):
        article = await context.library.articles.get(article_id, context.scope)
        names[article_id] = describe_article(article)
    passages = {span.passage.id: span.passage for span in spans}
    hits = tuple(Hit(passage, 1.0, 0.0, 0.0) for passage in passages.values())
    findings = SearchResult(hits, 1.0, len(hits))
    return RepeatPlan(question, findings, tuple(spans), act, names)


async def plan_next(turns: Sequence[Turn], context: AskContext) -> RepeatPlan | None:
    """The sentences that follow in the article cited last; None at its end."""
    turn = last_answered(turns)
    if turn is None:
        return None
    last = turn.spans[-1]
    shown = shown_spans(turns)
    following = [
        CitedSpan(passage, sentence.start, sentence.end)
        for passage in await passages_in(last.article_id, context)
        for sentence in passage.sentences
        if passage.version_id == last.version_id
        and sentence.start > last.start
        and (passage.version_id, sentence.start) not in shown
    ][:NEXT_SENTENCES]
    if not following:
        return None
    return await plan_spans(turn.standalone_question, following, context)


async def cited_spans(shown: Sequence[ShownSpan], context: AskContext) -> list[CitedSpan]:
    """The shown sentences in their passages, as far as these may still be seen."""
    passages: dict[int, list[StoredPassage]] = {}
    spans: list[CitedSpan] = []
    for each in shown:
        if each.article_id not in passages:
            passages[each.article_id] = await passages_in(each.article_id, context)
        for passage in passages[each.article_id]:
            if passage.version_id == each.version_id and passage.start <= each.start < passage.end:
                spans.append(CitedSpan(passage, each.start, each.end))
                break
    return spans


async def passages_in(article_id: int, context: AskContext) -> list[StoredPassage]:
    """The passages of an article; none if it may not be seen any more."""
    try:
        return await context.library.articles.passages_of(article_id, context.scope)
    except ArticleNotFound:
        return []


def repeat(plan: RepeatPlan) -> ExtractiveAnswer:
    """The sentences, each article's under its name where that was asked for."""
    named = plan.act in (SpeechAct.WHO_SAYS, SpeechAct.SURE)
    sentences: list[DraftSentence] = []
    last = None
    for span in plan.spans:
        if named and span.passage.article_id != last:
            name = plan.names[span.passage.article_id]
            sentences.append(DraftSentence(f"{name}:", (), paragraph=bool(sentences)))
        last = span.passage.article_id
        sentences.append(quote_span(span, paragraph=bool(sentences)))
    return ExtractiveAnswer(tuple(sentences))


def repeat_note(plan: RepeatPlan) -> str:
    """What is to be said of the sentences."""
    note = NOTES.get(plan.act)
    return _(note) if note else ""
