"""What the documentation shows: fenced blocks, and the commands in them and in running text.

A block names its language: ``sh`` for commands, ``text`` for output (directly behind a block of
commands: what the last of them prints), ``ini`` for settings. ``<!-- not run: why -->`` above a
block of commands keeps tests from running it; it is parsed all the same.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = [
    *sorted({*ROOT.glob("*.md")} - {ROOT / "CHANGELOG.md"}),
    *sorted(ROOT.glob("docs/**/*.md")),
]
FENCE = re.compile(
    r"(?:^<!-- not run: (.+) -->\n\n)?^```(\w*)\n(.*?)^```\n", re.MULTILINE | re.DOTALL
)
CODE = re.compile(r"`([^`\n]+)`")
SETTING = re.compile(r"\w+=\S*")
RUNNERS = ("footnote", "make", "pytest", "python")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page. ``reason``: why its commands aren't run; empty: they are."""

    page: str
    language: str
    text: str
    reason: str
    is_output: bool  # stands directly behind the block before


@dataclass(frozen=True)
class Command:
    """A command as the shell splits it, without the settings before it; ``program`` by its name."""

    page: str
    program: str
    arguments: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page}: {shlex.join([self.program, *self.arguments])}"


def read(file: Path) -> tuple[str, str]:
    return file.relative_to(ROOT).as_posix(), file.read_text("utf-8")


def blocks(file: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    page, text = read(file)
    end, result = -1, []
    for match in FENCE.finditer(text):
        is_output = end >= 0 and not text[end : match.start()].strip()
        result.append(Block(page, match[2], match[3], match[1] or "", is_output))
        end = match.end()
    return result


def commands_of(block: Block) -> Iterator[Command]:
    for line in block.text.replace("\\\n", " ").splitlines():
        if command := parse_line(block.page, line):
            yield command


def commands_in_text(file: Path) -> Iterator[Command]:
    """Those between backticks outside of blocks, as far as they run a program of the project."""
    page, text = read(file)
    for code in CODE.findall(FENCE.sub("", text)):
        try:
            command = parse_line(page, code)
        except ValueError:  # an apostrophe, in what is no command
            continue
        if command and command.program in RUNNERS:
            yield command


def parse_line(page: str, line: str) -> Command | None:
    words = shlex.split(line, comments=True)
    while words and SETTING.fullmatch(words[0]):
        del words[0]
    if words[:2] == ["sudo", "-u"]:
        del words[:3]
    return Command(page, words[0].rpartition("/")[2], tuple(words[1:])) if words else None
