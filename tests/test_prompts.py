"""Prompts are checked when they are loaded, never when an answer waits for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import prompts
from bot.answer.writing.citation_markers import SENTINEL, find_markers
from bot.answer.writing.prompt_builder import Prompts
from bot.errors import SettingsError
from bot.prompts import load


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


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("Nothing to fill.", "question"),
        ("{{question}} {{colour}}", "colour"),
        ("{{Question}}", "Question"),
        ("{{question}} {{}}", "not closed"),
        ("{{question}} {{a b}}", "not closed"),
        ("{{question}} {{colour}", "not closed"),
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
