"""``footnote eval`` as a command, and the figures that it prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from bot.errors import FootnoteError
from bot.evaluate.compare import compare_runs
from bot.evaluate.dataset import Dataset, EvaluationDocument, GoldEvidence, Question, read_dataset
from bot.evaluate.report import FIGURES
from bot.evaluate.run import find_ranges
from bot.evaluate.run_files import read_run, write_run
from bot.evaluate.scoring import (
    QuestionResult,
    RetrievedPassage,
    auroc,
    contains_evidence,
    mean_and_interval,
    question_scores,
)
from bot.evaluate.verification import half_of, measure_verification
from tests.quick import QuickEmbedder

FERRY = "The ferry to Aland leaves at nine. It takes four hours. Dogs travel free of charge."
MUSEUM = "The museum of clocks opens in May.\n\nIts oldest clock was\nbuilt in 1542 by a monk."


def _dataset(folder: Path) -> Path:
    documents = [
        {"id": "a", "title": "Ferries", "text": FERRY},
        {"id": "b", "title": "Clocks", "text": MUSEUM},
        {"id": "empty", "title": "Nothing", "text": " "},
    ]
    questions = [
        _row("q1", "When was the oldest clock built?", "b", "Its oldest clock was built in 1542"),
        _row("q2", "Do dogs pay on the ferry?", "a", "Dogs travel free of charge."),
        {"id": "q3", "question": "Who painted the ceiling?", "answerable": False, "type": "no"},
    ]
    for name, rows in (("documents", documents), ("questions", questions)):
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    return folder


def _row(name: str, question: str, doc_id: str, text: str) -> dict[str, Any]:
    evidence = [{"doc_id": doc_id, "text": text}]
    return {"id": name, "question": question, "evidence": evidence, "answerable": True}


def _question(*evidence: tuple[str, str], name: str = "q") -> Question:
    return Question(name, "?", "", True, tuple(GoldEvidence(*pair) for pair in evidence))


def _result(*texts: str, gold: int = 1) -> QuestionResult:
    return QuestionResult(tuple(RetrievedPassage("d", text, 1.0) for text in texts), 0.5, gold)


def test_it_prints_one_document_of_figures_and_writes_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run.jsonl"
    folder = str(_dataset(tmp_path))
    assert main(["eval", folder, "--answers", "--run", str(run), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["dataset"]["documents"] == 3
    assert document["dataset"]["refused"] == 1
    assert document["retrieval"] == dict.fromkeys(FIGURES, 1.0)
    assert document["answers"]["quotes_valid"] in (1.0, None)
    assert 0 <= document["answerable"]["auroc"] <= 1
    assert document["peak_mb"] > 0
    oracle = document["support"]["oracle"]
    assert (oracle["citation_precision"], oracle["citation_recall"]) == (1.0, 1.0)
    assert (oracle["answerable_refused"], oracle["unanswerable_refused"]) == (0.0, 1.0)
    assert oracle["sentences_left_out"] == 0.0
    halves = [document["support"][half] for half in ("tuning", "testing")]
    assert sum(half["sentences"] for half in halves) == 2
    assert all(half["false_alarms"] in (0.0, None) for half in halves)
    lines = [json.loads(line) for line in run.read_text("utf-8").splitlines()]
    assert [line["id"] for line in lines] == ["q1", "q2", "q3"]
    assert lines[0]["hits"][0]["doc_id"] == "b"
    assert lines[0]["answer"]["mode"] == "quotes"


async def test_false_sentences_are_made_from_the_answers_and_counted_by_kind() -> None:
    text = "The oldest clock of the museum was built in 1542 by a monk."
    documents = tuple(
        EvaluationDocument(str(i), "Clocks", None, f"{FERRY} {text}") for i in range(6)
    )
    questions = tuple(
        Question(str(i), "How old?", "", True, (GoldEvidence(str(i), text),), (text, "1542"))
        for i in range(6)
    )
    measured = await measure_verification(Dataset("", documents, questions), QuickEmbedder())
    assert measured is not None
    assert {half_of(document.id) for document in documents} == {"tuning", "testing"}
    for half in ("tuning", "testing"):
        row = measured[half]
        assert (row["false_alarms"], row["false_alarms_by_rule"]) == (0.0, {})
        assert row["sentences"] == sum(half_of(d.id) == half for d in documents)
        for kind in ("date", "negation", "swapped citation", "no citation"):
            assert row["kinds"][kind] == {"perturbed": row["sentences"], "caught": 1.0}
        assert row["caught"] == row["caught_altered"] == 1.0
    assert await measure_verification(Dataset("", documents, ()), QuickEmbedder()) is None


@pytest.mark.parametrize(("options", "first"), [([], "b"), (["--history"], "a")])
def test_with_history_a_question_is_asked_after_those_before_it(
    tmp_path: Path, options: list[str], first: str
) -> None:
    folder = _dataset(tmp_path)
    row = _row("q", "How old is it?", "a", "It takes four hours.")
    row["history"] = ["When does the ferry to Aland leave?"]
    (folder / "questions.jsonl").write_text(json.dumps(row) + "\n")
    run = tmp_path / "run.jsonl"
    assert main(["eval", str(folder), "--json", "--run", str(run), *options]) == 0
    assert json.loads(run.read_text())["hits"][0]["doc_id"] == first


def test_the_users_library_is_not_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "mine"))
    assert main(["eval", str(_dataset(tmp_path)), "--limit", "1"]) == 0
    assert not (tmp_path / "mine").exists()
    assert "Retrieval" in capsys.readouterr().out


def test_a_run_compared_with_itself_has_no_differences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, folder = tmp_path / "run.jsonl", str(_dataset(tmp_path))
    kept = ["--data", str(tmp_path / "kept"), "--json"]
    main(["eval", folder, "--run", str(run), *kept])
    main(["eval", folder, "--against", str(run), *kept])
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["against"]["hits@4"] == {
        "difference": 0.0,
        "interval": [0.0, 0.0],
        "wins": 0,
        "losses": 0,
    }
    assert last["seconds"]["passages_per_second"] is None  # nothing was read twice


def test_a_folder_without_a_dataset_is_an_error_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", str(tmp_path), "--json"]) == 1
    assert "documents.jsonl" in json.loads(capsys.readouterr().out)["error"]["message"]


def test_the_error_for_a_bad_line_has_its_number(tmp_path: Path) -> None:
    (tmp_path / "documents.jsonl").write_text('{"id": 1, "text": "x"}\n[]\n')
    (tmp_path / "questions.jsonl").write_text("")
    with pytest.raises(FootnoteError, match=r"Line 2 of documents\.jsonl"):
        read_dataset(tmp_path)


@pytest.mark.parametrize(
    ("passage", "evidence", "expected"),
    [
        ("one two three", "two", True),
        ("one two", "two three", False),  # less than half
        ("nothing, one two three", "one two three four", True),  # most, at its end
        ("three four five. More", "two three four five.", True),  # most, at its start
        ("one two three, and so on", "one two three four", False),  # not at its border
    ],
)
def test_a_passage_has_all_of_the_evidence_or_half_of_it_at_its_border(
    passage: str, evidence: str, expected: bool
) -> None:
    assert contains_evidence(passage, evidence) is expected


def test_the_scores_of_a_question_depend_on_the_ranks_of_its_evidence() -> None:
    question = _question(("d", "red  fox"), ("d", "blue\nhen"), ("elsewhere", "grey"))
    scores = question_scores(question, _result("grey", "a red fox", "-", "-", "blue hen", gold=2))
    assert scores["hits@4"] == scores["hits@10"] == 1
    assert scores["mrr@10"] == 0.5
    assert scores["all@10"] == 0  # the grey one is of another document
    assert scores["map@10"] == pytest.approx((1 / 2 + 2 / 5) / 2)


def test_all_evidence_counts_only_if_every_piece_is_among_the_hits() -> None:
    question = _question(("d", "red fox"), ("d", "blue hen"))
    assert question_scores(question, _result("a red fox", "a blue hen"))["all@10"] == 1
    assert question_scores(question, _result("a red fox", "-"))["all@10"] == 0


def test_no_hits_score_zero() -> None:
    assert set(question_scores(_question(("d", "x")), _result()).values()) == {0.0}


def test_auroc_counts_a_tie_as_half() -> None:
    assert auroc([0.9, 0.5], [0.5, 0.1]) == pytest.approx(3.5 / 4)
    assert auroc([1.0], []) is None


def test_an_interval_is_reproducible_and_contains_the_mean() -> None:
    values = [0.0, 1.0] * 50
    mean, (low, high) = mean_and_interval(values)
    assert (mean, (low, high)) == mean_and_interval(values)
    assert 0.39 < low < mean == 0.5 < high < 0.61


def test_wins_and_losses_are_counted_question_by_question() -> None:
    questions = [_question(("d", "x"), name=name) for name in "abc"]
    good, bad = _result("x"), _result("y")
    comparison = compare_runs(
        questions, {"a": good, "b": good, "c": bad}, {"a": bad, "b": good, "c": bad, "z": good}
    )
    assert comparison["questions"] == 3
    assert (comparison["hits@4"]["wins"], comparison["hits@4"]["losses"]) == (1, 0)
    assert comparison["hits@4"]["difference"] == pytest.approx(1 / 3, abs=1e-4)


def test_a_saved_run_is_read_unchanged(tmp_path: Path) -> None:
    run = {"q": _result("Ä red fox", gold=3)}
    write_run(tmp_path / "run", run, {})
    assert read_run(tmp_path / "run") == run
    with pytest.raises(FootnoteError, match="not a run"):
        read_run(_dataset(tmp_path) / "documents.jsonl")


def test_evidence_is_found_in_a_text_with_other_white_space() -> None:
    (span,) = find_ranges("Its oldest  clock was built", MUSEUM)
    assert MUSEUM[slice(*span)] == "Its oldest clock was\nbuilt"


@pytest.mark.parametrize("evidence", ["It costs 5 % more .", "It costs 5%\nmore."])
def test_white_space_matters_neither_to_hits_nor_to_ranges(evidence: str) -> None:
    text = "Dear. It costs 5 % more. Then less."
    assert question_scores(_question(("d", evidence)), _result(text))["hits@4"] == 1
    ((start, end),) = find_ranges(evidence, text)
    assert text[start:end] == "It costs 5 % more."


def test_thorough_search_is_measured_with_scripted_models(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(_dataset(tmp_path))

    assert main(["eval", folder, "--thorough", "--json"]) == 0
    measured = json.loads(capsys.readouterr().out)["thorough"]

    assert list(measured) == ["quick", "oracle", "liar", "silent", "obedient"]
    assert {row["all"] for row in measured.values()} == {1.0}  # so few passages are all read
    assert main(["eval", folder, "--thorough"]) == 0
    assert "obedient" in capsys.readouterr().out
