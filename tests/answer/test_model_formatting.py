"""The marks, lists and frames that models write in place of what they were asked for."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer.writing.citation_markers import FindSentence, MarkerReader
from bot.answer.writing.layout import MarkedText
from bot.answer.writing.sentence_stream import SentenceStream
from bot.citations import CitationNumbers
from bot.records import StoredPassage
from tests.answer.library import FIND, passage
from tests.answer.replies import shown, stream


@pytest.mark.parametrize(
    ("mark", "cited"),
    [
        ("[passage 1.4]", "1.4"),
        ("[Passages 1.2 and 1.4]", "1.2 1.4"),
        ("[Passage 1, Sentence 3]", "1.3"),
        ("(passage 1, sentence 3)", "1.3"),
        ("[Source 1.2]", "1.2"),
        ("[Source: 1.2]", "1.2"),
        ("(Source: [1.2])", "1.2"),
        ("(see 1.2)", "1.2"),
        ("[S1.4]", "1.4"),
        ("[p. 1.4]", "1.4"),
        ("[^1.4]", "1.4"),
        ("^[1.4]", "1.4"),
        ("[1:4]", "1.4"),
        ("[[1.2]]", "1.2"),
        ("\\[1.2\\]", "1.2"),
        ("*[1.2]*", "1.2"),
        ("[1.2 - 1.4]", "1.2-4"),
        ("[1.2 to 1.4]", "1.2-4"),
        ("[1.4 and 1.1]", "1.4 1.1"),
        ("[1.4 & 1.1]", "1.4 1.1"),
        ("[1.4, 2.1 und 3.1]", "1.4 2.1 3.1"),
        ("【1.2†source】", "1.2"),
        ("<cite>1.4</cite>", "1.4"),
        ("<cite>[1.4]</cite>", "1.4"),
        ("<sup>1.4</sup>", "1.4"),
        ("<ref>1.4, 2.1</ref>", "1.4 2.1"),
        ("(1.4)", "1.4"),
        ("(1.4, 2.1)", "1.4 2.1"),
        ("(1.2-4)", "1.2-4"),
        # stand for nothing
        ("[passage 9.9]", ""),
        ("[Source 7]", ""),
        ("【3†source】", ""),
        ("<cite>9.9</cite>", ""),
    ],
)  # fmt: skip
def test_marks_are_read_in_all_their_forms(mark: str, cited: str) -> None:
    own = f" [{cited}]" if cited else ""
    for text in (f"A is so {mark}.", f"A is so. {mark}", f"A is so. {mark}\n"):
        assert [shown(one) for one in stream(text)] == [f"A is so.{own}"]
        assert [shown(one) for one in stream(*text)] == [f"A is so.{own}"]


@pytest.mark.parametrize(
    "prose",
    [
        "It is version (1.4) of the text.",
        "It has few people (1.5 million).",
        "It grew (about 1.5).",
        "It was late [10:30].",
        "It fell to a low (9.9).",
        "It says so [see Table 2].",
        "It says so [sic], in [2020].",
        "The version is new (1.4.2).",
        "It is 10<sup>6</sup> and a <b>.",
    ],
)
def test_ambiguous_marks_stay_text(prose: str) -> None:
    assert [shown(one) for one in stream(prose)] == [prose]


def test_parentheses_are_marks_only_in_an_answer_without_brackets() -> None:
    assert [shown(one) for one in stream("A is so [1.1]. The ratio rose (1.4).")] == [
        "A is so. [1.1]",
        "The ratio rose (1.4). {1.1}",
    ]
    assert [shown(one) for one in stream("The ratio rose (1.4) [1.1].")] == [
        "The ratio rose (1.4). [1.1]"
    ]


def _of(*passages: StoredPassage) -> FindSentence:
    def find(number: int, sentence: int):  # type: ignore[no-untyped-def]
        known = 1 <= number <= len(passages) and 1 <= sentence <= len(
            passages[number - 1].sentences
        )
        return (
            (passages[number - 1], passages[number - 1].sentences[sentence - 1]) if known else None
        )

    return find


def test_a_figure_of_a_passage_is_not_a_mark() -> None:
    """A model may copy it: "[1.2]" of a source is shown to it as "(1.2)"."""
    text = "The odds ratio rose (1.2)."
    for source in ("The ratio rose (1.2).", "It rose [1.2].", "It was 1.2 then."):
        reader = MarkerReader(_of(passage(1, [source, "B is."])))
        assert reader.find_markers(text) == []
    assert MarkerReader(_of(passage(1, ["It rose to 11.25.", "B is."]))).find_markers(text)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        # in front
        ("[1.1] A is. [1.2] B is. [1.3] C is.", ["A is. [1.1]", "B is. [1.2]", "C is. [1.3]"]),
        ("[1.1]: A is.\n[1.2] - B is.", ["A is. [1.1]", "B is. [1.2]"]),
        ("- **[1.1]** A is.\n- **[1.2]** B is.", ["- A is. [1.1]", "- B is. [1.2]"]),
        ('<cite index="1.4">A is so</cite>. B.', ["A is so. [1.4]", "B. {1.4}"]),
        # once, at the end of a paragraph
        ("A is. B is. C is [1.4].", ["A is. {1.4}", "B is. {1.4}", "C is. [1.4]"]),
        ("A is. B is.\n[1.1, 2.1]", ["A is. {1.1 2.1}", "B is. [1.1 2.1]"]),
        ("A is. B is.\n\nSources: [1.1], [2.1]", ["A is. {1.1 2.1}", "B is. {1.1 2.1}"]),
        ("A is [1.1]. B is.\n\nC is [1.2].", ["A is. [1.1]", "B is. {1.1}", "C is. [1.2]"]),
        ("A is. Source: [1.2]\nB is.", ["A is. [1.2]", "B is."]),
        ("A is.\n\nB is [1.1].", ["A is.", "B is. [1.1]"]),
        ("A is. B is. C is. D is. E [1.1].",
         ["A is.", "B is. {1.1}", "C is. {1.1}", "D is. {1.1}", "E. [1.1]"]),
        # a list of references
        ("A is [1.1].\n\nSources:\n[1.1] Bridges\n[2.1] Bridges", ["A is. [1.1]"]),
        ("A is [1.1].\n\n**References**\n\n- [1.1] Bridges, a book", ["A is. [1.1]"]),
        ("A is [1.1].\n\n## Quellen\n- [1.1] Passage 1 sentence 1.", ["A is. [1.1]"]),
        ("A is [1.1].\n\n[1.1] Bridges", ["A is. [1.1]"]),
        ("A is.[^1.1]\n\n[^1.1]: Passage 1 sentence 1.\n[^2]: More.", ["A is. [1.1]"]),
        ("A is [1.1].\n\nMore of it:\n[1.2] B is so.", ["A is. [1.1]", "B is so. [1.2]"]),
        # lists
        ("1. A is [1.1].\n2. B is [1.2].", ["- A is. [1.1]", "- B is. [1.2]"]),
        ("1) A is [1.1].\n2) B is [1.2].", ["- A is. [1.1]", "- B is. [1.2]"]),
        ("**1.** A is [1.1].\n* B is [1.2].", ["- A is. [1.1]", "- B is. [1.2]"]),
        ("• A is [1.1]. So it is.\n• B", ["- A is. [1.1]", "So it is. {1.1}", "- B"]),
        ("- **Cost**: 26 million [1.1]", ["- Cost: 26 million [1.1]"]),
        ("3. Oktober ist es [1.1].", ["3. Oktober ist es. [1.1]"]),
        ("1. Passage is it [1.1].", ["1. Passage is it. [1.1]"]),  # a passage says "1. Passage"
        # what only frames an answer
        ("Sure!\n\nA is [1.1].", ["A is. [1.1]"]),
        ("¡Claro! A is [1.1]!", ["A is! [1.1]"]),
        ("# A heading\n\nA is [1.1].\n\n**More**\nB [1.2].", ["A is. [1.1]", "B. [1.2]"]),
        ("A is [1.1].\n\nNote:\n\nB is [1.2].", ["A is. [1.1]", "B is. [1.2]"]),
        ("**A is bold.**", ["A is bold."]),
        ("**26 million euros**", ["26 million euros"]),
        ("Note: A is so [1.1].", ["Note: A is so. [1.1]"]),
    ],
)  # fmt: skip
def test_each_sentence_gets_its_own_marks(text: str, sentences: list[str]) -> None:
    assert [shown(one) for one in stream(text)] == sentences
    assert [shown(one) for one in stream(*text)] == sentences


def test_a_list_stays_a_list() -> None:
    told = [CitationNumbers().number(one) for one in stream("1. A is [1.1].\n2. B is [1.2].")]
    assert [(one.text, one.paragraph) for one in told] == [("- A is.", False), ("- B is.", True)]


# --- properties ----------------------------------------------------------------------------------

DRESSES = st.sampled_from(
    ["[passage 1.4]", "[S1.2]", "[^1.1]", "[1:4]", "[[1.2]]", "\\[1.3\\]", "[1.4 and 2.1]",
     "(1.4)", "(1.2, 1.3)", "(see 1.2)", "【1.2†source】", "<cite>1.4</cite>", '<cite index="2.1">',
     "</cite>",
     "[^1]:", "[1.1]", "(passage 1, sentence 2)", "[", "(",
     "<", "\\", "†", "^", "*", "]", ")", ">"]
)  # fmt: skip
TALK = st.sampled_from(
    ["A", "is", "so", "The tunnel", "costs", "1.5 million", "Sure!", "Sources:", "Source:", "Note:",
     "# Heading", "**Bold**", "1.", "2.", "3.", "1)", "-", "•", "甲是乙。", "Bridges", "and", "see",
     "passage", "Passage 1 sentence 1.", "NOT_IN_THE_LIBRARY", "<think>", "</think>", "[/THINK]",
     "<|channel|>final<|message|>", "<|im_end|>", "<answer>"]
)  # fmt: skip
SPACES = st.sampled_from(["", " ", " ", ". ", ".", "\n", "\n\n", "! ", ": ", ", ", "。", '." '])
TEXTS = st.lists(st.one_of(DRESSES, TALK, SPACES), max_size=50).map("".join)


@st.composite
def cut_texts(draw: st.DrawFn) -> list[str]:
    text = draw(TEXTS)
    at = draw(st.lists(st.integers(0, len(text)), max_size=12).map(sorted))
    return [text[a:b] for a, b in pairwise([0, *at, len(text)])]


@given(cut_texts(), st.booleans())
def test_no_form_of_a_mark_depends_on_the_chunks(pieces: list[str], cut: bool) -> None:
    whole = stream("".join(pieces), cut=cut)
    assert stream(*pieces, cut=cut) == whole
    assert stream(*"".join(pieces), cut=cut) == whole


@given(TEXTS)
def test_candidates_are_cited_spans_and_nothing_is_cited_twice(text: str) -> None:
    for one in stream(text):
        assert not (one.spans and one.candidate_spans)
        assert len(set(one.spans)) == len(one.spans)
        assert one.text == one.text.strip()


UNITS = ["a", "[1.1", "(1.4) ", "(1.4", "\\[1.1", "<cite>", "<cite>1.1", "[passage ", "[[", "†",
         "^", "1. A\n", "- [1.1]\n", "A. ", "Sources:\n", "<", "< ", "[1.1] Bridges\n", "A [1.1]. ",
         "</think>", "<|", "[THINK]", "assistantfinal", "**A**\n"]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_reading_takes_linear_time(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted in characters that are searched for marks and cut into sentences."""
    worked = 0

    def counted(text: str, marks: object) -> object:
        nonlocal worked
        worked += len(text)
        return page(text, marks)  # type: ignore[arg-type]

    page = MarkedText.of
    monkeypatch.setattr(MarkedText, "of", counted)
    work: list[int] = []
    for length in (2_000, 4_000, 8_000):
        worked = 0
        reading = SentenceStream(FIND)
        text = (unit * length)[:length]
        for at in range(0, length, 4):
            reading.feed(text[at : at + 4])
        reading.finish()
        work.append(worked)
    assert work[1] <= 2.5 * work[0] + 4_000
    assert work[2] <= 2.5 * work[1] + 4_000


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It names the actor Warren Beatty. [1.1].", ["It names the actor Warren Beatty."]),
        ('It says "this is about you. " [1.1]. It is old [1.2].',
         ['It says "this is about you."', "It is old."]),
        ("It says “this is about you.” [1.1]. It is old. [1.2].",
         ["It says “this is about you.”", "It is old."]),
        ("It ends so... [1.1]. It is old [1.2].", ["It ends so...", "It is old."]),
        ('He left [1.1]. "We go," she said [1.2].', ["He left.", '"We go," she said.']),
    ],
)  # fmt: skip
def test_full_stops_around_a_mark_become_one_and_a_quotation_keeps_its_end(
    text: str, sentences: list[str]
) -> None:
    read = SentenceStream(FIND)
    written = [*read.feed(text), *read.finish()]
    assert [one.text for one in written] == sentences
