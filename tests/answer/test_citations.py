"""A model's text, in whatever pieces, as sentences with footnotes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.answer.writing.citation_markers import (
    escape_markers,
    is_refusal,
    parse_ranges,
)
from bot.answer.writing.sentence_stream import SentenceStream
from bot.citations import CitationNumbers
from tests.answer.library import FIND, PASSAGES, find_markers
from tests.steps import growth

Said = list[tuple[str, list[str]]]


def read(*pieces: str, cut: bool = False) -> tuple[Said, CitationNumbers]:
    """Each sentence with what it cites as "passage.first-last"."""
    footnotes = CitationNumbers()
    stream = SentenceStream(FIND)
    written = [sentence for piece in pieces for sentence in stream.feed(piece)]
    written += stream.finish_truncated() if cut else stream.finish()
    sentences = [footnotes.number(sentence) for sentence in written]
    names = {c.n: _name(c.article_id, c.start, c.end) for c in footnotes.citations}
    return [(s.text, [names[n] for n in s.footnotes]) for s in sentences], footnotes


def _name(number: int, start: int, end: int) -> str:
    inside = [
        i
        for i, sentence in enumerate(PASSAGES[number - 1].sentences, 1)
        if start <= sentence.start and sentence.end <= end
    ]
    last = f"-{inside[-1]}" if len(inside) > 1 else ""
    return f"{number}.{inside[0]}{last}"


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        # before and after the stop, glued and spaced, several
        ("A is so [1.1]. B is.", [("A is so.", ["1.1"]), ("B is.", [])]),
        ("A is so. [1.1] B is.", [("A is so.", ["1.1"]), ("B is.", [])]),
        ("A is so.[1.1] B is.[1.2]", [("A is so.", ["1.1"]), ("B is.", ["1.2"])]),
        ("A is so.[1.1]B is.", [("A is so.", ["1.1"]), ("B is.", [])]),
        ("A is so [1.1][1.2].", [("A is so.", ["1.1", "1.2"])]),
        ("A is so [1.1], [1.2]. B.", [("A is so.", ["1.1", "1.2"]), ("B.", [])]),
        ("A [1.1] is so [1.2].", [("A is so.", ["1.1", "1.2"])]),
        ("A [1.1], B [1.2], and C [1.3].", [("A, B, and C.", ["1.1", "1.2", "1.3"])]),
        ("A is so [1.1] [1.1].", [("A is so.", ["1.1"])]),
        ("A is so [1.1].\n\n", [("A is so.", ["1.1"])]),
        # the grammar
        ("A [1.1, 1.3].", [("A.", ["1.1", "1.3"])]),
        ("A [1.1; 2.3].", [("A.", ["1.1", "2.3"])]),
        ("A [1.2-4].", [("A.", ["1.2-4"])]),
        ("A [1.2–1.4, 2.1].", [("A.", ["1.2-4", "2.1"])]),
        ("A [ 1.2 - 1.4 ].", [("A.", ["1.2-4"])]),
        ("A [1.4-2].", [("A.", ["1.2-4"])]),
        ("A [1.4-9].", [("A.", ["1.4-5"])]),
        ("A [1.2-2.3].", [("A.", ["1.2"])]),
        ("A 【1.2】.", [("A.", ["1.2"])]),
        ("A ［１．２］.", [("A.", ["1.2"])]),
        ("A [1.1, 3].", [("A.", ["1.1"])]),
        ("A [1.1,\n1.2].", [("A.", ["1.1", "1.2"])]),
        # unknown, and no marks at all
        ("A [9.1].", [("A.", [])]),
        ("A [1.9].", [("A.", [])]),
        ("A [0.1] [1.0].", [("A.", [])]),
        ("A [1.9, 1.2].", [("A.", ["1.2"])]),
        ("A [12] [3, 4].", [("A.", [])]),
        ("A [1.2.3].", [("A.", [])]),
        ("A [].", [("A [].", [])]),
        ("In [2020] it rose […] to [sic] [...].", [("In [2020] it rose […] to [sic] [...].", [])]),
        ("A is [1.1", [("A is [1.1", [])]),
        # wrapped in something
        ("A ([1.1]).", [("A.", ["1.1"])]),
        ("A **[1.1]**.", [("A.", ["1.1"])]),
        ("A `[1.1]`.", [("A.", ["1.1"])]),
        ("A [1.1](#1.1).", [("A.", ["1.1"])]),
        ("A [1.1](https://evil.com).", [("A.", ["1.1"])]),
        ("A (see [1.1]).", [("A.", ["1.1"])]),
        ("Use `a[0]` and `[0.5, 1.5]x`. [1.1]", [("Use a[0] and [0.5, 1.5]x.", ["1.1"])]),
        # quotes
        ('He said "A is so." [1.1] B.', [('He said "A is so."', ["1.1"]), ("B.", [])]),
        ('He said "A is so [1.1]." B.', [('He said "A is so."', ["1.1"]), ("B.", [])]),
        ("“Really?” [1.1] Yes.", [("“Really?”", ["1.1"]), ("Yes.", [])]),
        # lines and lists
        ("A is so.\n[1.1]\nB is.", [("A is so.", ["1.1"]), ("B is.", [])]),
        ("A is so.\n\n  [1.1] [1.2]\n\nB.", [("A is so.", ["1.1", "1.2"]), ("B.", [])]),
        ("A\n- B [1.1]\n- C [1.2]", [("A", []), ("- B", ["1.1"]), ("- C", ["1.2"])]),
        ("- B\n  - [1.1]\n- C", [("- B", ["1.1"]), ("- C", [])]),
        ("1. B [1.1].\n2. C.\n[1.2]", [("- B.", ["1.1"]), ("- C.", ["1.2"])]),
        ("[1.1] A is.\n[1.2] B is.", [("A is.", ["1.1"]), ("B is.", ["1.2"])]),
        ("- [1.1] A is.\n- [1.2] B is.", [("- A is.", ["1.1"]), ("- B is.", ["1.2"])]),
        ("[1.1]\nA is.", [("A is.", ["1.1"])]),
        ("A.\n\n---\n\n**\n\nB.", [("A.", []), ("B.", [])]),
        # what is no end of a sentence
        ("The U.S. President [1.1] met Mr. Smith. [1.2]",
         [("The U.S. President met Mr. Smith.", ["1.1", "1.2"])]),
        ("It is 3.5 kg, e.g. at 5 p.m. [1.1]", [("It is 3.5 kg, e.g. at 5 p.m.", ["1.1"])]),
        # other scripts
        ("甲是乙。[1.1]丙是丁【1.2】。", [("甲是乙。", ["1.1"]), ("丙是丁。", ["1.2"])]),
        ("هل هذا صحيح؟ [1.1] نعم [1.2].", [("هل هذا صحيح؟", ["1.1"]), ("نعم.", ["1.2"])]),
        ("А есть Б [1.1]. В есть Г. [1.2]", [("А есть Б.", ["1.1"]), ("В есть Г.", ["1.2"])]),
        # thoughts of servers that leave them in
        ("<think>Is it [1.1]? No.</think>\n\nA [1.2].", [("A.", ["1.2"])]),
        ("<think>Is it [1.1]? No.", []),
        # nothing
        ("", []),
        (" \n [1.1] \n", []),
    ],
)  # fmt: skip
def test_marks_become_footnotes(text: str, sentences: Said) -> None:
    assert read(text)[0] == sentences
    assert read(*text)[0] == sentences


def test_footnotes_are_numbered_by_first_use_and_a_span_keeps_its_number() -> None:
    _, footnotes = read("A [2.1]. B [1.1, 2.1]. C [1.1-2]. D [1.1]. E [9.9, 1.1].")
    assert [c.n for c in footnotes.citations] == [1, 2, 3]
    assert [_name(c.article_id, c.start, c.end) for c in footnotes.citations] == [
        "2.1",
        "1.1",
        "1.1-2",
    ]


def test_a_quote_is_cut_from_the_passage_by_its_offsets() -> None:
    _, footnotes = read("A [2.2-3].")
    (cited,) = footnotes.citations
    assert cited.quote == "Passage 2 sentence 2. Passage 2 sentence 3."
    assert PASSAGES[1].text[cited.start - 200 : cited.end - 200] == cited.quote


def test_a_sentence_is_emitted_before_the_answer_has_ended() -> None:
    stream = SentenceStream(FIND)
    assert stream.feed("A is so. [1.1]") == []
    assert stream.feed(" [1.2] But then, ") == []
    (sentences,) = stream.feed("as the others tell us, B was never like that.")
    assert (sentences.text, len(sentences.spans)) == ("A is so.", 2)


def test_a_half_received_mark_is_held_back_however_long_it_is() -> None:
    marks = ", ".join(f"{passage}.{i}" for passage in (1, 2, 3) for i in range(1, 6))
    stream = SentenceStream(FIND)
    assert stream.feed(f"A is so. [{marks}") == []
    (sentences,) = stream.feed("] And then, as the others tell us, B was never like that.")
    assert len(sentences.spans) == 15


def test_paragraphs_are_kept() -> None:
    stream = SentenceStream(FIND)
    stream.feed("\n\nA is. B is.\n\n[1.1]\n\nC.")
    assert [s.paragraph for s in stream.finish()] == [False, False, True]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A is so [1.1]. B is 3 [1.2]. And the", ["A is so.", "B is 3."]),
        ("A is so [1.1]. B cost 3", ["A is so."]),
        ("A is so [1.1]. B cost 3.", ["A is so."]),
        ("A is so [1.1]. B cost 3 [1.2]", ["A is so.", "B cost 3"]),
        ("A is so [1.1]. B cost 3. [1.2]", ["A is so.", "B cost 3."]),
        ("A is so [1.1]. B cost 3 [1.2] and", ["A is so."]),
        ("A is so [1.1]. B cost 3 [1.2", ["A is so."]),
        ("A is so [1.1]. [1.", ["A is so."]),
        ("A is", []),
        ("", []),
    ],
)
def test_only_whole_sentences_of_a_truncated_text_are_kept(text: str, said: list[str]) -> None:
    sentences, footnotes = read(text, cut=True)
    assert [words for words, _ in sentences] == said
    cited = {name for _, names in sentences for name in names}
    assert {_name(c.article_id, c.start, c.end) for c in footnotes.citations} == cited


@pytest.mark.parametrize(
    "text",
    [
        "NOT_IN_THE_LIBRARY",
        "\nNOT_IN_THE_LIBRARY. ",
        '"NOT_IN_THE_LIBRARY"',
        "**NOT_IN_THE_LIBRARY**",
        "NOT\\_IN\\_THE\\_LIBRARY [1.1]",
        "`NOT_IN_THE_LIBRARY`: the passages do not tell. They speak of A [1.1].",
        "NOT IN THE LIBRARY",
        "<think>A [1.1].</think>NOT_IN_THE_LIBRARY",
    ],
)
def test_everything_after_the_sentinel_is_ignored(text: str) -> None:
    for pieces in ([text], list(text)):
        stream = SentenceStream(FIND)
        sentences = [sentence for piece in pieces for sentence in stream.feed(piece)]
        assert sentences + stream.finish() == []
        assert stream.refused


def test_a_sentinel_after_a_citation_is_dropped() -> None:
    sentences, _ = read("A is so [1.1]. As to B: NOT_IN_THE_LIBRARY [1.2]. C is so [1.3].")
    assert sentences == [("A is so.", ["1.1"]), ("C is so.", ["1.3"])]
    assert not is_refusal("This is not in the library.")


# --- properties ------------------------------------------------------------------------------

MARKS = st.sampled_from(
    ["[1.1]", "[1.2, 1.3]", "[2.1-4]", "[2.1–2.3]", "【3.2】", "[9.9]", "[12]", "[2020]", "[1.",
     "([1.4])", "`[1.5]`", "**[2.5]**", "[1.1](#x)", "[3.1][3.2]", "[1 .2]", "]", "["]
)  # fmt: skip
WORDS = st.sampled_from(
    ["The", "bridge", "opened", "in", "1890", "U.S.", "Mr.", "Smith", "said", "3.5", "“yes”",
     "e.g.", "so", "But", "it", "甲是乙", "A", "[label](https://evil.com/x)", "`code[0]`", "**b**",
     "NOT_IN_THE_LIBRARY", "<think>", "</think>", "- x", "1.", "😀", "\ud800", "@everyone"]
)  # fmt: skip
GLUE = st.sampled_from(
    ["", " ", " ", ". ", ".", "! ", "?\n", "\n", "\n\n- ", "。", ', "', '." ', "…"]
)
TEXTS = st.lists(st.one_of(MARKS, WORDS, GLUE), max_size=60).map("".join)


@st.composite
def cut_texts(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A text, and the same in pieces."""
    text = draw(TEXTS)
    at = draw(st.lists(st.integers(0, len(text)), max_size=12).map(sorted))
    return text, [text[a:b] for a, b in pairwise([0, *at, len(text)])]


LOWER = "it opened in 1890. it was long and red and very beautiful to Mr. Smith."


@given(cut_texts(), st.booleans())
@example((LOWER, list(LOWER)), False)
def test_the_result_does_not_depend_on_the_chunks(case: tuple[str, list[str]], cut: bool) -> None:
    text, pieces = case
    whole, footnotes = read(text, cut=cut)
    for other in (pieces, list(text)):
        sentences, others = read(*other, cut=cut)
        assert sentences == whole
        assert others.citations == footnotes.citations


def test_a_text_may_be_cut_anywhere() -> None:
    text = (
        "The bridge opened in 1890 [1.1]. “It was late,” Mr. Smith said. [1.2–1.4, 2.1]\n\n"
        "- Trains came 【2.1】\n- Cars [9.9] came later.\n[3.1]\nIn [2020] it closed `[1.5]`."
    )
    whole, footnotes = read(text)
    assert len(whole) == 5
    for at in range(len(text)):
        assert read(text[:at], text[at:])[0] == whole
    for size in range(1, 40):
        sentences, others = read(*(text[at : at + size] for at in range(0, len(text), size)))
        assert (sentences, others.citations) == (whole, footnotes.citations)


@given(TEXTS)
def test_every_footnote_is_used_in_order_and_its_quote_is_verbatim(text: str) -> None:
    footnotes = CitationNumbers()
    stream = SentenceStream(FIND)
    sentences = [footnotes.number(one) for one in stream.feed(text) + stream.finish()]
    first_uses = list(dict.fromkeys(n for sentence in sentences for n in sentence.footnotes))
    assert first_uses == [c.n for c in footnotes.citations] == list(range(1, len(first_uses) + 1))
    for cited in footnotes.citations:
        source = PASSAGES[cited.article_id - 1]
        assert source.text[cited.start - source.start : cited.end - source.start] == cited.quote
        assert cited.quote


@given(TEXTS)
@example("[[1.2]]【3】[1 .2][ 4 - 5 ]［６．７］")
def test_an_escaped_source_has_no_mark(text: str) -> None:
    assert [
        one for mark in find_markers(escape_markers(text)) for one in parse_ranges(mark.inside)
    ] == []


def test_escaping_keeps_the_digits_and_all_other_brackets() -> None:
    assert (
        escape_markers("As shown [12, 13], [sic] […] [a1]") == "As shown (12, 13), [sic] […] [a1]"
    )


@pytest.mark.parametrize(
    "unit", ["a", "[", "[1", "[1.1]", "[1.1]\n", "[1.1, ", " ", "\n", "`", "(", "*", "<think>",
             "。", "[a](", "@everyone ", "\\", "’", "\u0301", "<@"]
)  # fmt: skip
def test_every_text_is_read_in_linear_time(unit: str) -> None:
    def work(size: int) -> None:
        text = (unit * size)[:size]
        read(*(text[at : at + 4] for at in range(0, size, 4)))

    assert growth(work, 2_000) < 8  # a bracket is read to its longest, at some 2,000: 6.3
