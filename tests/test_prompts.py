"""Prompts are checked when they are loaded, never when an answer waits for them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot import prompts
from bot.answer.writing.citation_markers import SENTINEL, parse_ranges
from bot.answer.writing.prompt_builder import Prompts
from bot.errors import SettingsError
from bot.prompts import load, load_turns
from tests.answer.library import find_markers


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(prompts, "IN_CHECKOUT", tmp_path)
    return tmp_path


def test_the_prompts_of_the_product_fit() -> None:
    loaded = Prompts.load()
    rules = loaded.rules.render(sentinel=SENTINEL)
    assert SENTINEL in rules
    assert "{{" not in rules
    assert [mark.inside for mark in find_markers(rules)], "the rules show marks that are read"


def test_the_examples_answer_as_the_rules_say_and_none_refuses() -> None:
    examples = Prompts.load().examples
    assert [turn["role"] for turn in examples] == ["user", "assistant"] * 2
    for asked, answered in zip(examples[::2], examples[1::2], strict=True):
        numbers = re.findall(r"^\[(\d\.\d)\] ", asked["content"], re.MULTILINE)
        cited = [r for mark in find_markers(answered["content"]) for r in parse_ranges(mark.inside)]
        assert {f"{r.passage}.{n}" for r in cited for n in (r.first, r.last)} <= set(numbers)
        sentences = answered["content"].rstrip(".").split(". ")
        assert all(re.search(r"\[[\d.-]+\]$", sentence) for sentence in sentences)
        assert SENTINEL not in answered["content"]


def test_the_examples_have_the_form_of_a_prompt() -> None:
    for asked in Prompts.load().examples[::2]:
        lines = [line for line in asked["content"].splitlines() if line]
        assert lines[0] == "<passages>"
        assert lines[-2] == "</passages>"
        assert re.fullmatch(r"Question: .+\?", lines[-1])
        inside = r'<passage \d( \w+="[^"<>]+")+>|\[\d\.\d\] .+|</passage>'
        assert all(re.fullmatch(inside, line) for line in lines[1:-2])


@pytest.mark.parametrize(
    "text",
    ["", "A", "# user\n\nA", "# assistant\n\nA", "# user\n\nA\n\n# user\n\nB",
     "# user\n\n# assistant\nA", "# system\n\nA\n\n# assistant\n\nB"],
)  # fmt: skip
def test_turns_that_are_none_stop_the_start(folder: Path, text: str) -> None:
    (folder / "mine.md").write_text(text)
    with pytest.raises(SettingsError, match="mine"):
        load_turns("mine")


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("Nothing to fill.", "question"),
        ("{{question}} {{colour}}", "colour"),
        ("{{Question}}", "Question"),
        ("{{question}} {{}}", "closing braces"),
        ("{{question}} {{a b}}", "closing braces"),
        ("{{question}} {{colour}", "closing braces"),
    ],
)
def test_a_prompt_that_does_not_fit_stops_the_start(folder: Path, template: str, says: str) -> None:
    (folder / "mine.md").write_text(template)
    with pytest.raises(SettingsError, match=says):
        load("mine", "question")


def test_a_prompt_that_is_missing_or_unreadable_stops_the_start(folder: Path) -> None:
    (folder / "mine.md").write_bytes(b"\xff\xfe{{question}}")
    for name in ("mine", "yours"):
        with pytest.raises(SettingsError, match=name):
            load(name, "question")


def test_what_is_filled_in_is_never_read_as_a_placeholder(folder: Path) -> None:
    (folder / "mine.md").write_text("\ufeff{{ a }} and {{b}}", "utf-8")
    assert load("mine", "a", "b").render(a="{{b}}", b="{{a}}\\1") == "{{b}} and {{a}}\\1"
