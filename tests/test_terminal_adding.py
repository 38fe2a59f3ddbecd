"""``footnote add`` as a person meets it: folders, titles, sizes, and a line for each source."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.terminal.console import LocalConsole
from tests.test_terminal import TEXT, run


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "mars.txt"
    path.write_text(TEXT, "utf-8")
    return path


class Typed(io.StringIO):
    """What a person types at a terminal."""

    def isatty(self) -> bool:
        return True


def test_of_a_folder_only_what_can_be_read_is_added_and_counted_first(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "texts"
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "notes.txt").write_text("Never seen.", "utf-8")
    (folder / "a.md").write_text("# Mars\n\nMars is cold.", "utf-8")
    for name in ("b.png", "c.bin"):
        (folder / name).write_bytes(b"\0")
    os.mkfifo(folder / "pipe.txt")
    assert main(["add", str(folder), "--json"]) == 0
    printed = capsys.readouterr()
    assert [row["title"] for row in json.loads(printed.out)["articles"]] == ["Mars"]
    assert printed.err == f"{folder}: 1 file to add. 3 files of other kinds are left out.\n"


@pytest.mark.parametrize(
    ("typed", "options", "status"), [("y", [], 0), ("n", [], 1), ("", [], 1), ("", ["--yes"], 0)]
)
def test_at_a_terminal_a_folder_is_added_after_a_yes(
    typed: str,
    options: list[str],
    status: int,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "a.md").write_text("# Mars\n\nMars is cold.", "utf-8")
    monkeypatch.setattr("sys.stdin", Typed(f"{typed}\n"))
    assert main(["add", str(folder), *options]) == status
    printed = capsys.readouterr()
    assert ("Add them?" in printed.err) == (not options)
    assert ("added" in printed.out) == (status == 0)


def test_a_name_that_no_file_can_have_is_refused_and_the_others_are_added(
    capsys: pytest.CaptureFixture[str], article: Path
) -> None:
    assert main(["add", "x" * 300, str(article), "--json"]) == 1
    rows = json.loads(capsys.readouterr().out)["articles"]
    assert [row["status"] for row in rows] == ["refused", "added"]


def test_one_title_is_not_given_to_several_articles(
    capsys: pytest.CaptureFixture[str], article: Path, tmp_path: Path
) -> None:
    assert main(["add", str(article), str(article), "--title", "Mars"]) == 1
    assert "--title is for one article, and these are 2." in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


def test_what_became_of_a_source_is_printed_before_the_next_is_read(
    capsys: pytest.CaptureFixture[str], article: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed: list[str] = []

    async def read_file(self: LocalConsole, source: str, most: int) -> bytes:
        printed.append(capsys.readouterr().out)
        return TEXT.encode()

    monkeypatch.setattr(LocalConsole, "read_file", read_file)
    assert main(["add", str(article), str(article)]) == 0
    assert printed[0] == ""
    assert printed[1].startswith("added ")


@pytest.mark.parametrize("source", ["big.txt", "-"])
def test_what_is_too_large_is_refused_without_reading_all_of_it(
    source: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAX_FILE_MB", "1")
    with (tmp_path / "big.txt").open("wb") as file:
        file.truncate(1 << 40)  # a hole of a tebibyte
    with (tmp_path / "big.txt").open() as typed:
        monkeypatch.setattr("sys.stdin", typed)
        status, added = run(capsys, "add", source)
    (row,) = added["articles"]
    assert (status, row["code"]) == (1, "article_too_large")


def test_an_empty_library_is_all_that_is_said_of_a_question(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["ask", "When is bread baked?"]) == 0
    assert capsys.readouterr().out == "The library is empty. Add an article: footnote add FILE\n"
