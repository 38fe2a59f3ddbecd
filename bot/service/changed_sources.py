"""Says where the newest version of a source no longer has the words that an answer cites.

An answer rests on the version that it cites, which is kept: its footnotes still open. A cited
sentence counts as changed if the newest text does not contain it, but for white space.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log

from bot.answer_records import Answer, Citation, CitedPassage, superscript
from bot.errors import ArticleNotFound
from bot.records import Article, Scope
from bot.store.protocols import Library
from bot.strings import _
from bot.text.tokenize import split_words

# Of the weight of the cited sentence's words, rare ones counting more: with less in common, the
# newest text says something else, rather than the same in other words.
MIN_SHARED_WEIGHT = 0.5
SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class NewestWords:
    """What the newest version says where an older one was cited.

    ``is_same``: it has the cited words. Otherwise ``sentence`` is what comes closest; "" if nothing
    does.
    """

    is_same: bool
    sentence: str = ""


async def newest_words(
    library: Library, passage: CitedPassage, article: Article, scope: Scope
) -> NewestWords | None:
    """What an article's newest version says there; None if it is the cited one."""
    citation = passage.citation
    if citation.version == article.version:
        return None
    passages = await library.articles.passages_of(article.id, scope)
    sentences = [each.quote(sentence) for each in passages for sentence in each.sentences]
    text = (await library.articles.version(article.id, scope)).text
    return await asyncio.to_thread(_compare, citation.quote, text, sentences)


def _compare(quote: str, text: str, sentences: Sequence[str]) -> NewestWords:
    if _contains(text, quote):
        return NewestWords(is_same=True)
    return NewestWords(is_same=False, sentence=closest_sentence(quote, sentences))


def closest_sentence(quote: str, sentences: Sequence[str]) -> str:
    """The sentence that shares the most with a quote; "" if none shares MIN_SHARED_WEIGHT."""
    words = [frozenset(split_words(sentence)) for sentence in sentences]
    counts = Counter(word for each in words for word in each)
    wanted_words = frozenset(split_words(quote))
    weights = {word: log(1 + (len(sentences) + 1) / (counts[word] + 1)) for word in wanted_words}
    total = sum(weights.values())
    best, closest = 0.0, ""
    for sentence, each in zip(sentences, words, strict=True):
        shared = sum(weights[word] for word in wanted_words & each)
        if shared > best:
            best, closest = shared, sentence
    return closest if total and best >= MIN_SHARED_WEIGHT * total else ""


async def with_changes(library: Library, answer: Answer, scope: Scope) -> Answer:
    """The answer; its note says which footnotes' sources have changed since."""
    changed = [c.n for c in answer.citations if await _has_changed(library, answer, c, scope)]
    if not changed:
        return answer
    text = "⚠ " + _("Source changed since: {footnotes}").format(footnotes=superscript(changed))
    return replace(answer, note=" · ".join(filter(None, [answer.note, text])))


async def _has_changed(library: Library, answer: Answer, citation: Citation, scope: Scope) -> bool:
    assert answer.id is not None
    try:
        newest = await library.articles.version(citation.article_id, scope)
        if newest.version == citation.version:
            return False
        opened = await library.answers.cited_passage(answer.id, citation.n, scope)
    except ArticleNotFound:  # it was removed: the card says that
        return False
    return not await asyncio.to_thread(_contains, newest.text, opened.citation.quote)


def _contains(text: str, quote: str) -> bool:
    return SPACE.sub(" ", quote) in SPACE.sub(" ", text)
