"""Articles for the store's tests: a paragraph is a passage, a line is a sentence."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import fields

import numpy as np

from bot.answer_records import Citation
from bot.errors import ArticleNotFound
from bot.records import Passage, Scope, Sentence, StoredPassage, Submitter
from bot.search.memory_index import MemoryIndex
from bot.store.passage_table import NO_ROW, VectorChunk
from bot.store.protocols import Library
from bot.store.values import Floats, NewArticle

SERVER = "1001"
ALL = Scope(SERVER)
MODEL = "tiny/1"
DIMENSION = 4
MARS = "Mars is cold.\nIts air is thin.\n\nA joint mission was proposed.\nIt may fly in 2030."


def new_article(text: str = MARS, *, title: str = "Mars", channel: int | None = None) -> NewArticle:
    """An article added in ``channel``, with a vector for each passage."""
    passages = tuple(_passage(match) for match in re.finditer(r"\S(?:.|\n(?!\n))*", text))
    return NewArticle(
        title=title,
        text=text,
        passages=passages,
        source="mars.txt",
        cleaner=1,
        splitter=1,
        submitter=Submitter(7, "Ada", channel),
        embedder=MODEL,
        vectors=unit_vectors(len(passages)),
    )


def _passage(paragraph: re.Match[str]) -> Passage:
    lines = re.finditer(r"[^\n]+", paragraph.group())
    at = paragraph.start()
    sentences = tuple(Sentence(at + line.start(), at + line.end()) for line in lines)
    return Passage(sentences[0].start, sentences[-1].end, sentences, tokens=len(sentences))


def unit_vectors(n: int, dimension: int = DIMENSION) -> Floats:
    """``n`` different rows of length 1."""
    rows = np.random.default_rng(n).normal(size=(n, dimension))
    unit: Floats = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


def numbers_of(chunk: VectorChunk) -> list[object]:
    """Everything in a chunk, for comparison."""
    return [getattr(chunk, each.name).tolist() for each in fields(chunk)]


def memory_index(library: Library) -> MemoryIndex:
    """The library's index, whose arrays a test may look at."""
    assert isinstance(library.index, MemoryIndex)
    return library.index


async def ids_with_term(library: Library, *terms: str, scope: Scope = ALL) -> list[int]:
    """The passages of the scope that contain one of the terms, as search sees them."""
    postings = await memory_index(library).postings(terms, scope)
    table = await memory_index(library).passage_table(scope)
    ids = sorted({int(i) for term in postings.values() for i in term["passage"]})
    return [i for i in ids if table.rows_of(np.array([i]))[0] != NO_ROW]


async def ids_with_vector(
    library: Library, scope: Scope = ALL, *, model: str = MODEL, dimension: int = DIMENSION
) -> list[int]:
    """The passages of the scope that have a vector of an embedder, as search sees them."""
    table = await memory_index(library).passage_table(scope)
    chunks = (await memory_index(library).quantized_vectors(model, dimension, scope)).chunks
    ids = [int(i) for chunk in chunks for i in chunk.ids]
    return [i for i in ids if table.rows_of(np.array([i]))[0] != NO_ROW]


async def trashed_ids(library: Library) -> list[int]:
    """Which of the first ten articles are in the trash."""
    ids = []
    for article_id in range(1, 10):
        with suppress(ArticleNotFound):
            ids.append(
                (await library.articles.trashed_article(article_id, Scope(library.server_id))).id
            )
    return ids


def citation_of(passage: StoredPassage, n: int = 1, sentence: int = 0) -> Citation:
    """A footnote on one of a passage's sentences."""
    cited = passage.sentences[sentence]
    return Citation(
        n=n,
        article_id=passage.article_id,
        version_id=passage.version_id,
        version=passage.version,
        title=passage.title,
        url=passage.url,
        page=passage.page_at(cited.start),
        published=passage.published,
        start=cited.start,
        end=cited.end,
        quote=passage.quote(cited),
    )
