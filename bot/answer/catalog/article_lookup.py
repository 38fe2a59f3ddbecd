"""Looks up articles by topic or by name.

An article mentions a topic if one passage has all its words; every article is checked, not only
the best hits. It is about a topic if its title or tags have it, at least two sentences mention it,
or a passage is close in meaning. Knows nothing of questions and of how answers look.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

import regex

from bot.embedding import Embedder
from bot.errors import ArticleNotFound
from bot.records import Article, Scope, Sentence, StoredPassage
from bot.search.query_terms import content_terms, parse_query
from bot.search.retrieve import retrieve
from bot.store.passage_index import Mention
from bot.store.protocols import Library
from bot.text.stem import stem
from bot.text.tokenize import split_words

# Cosine of a topic and a passage: on the sample articles .27 to .45 if they are about the topic, at
# most .25 if not (among 200 articles of clapnq).
SAME_TOPIC_COSINE = 0.27
MIN_MENTIONS = 2  # sentences
MAX_HITS = 24  # passages whose cosine is checked
MAX_ID_DIGITS = 9
ID = regex.compile(r"^(?:the )?(?:article |artikel |artículo )?#?(\d+)$", regex.IGNORECASE)
ARTICLE_WORDS = regex.compile(
    r"\bone(?=$| (?:on|about|with|by|from)\b)|"
    r"\b(?:the|this|that|our|an?|den|die|das|der|dem|diese[nrms]?|el|la|este|esta)\b|"
    r"\b(?:articles?|documents?|papers?|texts?|pieces?|files?|pdfs?|reports?|story|study|interview|"
    r"post|essay|blog|talk|artikel|text|bericht|studie|artículo|texto|informe)\b|"
    r"\b(?:about|on|with|from|by|titled|called|title|über|zum?|zur|vom?|mit|titel|sobre|de|del)\b",
    regex.IGNORECASE,
)
QUOTED = regex.compile(r"[\"“„«](.+?)[\"”“»]")


async def find_mentions(topic: str, library: Library, scope: Scope) -> dict[int, list[int]]:
    """The ids of passages that have all words of the topic, by article id."""
    by_article = await _mentions_by_article(topic, library, scope)
    return {
        article_id: [mention.passage_id for mention in mentions]
        for article_id, mentions in by_article.items()
    }


async def _mentions_by_article(
    topic: str, library: Library, scope: Scope
) -> dict[int, list[Mention]]:
    by_article: dict[int, list[Mention]] = defaultdict(list)
    for mention in await library.index.mentions(parse_query(topic).terms, scope):
        by_article[mention.article_id].append(mention)
    return dict(by_article)


async def find_about(
    topic: str, library: Library, scope: Scope, embedder: Embedder, within: Collection[int] | None
) -> dict[int, list[int]]:
    """The ids of articles about a topic, with the ids of the passages that show it."""
    by_article = await _mentions_by_article(topic, library, scope)
    passage_ids = {
        article_id: [mention.passage_id for mention in mentions]
        for article_id, mentions in by_article.items()
    }
    about = {
        article_id: passage_ids[article_id]
        for article_id, mentions in by_article.items()
        if _is_main(mentions)
    }
    tags = [tag for tag in await library.articles.tags(scope) if tag.lower() == topic.lower()]
    if tags:
        tagged = [a.id for a in await library.articles.select(scope) if tags[0] in a.tags]
        about |= {article_id: passage_ids.get(article_id, []) for article_id in tagged}
    hits, _ = await retrieve(topic, library, scope, embedder, limit=MAX_HITS, within=within)
    for hit in hits:
        if hit.cosine >= SAME_TOPIC_COSINE:
            about.setdefault(hit.passage.article_id, []).append(hit.passage.id)
    return about


def _is_main(mentions: Sequence[Mention]) -> bool:
    """Whether an article mentions a topic in its title, or repeatedly."""
    if any(mention.in_title for mention in mentions):
        return True
    return sum(mention.sentences for mention in mentions) >= MIN_MENTIONS


async def find_article(
    name: str, library: Library, scope: Scope, embedder: Embedder, *, by_content: bool
) -> Article | None:
    """The article with this id or these words in its title; None if there is none.

    With ``by_content``, else the article that the words describe best.
    """
    if number := ID.match(name):
        return await _by_id(number[1], library, scope)
    topic = strip_article_words(name)
    stems = {stem(word) for word in content_terms(topic)} if topic else set()
    if not stems:
        return None
    by_title = [
        (len(stems) / max(1, len(split_words(article.title))), article)
        for article in await library.articles.select(scope)
        if stems <= {stem(word) for word in split_words(article.title)}
    ]
    if by_title:
        return max(by_title, key=lambda pair: pair[0])[1]
    return await _find_by_content(topic, library, scope, embedder) if by_content else None


def strip_article_words(name: str) -> str:
    """The words that identify the article: "heat pumps" of "the study on heat pumps"."""
    if ID.match(name):
        return name
    quoted = QUOTED.search(name)
    return quoted[1] if quoted else " ".join(ARTICLE_WORDS.sub(" ", name).split())


async def _by_id(number: str, library: Library, scope: Scope) -> Article | None:
    try:
        return await library.articles.get(int(number[:MAX_ID_DIGITS]), scope)
    except ArticleNotFound:
        return None


async def _find_by_content(
    name: str, library: Library, scope: Scope, embedder: Embedder
) -> Article | None:
    """The article of the best hit, if it mentions the words or is close in meaning."""
    hits, _ = await retrieve(name, library, scope, embedder, limit=1)
    mentions = await find_mentions(name, library, scope)
    for hit in hits:
        if hit.passage.article_id in mentions or hit.cosine >= SAME_TOPIC_COSINE:
            return await library.articles.get(hit.passage.article_id, scope)
    return None


def mentions_topic(topic: str, passage: StoredPassage, sentence: Sentence) -> bool:
    """Whether a sentence has all words of a topic."""
    return {stem(word) for word in content_terms(topic)} <= _stems(passage, sentence)


def _stems(passage: StoredPassage, sentence: Sentence) -> set[str]:
    return {stem(word) for word in split_words(passage.quote(sentence))}


def find_sentence_about(
    topic: str, passages: Sequence[StoredPassage]
) -> tuple[StoredPassage, Sentence] | None:
    """The first sentence with the most words of the topic; without a topic, the very first."""
    topic_stems = {stem(word) for word in content_terms(topic)} if topic else set()
    sentences = [(passage, sentence) for passage in passages for sentence in passage.sentences]
    return max(sentences, key=lambda pair: len(topic_stems & _stems(*pair)), default=None)
