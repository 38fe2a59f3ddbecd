"""Looks up articles by topic or by name.

An article mentions a topic if one passage has all its words; every article is checked, not only
the best hits. It is about a topic if its title or tags have it, at least two sentences mention it,
or a passage is close in meaning. Knows nothing of questions and of how answers look.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import regex

from bot.answer.catalog.intents import DOCUMENT_TYPES
from bot.answer.context import AskContext
from bot.embedding import Embedder
from bot.errors import ArticleNotFound
from bot.records import Article, Filter, Scope, Sentence, StoredPassage
from bot.search.query_terms import content_terms, parse_query
from bot.search.retrieve import retrieve
from bot.store.passage_index import Mention
from bot.store.protocols import Library
from bot.text.lazy_pattern import lazy_pattern
from bot.text.stem import stem
from bot.text.tokenize import split_words

# Cosine of a topic and a passage: on the sample articles .27 to .45 if they are about the topic, at
# most .25 if not (among 200 articles of clapnq).
SAME_TOPIC_COSINE = 0.27
MIN_MENTIONS = 2  # sentences
MAX_HITS = 24  # passages whose cosine is checked
MAX_ID_DIGITS = 9
ID = lazy_pattern(r"^(?:the )?(?:article |artikel |artículo )?#?(\d+)$", regex.IGNORECASE)
ARTICLE_WORDS = lazy_pattern(
    r"\bone(?=$| (?:on|about|with|by|from)\b)|"
    r"\b(?:the|this|that|our|an?|den|die|das|der|dem|diese[nrms]?|el|la|este|esta)\b|"
    rf"\b{DOCUMENT_TYPES}\b|"
    r"\b(?:about|on|with|from|by|titled|called|title|über|zum?|zur|vom?|mit|titel|sobre|de|del)\b",
    regex.IGNORECASE,
)
QUOTED = lazy_pattern(r"[\"“„«](.+?)[\"”“»]")


async def find_mentions(topic: str, library: Library, scope: Scope) -> dict[int, list[int]]:
    """The ids of passages that have all words of the topic, by article id."""
    return _passage_ids(await _mentions_by_article(topic, library, scope))


def _passage_ids(by_article: Mapping[int, Sequence[Mention]]) -> dict[int, list[int]]:
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
    passage_ids = _passage_ids(by_article)
    about = {
        article_id: passage_ids[article_id]
        for article_id, mentions in by_article.items()
        if _is_main(mentions)
    }
    tags = [tag for tag in await library.articles.tags(scope) if tag.lower() == topic.lower()]
    if tags:
        tagged = await library.articles.ids_matching(Filter(tag=tags[0]), scope)
        about |= {article_id: passage_ids.get(article_id, []) for article_id in tagged}
    hits, _ = await retrieve(topic, library, scope, embedder, limit=MAX_HITS, within=within)
    for hit in hits:
        if hit.cosine >= SAME_TOPIC_COSINE:
            about.setdefault(hit.passage.article_id, []).append(hit.passage.id)
    return about


async def find_most_mentions(
    topic: str, library: Library, scope: Scope, *, candidates: Collection[int]
) -> int | None:
    """The id of the article that mentions a topic most.

    None if none mentions it repeatedly, or if one of the candidates mentions it.
    """
    by_article = await _mentions_by_article(topic, library, scope)
    if not by_article.keys().isdisjoint(candidates):
        return None
    sentences = {i: sum(m.sentences for m in mentions) for i, mentions in by_article.items()}
    most = max(sentences, key=lambda i: sentences[i], default=None)
    return most if most is not None and sentences[most] >= MIN_MENTIONS else None


def _is_main(mentions: Sequence[Mention]) -> bool:
    """Whether an article mentions a topic in its title, or repeatedly."""
    if any(mention.in_title for mention in mentions):
        return True
    return sum(mention.sentences for mention in mentions) >= MIN_MENTIONS


async def find_article(name: str, context: AskContext, *, by_content: bool) -> Article | None:
    """The article with this id or these words in its title; None if no matching one has them.

    With ``by_content``, else the article that the words describe best.
    """
    if number := ID.match(name):
        return await _by_id(int(number[1][:MAX_ID_DIGITS]), context)
    topic = strip_article_words(name)
    if not topic:
        return None
    articles = await context.library.articles.select(context.scope, matching=context.article_filter)
    by_title = await asyncio.to_thread(_find_by_title, topic, articles)
    if by_title is not None or not by_content:
        return by_title
    return await _find_by_content(topic, context)


def strip_article_words(name: str) -> str:
    """The words that identify the article: "heat pumps" of "the study on heat pumps"."""
    if ID.match(name):
        return name
    quoted = QUOTED.search(name)
    return quoted[1] if quoted else " ".join(ARTICLE_WORDS.sub(" ", name).split())


async def _by_id(article_id: int, context: AskContext) -> Article | None:
    matching_ids = await context.matching_ids()
    if matching_ids is not None and article_id not in matching_ids:
        return None
    try:
        return await context.library.articles.get(article_id, context.scope)
    except ArticleNotFound:
        return None


def _find_by_title(topic: str, articles: Sequence[Article]) -> Article | None:
    """The article whose title has all words of a topic and the fewest others."""
    stems = _topic_stems(topic)
    if not stems:
        return None
    titles = [(split_words(article.title), article) for article in articles]
    matches = [(words, article) for words, article in titles if stems <= set(map(stem, words))]
    return min(matches, key=lambda match: len(match[0]), default=(None, None))[1]


async def _find_by_content(topic: str, context: AskContext) -> Article | None:
    """The article of the best hit, if it mentions the words or is close in meaning."""
    library, scope = context.library, context.scope
    hits, _ = await retrieve(
        topic, library, scope, context.embedder, limit=1, within=await context.matching_ids()
    )
    mentions = await find_mentions(topic, library, scope)
    for hit in hits:
        if hit.passage.article_id in mentions or hit.cosine >= SAME_TOPIC_COSINE:
            return await library.articles.get(hit.passage.article_id, scope)
    return None


def mentions_topic(topic: str, passage: StoredPassage, sentence: Sentence) -> bool:
    """Whether a sentence has all words of a topic."""
    return _topic_stems(topic) <= _stems(passage, sentence)


def _topic_stems(topic: str) -> set[str]:
    return {stem(word) for word in content_terms(topic)}


def _stems(passage: StoredPassage, sentence: Sentence) -> set[str]:
    return {stem(word) for word in split_words(passage.quote(sentence))}


def find_sentence_about(
    topic: str, passages: Sequence[StoredPassage]
) -> tuple[StoredPassage, Sentence] | None:
    """The first sentence with the most words of the topic; without a topic, the very first."""
    topic_stems = _topic_stems(topic)
    sentences = [(passage, sentence) for passage in passages for sentence in passage.sentences]
    return max(sentences, key=lambda pair: len(topic_stems & _stems(*pair)), default=None)
