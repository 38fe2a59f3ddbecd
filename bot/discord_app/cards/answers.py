"""The cards of a question: progress, the finished answer, and "no clear answer".

An answer that is too long for one card continues on a second one; if that is too short as well,
the whole answer is attached as a file. A sentence is split only when no card could hold it, a word
never.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import discord
from discord import ui

from bot.answer.events import Preview
from bot.answer.question_alerts import ALERT_DAYS
from bot.answer.writing.sanitize import sanitize
from bot.answer_records import BULLET, Answer, AnswerSentence, Citation, Rating, superscript
from bot.discord_app.buttons import PLAIN, AnswerMenu, Button, footnote_label
from bot.discord_app.cards.components import GREY, card, join_facts, lines_that_fit, rows
from bot.discord_app.limits import (
    BUTTONS_IN_A_ROW,
    CARD_CHARACTERS,
    OPTION_LABEL,
    split_at,
    truncate,
)
from bot.discord_app.markdown import escape, link, one_line, site_name
from bot.records import Hit, SearchResult
from bot.strings import N_, _, ngettext
from bot.text.page_label import page_labels
from bot.verify.verification_summary import checked_words

FOOTNOTE_BUTTONS = 5  # more are a menu
QUOTED_LABEL = 28  # characters of the label of an article's further footnotes
QUESTION_CHARACTERS = 300
SOURCES_CHARACTERS = 1_200
NEAREST_CHARACTERS = 220
FOOTER_ROOM = 300
PROGRESS_ROOM = 600  # for the question, the state and the buttons around a growing text
FILE_NAME = "answer.md"
NEXT_STEPS = {"follow": N_("Follow up"), "share": N_("Share")}
THUMBS_UP, THUMBS_DOWN = "👍", "👎"
RATINGS: dict[Rating, str] = {
    "helpful": N_("Helpful"),
    "wrong source": N_("Wrong source"),
    "unsupported": N_("Not supported"),
    "missing": N_("Something is missing"),
    "outdated": N_("Outdated"),
    "other": N_("Something else"),
}
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


# --- progress --------------------------------------------------------------------------------


def searching_card(question: str, findings: SearchResult | None, ahead: int = 0) -> ui.LayoutView:
    """The card before the first sentence. ``ahead``: how many questions are before this one."""
    if findings is None:
        return card(question_block(question), _small(_("Searching the library …")))
    state = _("Reading {read} passages of {total:,} …").format(
        read=len(findings.hits), total=findings.passages_in_scope
    )
    return card(question_block(question), _small(join_facts(state, _queue_line(ahead))))


def preliminary_card(
    question: str, shown: Preview, ahead: int, stop_event_id: int | None
) -> ui.LayoutView:
    """Quotes, or the closest passages, while the model is still writing.

    ``stop_event_id``: the event of the question that the *Stop* button ends; None for no button.
    """
    if shown.sentences:
        text, rest = fit_sentences(shown.sentences, CARD_CHARACTERS - PROGRESS_ROOM)
        kind = _("Quoted from the sources")
    else:
        text, rest = _closest_passages(shown.nearest), []
        kind = _("Nothing to quote directly")
    state = _queue_line(ahead) or _("the model is still writing …")
    return card(
        question_block(question),
        text,
        "-# …" if rest else None,
        _small(join_facts(kind, state)),
        *_stop_button(stop_event_id),
    )


def writing_card(
    question: str, sentences: Sequence[AnswerSentence], stop_event_id: int | None = None
) -> ui.LayoutView:
    """The sentences so far. ``stop_event_id``: as above."""
    text, rest = fit_sentences(sentences, CARD_CHARACTERS - PROGRESS_ROOM)
    return card(
        question_block(question),
        text,
        _small(_(CONTINUED_BELOW)) if rest else None,
        _small(_("Writing …")),
        *_stop_button(stop_event_id),
    )


def interrupted_card() -> ui.LayoutView:
    """Replaces the card of a question that a restart cut off."""
    return card(_("This answer was interrupted by a restart. Please ask again."), colour=GREY)


def _small(text: str) -> str:
    return f"-# {text}"


def _queue_line(ahead: int) -> str | None:
    if not ahead:
        return None
    return ngettext(
        "{n:,} question ahead of yours", "{n:,} questions ahead of yours", ahead
    ).format(n=ahead)


def _stop_button(event_id: int | None) -> list[ui.ActionRow[Any]]:
    return [] if event_id is None else rows([Button("stop", event_id, label=_("Stop"))])


# --- the finished answer ---------------------------------------------------------------------


def answer_cards(
    answer: Answer,
    *,
    next_step: str = "follow",
    within: str = "",
    saved: bool = False,
    library_is_empty: bool = False,
    follow_ups: Sequence[str] = (),
) -> AnswerCards:
    """The finished answer, or that there is none.

    ``next_step``: the act of the first button, a key of NEXT_STEPS, or empty for no button.
    ``saved``: the answer was read from the library, so it has no closest passages.
    ``library_is_empty``: there is no article that could be used here. ``follow_ups``: questions
    to ask next.
    """
    if not answer.answered and library_is_empty:
        return AnswerCards(_empty_library_card(answer))
    if not answer.answered:
        return AnswerCards(_unanswered_card(answer, within, saved=saved))
    question, footer = question_block(answer.question, within), _footer(answer)
    text, rest = fit_sentences(answer.sentences, _text_room(answer, question, footer))
    citations = _citations_shown(answer, answer.sentences, rest)
    first = card(
        question,
        ui.Separator(visible=False),
        text,
        _small(_(CONTINUED_BELOW)) if rest else None,
        ui.Separator(),
        sources_text(citations),
        footer,
        *_rows_under(answer, citations, next_step),
        *_follow_up_menu(answer, follow_ups),
    )
    if not rest:
        return AnswerCards(first)
    return _with_continuation(answer, first, rest)


def _with_continuation(
    answer: Answer, first: ui.LayoutView, sentences: list[AnswerSentence]
) -> AnswerCards:
    text, rest = fit_sentences(sentences, _text_room(answer, "", FILE_NAME))
    citations = _citations_shown(answer, sentences, rest)
    second = card(
        text,
        _small(_("… the whole answer is in the file")) if rest else None,
        ui.Separator(),
        sources_text(citations),
        *rows(_footnotes(answer, citations)),
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
        words = escape(sentence.text) + superscript(sentence.footnotes)
        separator = _separator(sentences[i - 1], sentence) if text else ""
        if len(text) + len(separator) + len(words) > room:
            if text:
                return text, list(sentences[i:])
            return _split_long_sentence(sentences, room)
        text += separator + words
    return text, []


def _separator(previous: AnswerSentence, sentence: AnswerSentence) -> str:
    """A space or a paragraph break; only a line break between the items of a list."""
    if not sentence.paragraph:
        return " "
    both_items = previous.text.startswith(BULLET) and sentence.text.startswith(BULLET)
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


def _rows_under(
    answer: Answer, citations: Sequence[Citation], next_step: str
) -> list[ui.ActionRow[Any]]:
    """Footnotes and actions: in one row where they fit and no menu is among them."""
    footnotes, actions = _footnotes(answer, citations), _action_buttons(answer, next_step)
    is_menu = any(isinstance(item, AnswerMenu) for item in footnotes)
    if not is_menu and len(footnotes) + len(actions) <= BUTTONS_IN_A_ROW:
        return rows([*footnotes, *actions])
    return [*rows(footnotes), *rows(actions)]


def _footnotes(answer: Answer, citations: Sequence[Citation]) -> list[Button | AnswerMenu]:
    """A button for each footnote; one menu for more than five."""
    if answer.id is None:
        return []
    once = {c.n: c for c in reversed(citations)}  # a footnote may have several ranges
    shown = [once[n] for n in sorted(once)]
    if len(shown) > FOOTNOTE_BUTTONS:
        options = [_footnote_option(citation) for citation in shown]
        return [AnswerMenu("cite", answer.id, _("Open a footnote …"), options)]
    named: set[int] = set()
    buttons: list[Button | AnswerMenu] = []
    for citation in shown:
        is_first = citation.article_id not in named
        named.add(citation.article_id)
        label = footnote_label(citation, names_article=is_first or not citation.quote)
        label = label if is_first else truncate(label, QUOTED_LABEL)
        buttons.append(Button("c", answer.id, citation.n, label=label))
    return buttons


def _footnote_option(citation: Citation) -> discord.SelectOption:
    quote = truncate(sanitize(citation.quote), OPTION_LABEL)
    return discord.SelectOption(
        label=footnote_label(citation), value=str(citation.n), description=quote or None
    )


def _follow_up_menu(answer: Answer, questions: Sequence[str]) -> list[ui.ActionRow[Any]]:
    """Questions that the library can answer, to ask next."""
    options = [
        discord.SelectOption(label=question, value=question)
        for question in questions
        if len(question) <= OPTION_LABEL and sanitize(question) == question
    ]
    if answer.id is None or not options:
        return []
    return rows([AnswerMenu("next", answer.id, _("Ask next …"), options)])


def with_ratings(message: discord.Message, ratings: Mapping[Rating, int]) -> ui.LayoutView:
    """The card of a message with the number of ratings on its thumbs."""
    helpful = ratings.get("helpful", 0)
    counts = {"fn:helpful:": helpful, "fn:down:": sum(ratings.values()) - helpful}
    view = ui.LayoutView.from_message(message, timeout=None)
    for item in view.walk_children():
        for prefix, count in counts.items():
            if isinstance(item, ui.Button) and (item.custom_id or "").startswith(prefix):
                thumb = THUMBS_UP if prefix == "fn:helpful:" else THUMBS_DOWN
                item.label = f"{thumb} {count}" if count else thumb
                item.style = discord.ButtonStyle.success if count else PLAIN
    return view


def thanks_card(kind: Rating) -> ui.LayoutView:
    """Says what was recorded."""
    text = _("Thanks! I recorded “{rating}” for this answer.")
    return card(text.format(rating=_(RATINGS[kind])), colour=GREY)


def reason_card(answer_id: int) -> ui.LayoutView:
    """Asks what was wrong with an answer."""
    options = [
        discord.SelectOption(label=_(label), value=kind)
        for kind, label in RATINGS.items()
        if kind != "helpful"
    ]
    menu = AnswerMenu("why", answer_id, _("What was wrong?"), options)
    return card(_("Thanks for telling me. What was wrong?"), *rows([menu]), colour=GREY)


def _action_buttons(answer: Answer, next_step: str) -> list[Button]:
    if answer.id is None:
        return []
    steps = [Button(next_step, answer.id, label=_(NEXT_STEPS[next_step]))] if next_step else []
    return [
        *steps,
        Button("helpful", answer.id, label=THUMBS_UP),
        Button("down", answer.id, label=THUMBS_DOWN),
    ]


def _footer(answer: Answer) -> str:
    """How the answer was made and checked, then what was unusual about it."""
    numbers = {citation.n for citation in answer.citations}
    hint = _("press {n} to see it in context").format(n=min(numbers)) if numbers else None
    if len(numbers) > FOOTNOTE_BUTTONS:
        hint = _("open a footnote to see it in context")
    return "\n".join([_small(join_facts(_how_checked(answer), hint)), *_remarks(answer)])


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
    return [_small(remark) for remark in remarks if remark]


# --- no answer -------------------------------------------------------------------------------


def _unanswered_card(answer: Answer, within: str, *, saved: bool) -> ui.LayoutView:
    question, remarks = question_block(answer.question, within), _remarks(answer)
    if answer.clarification:
        return card(question, one_line(answer.clarification), "\n".join(remarks), colour=GREY)
    no_answer = "**" + _("I couldn't find a clear answer.") + "**"
    notes = "\n".join(remarks if saved else [*remarks, _will_notify()])
    if not answer.nearest:
        return card(question, no_answer, notes, colour=GREY)
    nearest = _closest_passages(answer.nearest)
    return card(question, no_answer, ui.Separator(), nearest, notes, colour=GREY)


def _empty_library_card(answer: Answer) -> ui.LayoutView:
    empty = _("There are no articles here yet. Add one with `/article add`, then ask again.")
    return card(question_block(answer.question), empty, "\n".join(_remarks(answer)), colour=GREY)


def _will_notify() -> str:
    return _small(
        _("I'll let you know if a new article answers this within {days} days.").format(
            days=ALERT_DAYS
        )
    )


def sources_removed_card(question: str) -> ui.LayoutView:
    """Replaces an answer when all of its sources were removed."""
    text = _("This answer isn't shown anymore: all of its sources were removed from the library.")
    return card(question_block(question), text, colour=GREY)


def _closest_passages(hits: Sequence[Hit]) -> str:
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
        marks = "".join(f"[^{n}]" for n in sentence.footnotes)
        separator = _separator(answer.sentences[i - 1], sentence) if text else ""
        text += f"{separator}{escape(sentence.text)}{marks}"
    footnotes = [
        f"[^{c.n}]: “{one_line(c.quote)}” {join_facts(one_line(c.title), c.url, c.published)}"
        for c in answer.citations
    ]
    return f"# {one_line(answer.question)}\n\n{text}\n\n" + "\n".join(footnotes) + "\n"
