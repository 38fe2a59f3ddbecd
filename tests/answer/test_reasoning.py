"""A model's reasoning and its special tokens are no part of its answer, in any dress."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.answer.writing.reasoning import MAX_TOKEN_CHARACTERS, ReasoningFilter
from bot.answer.writing.sentence_stream import SentenceStream
from tests.answer.library import FIND
from tests.answer.replies import shown, stream


def answer(*pieces: str, cut: bool = False, reasons_first: bool = False) -> str:
    """What is left of a text."""
    reading = ReasoningFilter(reasons_first)
    left = ""
    for piece in [p for text in pieces for p in reading.feed(text)] + list(
        reading.finish(truncated=cut)
    ):
        left = piece.text if piece.restarts else left + piece.text
    return left.strip()


HARMONY = (
    "<|channel|>analysis<|message|>Is it [1.1]? No.<|end|>"
    "<|start|>assistant<|channel|>final<|message|>A [1.2].<|return|>"
)


@pytest.mark.parametrize(
    "text",
    [
        "<think>Is it [1.1]? No.</think>\n\nA [1.2].",
        "<thinking>Is it [1.1]?</thinking>A [1.2].",
        "<THINK>Is it [1.1]?</Think>A [1.2].",
        "<reasoning>\nIs it [1.1]?\n</reasoning>\nA [1.2].",
        "<thought>Is it?</thought>A [1.2].",
        "[THINK]Is it [1.1]?[/THINK]A [1.2].",
        "◁think▷Is it [1.1]?◁/think▷A [1.2].",
        "<|begin_of_thought|>Is it?<|end_of_thought|><|begin_of_solution|>A [1.2].",
        "<|START_THINKING|>Is it?<|END_THINKING|><|START_RESPONSE|>A [1.2].<|END_RESPONSE|>",
        "Is it [1.1]? I see no proof.\n</think>\n\nA [1.2].",
        "Hm.</think>A [1.2].",
        "<think><think>Is it?</think>Or not?</think>A [1.2].",
        "<think>Is it?</think><answer>A [1.2].</answer>",
        "Let me see. <answer>A [1.2].</answer>",
        HARMONY,
        HARMONY.removeprefix("<|channel|>analysis<|message|>"),
        "<|channel|>commentary<|message|>x<|end|><|channel|>final <|constrain|>text<|message|>"
        "A [1.2].",
        "analysisWe need to answer. Is it [1.1]?assistantfinalA [1.2].",
        "A [1.2].<|im_end|>",
        "A [1.2].<|im_end|>\n<|im_start|>user\nAnd B?<|im_end|>\n<|im_start|>assistant\nB [1.1].",
        "<|im_start|>assistant\nA [1.2].<|im_end|>",
        "<|start_header_id|>assistant<|end_header_id|>\n\nA [1.2].<|eot_id|>",
        "A [1.2].<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nAnd B?",
        "<start_of_turn>model\nA [1.2].<end_of_turn>\n<start_of_turn>user\nB?",
        "<|assistant|>A [1.2].<|user|>B?",
        "<s>A [1.2].</s>",
        "[/INST] A [1.2].",
        "A [1.2].<｜end▁of▁sentence｜>",
        "A [1.2].<|endoftext|>The next document is about B [1.1].",
    ],
)
def test_only_the_answer_is_kept(text: str) -> None:
    assert answer(text) == answer(*text) == "A [1.2]."
    assert [shown(one) for one in stream(text)] == ["A. [1.2]"]
    assert [shown(one) for one in stream(*text)] == ["A. [1.2]"]


@pytest.mark.parametrize(
    "text",
    [
        "The tag `<think>` opens, and `</think>` closes.",
        "It holds for a<b and c>d, and a |b| too.",
        "analysis of the text says so.",
        "analysis",
        "A <",
        "The assistant finally came.",
        "[INSTANT] A",
        "Use <b> and <br>.",
    ],
)
def test_text_that_looks_like_reasoning_is_kept(text: str) -> None:
    assert answer(text) == answer(*text) == text


def test_reasoning_that_never_ends_is_dropped() -> None:
    for text in ("<think>Is it [1.1]?", "[THINK]A [1.1].", HARMONY.partition("<|end|>")[0]):
        assert stream(text) == stream(text, cut=True) == []


def test_unopened_reasoning_is_reported_for_the_next_time() -> None:
    reasoning = "It may be that the first passage says that A is so [1.1]. " * 4
    text = f"{reasoning}</think>B is so [1.2]."
    first = SentenceStream(FIND)
    said = [one for character in text for one in first.feed(character)] + first.finish()
    assert first.has_unopened_reasoning
    assert shown(said[-1]) == "B is so. [1.2]"
    second = SentenceStream(FIND, reasons_first=True)
    said = [one for character in text for one in second.feed(character)] + second.finish()
    assert [shown(one) for one in said] == ["B is so. [1.2]"]


def test_an_answer_without_reasoning_is_kept() -> None:
    assert answer("A [1.1].", reasons_first=True) == "A [1.1]."
    assert answer("A [1.1].", reasons_first=True, cut=True) == ""


TOKENS = st.sampled_from(
    ["<think>", "</think>", "<reasoning>", "</thinking>", "[THINK]", "[/THINK]", "◁think▷",
     "analysis", "assistantfinal", "<|channel|>", "<|message|>", "<|end|>", "<|start|>",
     "assistant", "final", "<|im_start|>", "<|im_end|>", "user", "\n", "<answer>", "</answer>", "`",
     "<", "|", ">", "[",
     "<s>", "</s>", "A is so. ", "B", " ", "<|" + "x" * MAX_TOKEN_CHARACTERS, "｜", "▁"]
)  # fmt: skip


@st.composite
def cut_texts(draw: st.DrawFn) -> list[str]:
    text = draw(st.lists(TOKENS, max_size=40).map("".join))
    at = draw(st.lists(st.integers(0, len(text)), max_size=12).map(sorted))
    return [text[a:b] for a, b in pairwise([0, *at, len(text)])]


@given(cut_texts(), st.booleans(), st.booleans())
@example(["<|im_start|>" + "x" * 80], False, False)
def test_the_result_does_not_depend_on_the_chunks(
    pieces: list[str], cut: bool, first: bool
) -> None:
    text = "".join(pieces)
    whole = answer(text, cut=cut, reasons_first=first)
    assert answer(*pieces, cut=cut, reasons_first=first) == whole
    assert answer(*text, cut=cut, reasons_first=first) == whole
