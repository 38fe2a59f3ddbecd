"""The cards of a finished question: the answer, and "no clear answer".

An answer that is too long for one card continues on a second one; if that is too short as well,
the whole answer is attached as a file. A sentence is split only when no card could hold it, a word
never.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from discord import ui

from bot.answer.question_alerts import ALERT_DAYS
from bot.answer_records import BULLET, Answer, AnswerSentence, Citation, superscript
from bot.discord_app.buttons import Button
from bot.discord_app.cards.answer_actions import (
    FOOTNOTE_BUTTONS,
    choice_buttons,
    decline_alert_button,
    follow_up_menu,
    footnotes,
    rows_under,
    way_out,
)
from bot.discord_app.cards.components import GREY, REFERENCE, card, join_facts, lines_that_fit, rows
from bot.discord_app.limits import CARD_CHARACTERS, split_at, truncate
from bot.discord_app.markdown import escape, link, one_line, site_name
from bot.records import Hit
from bot.strings import N_, _
from bot.text.page_label import page_labels
from bot.verify.verification_summary import checked_words, mark_unchecked

QUESTION_CHARACTERS = 300
WITHIN_CHARACTERS = 200
SOURCES_CHARACTERS = 1_200
NEAREST_CHARACTERS = 220
FOOTER_ROOM = 300
FILE_NAME = "answer.md"
CONTINUED_BELOW = N_("… continued below")


@dataclass(frozen=True, slots=True)
class AnswerCards:
    """A finished answer as messages: a card, its continuation, and the whole answer as a file."""

    first: ui.LayoutView
    second: ui.LayoutView | None = None
    file: str = ""


def question_block(question: str, within: str = "") -> str:
    """The question in bold. ``within`` describes the limits it was asked with."""
    limits = f"\n-# {within}" if within else ""
    return f"**{truncate(one_line(question), QUESTION_CHARACTERS)}**{limits}"


def small(text: str) -> str:
    """A line in small print."""
    return f"-# {text}"


# --- the finished answer ---------------------------------------------------------------------


def answer_cards(
    answer: Answer,
    *,
    next_step: str = "follow",
    within: str = "",
    saved: bool = False,
    library_is_empty: bool = False,
    follow_ups: Sequence[str] = (),
    alerts: bool = True,
) -> AnswerCards:
    """The finished answer, or that there is none.

    ``next_step``: the act of the first button, a key of NEXT_STEPS, or empty for no button.
    ``saved``: the answer was read from the library, so it has no closest passages.
    ``library_is_empty``: there is no article that could be used here. ``follow_ups``: questions
    to ask next. ``alerts``: the asker of an unanswered question will be notified.
    """
    if not answer.answered and library_is_empty:
        return AnswerCards(_empty_library_card(answer))
    within = join_facts(within or None, _named_articles(answer))
    if not answer.answered:
        return AnswerCards(_unanswered_card(answer, within, alerts=alerts and not saved))
    question, footer = question_block(answer.question, within), _footer(answer)
    text, rest = fit_sentences(answer.sentences, _text_room(answer, question, footer))
    citations = _citations_shown(answer, answer.sentences, rest)
    first = card(
        question,
        ui.Separator(visible=False),
        text,
        small(_(CONTINUED_BELOW)) if rest else None,
        ui.Separator(),
        sources_text(citations),
        footer,
        *rows_under(answer, citations, next_step),
        *follow_up_menu(answer, follow_ups),
    )
    if not rest:
        return AnswerCards(first)
    return _with_continuation(answer, first, rest)


def _named_articles(answer: Answer) -> str | None:
    """The articles that the question's words limit it to."""
    titles = [one_line(article.title) for article in answer.within_articles]
    if not titles:
        return None
    shown = truncate(", ".join(titles), WITHIN_CHARACTERS)
    return _("in: {titles}").format(titles=shown)


def _with_continuation(
    answer: Answer, first: ui.LayoutView, sentences: list[AnswerSentence]
) -> AnswerCards:
    text, rest = fit_sentences(sentences, _text_room(answer, "", FILE_NAME))
    citations = _citations_shown(answer, sentences, rest)
    second = card(
        text,
        small(_("… the whole answer is in the file")) if rest else None,
        ui.Separator(),
        sources_text(citations),
        *rows(footnotes(answer, citations)),
        ui.File(f"attachment://{FILE_NAME}") if rest else None,
    )
    return AnswerCards(first, second, answer_file(answer) if rest else "")


def _text_room(answer: Answer, *others: str) -> int:
    """How many characters of sentences a card can hold beside its other texts."""
    sources = len(sources_text(answer.citations))
    return CARD_CHARACTERS - sources - sum(map(len, others)) - len(_(CONTINUED_BELOW)) - 63


def _citations_shown(
    answer: Answer, sentences: Sequence[AnswerSentence], rest: Sequence[AnswerSentence]
) -> list[Citation]:
    """The citations of the sentences that fit on a card, including one that was split."""
    on_card = sentences[: len(sentences) - len(rest)] or sentences[:1]
    numbers = {n for sentence in on_card for n in sentence.footnotes}
    return [c for c in answer.citations if c.n in numbers]


def fit_sentences(
    sentences: Sequence[AnswerSentence], room: int
) -> tuple[str, list[AnswerSentence]]:
    """The text of as many sentences as fit into ``room`` characters, and the remaining sentences.

    A first sentence that is too long is split between two words.
    """
    text = ""
    for i, sentence in enumerate(sentences):
        marks = superscript(sentence.footnotes) + mark_unchecked(sentence)
        is_name = _introduces(sentence, sentences[i + 1 : i + 2])
        words = f"**{escape(sentence.text)}**" if is_name else escape(sentence.text) + marks
        separator = _separator(sentences[i - 1], sentence) if text else ""
        if len(text) + len(separator) + len(words) > room:
            if text:
                return text, list(sentences[i:])
            return _split_long_sentence(sentences, room)
        text += separator + words
    return text, []


def _introduces(sentence: AnswerSentence, following: Sequence[AnswerSentence]) -> bool:
    """Whether it only names what the quotes behind it are of: "Both say:", an article's title."""
    is_bare = not sentence.footnotes and sentence.text.endswith(":")
    return is_bare and any(each.footnotes and not each.paragraph for each in following)


def _separator(previous: AnswerSentence, sentence: AnswerSentence) -> str:
    """A space or a paragraph break; only a line break between the items of a list."""
    if not sentence.paragraph:
        return " "
    lines = previous.text.split("\n")  # the first item may stand below its heading
    both_items = lines[-1].startswith(BULLET) and sentence.text.startswith(BULLET)
    return "\n" if both_items else "\n\n"


def _split_long_sentence(
    sentences: Sequence[AnswerSentence], room: int
) -> tuple[str, list[AnswerSentence]]:
    first, *others = sentences
    head, tail = split_at(first.text, max(1, room // 3))  # escaping can more than double it
    return escape(head), [replace(first, text=tail, paragraph=False), *others]


def sources_text(citations: Sequence[Citation]) -> str:
    """The cited articles, a line each: footnote numbers, title, site, who added it."""
    by_article: dict[int, list[Citation]] = {}
    for citation in citations:
        by_article.setdefault(citation.article_id, []).append(citation)
    return lines_that_fit(
        [_source_line(cited) for cited in by_article.values()], SOURCES_CHARACTERS
    )


def _source_line(citations: Sequence[Citation]) -> str:
    """One article. ``citations``: those of it."""
    first = citations[0]
    pages = page_labels((c.page for c in citations if c.page is not None), first.page_unit)
    name = one_line(first.submitter.name)
    described = join_facts(
        link(truncate(first.title, 120), first.url),
        site_name(first.url) or None,
        first.published,
        _("updated, version {n}").format(n=first.version) if first.version > 1 else None,
        pages or None,
        _("read by OCR") if first.by_ocr else None,
        _("added by {name}").format(name=name) if name else None,
    )
    return f"-# {superscript(c.n for c in citations)} {described}"


def _footer(answer: Answer) -> str:
    """How the answer was made and checked, then what was unusual about it."""
    numbers = {citation.n for citation in answer.citations}
    hint = _("press {n} to see it in context").format(n=min(numbers)) if numbers else None
    if len(numbers) > FOOTNOTE_BUTTONS:
        hint = _("open a footnote to see it in context")
    return "\n".join([small(join_facts(_how_checked(answer), hint)), *_remarks(answer)])


def _how_checked(answer: Answer) -> str:
    if answer.mode == "library":
        return _("From the library's own list")
    return checked_words(answer) if answer.is_written else _("Quoted from the sources")


def _remarks(answer: Answer) -> list[str]:
    """What was unusual about a question or its answer, a line each."""
    missing = "; ".join(one_line(part) for part in answer.unanswered_parts)
    rewritten = answer.standalone_question != answer.question and answer.standalone_question
    remarks = []
    if missing:
        remarks.append(_("Not found: {parts}").format(parts=truncate(missing, FOOTER_ROOM)))
    if rewritten:
        question = truncate(one_line(rewritten), FOOTER_ROOM)
        remarks.append(_("Understood as: {question}").format(question=question))
    if answer.note:
        remarks.append(truncate(one_line(answer.note), FOOTER_ROOM))
    if answer.error_reference:
        remarks.append(_(REFERENCE).format(reference=answer.error_reference))
    return [small(remark) for remark in remarks if remark]


# --- no answer -------------------------------------------------------------------------------


def _unanswered_card(answer: Answer, within: str, *, alerts: bool) -> ui.LayoutView:
    question, remarks = question_block(answer.question, within), _remarks(answer)
    space: ui.Separator[Any] = ui.Separator(visible=False)
    if answer.clarification:
        asks, notes = one_line(answer.clarification), "\n".join(remarks)
        return card(question, space, asks, notes, *rows(choice_buttons(answer)), colour=GREY)
    no_answer = "**" + _("I couldn't find a clear answer.") + "**"
    notes = "\n".join([*remarks, _will_notify()] if alerts else remarks)
    decline = decline_alert_button(answer) if alerts else []
    if answer.sentences:
        return _unsure_card(answer, question, no_answer, notes, decline)
    ways = rows([*way_out(answer), *decline])
    passages = closest_passages(answer.nearest) if answer.nearest else ""
    nearest: list[Any] = [ui.Separator(), passages] if passages else []
    return card(question, space, no_answer, *nearest, notes, *ways, colour=GREY)


def _unsure_card(
    answer: Answer, question: str, no_answer: str, notes: str, decline: Sequence[Button]
) -> ui.LayoutView:
    """The closest sentences with their footnotes."""
    heading = _("Closest passages:")
    room = _text_room(answer, question, no_answer, heading, notes)
    text, rest = fit_sentences(answer.sentences, room)
    citations = _citations_shown(answer, answer.sentences, rest)
    return card(
        question,
        ui.Separator(visible=False),
        no_answer,
        ui.Separator(),
        f"{heading}\n{text}",
        sources_text(citations),
        notes,
        *rows(footnotes(answer, citations)),
        *rows(decline),
        colour=GREY,
    )


def _empty_library_card(answer: Answer) -> ui.LayoutView:
    empty = _("There are no articles here yet. Add one with `/article add`, then ask again.")
    return card(question_block(answer.question), empty, "\n".join(_remarks(answer)), colour=GREY)


def _will_notify() -> str:
    return small(
        _("I'll let you know if a new article answers this within {days} days.").format(
            days=ALERT_DAYS
        )
    )


def closest_passages(hits: Sequence[Hit]) -> str:
    return "\n".join([_("Closest passages:"), *map(_closest_passage, hits)])


def _closest_passage(hit: Hit) -> str:
    passage = hit.passage
    words = truncate(one_line(hit.excerpt.removeprefix(passage.title)), NEAREST_CHARACTERS)
    return f"- **{link(truncate(passage.title, 100), passage.url)}**: {words}"


# --- the file --------------------------------------------------------------------------------


def answer_file(answer: Answer) -> str:
    """The whole answer as Markdown, with the quotes as footnotes."""
    text = ""
    for i, sentence in enumerate(answer.sentences):
        marks = "".join(f"[^{n}]" for n in sentence.footnotes) + mark_unchecked(sentence)
        separator = _separator(answer.sentences[i - 1], sentence) if text else ""
        text += f"{separator}{escape(sentence.text)}{marks}"
    footnotes = [
        f"[^{c.n}]: “{one_line(c.quote)}” {join_facts(one_line(c.title), c.url, c.published)}"
        for c in answer.citations
    ]
    return f"# {one_line(answer.question)}\n\n{text}\n\n" + "\n".join(footnotes) + "\n"
