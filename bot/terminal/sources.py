"""What ``footnote add`` is to add: what was named, with folders replaced by the files in them.

Of a folder, only files of kinds that Footnote reads are taken; they are counted before anything is
added. Looks at the files where the command was typed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.errors import ArticleRefused
from bot.ingest.extract.formats import Format, format_of_ending
from bot.ingest.fetch.addresses import looks_like_address
from bot.strings import N_, _, ngettext
from bot.terminal.console import STANDARD_INPUT, console

YES = ("y", "yes")
CONFIRM = N_("Add them? Type y for yes.")
NOTHING_ADDED = N_("Nothing was added.")


@dataclass(frozen=True, slots=True)
class _Folder:
    """The files of a folder that can be read, and how many others are in it."""

    name: str
    files: tuple[str, ...]
    left_out: int


async def find_sources(arguments: argparse.Namespace) -> list[tuple[str, bool]]:
    """The sources, each with whether it is a web address.

    Asks whether to add the files of folders, unless ``--yes`` was given or nobody is there to
    answer. Raises ArticleRefused if the answer is no, or one title is meant for several.
    """
    looked_up = await asyncio.to_thread(lambda: list(map(_look_at, arguments.source)))
    folders = [each for each in looked_up if isinstance(each, _Folder)]
    for folder in folders:
        console().write_error(_count_text(folder))
    sources: list[tuple[str, bool]] = []
    for each in looked_up:
        sources += [(f, False) for f in each.files] if isinstance(each, _Folder) else [each]
    if arguments.title and len(sources) > 1:
        message = _("--title is for one article, and these are {n:,}. Nothing was added.")
        raise ArticleRefused(message.format(n=len(sources)))
    if any(folder.files for folder in folders) and not await _is_confirmed(arguments):
        raise ArticleRefused(_(NOTHING_ADDED))
    return sources


async def _is_confirmed(arguments: argparse.Namespace) -> bool:
    has_input = STANDARD_INPUT not in arguments.source  # else it is a text
    if arguments.yes or not (has_input and console().abilities.is_input_terminal):
        return True
    console().write_error(_(CONFIRM))
    return (await console().read_line() or "").strip().lower() in YES


def _look_at(name: str) -> _Folder | tuple[str, bool]:
    """What one name stands for: a folder's files, or one source."""
    # os.path in this module: Path's methods raise for a name that is too long or out of reach.
    if not os.path.isdir(name):  # noqa: PTH112
        return name, is_address(name)
    files = sorted(_files_below(Path(name)))
    chosen = [str(file) for file in files if _can_be_read(file)]
    return _Folder(name, tuple(chosen), len(files) - len(chosen))


def _can_be_read(file: Path) -> bool:
    """Whether it is of a kind that is read; a pipe, which might never end, is of none."""
    return format_of_ending(file.suffix.lower()) is not None and os.path.isfile(file)  # noqa: PTH113


def _files_below(folder: Path) -> Iterator[Path]:
    """All files in a folder and those in it, except hidden ones."""
    for path, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(path, name) for name in files if not name.startswith("."))


def _count_text(folder: _Folder) -> str:
    n, left_out = len(folder.files), folder.left_out
    text = ngettext("{folder}: {n:,} file to add.", "{folder}: {n:,} files to add.", n)
    if left_out:
        text += " " + ngettext(
            "{left:,} file of another kind is left out.",
            "{left:,} files of other kinds are left out.",
            left_out,
        )
    return text.format(folder=folder.name, n=n, left=left_out)


def is_address(source: str) -> bool:
    """Whether a source is a web address; "report.pdf" is a file, even if there is none."""
    path = Path(source)
    if not looks_like_address(source) or os.path.isfile(source):  # noqa: PTH113
        return False
    kind = format_of_ending(path.suffix.lower()) if path.name == source else None
    return kind in (None, Format.CODE)  # "example.py" may be a site in Paraguay
