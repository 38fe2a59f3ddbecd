"""Which sentences a summary takes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.answer.summary.key_sentences import LONG_ARTICLE, key_sentences, statements_of
from bot.records import Sentence, StoredPassage
from bot.structure import BLOCK_KINDS, BlockKind
from tests.answer.library import passage


def of_kinds(
    *sentences: tuple[BlockKind, str], number: int = 1, heading: str = ""
) -> StoredPassage:
    """A passage whose sentences stand in blocks of these kinds."""
    made = passage(number, [text for _kind, text in sentences], heading=heading)
    kinds = [kind for kind, _text in sentences]
    ranges = [
        Sentence(s.start, s.end, None, kind) for s, kind in zip(made.sentences, kinds, strict=True)
    ]
    object.__setattr__(made, "sentences", tuple(ranges))
    return made


def texts(passages: list[StoredPassage], limit: int) -> list[str]:
    return [statement.text for statement in key_sentences(passages, limit)]


def test_headings_questions_bylines_and_fragments_are_no_sentences_of_a_summary() -> None:
    found = of_kinds(
        ("heading", "The ferry gets a new engine."),
        ("byline", "By Lena Brodwick."),
        ("paragraph", "Skelby Courier, 20 June 2026"),
        ("paragraph", "Who pays for it?"),
        ("table_row", "Adults | 3 crowns."),
        ("paragraph", "The town pays half of the cost."),
    )
    assert [s.text for s in statements_of([found])] == ["The town pays half of the cost."]


def test_of_a_text_without_full_stops_everything_except_headings_counts() -> None:
    found = of_kinds(
        ("heading", "Prices"), ("table_row", "Adults | 3"), ("paragraph", "Free on Sunday")
    )
    assert [s.text for s in statements_of([found])] == ["Adults | 3", "Free on Sunday"]


def test_key_sentences_come_in_the_order_of_the_text_and_are_at_most_two_of_three() -> None:
    sentences = [
        "The council closed the harbour bridge on Monday because its steel cables are rusting.",
        "It rained.",
        "The harbour bridge carries 4,000 cars a day and its repair will cost 3 million crowns.",
        "A dog barked.",
        "Until May, cars take the ferry instead of the bridge, which costs the council 40,000.",
    ]
    assert texts([passage(1, sentences)], 3) == [sentences[0], sentences[2], sentences[4]]
    assert len(texts([passage(1, sentences)], 99)) == 4


def test_a_long_article_gives_a_sentence_of_each_section() -> None:
    sections = [
        of_kinds(
            *[("paragraph", f"In part {n} the measured value {i} was {i * n}.") for i in range(16)],
            number=n,
            heading=f"Part {n}",
        )
        for n in range(1, 6)
    ]
    assert len(statements_of(sections)) > LONG_ARTICLE
    taken = {statement.passage.heading for statement in key_sentences(sections, 5)}
    assert taken == {f"Part {n}" for n in range(1, 6)}


@given(
    st.lists(
        st.lists(
            st.tuples(st.sampled_from(BLOCK_KINDS), st.text(min_size=1, max_size=80)),
            min_size=1,
            max_size=6,
        ),
        max_size=5,
    ),
    st.integers(1, 12),
)
def test_a_summary_holds_sentences_of_the_article_in_order(
    blocks: list[list[tuple[BlockKind, str]]], limit: int
) -> None:
    passages = [of_kinds(*each, number=n) for n, each in enumerate(blocks)]
    found = key_sentences(passages, limit)
    everything = [(p.id, s.start) for p in passages for s in p.sentences]
    places = [everything.index((s.passage.id, s.sentence.start)) for s in found]
    assert places == sorted(set(places))
    assert len(found) <= limit
    assert bool(found) == bool(passages)
