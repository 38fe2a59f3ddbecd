"""The open form of a library: a folder that needs no Footnote to be read.

``library.json`` says what it is, ``articles/*.md`` are the texts with what is known of each article
above them, one ``name: JSON value`` a line, and ``offsets.jsonl`` has a line per article: its
versions, and the passages, sentences and blocks of the newest as offsets in code points. Offsets
count from the line after the second ``---`` and the empty line below it.

Here are the forms of a file and a line, and the checks of those that come from strangers: nothing
outside the folder is read, nothing that isn't a plain file, nothing larger than it may be. Knows
nothing of libraries.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import ArticleRefused, FootnoteError
from bot.records import Passage, Sentence
from bot.strings import _
from bot.structure import BLOCK_KINDS, NO_BLOCK, Block, BlockKind

FORMAT, FORMAT_VERSION = "footnote-library", 1
DESCRIPTION, OFFSETS, ARTICLES = "library.json", "offsets.jsonl", "articles"
HEAD_BYTES = 64 * 1024  # of a file besides its text
LINE_BYTES = 16 * 1024 * 1024  # of the offsets of one article; 2.5 million characters take 2 MiB
MAX_OLDER_VERSIONS = 1_000
_HEAD = re.compile(r"---\n(.*?)---\n\n", re.DOTALL)
_READ_ONLY = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@dataclass(frozen=True, slots=True)
class VersionFile:
    """A version of an article: its number, time, the SHA-256 of its text, and its file's name."""

    number: int
    at: str
    hash: str
    file: str


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """A line of ``offsets.jsonl``. Not compared with the text yet."""

    newest: VersionFile
    older: tuple[VersionFile, ...]
    passages: tuple[Passage, ...]
    blocks: tuple[Block, ...]


# --- writing ----------------------------------------------------------------------------------


def article_text(head: Mapping[str, Any], text: str) -> str:
    """The content of an article's file."""
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in head.items()]
    return f"---\n{''.join(lines)}---\n\n{text}"


def row_json(row: ArticleRow) -> dict[str, Any]:
    """A line of ``offsets.jsonl``, to be written as JSON."""
    return {
        **_version_json(row.newest),
        "older": [_version_json(version) for version in row.older],
        "passages": [_passage_json(passage) for passage in row.passages],
        "blocks": [[b.kind, b.start, b.end, b.level, b.parent] for b in row.blocks],
    }


def _version_json(version: VersionFile) -> dict[str, Any]:
    return {
        "file": version.file,
        "version": version.number,
        "at": version.at,
        "sha256": version.hash,
    }


def _passage_json(passage: Passage) -> dict[str, Any]:
    return {
        "start": passage.start,
        "end": passage.end,
        "heading": passage.heading,
        "page": passage.page,
        "sentences": [[s.start, s.end, s.page, s.kind] for s in passage.sentences],
    }


# --- reading ----------------------------------------------------------------------------------


def check_description(folder: Path) -> str:
    """The server that the library was exported from. Raises FootnoteError if it is none."""
    try:
        description = json.loads(_read(folder / DESCRIPTION, HEAD_BYTES))
        format_name, version = description["format"], description["version"]
        server_id = str(description["server"])
    except (ArticleRefused, OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        message = _("{folder} is no exported library: its {file} is missing or can't be read.")
        raise FootnoteError(message.format(folder=folder, file=DESCRIPTION)) from error
    if format_name != FORMAT or not isinstance(version, int):
        message = _("{folder} is no exported library, but something else. Nothing was imported.")
        raise FootnoteError(message.format(folder=folder))
    if version > FORMAT_VERSION:
        message = _("{folder} was exported by a newer Footnote. Install that to import it.")
        raise FootnoteError(message.format(folder=folder))
    return server_id


def read_rows(folder: Path) -> Iterator[bytes]:
    """The lines of ``offsets.jsonl``; an overlong one is cut. Raises FootnoteError or OSError."""
    try:
        descriptor = _open(folder / OFFSETS)
    except (ArticleRefused, FileNotFoundError) as error:
        message = _("{folder} has no file {file}. Nothing was imported.")
        raise FootnoteError(message.format(folder=folder, file=OFFSETS)) from error
    with os.fdopen(descriptor, "rb") as file:
        while line := file.readline(LINE_BYTES + 1):
            rest = line
            while len(rest) > LINE_BYTES and not rest.endswith(b"\n"):
                rest = file.readline(LINE_BYTES + 1)
            if line.strip():
                yield line


def parse_row(line: bytes) -> ArticleRow:
    """An article's line. Raises ValueError if it isn't one."""
    try:
        row = json.loads(line)
        newest, older = _version(row), row.get("older", [])
        if len(older) > MAX_OLDER_VERSIONS:
            raise ValueError("too many versions")
        versions = {version.number: version for version in map(_version, older)}
        if len(versions) < len(older) or newest.number <= max(versions, default=0):
            raise ValueError("versions with one number")
        return ArticleRow(
            newest,
            tuple(versions.values()),
            tuple(_passage(passage) for passage in row.get("passages", [])),
            tuple(_block(block) for block in row.get("blocks", [])),
        )
    except (KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise ValueError("not an article") from error


def _version(row: Mapping[str, Any]) -> VersionFile:
    return VersionFile(
        _number(row["version"]), _string(row["at"]), _string(row["sha256"]), _string(row["file"])
    )


def _passage(row: Mapping[str, Any]) -> Passage:
    sentences = tuple(
        Sentence(_number(start), _number(end), _page(page), _kind(kind))
        for start, end, page, kind in row["sentences"]
    )
    start, end = _number(row["start"]), _number(row["end"])
    heading = _string(row.get("heading", ""))
    return Passage(start, end, sentences, 0, heading, _page(row.get("page")))


def _block(row: Sequence[Any]) -> Block:
    kind, start, end, level, parent = row
    return Block(
        _kind(kind),
        _number(start),
        _number(end),
        _number(level),
        NO_BLOCK if parent == NO_BLOCK else _number(parent),
    )


def _number(value: object) -> int:
    """From 0 to 2³¹."""
    if type(value) is not int or not 0 <= value < 1 << 31:
        raise ValueError("not an offset")
    return value


def _page(value: object) -> int | None:
    return None if value is None else _number(value)


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _kind(value: object) -> BlockKind:
    for kind in BLOCK_KINDS:
        if value == kind:
            return kind
    raise ValueError("no kind of a block")


def read_article(folder: Path, name: str, most_bytes: int) -> tuple[dict[str, Any], str]:
    """What stands above an article's text, and the text. Raises ArticleRefused.

    ``name`` is the path within the folder, as it is written in ``offsets.jsonl``.
    """
    parts = name.split("/")
    if len(parts) != 2 or parts[0] != ARTICLES or not _is_plain_name(parts[1]):
        raise ArticleRefused(_("Its file isn't in the folder {folder}.").format(folder=ARTICLES))
    if (folder / ARTICLES).is_symlink():
        raise ArticleRefused(_("{name} is a link. Links aren't followed.").format(name=ARTICLES))
    try:
        content = _read(folder / ARTICLES / parts[1], most_bytes + HEAD_BYTES).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ArticleRefused(_("Its file isn't UTF-8 text.")) from error
    except OSError as error:
        message = _("Its file can't be read ({reason}).")
        raise ArticleRefused(message.format(reason=error.strerror or error)) from error
    content = content.replace("\r\n", "\n")
    match = _HEAD.match(content, 0, HEAD_BYTES)
    if match is None:
        raise ArticleRefused(_("Its file doesn't begin with “---” lines about the article."))
    return _head(match[1]), content[match.end() :]


def _is_plain_name(name: str) -> bool:
    return bool(name) and not name.startswith(".") and not re.search(r"[\\\x00:]", name)


def _head(lines: str) -> dict[str, Any]:
    """The values above a text. One that is no JSON is a string, as people write it."""
    head = {}
    for line in filter(None, lines.split("\n")):  # JSON strings may hold other separators
        name, _colon, value = line.partition(":")
        try:
            head[name.strip()] = json.loads(value)
        except (ValueError, RecursionError):
            head[name.strip()] = value.strip()
    return head


def _open(path: Path) -> int:
    """A descriptor of a plain file. Raises ArticleRefused for a link, a pipe …, or OSError."""
    if path.is_symlink():
        raise ArticleRefused(_("{name} is a link. Links aren't followed.").format(name=path.name))
    descriptor = os.open(path, _READ_ONLY | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ArticleRefused(_("{name} isn't a file.").format(name=path.name))
    return descriptor


def _read(path: Path, most_bytes: int) -> bytes:
    with os.fdopen(_open(path), "rb") as file:
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        message = _("{name} is larger than the limit of {limit} MB.")
        raise ArticleRefused(message.format(name=path.name, limit=most_bytes // 1_000_000))
    return data


# --- offsets ----------------------------------------------------------------------------------


def fits(row: ArticleRow, text: str) -> bool:
    """Whether passages, sentences and blocks are possible in a text.

    Passages, and the sentences in each, are in order, trimmed and disjoint, with only white space
    between them; blocks are in order, each in a container before it.
    """
    passages = [(p.start, p.end) for p in row.passages]
    sentences = ([(s.start, s.end) for s in p.sentences] for p in row.passages)
    return (
        _covers(passages, text, 0, len(text))
        and all(
            _covers(ranges, text, p.start, p.end) and bool(ranges)
            for ranges, p in zip(sentences, row.passages, strict=True)
        )
        and _blocks_fit(row.blocks, len(text))
    )


def _covers(ranges: Sequence[tuple[int, int]], text: str, start: int, end: int) -> bool:
    """Whether ranges are trimmed and have everything in ``text[start:end]`` but white space."""
    at = start
    for first, last in ranges:
        part = text[first:last]
        if not at <= first < last <= end or part != part.strip() or text[at:first].strip():
            return False
        at = last
    return not text[at:end].strip()


def _blocks_fit(blocks: Sequence[Block], length: int) -> bool:
    at = 0
    for index, block in enumerate(blocks):
        if not at <= block.start <= block.end <= length or block.parent >= index:
            return False
        at = block.start
    return True
