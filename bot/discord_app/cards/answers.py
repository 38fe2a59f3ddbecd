"""Cards of a question: while it is answered, the answer, the honest refusal.

An answer that is longer than a card goes on in a second one; what does not fit there either is
in a file, whole. Sentences stay whole wherever a card can hold one, words always.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from discord import ui

from bot.answer.events import Preliminary
from bot.answer.question_alerts import WAITS_DAYS
from bot.answer.verify.checked import checked_words
from bot.discord_app.buttons import Button, footnote_button
from bot.discord_app.cards.components import GREY, card, join_facts, lines_that_fit, pluralize, rows
from bot.discord_app.limits import CARD_CHARACTERS, split_at, truncate
from bot.discord_app.markdown import escape, link, one_line, site_name
from bot.records import BULLET, Answer, AnswerSentence, Citation, Hit, SearchResult, superscript

FOOTNOTE_BUTTONS = 15
QUESTION_CHARACTERS = 300
SOURCES_CHARACTERS = 1_200
NEAREST_CHARACTERS = 220
FOOTER_ROOM = 300
FILE_NAME = "answer.md"
NEXT_STEPS = {"follow": "Follow up", "share": "Share"}
WILL_NOTIFY = f"-# You are told when an article answers it within {WAITS_DAYS} days."
CONTINUES_BELOW = "-# … goes on below"


@dataclass(frozen=True, slots=True)
class AnswerCards:
    """A finished answer as messages: the card, what follows it, and the whole as a file."""

    first: ui.LayoutView
    second: ui.LayoutView | None = None
    file: str = ""


def question_block(question: str, within: str = "") -> str:
    """The question, above its answer, and what it was limited to."""
    limited = f"\n-# {within}" if within else ""
    return f"**{truncate(one_line(question), QUESTION_CHARACTERS)}**{limited}"


def searching_card(question: str, findings: SearchResult | None, before: int = 0) -> ui.LayoutView:
    """Before the first sentence; ``before``: questions whose turn comes first."""
    if findings is None:
        return card(question_block(question), "-# Searching the library …")
    read = len(findings.hits)
    state = f"Reading {read} passages of {findings.passages:,} …"
    return card(question_block(question), f"-# {join_facts(state, _queue_line(before))}")


def preliminary_card(
    question: str, shown: Preliminary, before: int, stops: int | None
) -> ui.LayoutView:
    """While the model keeps one waiting. ``stops``: the event of Discord that *Stop* is about."""
    if shown.sentences:
        text, rest = fit_sentences(shown.sentences, CARD_CHARACTERS - 600)
        kind = "Quoted from the sources"
    else:
        text, rest = "\n".join(["Closest passages:", *map(_nearest_line, shown.nearest)]), []
        kind = "Nothing to quote directly"
    state = _queue_line(before) or "the model is still writing …"
    footer = f"-# {join_facts(kind, state)}"
    return card(
        question_block(question), text, "-# …" if rest else None, footer, *_stop_button(stops)
    )


def writing_card(
    question: str, sentences: Sequence[AnswerSentence], stops: int | None = None
) -> ui.LayoutView:
    """While the answer is being written; ``stops`` as above, for a model that is slow."""
    text, rest = fit_sentences(sentences, CARD_CHARACTERS - 600)
    return card(
        question_block(question),
        text,
        CONTINUES_BELOW if rest else None,
        "-# Writing …",
        *_stop_button(stops),
    )


def interrupted_card() -> ui.LayoutView:
    """In place of a card whose question ended with the process that answered it."""
    return card("This answer was interrupted by a restart. Please ask again.", colour=GREY)


def _queue_line(before: int) -> str | None:
    return f"{pluralize(before, 'question')} before yours" if before else None


def _stop_button(event_id: int | None) -> list[ui.ActionRow[Any]]:
    return [] if event_id is None else rows([Button("stop", event_id, label="Stop")])


def answer_cards(
    answer: Answer, *, next_step: str = "follow", within: str = "", again: bool = False
) -> AnswerCards:
    """The finished answer, or the honest refusal. ``next_step``: what its first button does."""
    if not answer.answered:
        return AnswerCards(_refusal_card(answer, within, again))
    question, footer = question_block(answer.question, within), _footer(answer)
    text, rest = fit_sentences(answer.sentences, _room(answer, question, footer))
    shown = _citations_shown(answer, answer.sentences, rest)
    first = card(
        question,
        text,
        CONTINUES_BELOW if rest else None,
        ui.Separator(),
        sources_text(shown),
        footer,
        *rows(_footnote_buttons(answer, shown)),
        *rows(_action_buttons(answer, next_step)),
    )
    if not rest:
        return AnswerCards(first)
    return _with_continuation(answer, first, rest)


def _with_continuation(
    answer: Answer, first: ui.LayoutView, rest: list[AnswerSentence]
) -> AnswerCards:
    text, left = fit_sentences(rest, _room(answer, "", FILE_NAME))
    shown = _citations_shown(answer, rest, left)
    second = card(
        text,
        "-# … the whole answer is in the file" if left else None,
        ui.Separator(),
        sources_text(shown),
        *rows(_footnote_buttons(answer, shown)),
        ui.File(f"attachment://{FILE_NAME}") if left else None,
    )
    return AnswerCards(first, second, answer_file(answer) if left else "")


def _room(answer: Answer, *others: str) -> int:
    sources = len(sources_text(answer.citations))
    return CARD_CHARACTERS - sources - sum(map(len, others)) - len(CONTINUES_BELOW) - 60


def _citations_shown(
    answer: Answer, sentences: Sequence[AnswerSentence], rest: Sequence[AnswerSentence]
) -> list[Citation]:
    """The citations of the sentences that stand on a card, one that is parted among them."""
    on_card = sentences[: len(sentences) - len(rest)] or sentences[:1]
    wanted = {n for sentence in on_card for n in sentence.footnotes}
    return [c for c in answer.citations if c.n in wanted]


def fit_sentences(
    sentences: Sequence[AnswerSentence], room: int
) -> tuple[str, list[AnswerSentence]]:
    """Sentences with their footnotes, as many as fit, and those that are left.

    A sentence that no card could hold is parted between two words.
    """
    text = ""
    for i, sentence in enumerate(sentences):
        words = escape(sentence.text) + superscript(sentence.footnotes)
        gap = _separator(sentences[i - 1], sentence) if text else ""
        if len(text) + len(gap) + len(words) > room:
            if text:
                return text, list(sentences[i:])
            return _split_long_sentence(sentences, room)
        text += gap + words
    return text, []


def _separator(before: AnswerSentence, sentence: AnswerSentence) -> str:
    """What stands between two sentences: items of a list are close together."""
    if not sentence.paragraph:
        return " "
    both_items = before.text.startswith(BULLET) and sentence.text.startswith(BULLET)
    return "\n" if both_items else "\n\n"


def _split_long_sentence(
    sentences: Sequence[AnswerSentence], room: int
) -> tuple[str, list[AnswerSentence]]:
    first, *others = sentences
    head, tail = split_at(first.text, max(1, room // 3))  # escaping may double it, and more
    return escape(head), [replace(first, text=tail, paragraph=False), *others]


def sources_text(citations: Sequence[Citation]) -> str:
    """The articles that an answer cites, each with its footnotes and where it comes from."""
    by_article: dict[int, list[Citation]] = {}
    for citation in citations:
        by_article.setdefault(citation.article_id, []).append(citation)
    return lines_that_fit(
        [_source_line(cited) for cited in by_article.values()], SOURCES_CHARACTERS
    )


def _source_line(cited: Sequence[Citation]) -> str:
    first = cited[0]
    pages = sorted({c.page for c in cited if c.page})
    known = join_facts(
        link(truncate(first.title, 120), first.url),
        site_name(first.url) or None,
        first.published,
        f"updated, version {first.version}" if first.version > 1 else None,
        f"p. {', '.join(map(str, pages))}" if pages else None,
        f"handed in by {one_line(first.submitter.name)}" if first.submitter.name else None,
    )
    return f"-# {superscript(c.n for c in cited)} {known}"


def _footnote_buttons(answer: Answer, shown: Sequence[Citation]) -> list[Button]:
    if answer.id is None:
        return []
    return [footnote_button(answer.id, c.n) for c in shown[:FOOTNOTE_BUTTONS]]


def _action_buttons(answer: Answer, next_step: str) -> list[Button]:
    if answer.id is None:
        return []
    steps = [Button(next_step, answer.id, label=NEXT_STEPS[next_step])] if next_step else []
    return [
        *steps,
        Button("helpful", answer.id, label="Helpful"),
        Button("wrong", answer.id, label="Wrong source"),
        Button("unsupported", answer.id, label="Not supported"),
    ]


def _footer(answer: Answer) -> str:
    hint = "press a number to read it in its passage" if answer.citations else None
    return "\n".join([f"-# {join_facts(_how_checked(answer), hint)}", *_remarks(answer)])


def _how_checked(answer: Answer) -> str:
    if answer.mode == "quotes":
        return "The sources' own sentences"
    if answer.mode == "library":
        return "From the library's own list"
    return checked_words(answer)


def _remarks(answer: Answer) -> list[str]:
    """What was unusual, a line each."""
    missing = "; ".join(one_line(part) for part in answer.unanswered_parts)
    leaned = answer.standalone_question if answer.standalone_question != answer.question else ""
    remarks = [
        f"Not found: {truncate(missing, FOOTER_ROOM)}" if missing else "",
        f"Understood as: {truncate(one_line(leaned), FOOTER_ROOM)}" if leaned else "",
        truncate(one_line(answer.note), FOOTER_ROOM),
    ]
    return [f"-# {remark}" for remark in remarks if remark]


def _refusal_card(answer: Answer, within: str, again: bool) -> ui.LayoutView:
    question = question_block(answer.question, within)
    note = (
        "\n".join([*_remarks(answer), *([] if again or answer.clarification else [WILL_NOTIFY])])
        or None
    )
    if answer.clarification:
        return card(question, one_line(answer.clarification), note, colour=GREY)
    if answer.nearest:
        nearest = "What comes nearest:\n" + "\n".join(map(_nearest_line, answer.nearest))
        return card(
            question, "**The library does not say.**", ui.Separator(), nearest, note, colour=GREY
        )
    if again:  # what came nearest is not kept
        return card(question, "**The library did not say.**", note, colour=GREY)
    empty = "The library is empty here. Hand in an article with `/article add`, then ask again."
    return card(question, empty, colour=GREY)


def sources_removed_card(question: str) -> ui.LayoutView:
    """In place of an answer of which nothing is left."""
    gone = "Every source of this answer was removed from the library, so it is not shown."
    return card(question_block(question), gone, colour=GREY)


def _nearest_line(hit: Hit) -> str:
    passage = hit.passage
    words = truncate(one_line(hit.excerpt.removeprefix(passage.title)), NEAREST_CHARACTERS)
    return f"- **{link(truncate(passage.title, 100), passage.url)}**: {words}"


def answer_file(answer: Answer) -> str:
    """The whole answer as Markdown, with its footnotes' words."""
    text = ""
    for i, sentence in enumerate(answer.sentences):
        marks = "".join(f"[^{n}]" for n in sentence.footnotes)
        gap = _separator(answer.sentences[i - 1], sentence) if text else ""
        text += f"{gap}{escape(sentence.text)}{marks}"
    notes = [
        f"[^{c.n}]: “{one_line(c.quote)}” {join_facts(one_line(c.title), c.url, c.published)}"
        for c in answer.citations
    ]
    return f"# {one_line(answer.question)}\n\n{text}\n\n" + "\n".join(notes) + "\n"
