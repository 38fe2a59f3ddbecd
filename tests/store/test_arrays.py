"""The bytes and arrays of the index, against the plain Python that says what they mean."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.store.growable_array import GrowableArray
from bot.store.passage_table import (
    NO_ROW,
    POSITION,
    GrowingPassageTable,
    PassageTable,
    VectorChunk,
    quantize_vectors,
    sign_bits,
)
from bot.store.postings import (
    IndexedText,
    build_postings,
    postings_from,
    sort_postings,
    without_passages,
)
from bot.text.stem import stem

Row = tuple[int, int, int]
ROWS = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 255, 256, 2**32 - 1]), st.integers(0, 255), st.integers(0, 255)
    ),
    max_size=12,
)


def stored(rows: list[Row]) -> bytes:
    return np.array(rows, POSITION).tobytes()


def read(data: bytes) -> list[Row]:
    return [(int(a), int(b), int(c)) for a, b, c in np.frombuffer(data, POSITION)]


@settings(max_examples=50)
@given(ROWS)
def test_postings_are_in_the_order_of_passage_sentence_and_word(rows: list[Row]) -> None:
    assert read(sort_postings(stored(rows))) == sorted(rows)


@settings(max_examples=30)
@given(ROWS, st.integers(0, 2**32 - 1))
def test_postings_from_a_passage_on_hold_it_and_later_ones(rows: list[Row], first: int) -> None:
    first = rows[0][0] if rows else first
    assert read(postings_from(stored(rows), first)) == [row for row in rows if row[0] >= first]


def test_only_rows_that_lose_a_passage_are_written_again() -> None:
    rows = [(7, "ice", stored([(1, 0, 0), (2, 0, 0)])), (8, "ice", stored([(3, 0, 0)]))]
    ((data, segment, term),) = without_passages(rows, [2, 9])
    assert (read(data), segment, term) == ([(1, 0, 0)], 7, "ice")


def test_late_sentences_and_words_share_the_last_number() -> None:
    sentences = [*["ice"] * 254, "snow", "rain", " ".join(["wind"] * 257)]
    postings = build_postings([IndexedText(5, "Title", sentences)])
    last = {term: read(data)[-1] for term, data in postings.items()}
    assert last == {
        stem("ice"): (5, 253, 0),
        stem("snow"): (5, 254, 0),
        stem("rain"): (5, 254, 0),
        stem("wind"): (5, 254, 255),
        stem("title"): (5, 255, 0),
    }
    assert read(postings[stem("wind")])[-3:-1] == [(5, 254, 254), (5, 254, 255)]


@settings(max_examples=30)
@given(st.lists(st.lists(st.integers(0, 9), max_size=2_000), max_size=6))
def test_a_growing_array_holds_everything_and_earlier_views_stay(parts: list[list[int]]) -> None:
    array, so_far = GrowableArray(np.int64), list[int]()
    views = []
    for part in parts:
        array.extend(np.array(part, np.int64))
        so_far += part
        views.append((array.all, list(so_far)))
    for view, expected in views:
        assert view.tolist() == expected
        assert not view.flags.writeable


@pytest.mark.parametrize("added", [1_000, 8_000])
def test_a_quarter_of_a_growing_array_is_spare(added: int) -> None:
    array = GrowableArray(np.int8)
    array.extend(np.zeros(added, np.int8))
    room = added // 4 + 1_024
    before = array.all.__array_interface__["data"]
    array.extend(np.zeros(room, np.int8))
    assert array.all.__array_interface__["data"] == before  # nothing was copied
    array.extend(np.zeros(1, np.int8))
    assert array.all.__array_interface__["data"] != before


# Articles as (gap before the first id, tokens of each passage, length of the title).
ARTICLES = st.lists(
    st.tuples(
        st.integers(0, 3), st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(1, 9)
    ),
    max_size=5,
)


@settings(max_examples=50)
@given(ARTICLES)
def test_a_table_has_a_row_for_each_passage_and_means_over_all(
    articles: list[tuple[int, list[int], int]],
) -> None:
    table, rows, next_id = GrowingPassageTable(), list[Row](), 1
    for number, (gap, tokens, title) in enumerate(articles):
        ids = np.arange(next_id + gap, next_id + gap + len(tokens))
        count = len(tokens)
        table.extend(
            ids,
            np.full(count, 10 + number),
            np.arange(count),
            np.array(tokens),
            np.full(count, title),
        )
        rows += [(int(id_), number, position) for position, id_ in enumerate(ids)]
        next_id = int(ids[-1]) + 1
    snapshot = table.snapshot(partial=False)
    assert [*zip(snapshot.ids, snapshot.articles, snapshot.positions, strict=True)] == rows
    assert snapshot.article_ids.tolist() == [10 + number for number in range(len(articles))]
    expected = {id_: row for row, (id_, _, _) in enumerate(rows)}
    every_id = np.arange(next_id + 2)
    assert snapshot.rows_of(every_id).tolist() == [expected.get(int(i), NO_ROW) for i in every_id]
    totals = [sum(tokens) for _, tokens, _ in articles]
    assert snapshot.article_tokens.tolist() == totals
    assert snapshot.means == pytest.approx(
        (
            sum(totals) / len(rows) if rows else 0,
            sum(title for *_, title in articles) / len(articles) if articles else 0,
            sum(totals) / len(articles) if articles else 0,
        )
    )


def test_a_narrowed_table_is_that_of_its_articles_alone() -> None:
    columns = (np.arange(1, 6), np.array([7, 7, 8, 9, 9]), np.array([0, 1, 0, 0, 1]))
    lengths = (np.array([1, 2, 3, 4, 5]), np.array([6, 6, 7, 8, 8]))
    narrow = PassageTable.from_columns(*columns, *lengths).narrow_to({7, 9})
    assert narrow.is_partial
    assert narrow.ids.tolist() == [1, 2, 4, 5]
    assert narrow.articles.tolist() == [0, 0, 1, 1]
    assert narrow.article_ids.tolist() == [7, 9]
    assert narrow.article_tokens.tolist() == [3, 9]
    assert narrow.rows_of(np.arange(7)).tolist() == [NO_ROW, 0, 1, NO_ROW, 2, 3, NO_ROW]


@pytest.mark.parametrize("dimension", [1, 63, 64, 65, 128])
def test_signs_are_the_bits_of_64_numbers_a_word(dimension: int) -> None:
    vectors = np.random.default_rng(dimension).integers(-1, 2, (3, dimension)).astype(np.float32)
    words = sign_bits(vectors)
    assert words.shape == (-(-dimension // 64), 3)
    bits = np.unpackbits(np.ascontiguousarray(words.T).view(np.uint8), axis=1)
    assert (bits[:, :dimension] == (vectors > 0)).all()
    assert not bits[:, dimension:].any()


@pytest.mark.parametrize("vector", [[0.5, -2.0], [2.0, 0.5], [-1e-3, 0.0], [0.0, 0.0], [0.3, 0.2]])
def test_the_number_furthest_from_zero_has_the_highest_code(vector: list[float]) -> None:
    ((codes,), (scale,)) = quantize_vectors(np.array([vector], np.float32))
    assert abs(codes).max() == (127 if any(vector) else 0)
    assert codes * scale == pytest.approx(vector, abs=float(scale) * 0.51)


def test_chunks_join_by_rising_id_and_know_what_they_hold() -> None:
    vectors = np.random.default_rng(3).normal(size=(4, 70)).astype(np.float32)
    late, early = np.array([8, 9]), np.array([3, 5])
    joined = VectorChunk.concatenate(
        [VectorChunk.quantize(late, vectors[2:]), VectorChunk.quantize(early, vectors[:2])]
    )
    whole = VectorChunk.quantize(np.array([3, 5, 8, 9]), vectors)
    assert joined.ids.tolist() == whole.ids.tolist()
    assert (joined.codes == whole.codes).all()
    assert (joined.scales == whole.scales).all()
    assert (joined.signs == whole.signs).all()
    assert joined.contains(np.array([2, 3, 4, 9, 10])).tolist() == [False, True, False, True, False]
