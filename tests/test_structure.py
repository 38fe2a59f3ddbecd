"""From the blocks of a text: what must be read with a sentence to understand it."""

from __future__ import annotations

from bot.ingest.extract.document import TextBuilder
from bot.structure import NO_BLOCK, Structure


def context(builder: TextBuilder, words: str) -> list[tuple[str, str]]:
    """The kind and the text of everything that the block with these words belongs to."""
    text = builder.text()
    ranges = Structure(builder.blocks).context_of(text.index(words))
    return [(part.kind, text[part.start : part.end]) for part in ranges]


def test_a_row_belongs_to_its_header_its_caption_and_the_line_above() -> None:
    builder = TextBuilder()
    builder.add("Landings", "heading", level=2)
    builder.add("The fleet grew. All in tonnes:")
    with builder.inside("table", takes_lead_in=True):
        builder.add("Table 3. The harbours", "caption")
        builder.add("Harbour | 2020 | 2021", "table_header")
        builder.add("Skerry | 610 | 640", "table_row", separator="\n")
        builder.add("Elmstead | 80 | 95", "table_row", separator="\n")
    assert context(builder, "Elmstead |") == [
        ("heading", "Landings"),
        ("lead_in", "All in tonnes:"),
        ("caption", "Table 3. The harbours"),
        ("table_header", "Harbour | 2020 | 2021"),
    ]
    assert context(builder, "The fleet") == [("heading", "Landings")]


def test_a_header_within_a_table_holds_until_the_next_one() -> None:
    builder = TextBuilder()
    with builder.inside("table"):
        builder.add("Boat | Fee", "table_header")
        builder.add("Winter", "table_header", level=1)
        builder.add("Yawl | 8", "table_row")
        builder.add("Summer", "table_header", level=1)
        builder.add("Yawl | 12", "table_row")
    assert context(builder, "Yawl | 12") == [
        ("table_header", "Boat | Fee"),
        ("table_header", "Summer"),
    ]
    assert context(builder, "Yawl | 8")[1:] == [("table_header", "Winter")]


def test_a_list_hangs_on_the_line_before_it_and_an_inner_list_on_its_item() -> None:
    builder = TextBuilder()
    builder.add("You will need:")
    with builder.inside("list", takes_lead_in=True):
        builder.add("- a rope", "list_item", level=1)
        builder.add("- paint", "list_item", level=1, separator="\n")
        with builder.inside("list"):
            builder.add("- red", "list_item", level=2, separator="\n")
    assert context(builder, "- a rope") == [("lead_in", "You will need:")]
    assert context(builder, "- red") == [("lead_in", "You will need:"), ("list_item", "- paint")]


def test_a_paragraph_that_ends_in_a_full_stop_introduces_no_list() -> None:
    builder = TextBuilder()
    builder.add("The harbour was built in 1904.")
    with builder.inside("list", takes_lead_in=True):
        builder.add("- a rope", "list_item", level=1)
    assert context(builder, "- a rope") == []


def test_replies_belong_to_their_question_until_the_next_question_or_heading() -> None:
    builder = TextBuilder()
    builder.add("When does it sail?", "question")
    builder.add("At nine.")
    builder.add("Except on Sundays.")
    builder.add("Who steers?", "question")
    builder.add("Mara does.")
    builder.add("The yard", "heading")
    builder.add("It is old.")
    assert context(builder, "Except") == [("question", "When does it sail?")]
    assert context(builder, "Mara") == [("question", "Who steers?")]
    assert context(builder, "It is old") == [("heading", "The yard")]
    assert context(builder, "Who steers") == []


def test_a_post_belongs_to_its_byline_and_to_the_thread_s_question() -> None:
    builder = TextBuilder()
    builder.add("How do I seal the hull?", "question", level=1)
    for name in ("Mara, 3 May", "Olaf, 4 May"):
        with builder.inside("post"):
            builder.add(name, "byline")
            builder.add(f"Use what {name[:4]} uses.")
    assert context(builder, "Use what Olaf") == [
        ("question", "How do I seal the hull?"),
        ("byline", "Olaf, 4 May"),
    ]


def test_the_path_has_all_headings_and_those_inside_a_post_end_with_it() -> None:
    builder = TextBuilder()
    for level, words in enumerate(("The rules", "Fees", "In winter"), 1):
        builder.add(words, "heading", level=level)
    builder.add("Eight euros.")
    with builder.inside("post"):
        builder.add("My boat", "heading", level=1)
        builder.add("It leaks.")
    builder.add("So it stays.")
    builder.add("Moorings", "heading", level=2)
    builder.add("Twelve.")
    path = ["The rules", "Fees", "In winter"]
    assert [text for _, text in context(builder, "Eight")] == path
    assert [text for _, text in context(builder, "It leaks")] == [*path, "My boat"]
    assert [text for _, text in context(builder, "So it stays")] == path
    assert [text for _, text in context(builder, "Twelve")] == ["The rules", "Moorings"]
    assert [text for _, text in context(builder, "Moorings")] == ["The rules"]


def test_without_blocks_nothing_has_a_context() -> None:
    assert Structure().context_of(5) == ()
    assert Structure().at(5) == NO_BLOCK


def test_a_caption_above_a_table_is_the_table_s() -> None:
    builder = TextBuilder()
    builder.add("Table 2. Boats", "caption")
    with builder.inside("table", takes_lead_in=True):
        builder.add("Tern | 4", "table_row")
    assert context(builder, "Tern") == [("caption", "Table 2. Boats")]
