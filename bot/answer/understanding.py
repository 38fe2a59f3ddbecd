"""Decides what a question means within its conversation, before anything is searched.

Which articles it points to, whether it is about the last answer, and what it asks when it stands
alone. Everything is looked up within the question's scope. Knows nothing of models' servers: the
rewriting is a parameter.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial

from bot.answer.catalog.intents import Intent, IntentKind, match_intent
from bot.answer.catalog_request import may_request, read_request
from bot.answer.context import AskContext
from bot.answer.conversation.memory import last_answered
from bot.answer.conversation.speech_act import ABOUT_TURN, SpeechAct
from bot.answer.extractive import REFUSE_BELOW, UNSURE_BELOW
from bot.answer.other_articles import other_article, other_one, same_subject
from bot.answer.plan import Plan, make_plan
from bot.answer.question.follow_up import (
    FollowUpKind,
    classify_follow_up,
    content_words,
    is_correction,
    without_correction,
)
from bot.answer.question.other_one import read_other
from bot.answer.question.preface import without_remark
from bot.answer.question.stated_day import with_days_counted
from bot.answer.reference.find import (
    Reference,
    find_reference,
    load_facts,
    may_point,
    speaks_of,
    today,
)
from bot.answer.reference.pointer import Line, says_about
from bot.answer.reference.positions import read_places
from bot.answer.reference.resolve import Status
from bot.answer.strategies.catalog import plan_catalog, plan_description
from bot.answer.strategies.clarification import named, plan_choice, plan_nothing_shown
from bot.answer.strategies.comparison import plan_sides
from bot.answer.strategies.following import Following, following
from bot.answer.strategies.more_on_shown import (
    find_siblings,
    label_of,
    plan_more_on,
    turn_that_says,
)
from bot.answer.strategies.passages import PassagesPlan
from bot.answer.strategies.repeat import plan_item, plan_next, plan_repeat, plan_spans
from bot.answer.strategies.summary import plan_summary
from bot.answer.summary.summary_request import SummaryOrder, names_something, read_length
from bot.answer.understood import MAX_SIDES, ConversationQuestion, Rewrite, Understood
from bot.records import Article
from bot.search.question_analysis import AnswerType, analyze
from bot.text.contractions import with_apostrophes
from bot.text.language import detect_language
from bot.text.question_words import is_question_word
from bot.text.tokenize import split_words

REPEATS = frozenset({SpeechAct.WHO_SAYS, SpeechAct.SURE, SpeechAct.SHORTER, SpeechAct.TRANSLATE})
# Asked of an article as such, its author, date or origin is meant.
FACT_TYPES = frozenset({AnswerType.PERSON, AnswerType.DATE, AnswerType.YEAR, AnswerType.PLACE})


async def understand(
    line: ConversationQuestion, context: AskContext, rewrite: Rewrite
) -> Understood:
    """The plan for a question. ``rewrite`` makes it stand alone."""
    line = replace(line, text=with_days_counted(with_apostrophes(line.text)))
    intent = match_intent(line.text)
    if intent is None:
        listed = await _catalog_request(line, context)
        if listed is not None:
            return listed
    asks_of_turn = intent is None or line.act in REPEATS  # "show the source"
    about_turn = await _about_turn(line, context, rewrite) if asks_of_turn else None
    if about_turn is not None:
        return about_turn
    summary = await _summary(line, context)
    if summary is not None:
        return summary
    item = await _shown_item(line, context)
    if item is not None:
        return item
    if intent is None or intent.kind is IntentKind.COMPARE:
        reference = None if line.everywhere else await _reference(line, context)
        is_one_side = intent is not None and reference is not None and len(reference.articles) == 1
        if reference is not None and not is_one_side:
            return await _of_articles(line, reference, context, rewrite)
    beside = await same_subject(line, context, rewrite)
    return beside or await _plain(line, context, rewrite)


async def _catalog_request(line: ConversationQuestion, context: AskContext) -> Understood | None:
    """The rows that free words ask for: "how many pdfs did sam add"."""
    if not (may_point(line.text) and may_request(line.text)):
        return None
    facts = await load_facts(context, all_of_them=True)
    request = await asyncio.to_thread(read_request, line.text, facts.entries, today())
    if request is None:
        return None
    ids = list(request.ids)
    if request.kind is IntentKind.UNASKED:
        counts = await context.library.review.citation_counts(context.scope)
        ids = sorted(article_id for article_id in ids if counts.get(article_id) == 0)
    narrowed = request.described or request.kind is IntentKind.UNASKED
    intent = Intent(request.kind, described=request.described, language=detect_language(line.text))
    limited = _narrow(context, ids) if narrowed or len(ids) < len(facts.entries) else context
    plan = await plan_catalog(line.text, intent, limited)
    return Understood(plan, line.text) if plan else None


async def _reference(line: ConversationQuestion, context: AskContext) -> Reference | None:
    """The articles that a line points to; None if it points to none.

    Where the conversation has shown nothing, "the French one" is something that was asked about.
    """
    shown = line.at_hand(context)
    reference = await find_reference(line.text, context, shown=shown)
    if reference is not None and reference.status == "none":
        reference = await find_reference(without_remark(line.text), context, shown=shown)
    was_asked = bool(line.turns) and not line.shown
    return None if reference and reference.status == "none" and was_asked else reference


async def _plain(line: ConversationQuestion, context: AskContext, rewrite: Rewrite) -> Understood:
    text = without_correction(line.text) if line.turns else line.text
    question = await rewrite(text if text == line.text else f"and {text}")
    question = question.removeprefix("and ") if text != line.text else question
    after = following(text, line.turns) if line.turns else None
    planned = partial(make_plan, question, context, fresh=not line.turns, limit=line.limit)
    if after and await speaks_of(text, after.article_ids[:1], context):
        near = replace(after, article_ids=after.article_ids[:1], only_near=True)
        plan = await planned(after=near)
        if plan.findings.answer_probability >= UNSURE_BELOW:  # another study is surely not meant
            return Understood(plan, question)
    plan = await planned(after=after)
    return Understood(plan, question)


# --- about the last answer -----------------------------------------------------------------------


async def _about_turn(
    line: ConversationQuestion, context: AskContext, rewrite: Rewrite
) -> Understood | None:
    """The plan for "who says so?", "more", "the other one"; None if there is no such answer."""
    turn = last_answered(line.turns)
    other = read_other(without_correction(line.text)) if turn else None
    if turn is not None and other is not None:
        siblings = await find_siblings(other.noun, line.turns, context)
        if siblings:
            question = await rewrite(f"and {label_of(siblings[0].quote)}?")
            return Understood(await plan_spans(question, siblings, context), question)
        elsewhere = await other_article(line, turn, other, context)
        if elsewhere is not None:
            return elsewhere
    if line.act not in ABOUT_TURN or not line.turns or is_correction(line.text):
        return None
    if line.act is SpeechAct.OTHER_ONE and await _reference(line, context) is not None:
        return None  # "and article 3?" says which
    if turn is None:
        return await _nothing_shown(line, context, rewrite) if line.act in REPEATS else None
    question = turn.standalone_question
    if line.act in REPEATS:
        turn = await turn_that_says(line.text, line.turns, context) or turn
        repeated = await plan_repeat(line.act, turn, line.text, context)
        return Understood(repeated, turn.standalone_question) if repeated else None
    words = line.text if content_words(line.text) else ""
    if line.act is SpeechAct.MORE:
        more_on = plan_more_on(words, line.turns, context) if words else None
        going_on = await (more_on or plan_next(line.turns, context))
        if going_on is not None:
            return Understood(going_on, question)
    after = following(words, line.turns, hide_shown=True)
    if line.act is SpeechAct.OTHER_ONE:
        return await other_one(line, turn, context, after)
    plan = await make_plan(question, context, fresh=False, limit=line.limit, after=after)
    if plan.findings.answer_probability < REFUSE_BELOW:
        return Understood(await plan_next(line.turns, context) or plan, question)
    return Understood(plan, question)


async def _nothing_shown(
    line: ConversationQuestion, context: AskContext, rewrite: Rewrite
) -> Understood:
    """The plan for "is that so?" where nothing was shown: "is that per key?" may be answered."""
    if content_words(line.text):
        understood = await _plain(line, context, rewrite)
        if understood.plan.findings.answer_probability >= REFUSE_BELOW:
            return understood
    return Understood(plan_nothing_shown(line.text), line.text)


async def _shown_item(line: ConversationQuestion, context: AskContext) -> Understood | None:
    """The sentence that "the second one" is of those just shown; with "why", also what answers it.

    None if the line says more.
    """
    places = read_places(Line(line.text, (), today())) if line.turns else None
    if places is None:
        return None
    begins = places.around is not None and not content_words(places.around[0])
    asks = begins and any(map(is_question_word, split_words(places.rest)))
    if len(content_words(places.rest)) > (1 if asks else 0):
        return None
    item = await plan_item(line.text, line.turns, context, places.places, asks=places.rest)
    return Understood(item, line.text) if item else None


# --- of articles ---------------------------------------------------------------------------------


async def _of_articles(
    line: ConversationQuestion, reference: Reference, context: AskContext, rewrite: Rewrite
) -> Understood:
    """The plan for a question that points to articles.

    Where no article is as described, the words may still be answered: "the newest bus".
    """
    if reference.status == "none" and reference.missing is None and reference.rest:
        plain = await _plain(line, context, rewrite)
        if plain.plan.findings.answer_probability >= REFUSE_BELOW:
            return plain
    if reference.status != "found":
        return Understood(plan_choice(reference.rest or line.text, reference), line.text)
    articles = reference.articles
    narrowed = _narrow(context, [article.id for article in articles])
    query = await _query_of(line, reference, context, rewrite)
    if len(articles) == 1 and not query.search:
        return await _of_one(line, articles[0], narrowed)
    if not query.search or 1 < len(articles) <= MAX_SIDES:
        plan: Plan = await plan_sides(line.text, query.search, articles[:MAX_SIDES], narrowed)
        return Understood(plan, line.text, named(articles))
    after = Following("", tuple(article.id for article in articles), only_near=True)
    plan = await make_plan(query.search, narrowed, fresh=False, limit=line.limit, after=after)
    if isinstance(plan, PassagesPlan) and len(articles) == 1 and says_about(line.text):
        plan = replace(plan, goes_on=True)
    return Understood(plan, query.question, named(articles))


async def _of_one(line: ConversationQuestion, article: Article, context: AskContext) -> Understood:
    """What is known of an article, for "who wrote it"; else what it says in short."""
    plan: Plan
    if analyze(line.text).answer_type in FACT_TYPES:
        plan = await plan_description(line.text, article, context)
    else:
        order = SummaryOrder((article.id,))
        plan = await plan_summary(line.text, order, context.library, context.scope)
    return Understood(plan, line.text, named([article]))


@dataclass(frozen=True, slots=True)
class ArticleQuery:
    """What is asked of articles: as it is searched for within them, and as a whole question."""

    search: str
    question: str


async def _query_of(
    line: ConversationQuestion, reference: Reference, context: AskContext, rewrite: Rewrite
) -> ArticleQuery:
    """What the line asks of the articles, or the question before; empty if it only names them.

    Words that describe an article stay in the question; others give way to its title.
    """
    if reference.rest or line.act is SpeechAct.SUMMARISE or not line.turns:
        question = (
            line.text if reference.describes else _with_title(line.text, reference, reference)
        )
        is_subject = reference.describes and not says_about(line.text)
        return ArticleQuery(
            line.text if is_subject and reference.rest else reference.rest, question
        )
    before = line.turns[-1]
    was_asked_back = bool(before.choices)
    follows = classify_follow_up(line.text).kind is not FollowUpKind.STANDALONE
    may_go_on = bool(before.spans or before.scope_ids) and follows and not before.is_list
    if not (was_asked_back or may_go_on):
        return ArticleQuery("", line.text)
    question = before.standalone_question
    earlier = await find_reference(question, context)
    if earlier is None or not earlier.rest:
        replaced = await rewrite(line.text)  # "and the Forth Bridge?" names it, too
        is_whole = replaced != line.text and not replaced.rstrip("?").endswith(")")
        question = replaced if is_whole else question
        return ArticleQuery(question, question)
    return ArticleQuery(earlier.rest, _with_title(question, earlier, reference))


def _with_title(text: str, reference: Reference, meant: Reference) -> str:
    """The text with the title of the one article meant in place of what names it."""
    if reference.around is None or len(meant.articles) != 1:
        return text
    before, after = reference.around
    return f"{before}“{meant.articles[0].title}”{after}"


def _narrow(context: AskContext, ids: list[int]) -> AskContext:
    limits = replace(context.article_filter, articles=frozenset(ids))
    return replace(context, article_filter=limits)


# --- summaries -----------------------------------------------------------------------------------


async def _summary(line: ConversationQuestion, context: AskContext) -> Understood | None:
    """The plan of a line that wants articles summed up; None if it wants something else.

    It means the articles that it points to, or those of the answer before, or the one of a place
    that has one only; else it is asked back with the newest.
    """
    if line.act is not SpeechAct.SUMMARISE:
        return None
    text, sentences = read_length(line.text)
    reference = await find_reference(text, context, shown=line.shown)
    if reference is None:
        if names_something(text):
            return None
        reference = await _at_hand(line, context)
    if reference.status != "found":
        return Understood(plan_choice(line.text, reference), line.text)
    articles = reference.articles[:MAX_SIDES]
    order = SummaryOrder(tuple(article.id for article in articles), sentences)
    plan = await plan_summary(line.text, order, context.library, context.scope)
    return Understood(plan, line.text, named(articles))


async def _at_hand(line: ConversationQuestion, context: AskContext) -> Reference:
    """The articles of the last answer, or those it is asked within; else several to choose from."""
    select = partial(context.library.articles.select, context.scope, limit=MAX_SIDES)
    turn = last_answered(line.turns)
    if turn is not None:
        cited = replace(context.article_filter, articles=frozenset(turn.article_ids))
        if chosen := await select(matching=cited):
            return Reference("found", tuple(chosen))
    newest = await select(matching=context.article_filter)
    is_within = context.article_filter.articles is not None or len(newest) == 1
    status: Status = "none" if not newest else "found" if is_within else "ambiguous"
    return Reference(status, tuple(newest))
