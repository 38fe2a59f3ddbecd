"""Sentences and passages keep to the blocks of a text, whatever those are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.chunk import SENTENCE_CHARACTERS, split_passages
from bot.ingest.extract.document import TextBuilder
from bot.records import Passage
from bot.structure import BLOCK_KINDS, CONTAINERS, BlockKind, Structure


def words(text: str) -> int:
    return len(text.split())


def passages_of(builder: TextBuilder, budget: int = 256) -> list[Passage]:
    return split_passages(
        builder.text(), words, headings=builder.headings, blocks=builder.blocks, budget=budget
    )


def test_a_row_a_heading_and_a_question_are_one_sentence_each() -> None:
    builder = TextBuilder()
    builder.add("No. 4. Approx. costs. A list", "heading")
    builder.add("Why? Who pays?", "question")
    builder.add("The town. It must.")
    with builder.inside("table"):
        builder.add("Work | Approx. cost. In euros", "table_header")
        builder.add("Pier. The old one | 12. It may rise.", "table_row", separator="\n")
    text = builder.text()
    sentences = [s for passage in passages_of(builder) for s in passage.sentences]
    assert [(s.kind, text[s.start : s.end]) for s in sentences] == [
        ("heading", "No. 4. Approx. costs. A list"),
        ("question", "Why? Who pays?"),
        ("paragraph", "The town."),
        ("paragraph", "It must."),
        ("table_header", "Work | Approx. cost. In euros"),
        ("table_row", "Pier. The old one | 12. It may rise."),
    ]


def test_a_question_and_its_reply_in_one_line_are_two_sentences() -> None:
    builder = TextBuilder()
    builder.add("Are dogs allowed", "question")
    builder.add("yes, on a lead", separator=" ")
    text = builder.text()
    assert text == "Are dogs allowed yes, on a lead"
    (passage,) = passages_of(builder)
    assert [text[s.start : s.end] for s in passage.sentences] == [
        "Are dogs allowed",
        "yes, on a lead",
    ]


def test_a_passage_knows_all_headings_above_its_text() -> None:
    builder = TextBuilder()
    builder.add("The harbour", "heading", level=1)
    builder.add("Fees", "heading", level=2)
    builder.add("In winter", "heading", level=3)
    builder.add("Eight euros.")
    builder.add("May I pay by card?", "question", level=3)
    builder.add("Yes.")
    builder.add("Rules", "heading", level=2)
    builder.add("None.")
    assert [passage.heading for passage in passages_of(builder)] == [
        "The harbour › Fees › In winter",
        "The harbour › Fees › May I pay by card?",
        "The harbour › Rules",
    ]


def test_a_long_path_keeps_its_innermost_headings() -> None:
    builder = TextBuilder()
    builder.add("long " * 50, "heading", level=1)
    builder.add("wide " * 50, "heading", level=2)
    builder.add("near", "heading", level=3)
    builder.add("Words.")
    (passage,) = passages_of(builder)
    assert passage.heading == " › ".join([("wide " * 50).strip(), "near"])


LEAVES: list[BlockKind] = [kind for kind in BLOCK_KINDS if kind not in CONTAINERS]
TEXTS = st.text("ab .?|\n1A", max_size=40) | st.just("word " * 300)


@st.composite
def builders(draw: st.DrawFn) -> TextBuilder:
    builder, depth = TextBuilder(), 0
    for _ in range(draw(st.integers(0, 12))):
        step = draw(st.sampled_from(["add", "add", "add", "open", "close"]))
        if step == "open" and depth < 4:
            builder.open(
                draw(st.sampled_from(sorted(CONTAINERS))), takes_lead_in=draw(st.booleans())
            )
            depth += 1
        elif step == "close" and depth:
            builder.close()
            depth -= 1
        else:
            separator = draw(st.sampled_from(["\n\n", "\n", " "]))
            level = draw(st.integers(0, 3))
            builder.add(
                draw(TEXTS), draw(st.sampled_from(LEAVES)), level=level, separator=separator
            )
    return builder


@given(builders(), st.sampled_from([5, 60, 256]))
def test_no_sentence_crosses_a_border_and_no_text_is_lost(
    builder: TextBuilder, budget: int
) -> None:
    text, structure = builder.text(), Structure(builder.blocks)
    passages = passages_of(builder, budget)
    sentences = [sentence for passage in passages for sentence in passage.sentences]
    at = 0
    for sentence in sentences:
        assert not text[at : sentence.start].strip()
        at = sentence.end
        block = structure.blocks[structure.at(sentence.start)]
        assert block.start <= sentence.start < sentence.end <= block.end
        assert sentence.kind == block.kind
        assert sentence.end - sentence.start <= SENTENCE_CHARACTERS
    assert not text[at:].strip()


@given(builders())
def test_blocks_are_sorted_nested_and_their_contexts_are_blocks(builder: TextBuilder) -> None:
    blocks = builder.blocks
    structure = Structure(blocks)
    ranges = {(block.start, block.end) for block in blocks}
    for index, block in enumerate(blocks):
        assert block.start >= blocks[index - 1].start if index else True
        if block.parent >= 0:
            around = blocks[block.parent]
            assert around.kind in CONTAINERS
            assert around.start <= block.start <= block.end <= around.end
        context = structure.context_of(block.start)
        assert all((part.start, part.end) in ranges for part in context)
        assert list(context) == sorted(context, key=lambda part: part.start)
