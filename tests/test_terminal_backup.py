"""``footnote backup`` and ``footnote restore``: from the settings to exit status and text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.settings import Settings
from bot.store.lock import lock_folder
from tests.store.backups import TEXTS, fill


@pytest.fixture
async def data(settings: Settings) -> Path:
    await fill(settings.data_dir, "local")
    return settings.data_dir


def _document(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    document = json.loads(capsys.readouterr().out)
    assert isinstance(document, dict)
    return document


def test_a_backup_beside_the_running_bot_can_be_restored_when_it_is_stopped(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with lock_folder(data):
        assert main(["backup", "--to", str(tmp_path / "to"), "--json"]) == 0
        (path,) = (tmp_path / "to").glob("2*")
        made = _document(capsys)["backup"]
        assert made == {
            "path": str(path),
            "libraries": ["local"],
            "bytes": sum(file.stat().st_size for file in path.rglob("*.db")),
            "failed": [],
            "deleted": [],
        }
        assert main(["restore", str(path), "--json"]) == 1
        assert "data_folder_locked" in capsys.readouterr().out
    assert main(["restore", str(path), "--json"]) == 0
    restored = _document(capsys)["restored"]
    assert isinstance(restored, dict)
    assert (restored["libraries"], restored["bot_data"]) == (["local"], True)


def test_the_backup_folder_is_the_default(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["backup"]) == 1
    assert "set BACKUP_DIR" in capsys.readouterr().err
    monkeypatch.setenv("BACKUP_DIR", str(tmp_path / "to"))
    assert main(["backup"]) == 0
    assert capsys.readouterr().out.startswith("Backed up and verified: 1 library, 0.")


def test_a_library_that_cannot_be_backed_up_is_an_exit_status(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "libraries/2.db").write_bytes(b"no database" * 500)
    assert main(["backup", "--to", str(tmp_path / "to")]) == 1
    assert "Missing in it: 2. " in capsys.readouterr().out


def test_what_restoring_did_is_said(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["backup", "--to", str(tmp_path / "to")])
    main(["remove", "2"])
    (path,) = (tmp_path / "to").glob("2*")
    capsys.readouterr()
    assert main(["restore", str(path)]) == 0
    text = capsys.readouterr().out
    assert "1 erasure since the backup was applied again." in text
    assert f"is kept in {data / 'replaced'}" in text
    assert main(["restore", str(path / "libraries/local.db"), "--server", "9"]) == 0
    assert "isn't known" not in capsys.readouterr().out  # the library it came from is there


def test_restored_to_a_new_machine_it_is_said_that_erasures_are_unknown(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["backup", "--to", str(tmp_path / "to")])
    (path,) = (tmp_path / "to").glob("2*")
    assert main(["--data", str(tmp_path / "new"), "restore", str(path)]) == 0
    assert "there is no journal of erasures" in capsys.readouterr().out


def test_what_is_no_backup_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.txt").write_text("No database.", "utf-8")
    assert main(["restore", str(tmp_path / "notes.txt"), "--json"]) == 1
    assert "database_damaged" in capsys.readouterr().out
    assert main(["restore", str(tmp_path / "none")]) == 1
    assert "There is no backup" in capsys.readouterr().err


@pytest.mark.quick
def test_a_library_is_exported_and_imported(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "out")
    assert main(["export", folder, "--json"]) == 0
    assert _document(capsys) == {"exported": {"path": folder, "articles": 3, "versions": 3}}
    assert main(["import", folder, "--server", "9", "--json"]) == 0
    rows = _document(capsys)["articles"]
    assert isinstance(rows, list)
    assert [(row["status"], row["title"]) for row in rows] == [("added", text) for text in TEXTS]
    assert main(["import", str(data), "--json"]) == 1
    assert "is no exported library" in _document(capsys)["error"]["message"]  # type: ignore[index]
