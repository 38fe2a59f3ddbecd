"""The blocks of a text are stored with it, and give what a sentence must be read with."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.chunk import split_passages
from bot.ingest.extract.document import TextBuilder
from bot.records import Scope
from bot.store.block_codec import decode_blocks, encode_blocks
from bot.store.protocols import Library
from bot.store.values import NewArticle, SentencePlace
from bot.structure import BLOCK_KINDS, Block
from tests.contract.samples import ALL, SERVER, new_article, unit_vectors


def a_table(channel: int | None = None) -> NewArticle:
    """A table too long for one passage."""
    builder = TextBuilder()
    builder.add("Landings", "heading", level=2)
    builder.add("In tonnes:")
    with builder.inside("table", takes_lead_in=True):
        builder.add("Harbour | 2023 | 2024", "table_header")
        for number in range(60):
            builder.add(f"Pier {number} | {number * 3} | {number * 7}", "table_row", separator="\n")
    passages = tuple(
        split_passages(
            builder.text(),
            lambda text: len(text.split()),
            headings=builder.headings,
            blocks=builder.blocks,
            budget=80,
        )
    )
    vectors = unit_vectors(len(passages))
    article = new_article(builder.text(), channel=channel)
    return replace(article, passages=passages, vectors=vectors, blocks=builder.blocks)


async def place_of(library: Library, words: str) -> SentencePlace:
    (article,) = await library.articles.select(ALL)
    text = (await library.articles.version(article.id, ALL)).text
    (first, *_) = await library.articles.passages_of(article.id, ALL)
    return SentencePlace(first.version_id, text.index(words))


async def test_a_row_comes_with_its_header_from_another_passage(library: Library) -> None:
    await library.articles.add(a_table(), ALL)
    place = await place_of(library, "Pier 59 |")
    (context,) = await library.structures.contexts([place], ALL)
    assert [
        (
            part.kind,
            part.passage.text[part.start - part.passage.start : part.end - part.passage.start],
        )
        for part in context
    ] == [
        ("heading", "Landings"),
        ("lead_in", "In tonnes:"),
        ("table_header", "Harbour | 2023 | 2024"),
    ]
    assert {part.passage.position for part in context} == {0}


async def test_the_rows_of_a_table_come_from_all_its_passages(library: Library) -> None:
    await library.articles.add(a_table(channel=3), ALL)
    structures, place = library.structures, await place_of(library, "Pier 3 |")
    beside = await structures.sentences_beside(place, ALL, limit=50)
    assert [p.quote(s).split(" |")[0] for p, s in beside] == [f"Pier {n}" for n in range(50)]
    outside = await place_of(library, "Landings")
    assert not await structures.sentences_beside(outside, ALL, limit=50)
    hidden = Scope(SERVER, frozenset({4}))
    assert not await structures.sentences_beside(place, hidden, limit=50)


async def test_sentences_know_the_kind_of_their_block(library: Library) -> None:
    added = await library.articles.add(a_table(), ALL)
    passages = await library.articles.passages_of(added.article.id, ALL)
    kinds = [sentence.kind for passage in passages for sentence in passage.sentences]
    assert kinds == ["heading", "lead_in", "table_header", *["table_row"] * 60]
    assert len(passages) > 1


async def test_what_a_scope_does_not_show_has_no_structure(library: Library) -> None:
    await library.articles.add(a_table(channel=3), ALL)
    place = await place_of(library, "Pier 59 |")
    hidden = Scope(SERVER, frozenset({4}))
    assert await library.structures.contexts([place], hidden) == [()]
    assert await library.structures.of_versions([place.version_id], hidden) == {}
    shown = Scope(SERVER, frozenset({3}))
    assert len((await library.structures.contexts([place], shown))[0]) == 3


async def test_a_text_without_blocks_has_an_empty_structure(library: Library) -> None:
    await library.articles.add(new_article(), ALL)
    place = await place_of(library, "Its air")
    assert await library.structures.contexts([place], ALL) == [()]
    structures = await library.structures.of_versions([place.version_id], ALL)
    assert structures[place.version_id].blocks == ()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(BLOCK_KINDS),
            st.integers(0, 10_000),
            st.integers(0, 300),
            st.integers(0, 12),
        )
    ),
    st.data(),
)
def test_coded_blocks_come_back_as_they_were(
    rows: list[tuple[str, int, int, int]], data: st.DataObject
) -> None:
    at, blocks = 0, []
    for index, (kind, distance, length, level) in enumerate(rows):
        at += distance
        parent = data.draw(st.integers(-1, index - 1)) if index else -1
        blocks.append(Block(kind, at, at + length, level, parent))  # type: ignore[arg-type]
    assert decode_blocks(encode_blocks(blocks)) == tuple(blocks)
