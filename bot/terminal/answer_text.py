"""Answers and footnotes as text for a terminal. Plain functions of values."""

from __future__ import annotations

from collections.abc import Iterator

from bot import json_output
from bot.answer_records import Answer, Citation, CitedPassage, superscript
from bot.records import Article
from bot.service.about_bot import reply_about_bot
from bot.service.saved_answers import OpenedFootnote
from bot.strings import _
from bot.terminal.live import wrap
from bot.terminal.output import shorten
from bot.text.page_label import page_labels
from bot.verify.verification_summary import checked_words

BOLD, PLAIN = "\x1b[1m", "\x1b[0m"
QUOTE_BEGINS, QUOTE_ENDS = "\ue000", "\ue001"  # of a character each, so that lines wrap right


def answer_text(answer: Answer, *, is_printed: bool) -> str:
    """An answer with its footnotes. ``is_printed``: its sentences were already printed."""
    if reply := reply_about_bot(answer, "terminal"):
        return wrap(reply)
    if answer.library_is_empty:
        return answer.note
    if not answer.answered:
        return "\n".join(_no_answer_lines(answer))
    paragraphs = [] if is_printed else json_output.answer_text(answer).split("\n")
    lines = [*map(wrap, paragraphs), ""]
    for citation in answer.citations:
        lines.append(_citation_line(citation))
        if answer.is_written:
            lines.append(wrap(f"“{citation.quote}”", "  "))
    if answer.unanswered_parts:
        lines.append(
            "\n" + _("Not found: {parts}").format(parts=" · ".join(answer.unanswered_parts))
        )
    lines.append(f"\n{_origin(answer)}")
    return "\n".join([*lines, *_remarks(answer)])


def _no_answer_lines(answer: Answer) -> Iterator[str]:
    yield answer.clarification or _(json_output.NO_ANSWER)
    for n, article in enumerate(answer.choices, 1):
        yield wrap(f"{n}. {article.title} ({_article_number(article.id)})", "   ")
    if answer.nearest or answer.sentences:
        yield "\n" + _("Closest passages:")
    if answer.sentences:
        yield from map(wrap, json_output.answer_text(answer).split("\n"))
        yield ""
        yield from map(_citation_line, answer.citations)
    for hit in () if answer.sentences else answer.nearest:
        yield wrap(f"· {hit.passage.title}: {shorten(hit.excerpt)}", "  ")
    if remarks := list(_remarks(answer)):
        yield "\n" + "\n".join(remarks)


def _remarks(answer: Answer) -> Iterator[str]:
    """How a follow-up was understood, and what was unusual about its answer."""
    if answer.within_articles:
        titles = ", ".join(article.title for article in answer.within_articles)
        yield wrap(_("In: {titles}").format(titles=titles))
    if answer.standalone_question not in ("", answer.question):
        yield wrap(_("Understood as: {question}").format(question=answer.standalone_question))
    if answer.note:
        yield answer.note


def _citation_line(citation: Citation) -> str:
    """A footnote's number, title, date, version, page and article id."""
    newer = _("updated, version {n}").format(n=citation.version) if citation.version > 1 else ""
    pages = [] if citation.page is None else [citation.page]
    page = page_labels(pages, citation.page_unit)
    ocr = _("read by OCR") if citation.by_ocr else ""
    source = ", ".join(filter(None, [citation.title, citation.published, newer, page, ocr]))
    article = _article_number(citation.article_id)
    return f"{superscript([citation.n])} {source} ({article})"


def _article_number(article_id: int) -> str:
    return _("article {id}").format(id=article_id)


def _origin(answer: Answer) -> str:
    """Where the sentences come from: quotes, the database, or a model, and how it was checked."""
    if answer.mode != "library" and not answer.is_written:
        return _("Quoted from the sources.")
    if answer.mode == "library":
        return _("From the library's own list.")
    return f"{checked_words(answer)}."


def footnote_text(opened: OpenedFootnote, *, is_terminal: bool) -> str:
    """A footnote in its passage, with the quote in bold and where it comes from."""
    head = _citation_line(opened.passage.citation)
    facts = " · ".join(_source_facts(opened.passage, opened.article))
    return f"{head}\n{facts}\n\n{_passage_text(opened.passage, is_terminal=is_terminal)}"


def _source_facts(passage: CitedPassage, article: Article) -> Iterator[str]:
    """Under which heading, who added it and when, a newer version, the address."""
    citation, day = passage.citation, passage.added[:10]
    if passage.heading and passage.heading != citation.title:
        yield passage.heading
    if citation.submitter.name:
        yield _("added by {name} on {date}").format(name=citation.submitter.name, date=day)
    else:
        yield _("added on {date}").format(date=day)
    if article.version != citation.version:
        yield _("the newest version is {n}").format(n=article.version)
    if citation.url:
        yield citation.url


def _passage_text(passage: CitedPassage, *, is_terminal: bool) -> str:
    start = passage.citation.start - passage.start
    end = passage.citation.end - passage.start
    text = passage.text
    marked = text[:start] + QUOTE_BEGINS + text[start:end] + QUOTE_ENDS + text[end:]
    wrapped = "\n".join(wrap(line) for line in marked.split("\n"))
    begin, finish = (BOLD, PLAIN) if is_terminal else ("**", "**")
    return wrapped.replace(QUOTE_BEGINS, begin).replace(QUOTE_ENDS, finish)
