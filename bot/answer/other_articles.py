"""Understands what is asked of another article than the one cited: "and the older article?".

Knows nothing of what a question means otherwise.
"""

from __future__ import annotations

from functools import partial

from bot.answer.context import AskContext
from bot.answer.conversation.memory import Turn, last_answered
from bot.answer.extractive import REFUSE_BELOW
from bot.answer.plan import Plan, make_plan
from bot.answer.question.follow_up import without_correction
from bot.answer.question.other_one import OtherOne
from bot.answer.reference.find import POINTING, Reference, find_reference, load_facts
from bot.answer.reference.topics import by_topic, plain_title
from bot.answer.strategies.clarification import plan_choice
from bot.answer.strategies.following import Following
from bot.answer.strategies.passages import PassagesPlan
from bot.answer.strategies.repeat import cited_spans
from bot.answer.strategies.same_subject import (
    MAX_ARTICLES,
    articles_beside,
    find_of_period,
    find_older_or_newer,
)
from bot.answer.understood import MAX_SIDES, ConversationQuestion, Rewrite, Understood
from bot.text.tokenize import split_words


async def same_subject(
    line: ConversationQuestion, context: AskContext, rewrite: Rewrite
) -> Understood | None:
    """The answer of the older article on what was asked, or of those of another year."""
    turn = last_answered(line.turns)
    if turn is None or line.everywhere:
        return None
    text = without_correction(line.text)
    if others := await find_older_or_newer(text, turn, context):
        before = await _asked_before(turn, context)
        if others.question:
            plan = await _plan_within(others.ids, others.question, line, context)
            if plan.findings.answer_probability >= REFUSE_BELOW:
                return Understood(plan, others.question)
        return Understood(await _plan_like(turn, others.ids, before, line, context), before)
    if others := await find_of_period(text, turn, context):
        before = await _asked_before(turn, context)
        plan = await _plan_within(others.ids, before, line, context)
        if plan.findings.answer_probability >= REFUSE_BELOW:
            return Understood(plan, await rewrite(text))
    return None


async def _asked_before(turn: Turn, context: AskContext) -> str:
    """What was asked of the article cited, without the words that point to it."""
    reference = await find_reference(turn.standalone_question, context)
    return (reference.rest if reference else "") or turn.standalone_question


async def _plan_within(
    ids: tuple[int, ...], question: str, line: ConversationQuestion, context: AskContext
) -> Plan:
    """The plan for a question that is asked of these articles only."""
    after = Following("", ids, only_near=True)
    return await make_plan(question, context, fresh=False, limit=line.limit, after=after)


async def _plan_like(
    turn: Turn, ids: tuple[int, ...], question: str, line: ConversationQuestion, context: AskContext
) -> Plan:
    """The plan for the question before, of other articles.

    Where they have no answer, they may still tell of what was shown: it is searched for instead.
    """
    plan = await _plan_within(ids, question, line, context)
    if plan.findings.answer_probability >= REFUSE_BELOW:
        return plan
    shown = await cited_spans((turn.items or turn.spans)[:1], context)
    if not shown:
        return plan
    like = await context.search(shown[0].quote, within=ids, limit=line.limit)
    is_likely = like.answer_probability >= REFUSE_BELOW
    return PassagesPlan(question, like, goes_on=True) if is_likely else plan


async def other_one(
    line: ConversationQuestion, turn: Turn, context: AskContext, after: Following
) -> Understood:
    """The question before, of the other articles of the conversation, or else of any other."""
    question = turn.standalone_question
    cited = {span.article_id for span in turn.spans}
    others = tuple(dict.fromkeys(i for t in line.turns for i in t.article_ids if i not in cited))
    if others and not after.words:
        after = Following("", others, after.shown, hide_shown=True, only_near=True)
    plan = await make_plan(question, context, fresh=False, limit=line.limit, after=after)
    if not others and plan.findings.answer_probability < REFUSE_BELOW:
        newest = await context.library.articles.select(
            context.scope, limit=MAX_SIDES + len(cited), matching=context.article_filter
        )
        if choices := tuple(article for article in newest if article.id not in cited):
            return Understood(plan_choice(line.text, Reference("ambiguous", choices)), question)
    return Understood(plan, question)


async def other_article(
    line: ConversationQuestion, turn: Turn, other: OtherOne, context: AskContext
) -> Understood | None:
    """What is asked, or was before, of another article of that name, or of the conversation."""
    if not other.noun and not other.question:
        return None
    cited = {span.article_id for span in turn.spans}
    facts = await load_facts(context)
    titles = {plain_title(entry.title) for entry in facts.entries if entry.id in cited}
    is_named = not POINTING.issuperset(split_words(other.noun))
    named_so = by_topic(other.noun, facts.entries, several=True) if is_named else []
    spoken_of = {i for t in line.turns for i in t.article_ids}
    entries = named_so or [entry for entry in facts.entries if entry.id in spoken_of]
    ids = [e.id for e in entries if e.id not in cited and plain_title(e.title) not in titles]
    is_guess = not ids and not is_named
    if is_guess:
        ids = [article.id for article in await articles_beside(turn, context)][:MAX_ARTICLES]
    if not ids:
        return None
    question = other.question or await _asked_before(turn, context)
    search = _plan_within if other.question else partial(_plan_like, turn)
    plan = await search(tuple(ids[:MAX_SIDES]), question, line, context)
    if is_guess and plan.findings.answer_probability < REFUSE_BELOW:
        return None
    return Understood(plan, question)
