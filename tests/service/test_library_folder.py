"""A library goes out in an open form and comes back whole; a hostile folder harms nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import App
from bot.errors import FootnoteError
from bot.ingest.chunk import split_passages
from bot.records import Scope
from bot.service.import_library import ImportLimits
from bot.service.library_folder import ArticleRow, VersionFile, fits, parse_row, row_json
from bot.store.protocols import Library
from bot.structure import Block
from bot.text.normalize import normalize
from tests.contract.samples import MARS
from tests.service.exported import (
    HERE,
    THERE,
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


async def test_what_was_exported_comes_back_whole(
    app: App, library: Library, tmp_path: Path
) -> None:
    folder = await export(library, tmp_path / "out")
    assert statuses(await import_all(app, folder)) == ["added", "added"]
    async with app.store.library("2") as copy:
        for article_id in (1, 2):
            old = await library.articles.version(article_id, HERE)
            new = await copy.articles.version(article_id, THERE)
            assert new == old
            old_passages = await library.articles.passages_of(article_id, HERE)
            new_passages = await copy.articles.passages_of(article_id, THERE)
            same = [
                replace(n, id=o.id, version_id=o.version_id)
                for n, o in zip(new_passages, old_passages, strict=True)
            ]
            assert same == old_passages
        (structure,) = (await copy.structures.of_versions([2], THERE)).values()
        assert [b.kind for b in structure.blocks] == ["list", "list_item"]
        assert (await copy.articles.version(1, THERE, 1)).text == "Mars is warm."
    async with app.store.library("2") as copy:
        again = await export(copy, tmp_path / "again")
    assert (again / "offsets.jsonl").read_bytes() == (folder / "offsets.jsonl").read_bytes()


async def test_a_stranger_finds_every_quote_by_its_offsets(
    library: Library, tmp_path: Path
) -> None:
    folder = await export(library, tmp_path / "out")
    row = json.loads((folder / "offsets.jsonl").read_text("utf-8").splitlines()[0])
    text = (folder / row["file"]).read_text("utf-8").split("---\n\n", 1)[1]
    sentences = [s for passage in row["passages"] for s in passage["sentences"]]
    assert [text[start:end] for start, end, *_ in sentences] == MARS.replace("\n\n", "\n").split(
        "\n"
    )


async def test_an_import_can_be_repeated_and_continued(
    app: App, library: Library, tmp_path: Path
) -> None:
    folder = await export(library, tmp_path / "out")
    await import_all(app, folder, limits=ImportLimits(100_000, 1))
    assert statuses(await import_all(app, folder)) == ["duplicate", "added"]
    assert statuses(await import_all(app, folder)) == ["duplicate", "duplicate"]


async def test_channels_are_kept_unless_the_operator_opens_them(
    app: App, library: Library, tmp_path: Path
) -> None:
    folder = await export(library, tmp_path / "out")
    await import_all(app, folder)
    async with app.store.library("2") as copy:
        nowhere = Scope("2", frozenset())
        assert [a.id for a in await copy.articles.select(nowhere)] == [2]
        await copy.articles.erase([1, 2], THERE)
    await import_all(app, folder, keep_channels=False)
    async with app.store.library("2") as copy:
        assert len(await copy.articles.select(nowhere)) == 2


async def test_a_text_that_was_changed_is_read_again(
    app: App, library: Library, tmp_path: Path
) -> None:
    folder = await export(library, tmp_path / "out")
    (venus,) = folder.glob("articles/2-*.md")
    venus.write_text(venus.read_text("utf-8") + " It has\u200b no moon.\r\n", "utf-8")
    outcome = (await import_all(app, folder))[1]
    assert outcome.notes == ("Its text isn't as it was exported, so it was read again.",)
    assert (await texts_of(app))[1] == "Venus is hot. It has no moon."


async def test_an_older_version_that_was_changed_is_left_out_and_told(
    app: App, library: Library, tmp_path: Path
) -> None:
    folder = await export(library, tmp_path / "out")
    (older,) = folder.glob("articles/1-*.v1.md")
    older.write_text(older.read_text("utf-8") + " No.", "utf-8")
    outcome = (await import_all(app, folder))[0]
    assert outcome.notes == ("1 older version couldn't be imported.",)


async def test_values_above_a_text_can_be_corrected_by_hand(
    app: App, library: Library, tmp_path: Path
) -> None:
    folder = await export(library, tmp_path / "out")
    (venus,) = folder.glob("articles/2-*.md")
    _head, text = venus.read_text("utf-8").split("---\n\n", 1)
    venus.write_text(f"---\ntitle: The hot one\npublished: 2026-02\n---\n\n{text}", "utf-8")
    await import_all(app, folder)
    async with app.store.library("2") as copy:
        article = await copy.articles.get(2, THERE)
    assert (article.title, article.published) == ("The hot one", "2026-02")


# --- exporting ----------------------------------------------------------------------------------


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_nothing_is_written_over(library: Library, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    with pytest.raises(FootnoteError, match="isn't empty"):
        await export(library, tmp_path / "out")
    (tmp_path / "out" / "mine").unlink()
    assert (await export(library, tmp_path / "out") / "library.json").exists()


async def test_a_full_disk_is_a_sentence_and_leaves_no_folder(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(FootnoteError, match=r"No space left on device.*Nothing was exported"):
        await export(library, tmp_path / "out")
    assert "out" not in " ".join(names_in(tmp_path))


async def test_an_empty_library_is_a_folder_without_articles(app: App, tmp_path: Path) -> None:
    async with app.store.library("3") as empty:
        folder = await export(empty, tmp_path / "out")
    assert await import_all(app, folder) == []


@given(
    st.text(st.sampled_from("aé. \n\t\u3000\u200b。!?1—\u00a0𝒜#|") | st.characters(), max_size=400)
)
def test_whatever_the_chunker_makes_fits(text: str) -> None:
    text = normalize(text).strip()
    passages = tuple(split_passages(text, len))
    blocks = (Block("list", 0, len(text)), Block("list_item", 0, len(text), 1, 0)) if text else ()
    row = ArticleRow(VersionFile(1, "now", "hash", "articles/1.md"), (), passages, blocks)
    assert fits(row, text)
    read = parse_row(json.dumps(row_json(row)).encode())
    assert read == replace(row, passages=tuple(replace(p, tokens=0) for p in passages))
