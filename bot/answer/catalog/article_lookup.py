"""Which articles of a scope mention something, are about it, or are meant by a name.

To mention is to say all the words in one passage; every article is looked at, not only the best
found. About something is an article whose title or tags say it, that says it in two sentences or
more, or whose meaning is close to it. Knows nothing of questions and of how rows are shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

import numpy as np
import regex
from numpy.typing import NDArray

from bot.embedding import Embedder
from bot.errors import ArticleNotFound
from bot.records import Article, Scope, Sentence, StoredPassage
from bot.search.query_terms import content_terms, parse_query, split_words
from bot.search.retrieve import retrieve
from bot.store.passage_table import NO_ROW, TITLE_SENTENCE
from bot.store.protocols import Library
from bot.text.stem import stem

# Cosine of a topic and a passage. On the sample articles what is about a topic has .27 to .45, what
# is not at most .25 (with 200 articles of clapnq beside them).
SAME_SUBJECT = 0.27
SAID_TWICE = 2  # sentences
CLOSEST = 24  # passages whose meaning is looked at
LONGEST_ID = 9  # digits
ID = regex.compile(r"^(?:the )?(?:article |artikel |artículo )?#?(\d+)$", regex.IGNORECASE)
NAMES_AN_ARTICLE = regex.compile(
    r"\bone(?=$| (?:on|about|with|by|from)\b)|"
    r"\b(?:the|this|that|our|an?|den|die|das|der|dem|diese[nrms]?|el|la|este|esta)\b|"
    r"\b(?:articles?|documents?|papers?|texts?|pieces?|files?|pdfs?|reports?|story|study|interview|"
    r"post|essay|blog|talk|artikel|text|bericht|studie|artículo|texto|informe)\b|"
    r"\b(?:about|on|with|from|by|titled|called|title|über|zum?|zur|vom?|mit|titel|sobre|de|del)\b",
    regex.IGNORECASE,
)
QUOTED = regex.compile(r"[\"“„«](.+?)[\"”“»]")


async def find_mentions(topic: str, library: Library, scope: Scope) -> dict[int, list[int]]:
    """The passages that say all of the topic's words, by article id."""
    wanted = parse_query(topic).terms
    postings = await library.postings(wanted, scope)
    if not wanted or len(postings) < len(wanted):
        return {}
    together = postings[wanted[0]]["passage"]
    for term in wanted[1:]:
        together = np.intersect1d(together, postings[term]["passage"])
    return await _by_article(np.unique(together), library, scope)


async def _by_article(
    passages: NDArray[np.uint32], library: Library, scope: Scope
) -> dict[int, list[int]]:
    catalogue = await library.passage_table(scope)
    found: dict[int, list[int]] = defaultdict(list)
    for passage, row in zip(passages.tolist(), catalogue.rows_of(passages).tolist(), strict=True):
        if row != NO_ROW:
            found[int(catalogue.article_ids[catalogue.articles[row]])].append(passage)
    return dict(found)


async def find_about(
    topic: str, library: Library, scope: Scope, embedder: Embedder, within: Collection[int] | None
) -> dict[int, list[int]]:
    """The articles about a topic, each with the passages that show it."""
    found = await find_mentions(topic, library, scope)
    often = await _often(topic, found, library, scope)
    tagged = [tag for tag in await library.tags(scope) if tag.lower() == topic.lower()]
    if tagged:
        articles = await library.articles(scope)
        often |= {one.id: found.get(one.id, []) for one in articles if tagged[0] in one.tags}
    hits, _ = await retrieve(topic, library, scope, embedder, limit=CLOSEST, within=within)
    for hit in hits:
        if hit.cosine >= SAME_SUBJECT:
            often.setdefault(hit.passage.article_id, []).append(hit.passage.id)
    return often


async def _often(
    topic: str, found: dict[int, list[int]], library: Library, scope: Scope
) -> dict[int, list[int]]:
    """Of the articles that mention a topic, those that do so in their title, or repeatedly."""
    if not found:
        return {}
    everywhere = [passage for passages in found.values() for passage in passages]
    postings = await library.postings(parse_query(topic).terms, scope)
    said: dict[int, set[int]] = defaultdict(set)
    titled = set(everywhere)
    for each in postings.values():
        for passage, sentence in zip(
            each["passage"].tolist(), each["sentence"].tolist(), strict=True
        ):
            said[passage].add(sentence)
        titled &= set(each["passage"][each["sentence"] == TITLE_SENTENCE].tolist())
    return {
        article: passages
        for article, passages in found.items()
        if not titled.isdisjoint(passages)
        or sum(len(said[passage]) for passage in passages) >= SAID_TWICE
    }


async def find_article(
    name: str, library: Library, scope: Scope, embedder: Embedder, *, by_content: bool
) -> Article | None:
    """The article that a name means: its id, words of its title, or else (``by_content``) what
    it is about."""
    if number := ID.match(name):
        return await _numbered(number[1], library, scope)
    bare = strip_article_words(name)
    wanted = {stem(word) for word in content_terms(bare)} if bare else set()
    if not wanted:
        return None
    titled = [
        (len(wanted) / max(1, len(split_words(article.title))), article)
        for article in await library.articles(scope)
        if wanted <= {stem(word) for word in split_words(article.title)}
    ]
    if titled:
        return max(titled, key=lambda pair: pair[0])[1]
    return await _closest(bare, library, scope, embedder) if by_content else None


def strip_article_words(name: str) -> str:
    """The words of a name that say which article: of "the study on heat pumps" the last two."""
    if ID.match(name):
        return name
    quoted = QUOTED.search(name)
    return quoted[1] if quoted else " ".join(NAMES_AN_ARTICLE.sub(" ", name).split())


async def _numbered(number: str, library: Library, scope: Scope) -> Article | None:
    try:
        return await library.article(int(number[:LONGEST_ID]), scope)
    except ArticleNotFound:
        return None


async def _closest(name: str, library: Library, scope: Scope, embedder: Embedder) -> Article | None:
    """The article of the best passage, where it says the name's words or means them."""
    hits, _ = await retrieve(name, library, scope, embedder, limit=1)
    mention = await find_mentions(name, library, scope)
    good = [h for h in hits if h.passage.article_id in mention or h.cosine >= SAME_SUBJECT]
    return await library.article(good[0].passage.article_id, scope) if good else None


def mentions_topic(topic: str, passage: StoredPassage, sentence: Sentence) -> bool:
    """Whether a sentence says all of a topic's words."""
    said = {stem(word) for word in split_words(passage.quote(sentence))}
    return {stem(word) for word in content_terms(topic)} <= said


def find_sentence_about(
    topic: str, passages: Sequence[StoredPassage]
) -> tuple[StoredPassage, Sentence] | None:
    """The first sentence that says most of a topic's words; an article's opening without one."""
    wanted = {stem(word) for word in content_terms(topic)} if topic else set()
    every = [(passage, sentence) for passage in passages for sentence in passage.sentences]
    if not every:
        return None
    said = [
        len(wanted & {stem(word) for word in split_words(passage.quote(sentence))})
        for passage, sentence in every
    ]
    return every[said.index(max(said))]
