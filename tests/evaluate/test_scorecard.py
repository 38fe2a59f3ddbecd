"""The scorecard: what it prints of a set that a stranger has put there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.errors import FootnoteError
from bot.evaluate.scorecard import describe_machine, find_sets

TEXT = "The ferry sails at nine from the north pier. It has a new engine, built in Lindow."
SENTENCE = "The ferry sails at nine from the north pier."


def write_set(folder: Path) -> None:
    folder.mkdir(parents=True)
    document = {"id": "a", "title": "The ferry", "text": TEXT}
    asked = {
        "id": "1",
        "question": "When does the ferry sail?",
        "answerable": True,
        "evidence": [{"doc_id": "a", "text": SENTENCE}],
    }
    other = {"id": "2", "question": "Who painted the town hall?", "answerable": False}
    (folder / "documents.jsonl").write_text(json.dumps(document) + "\n")
    (folder / "questions.jsonl").write_text(json.dumps(asked) + "\n" + json.dumps(other) + "\n")


def test_each_set_of_a_folder_has_its_section(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_set(tmp_path / "ferries")

    assert main(["scorecard", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert describe_machine() in shown
    assert "## ferries" in shown
    assert "1 documents, 1 passages, 2 questions" in shown
    assert "| **Footnote** | 1.000 | 1.000 | 1.000 | 1.000 |" in shown
    assert "| FTS5 with a title column | 1.000 |" in shown
    assert "byte for byte: 1 of 1 (1.000)" in shown
    assert "labels confirm: 1 of 1 (1.000)" in shown
    assert "other questions answered: 0 of 1" in shown


def test_a_set_by_itself_is_one(tmp_path: Path) -> None:
    write_set(tmp_path / "ferries")

    assert find_sets(tmp_path / "ferries") == find_sets(tmp_path) == [tmp_path / "ferries"]


def test_a_folder_without_sets_is_said(tmp_path: Path) -> None:
    with pytest.raises(FootnoteError, match="has no set"):
        find_sets(tmp_path)
