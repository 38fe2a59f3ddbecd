"""Values come through the pipes of a child process as they are, and nothing else does."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.child_process.values import Seen, read_values, types_of, write_values
from bot.records import CitableRange, Hit, Sentence
from tests.answer.library import hits, passage

LONG = "A sentence that is longer than it would be sent twice."
HITS = hits(passage(1, [LONG, "It was founded in 2011."]), passage(2, ["“Ö”, 1 %."]))


def transfer(kind: Any, value: Any) -> Any:
    """A value as the other end reads it."""
    (read,) = read_values(
        [kind], json.loads(json.dumps(write_values([kind], [value], Seen()))), Seen()
    )
    return read


@given(
    st.text(st.characters(exclude_categories=())),
    st.lists(st.integers()),
    st.floats(allow_nan=False),
    st.binary(),
)
def test_any_value_comes_through(text: str, numbers: list[int], number: float, data: bytes) -> None:
    assert transfer(str, text) == text
    assert transfer(tuple[int, ...], tuple(numbers)) == tuple(numbers)
    assert transfer(frozenset[int], frozenset(numbers)) == frozenset(numbers)
    assert transfer(tuple[str, float | None], (text, number)) == (text, number)
    assert transfer(Mapping[str, list[float]], {text: [number]}) == {text: [number]}
    found = replace(HITS[0].passage, title=text, packed_tokens=data)
    assert transfer(Sequence[Hit], [replace(HITS[0], passage=found)])[0].passage == found
    assert transfer(dict[int, date], {1: date(2024, 2, 29)}) == {1: date(2024, 2, 29)}


def test_what_stands_in_several_places_is_written_once() -> None:
    kinds = [Sequence[Hit], tuple[CitableRange, ...]]
    quoted = CitableRange("paragraph", HITS[0].passage, 0, 9)
    written = json.dumps(write_values(kinds, [(*HITS, *HITS), (quoted, quoted)], Seen()))
    assert written.count(LONG) == 1
    (*first, again, _), (one, other) = read_values(kinds, json.loads(written), Seen())
    assert (first[0], one) == (HITS[0], quoted)
    assert again is first[0]
    assert one is other
    assert one.passage is again.passage


def test_an_answer_names_what_was_in_its_request() -> None:
    asking, answering = Seen(), Seen()
    request = write_values([tuple[Hit, ...]], [HITS], asking)
    ((first, _),) = read_values([tuple[Hit, ...]], request, answering)
    shorter = replace(first, passage=replace(first.passage, sentences=first.passage.sentences[:1]))
    answer = write_values([tuple[Hit, ...]], [(shorter, first)], answering)
    assert LONG not in json.dumps(answer)
    ((read, same),) = read_values([tuple[Hit, ...]], answer, asking)
    assert same is HITS[0]
    assert read.passage.text is HITS[0].passage.text
    assert read.passage.sentences == HITS[0].passage.sentences[:1]


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (str, 0),
        (str, None),
        (str, True),
        (int, 1.0),
        (int, True),
        (float, "1"),
        (bool, 0),
        (bytes, "ä"),
        (date, 0),
        (date, "2024-01-01"),
        (Literal["yes"], "no"),
        (Literal["yes"], []),
        (tuple[int, ...], {"0": 1}),
        (tuple[int, str], [1]),
        (dict[str, int], [["a"], []]),
        (Sentence, [1, 2]),
        (Sentence, [1, 2, None, "no such kind"]),
        (Sentence, 0),
        (Sentence, -1),
    ],
)
def test_what_is_not_of_the_declared_type_is_refused(kind: Any, written: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any words
        read_values([kind], [written], Seen())


def test_a_number_does_not_stand_for_a_value_of_another_type() -> None:
    seen = Seen()
    write_values([Sentence], [HITS[0].passage.sentences[0]], seen)
    with pytest.raises(ValueError, match="another type"):
        read_values([str], [0], seen)


def test_values_of_other_types_are_a_mistake_of_ours() -> None:
    def wrong(call: Callable[[], None]) -> None: ...

    with pytest.raises(TypeError):
        write_values(types_of(wrong)[0], [wrong], Seen())
