"""An answer without a model: sentences of the sources, or rows of the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from bot.answer.companions import add_companions
from bot.answer.context import AskContext
from bot.answer.extractive import MAX_CHARACTERS, Picked, QuotedSentence
from bot.answer.writing.sanitize import sanitize
from bot.answer_records import BULLET, AnswerMode
from bot.citations import CitedSpan, DraftSentence
from bot.records import Article, CitableRange, StoredPassage
from bot.search.sentence_context import leading_ranges, place_of
from bot.store.values import SentencePlace

MAX_LISTED = 40  # items of a list
MAX_SHOWN_CHARACTERS = 160  # the header of a mail is longer than what it explains
MARKER = regex.compile(r"^[-•*–◦▪·]\s+")  # of a list item; its number says something


@dataclass(frozen=True, slots=True)
class ExtractiveAnswer:
    """``sentences`` is empty if nothing is near, or the question is asked back.

    ``unsure``: the sentences are only the closest ones. ``unsaid``: what was asked about and they
    don't mention. ``named_article_ids``: articles that it names, cited or not.
    """

    sentences: tuple[DraftSentence, ...]
    mode: AnswerMode = "quotes"
    unanswered_parts: tuple[str, ...] = ()
    clarification: str = ""
    named_article_ids: frozenset[int] = frozenset()
    unsure: bool = False
    unsaid: tuple[str, ...] = ()

    @property
    def passages(self) -> list[StoredPassage]:
        """Those that are cited."""
        return [span.passage for sentence in self.sentences for span in sentence.spans]


async def answer_from(picked: Picked, context: AskContext) -> ExtractiveAnswer:
    """The answer that quotes the picked sentences, or shows them as the closest ones."""
    quotes = picked.quotes
    if picked.answered:
        quotes = await add_companions(await complete_lists(picked, context))
    sentences = await draft_quotes(quotes, context)
    return ExtractiveAnswer(sentences, unsure=bool(sentences) and not picked.answered)


async def complete_lists(picked: Picked, context: AskContext) -> tuple[QuotedSentence, ...]:
    """The quotes, with all items of the lists that were asked for, if a card holds them."""
    quotes: dict[SentencePlace, QuotedSentence] = {}
    for quote in picked.quotes:
        if place_of(*quote) in quotes:
            continue
        whole = await _items_beside(quote, context) if quote in picked.whole_lists else ()
        quotes |= {place_of(*each): each for each in whole or (quote,)}
    return tuple(quotes.values())


async def _items_beside(quote: QuotedSentence, context: AskContext) -> tuple[QuotedSentence, ...]:
    """The whole list that holds a quote; none if it holds more than a card."""
    items = await context.library.structures.sentences_beside(
        place_of(*quote), context.scope, limit=MAX_LISTED
    )
    is_short = sum(len(passage.quote(sentence)) for passage, sentence in items) <= MAX_CHARACTERS
    holds_quote = any(place_of(*item) == place_of(*quote) for item in items)
    return tuple(items) if is_short and holds_quote else ()


async def draft_quotes(
    quotes: Sequence[QuotedSentence], context: AskContext
) -> tuple[DraftSentence, ...]:
    """Each quote as a paragraph that cites itself and what it must be read with."""
    places = [place_of(passage, sentence) for passage, sentence in quotes]
    contexts = await context.library.structures.contexts(places, context.scope)
    return tuple(_draft(quotes, [_shown(c, q) for c, q in zip(contexts, quotes, strict=True)]))


def quotes_to_sentences(quotes: Sequence[QuotedSentence]) -> tuple[DraftSentence, ...]:
    """Each quote as a paragraph that cites itself."""
    return tuple(_draft(quotes, [()] * len(quotes)))


def quote_span(span: CitedSpan, *, paragraph: bool = False) -> DraftSentence:
    """A sentence that stands alone and cites itself, without the marker of its list."""
    return DraftSentence(MARKER.sub("", span.quote), (span,), paragraph=paragraph)


def name_with_facts(article: Article) -> str:
    """What stands above an article's quotes: its title, author and date."""
    facts = ", ".join(filter(None, (article.author, article.published)))
    return sanitize(f"{article.title} ({facts})" if facts else article.title)


def _shown(context: Sequence[CitableRange], quote: QuotedSentence) -> tuple[CitableRange, ...]:
    """What is shown with a quote: of headings only the nearest, and that only of items and rows."""
    _, sentence = quote
    leading = leading_ranges(tuple(context))
    others = tuple(
        part
        for part in leading
        if part.kind != "heading" and len(part.text) <= MAX_SHOWN_CHARACTERS
    )
    is_item = sentence.kind == "list_item"
    return leading if is_item and not others else others


def _draft(
    quotes: Sequence[QuotedSentence], contexts: Sequence[tuple[CitableRange, ...]]
) -> Iterator[DraftSentence]:
    """The quotes; what several in a row must be read with stands only before the first."""
    shown: tuple[CitableRange, ...] = ()
    for i, ((passage, sentence), context) in enumerate(zip(quotes, contexts, strict=True)):
        text = passage.quote(sentence)
        is_item = bool(MARKER.match(text))
        text = MARKER.sub("", text)
        leading = [part for part in context if part not in shown]
        follows = bool(context) and not leading
        between = ("\n" + BULLET if is_item else "\n") if leading else ""
        before = "\n".join(" ".join(part.text.split()) for part in leading)
        spans = [CitedSpan(passage, sentence.start, sentence.end)]
        spans += [CitedSpan(part.passage, part.start, part.end) for part in leading]
        yield DraftSentence(
            f"{before}{between}{text}",
            tuple(spans),
            paragraph=i > 0,
            list_item=is_item and follows,
        )
        shown = context
