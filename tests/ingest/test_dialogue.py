"""Replies know their question: FAQs, interviews and lists of questions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.chunk import split_passages
from bot.ingest.extract.extract import extract, read_text
from bot.structure import Structure
from bot.text.normalize import normalize
from tests.ingest.sample_files import page


def context(text: str, words: str, name: str = "a.txt") -> list[str]:
    """What the sentence with these words is to be read with."""
    document = extract(text.encode(), name)
    ranges = Structure(document.blocks).context_of(document.text.index(words))
    return [document.text[part.start : part.end] for part in ranges]


FAQ = """Rules of the pier.

Q: May I fish here?
A: From the south side only. Bring a licence.

Q: Where do I get one?
A: At the kiosk."""
GERMAN = """Frage: Wann ist der Markt?
Antwort: Am Samstag. Er beginnt um acht.

Frage: Kostet er etwas?
Antwort: Nein."""
INTERVIEW = """Nora Feld runs the yard.

Reporter: How many boats did you build last year?

Nora Feld: Eleven. It was our best year.

We could have built more.

Reporter: Who buys them?

Nora Feld: Fishermen."""
PLAIN = """When does the hall open?

In May, after the works.

Who paid for it?

The county and the lottery."""


@pytest.mark.parametrize(
    ("text", "words", "question"),
    [
        (FAQ, "From the south", "Q: May I fish here?"),
        (FAQ, "A: At the kiosk", "Q: Where do I get one?"),
        (GERMAN, "Am Samstag", "Frage: Wann ist der Markt?"),
        (GERMAN, "Antwort: Nein", "Frage: Kostet er etwas?"),
        (INTERVIEW, "Eleven", "Reporter: How many boats did you build last year?"),
        (INTERVIEW, "We could have", "Reporter: How many boats did you build last year?"),
        (INTERVIEW, "Fishermen", "Reporter: Who buys them?"),
        (PLAIN, "In May", "When does the hall open?"),
        (PLAIN, "The county", "Who paid for it?"),
    ],
)
def test_a_reply_belongs_to_its_question(text: str, words: str, question: str) -> None:
    assert context(text, words) == [question]


def test_an_interview_in_a_page_is_one_too() -> None:
    turns = "".join(
        f"<p><b>Ada Lund:</b> {question}</p><p><b>Bo Ek:</b> {reply}</p>"
        for question, reply in (("Is the bridge safe?", "It is."), ("Since when?", "Since March."))
    )
    assert context(page(turns), "Since March", "a.html")[-1] == "Ada Lund: Since when?"


@pytest.mark.parametrize(
    "text",
    [
        "The pier is old.\n\nBut is it safe?\n\nThe council says so.\n\nIt was built in 1904.",
        "Note: it rains.\n\nNote: it snows.\n\nTip: stay in?\n\nThe end.",
        "Chapter 1: The sea\n\nWho knows?\n\n"
        + "\n\n".join(f"Words number {n}." for n in range(20)),
    ],
)
def test_a_figure_of_speech_is_not_an_interview(text: str) -> None:
    kinds = {block.kind for block in read_text(text).blocks}
    assert "question" not in kinds


def test_lists_of_plain_text_keep_the_line_they_hang_on() -> None:
    text = "We sell the following:\n- rope\n- paint\n  - red\n    and dark red\n- tar\n\nCome by."
    assert context(text, "- red") == ["We sell the following:", "- paint"]
    assert context(text, "and dark red") == ["We sell the following:", "- paint"]
    assert context(text, "Come by") == []


def test_a_wrapped_line_that_begins_with_a_number_is_no_item() -> None:
    text = "The harbour opened on the second of May and closed on the\n3. of June in that year."
    assert [block.kind for block in read_text(text).blocks] == ["paragraph"]


def test_pasted_markdown_has_headings_and_rows() -> None:
    text = "# Fees\n\nIn euros:\n\n| Boat | Fee |\n|---|---|\n| Yawl | 8 |\n\n## Rules\n\nNone."
    assert context(text, "| Yawl") == ["# Fees", "In euros:", "| Boat | Fee |"]
    assert context(text, "None.") == ["# Fees", "## Rules"]


WORDS = st.sampled_from(
    [
        *("Q: who?", "A: me.", "- item", "  - inner", "3. three", "# head", "| a | b |", "|--|--|"),
        *("Is it?", "Words here.", "\u0301mark", "line\nwrapped", "", " ", "\u200d", "lead:"),
    ]
)


@given(st.lists(WORDS, max_size=14), st.sampled_from(["\n", "\n\n"]))
def test_plain_text_is_stored_as_it_is_whatever_its_blocks(
    lines: list[str], separator: str
) -> None:
    text = separator.join([*lines, "end"])
    document = read_text(text)
    assert document.text == normalize(text).strip()
    structure = Structure(document.blocks)
    for index, block in enumerate(document.blocks):
        assert 0 <= block.start < block.end <= len(document.text)
        assert index == 0 or block.start >= document.blocks[index - 1].start
        assert block.parent < index
        structure.context_of(block.start)
    passages = split_passages(
        document.text,
        lambda part: len(part.split()),
        headings=document.headings,
        blocks=document.blocks,
    )
    at = 0
    for sentence in (sentence for passage in passages for sentence in passage.sentences):
        assert not document.text[at : sentence.start].strip()
        at = sentence.end
    assert not document.text[at:].strip()
