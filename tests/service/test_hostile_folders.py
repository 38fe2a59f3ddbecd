"""Importing a folder that somebody made to do harm: a sentence for each, nothing lost."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import App
from bot.errors import ArticleRefused, FootnoteError
from bot.records import Passage, Sentence, Submitter
from bot.service.import_library import ImportLimits
from bot.service.library_folder import (
    ArticleRow,
    VersionFile,
    article_text,
    check_description,
    fits,
    parse_row,
    read_article,
    row_json,
)
from bot.service.library_head import draft_of
from bot.store.protocols import Library
from tests.contract.samples import MARS
from tests.service.exported import (
    export,
    fill,
    import_all,
    statuses,
    texts_of,
)

pytestmark = pytest.mark.quick


@pytest.fixture
async def library(app: App) -> AsyncIterator[Library]:
    async with app.store.library("1") as library:
        await fill(library)
        yield library


def _row(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the first article's line."""
    path = folder / "offsets.jsonl"
    first, *others = path.read_text("utf-8").splitlines(keepends=True)
    row = json.loads(first)
    change(row)
    path.write_text("".join([json.dumps(row) + "\n", *others]), "utf-8")


def _file(name: str) -> Callable[[Path], None]:
    return lambda folder: _row(folder, lambda row: row.update(file=name))


def _link_to_secret(folder: Path) -> None:
    (mars,) = folder.glob("articles/1-mars.md")
    mars.unlink()
    mars.symlink_to(folder.parent / "secret.md")


def _pipe(folder: Path) -> None:
    (mars,) = folder.glob("articles/1-mars.md")
    mars.unlink()
    os.mkfifo(mars)


def _huge(folder: Path) -> None:
    with (folder / "articles/1-mars.md").open("r+b") as file:
        file.truncate(10_000_000)


def _latin(folder: Path) -> None:
    (folder / "articles/1-mars.md").write_bytes(b'---\ntitle: "x"\n---\n\nCaf\xe9.')


def _first_line(line: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "offsets.jsonl"
        _first, *others = path.read_text("utf-8").splitlines(keepends=True)
        path.write_text("".join([line + "\n", *others]), "utf-8")

    return change


HOSTILE: dict[str, tuple[Callable[[Path], None], str]] = {
    "climbs": (_file("../secret.md"), "isn't in the folder"),
    "climbs later": (_file("articles/../../secret.md"), "isn't in the folder"),
    "absolute": (_file("/etc/passwd"), "isn't in the folder"),
    "climbs with backslashes": (_file("articles/..\\..\\secret.md"), "isn't in the folder"),
    "a drive": (_file("articles/C:secret.md"), "isn't in the folder"),
    "hidden": (_file("articles/.hidden"), "isn't in the folder"),
    "a NUL": (_file("articles/a\0b"), "isn't in the folder"),
    "missing": (_file("articles/none.md"), "can't be read"),
    "a long name": (_file("articles/" + "a" * 5_000), "can't be read"),
    "a folder": (_file("articles/dir"), "can't be read|isn't a file"),
    "a link": (_link_to_secret, "Links aren't followed"),
    "a pipe": (_pipe, "isn't a file"),
    "huge": (_huge, "larger than the limit"),
    "not UTF-8": (_latin, "isn't UTF-8"),
    "no JSON": (_first_line("no JSON"), "isn't about an article"),
    "nested": (_first_line("[" * 100_000), "isn't about an article"),
    "a huge number": (_first_line('{"version": 1' + "0" * 10_000 + "}"), "isn't about an article"),
    "wrong types": (
        _first_line(json.dumps({"file": 1, "version": 1, "at": "", "sha256": ""})),
        "isn't about",
    ),
    "a huge line": (_first_line('"' + "a" * 17_000_000), "isn't about an article"),
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_a_hostile_entry_is_refused_and_the_others_are_imported(
    kind: str, app: App, library: Library, tmp_path: Path
) -> None:
    spoil, sentence = HOSTILE[kind]
    folder = await export(library, tmp_path / "out")
    (tmp_path / "secret.md").write_text('---\ntitle: "x"\n---\n\nSecret.', "utf-8")
    (folder / "articles/dir").mkdir()
    spoil(folder)
    refused, imported = await import_all(app, folder)
    assert refused.refusal is not None
    assert re.search(sentence, refused.refusal.message)
    assert imported.result is not None
    assert await texts_of(app) == ["Venus is hot."]


@pytest.mark.parametrize("name", ["articles", "library.json", "offsets.jsonl"])
async def test_a_part_that_is_a_link_is_not_followed(
    name: str, app: App, library: Library, tmp_path: Path
) -> None:
    folder = await export(library, tmp_path / "out")
    shutil.move(folder / name, tmp_path / "moved")
    (folder / name).symlink_to(tmp_path / "moved")
    if name == "articles":
        assert statuses(await import_all(app, folder)) == ["refused", "refused"]
    else:
        with pytest.raises(FootnoteError, match=name):
            await import_all(app, folder)
    assert await texts_of(app) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[]", "can't be read"),
        ('{"format": "other", "version": 1, "server": "1"}', "something else"),
        ('{"format": "footnote-library", "version": 2, "server": "1"}', "newer Footnote"),
        ("x" * 100_000, "can't be read"),
    ],
)
async def test_another_folder_is_no_library(text: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "library.json").write_text(text, "utf-8")
    with pytest.raises(FootnoteError, match=sentence):
        check_description(tmp_path)
    with pytest.raises(FootnoteError, match="is no exported library"):
        check_description(tmp_path / "none")


async def test_files_that_are_not_listed_are_not_looked_at(
    app: App, library: Library, tmp_path: Path
) -> None:
    folder = await export(library, tmp_path / "out")
    for i in range(3_000):
        (folder / "articles" / f"{i}.md").touch()
    assert len(await import_all(app, folder)) == 2


async def test_an_endless_list_ends(app: App, library: Library, tmp_path: Path) -> None:
    folder = await export(library, tmp_path / "out")
    (folder / "offsets.jsonl").write_text("{}\n" * 20_000, "utf-8")
    outcomes = await import_all(app, folder)
    assert len(outcomes) == 1_001
    assert outcomes[-1].refusal is not None
    assert "The rest of the folder wasn't imported" in outcomes[-1].refusal.message


async def test_a_full_library_ends_the_import(app: App, library: Library, tmp_path: Path) -> None:
    folder = await export(library, tmp_path / "out")
    first, second = await import_all(app, folder, limits=ImportLimits(100_000, 1))
    assert first.result is not None
    assert second.refusal is not None
    assert second.refusal.code == "library_full"


OFFSETS = st.integers(-3, len(MARS) + 3)


@given(st.lists(st.tuples(OFFSETS, OFFSETS), max_size=4), st.data())
def test_offsets_fit_only_if_every_sentence_and_gap_is_right(
    ranges: list[tuple[int, int]], data: st.DataObject
) -> None:
    right = [(0, 13), (14, 30), (32, 61), (62, 81)]
    some = sorted(data.draw(st.sets(st.sampled_from(right))))
    spans = data.draw(st.sampled_from([ranges, right, some, [*right, *ranges]]))
    sentences = tuple(Sentence(start, end) for start, end in spans)
    passages = (Passage(spans[0][0], spans[-1][1], sentences, 0),) if spans else ()
    row = ArticleRow(VersionFile(1, "", "", ""), (), passages, ())
    if fits(row, MARS):
        texts = [MARS[s.start : s.end] for s in sentences]
        assert all(text and text == text.strip() for text in texts)
        assert "".join("".join(texts).split()) == "".join(MARS.split())
    assert fits(row, MARS) or spans != right


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode()))
def test_any_line_is_an_article_or_a_value_error(line: bytes) -> None:
    with suppress(ValueError):
        parse_row(line)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda values: st.lists(values, max_size=4) | st.dictionaries(st.text(max_size=9), values),
    max_leaves=9,
)
HEAD_NAMES = st.sampled_from(
    ["title", "url", "published", "tags", "notes", "channel", "message", "added_by", "reader"]
)


@given(st.dictionaries(HEAD_NAMES, JSON_VALUES))
def test_any_values_above_a_text_make_an_article(head: dict[str, Any]) -> None:
    draft = draft_of(head, "articles/1.md")
    assert draft.title
    assert draft.url is None or draft.url.startswith("http")
    assert all("\n" not in note for note in (*draft.notes, *draft.tags, draft.submitter.name))


@given(JSON_VALUES)
def test_any_row_is_an_article_or_a_value_error(value: object) -> None:
    base = row_json(ArticleRow(VersionFile(1, "now", "hash", "articles/1.md"), (), (), ()))
    for name in base:
        with suppress(ValueError):
            parse_row(json.dumps(base | {name: value}).encode())


def test_a_name_within_the_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles/1-mars.md").write_text("---\ntitle: Mars\n---\n\nCold.", "utf-8")
    assert read_article(tmp_path, "articles/1-mars.md", 100) == ({"title": "Mars"}, "Cold.")
    (tmp_path / "articles/2.md").write_text("Cold.", "utf-8")
    with pytest.raises(ArticleRefused, match="doesn't begin with"):
        read_article(tmp_path, "articles/2.md", 100)


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\u2028", "\x85", "\x1c", "---\n\n"])
def test_a_value_with_a_separator_of_lines_is_read_as_it_was_written(
    separator: str, tmp_path: Path
) -> None:
    head = {"author": f"Ada{separator}url: Lovelace", "added_by": "Ada"}
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles/1.md").write_text(article_text(head, "Cold."), "utf-8", newline="\n")
    assert read_article(tmp_path, "articles/1.md", 100) == (head, "Cold.")


def test_a_submitter_stays_one(tmp_path: Path) -> None:
    head = {"added_by": "Ada", "added_by_id": 7, "channel": 5}
    assert draft_of(head, "x").submitter == Submitter(7, "Ada", 5)
