"""Loads the prompt files, checks their placeholders when loaded, and renders them.

A prompt is a Markdown file with ``{{name}}`` placeholders. ``load`` is told which names
the code will fill, and a missing or unknown one stops the start-up, not an answer. A file of
turns holds a conversation, for showing a model how one goes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bot.errors import SettingsError

TURN = re.compile(r"^# (\w+)$", re.MULTILINE)
ROLES = ("user", "assistant")
PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
INSIDE_WHEEL = Path(__file__).parent / "_prompts"
IN_CHECKOUT = Path(__file__).parent.parent / "prompts"


@dataclass(frozen=True, slots=True)
class Prompt:
    """A checked template."""

    name: str
    template: str

    def render(self, **values: str) -> str:
        """The text with every placeholder filled; values are never scanned for placeholders."""
        return PLACEHOLDER.sub(lambda match: values[match.group(1)], self.template)


def load(name: str, *placeholders: str) -> Prompt:
    """The prompt ``name`` (without .md). Raises SettingsError when the file does not fit."""
    folder = INSIDE_WHEEL if INSIDE_WHEEL.is_dir() else IN_CHECKOUT
    path = folder / f"{name}.md"
    try:
        template = path.read_text("utf-8-sig")
    except (OSError, UnicodeError) as error:
        raise SettingsError(
            f"The prompt {name}.md cannot be read; install Footnote again."
        ) from error
    found = set(PLACEHOLDER.findall(template))
    if found != set(placeholders):
        odd = ", ".join(sorted(found ^ set(placeholders)))
        raise SettingsError(f"The prompt {name}.md must use exactly its placeholders; see: {odd}.")
    if re.search(r"\{\{|\}\}", PLACEHOLDER.sub("", template)):
        raise SettingsError(f"The prompt {name}.md has a placeholder that is not closed or named.")
    return Prompt(name, template)


def load_turns(name: str) -> tuple[dict[str, str], ...]:
    """The messages of ``name`` (without .md), each behind a line ``# user`` or ``# assistant``.

    They come by turns, from a user's to an assistant's. Raises SettingsError when they do not.
    """
    _, *parts = TURN.split(load(name).template)
    roles, texts = parts[::2], [text.strip() for text in parts[1::2]]
    if not roles or len(roles) % 2 or roles != list(ROLES) * (len(roles) // 2) or not all(texts):
        raise SettingsError(f"The prompt {name}.md must hold a user's and an assistant's turns.")
    return tuple({"role": role, "content": text} for role, text in zip(roles, texts, strict=True))
