"""Loads the prompt files, checks their placeholders, and renders them.

A prompt is a Markdown file with ``{{name}}`` placeholders. ``load`` takes the names that the code
will fill, so that a missing or unknown placeholder stops the start-up, not an answer. A file of
turns holds an example conversation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bot.errors import SettingsError
from bot.strings import _

TURN = re.compile(r"^# (\w+)$", re.MULTILINE)
ROLES = ("user", "assistant")
PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
INSIDE_WHEEL = Path(__file__).parent / "_prompts"
IN_CHECKOUT = Path(__file__).parent.parent / "prompts"


@dataclass(frozen=True, slots=True)
class Prompt:
    """A template whose placeholders were checked."""

    name: str
    template: str

    def render(self, **values: str) -> str:
        """The text with every placeholder filled. Values are not scanned for placeholders."""
        return PLACEHOLDER.sub(lambda match: values[match.group(1)], self.template)


def load(name: str, *placeholders: str) -> Prompt:
    """The prompt in the file ``name``.md. Raises SettingsError if its placeholders differ."""
    folder = INSIDE_WHEEL if INSIDE_WHEEL.is_dir() else IN_CHECKOUT
    path = folder / f"{name}.md"
    try:
        template = path.read_text("utf-8-sig")
    except (OSError, UnicodeError) as error:
        message = _("The prompt {name}.md can't be read. Please reinstall Footnote.")
        raise SettingsError(message.format(name=name)) from error
    wrong = set(PLACEHOLDER.findall(template)) ^ set(placeholders)
    if wrong:
        message = _("These placeholders of the prompt {name}.md are missing or unknown: {wrong}.")
        raise SettingsError(message.format(name=name, wrong=", ".join(sorted(wrong))))
    if re.search(r"\{\{|\}\}", PLACEHOLDER.sub("", template)):
        message = _("The prompt {name}.md has a placeholder without a name or closing braces.")
        raise SettingsError(message.format(name=name))
    return Prompt(name, template)


def load_turns(name: str) -> tuple[dict[str, str], ...]:
    """The messages in ``name``.md, each below a line ``# user`` or ``# assistant``.

    Raises SettingsError unless they alternate, from a user's message to an assistant's.
    """
    __, *parts = TURN.split(load(name).template)
    roles, texts = parts[::2], [text.strip() for text in parts[1::2]]
    if not roles or len(roles) % 2 or roles != list(ROLES) * (len(roles) // 2) or not all(texts):
        message = _("The prompt {name}.md must alternate between # user and # assistant.")
        raise SettingsError(message.format(name=name))
    return tuple({"role": role, "content": text} for role, text in zip(roles, texts, strict=True))
