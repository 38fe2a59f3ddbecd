"""The operator's log: events as text and as JSON, and errors that are found by their reference."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.app import App
from bot.errors import ArticleRefused
from bot.ingest.submission import Submission
from bot.logs import ERRORS_FILE, LogFormat, find_error, log_error, log_event, set_up_logging
from bot.metrics import Metrics
from bot.records import Scope
from bot.service.ask import UserQuestion, answer_question, keep_answer
from bot.settings import Settings

log = logging.getLogger("bot.test")
CANARY = "canary-3c1d"


@pytest.fixture(autouse=True)
def restore_logging() -> Iterator[None]:
    root, own = logging.getLogger(), logging.getLogger("bot")
    before = (root.handlers[:], root.level, own.level)
    yield
    for handler in root.handlers:
        if handler not in before[0]:
            handler.close()
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    own.setLevel(before[2])


def fail(text: str) -> Exception:
    """An error with a cause, both of which quote a text."""
    try:
        try:
            raise KeyError(text)
        except KeyError as error:
            raise ValueError(f"not {text}") from error
    except ValueError as error:
        return error


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_an_event_is_one_line(log_format: LogFormat, capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("info", log_format)
    log_event(log, "question", server="7", answer=None, outcome="fell back")
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    if log_format == "text":
        assert line.endswith("bot.test: question server=7 answer=- outcome=fell-back\n")
    else:
        document = json.loads(line)
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT[\d:.]+\+00:00", document.pop("time"))
        assert document == {
            "level": "info",
            "logger": "bot.test",
            "event": "question",
            "server": "7",
            "answer": None,
            "outcome": "fell back",
        }


def test_an_error_below_a_message_says_where_it_happened_and_quotes_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logging("info", "text")
    log.warning("could not %s", "look", exc_info=fail(CANARY))
    printed = capsys.readouterr().err
    assert "Traceback" in printed
    assert "KeyError" in printed
    assert "test_logs.py" in printed
    assert CANARY not in printed.replace("fail(CANARY)", "")


def test_a_message_without_fields_is_json_too_and_tells_no_error_s_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logging("info", "json")
    log.warning("could not %s", "look", exc_info=fail(CANARY))
    printed = capsys.readouterr().err
    document = json.loads(printed)
    assert (document["message"], document["level"]) == ("could not look", "warning")
    assert "KeyError" in document["where"]
    assert CANARY not in document["message"] + document["where"].replace("fail(CANARY)", "")


def test_an_error_is_found_by_its_reference_and_quotes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up_logging("info", "text", tmp_path)
    reference = log_error(log, fail(CANARY), during="/ask", server="7")
    printed = capsys.readouterr().err
    assert f"unexpected ValueError {reference}" in printed
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert main(["why", f" {reference.upper()}. "]) == 0
    said = capsys.readouterr().out
    assert said.startswith("ValueError at 20")
    assert "during /ask\nserver 7\n" in said
    assert "KeyError:" in said
    assert "test_logs.py" in said
    stored = (tmp_path / ERRORS_FILE).read_text("utf-8")
    assert CANARY not in printed + said + stored
    assert main(["why", reference, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["reference"] == reference


def test_an_unknown_reference_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["why", "000000", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "error_not_found"
    assert not (tmp_path / "data").exists()


def test_the_file_of_errors_stays_small(tmp_path: Path) -> None:
    set_up_logging("error", "text", tmp_path)
    logging.getLogger().handlers[0].setLevel("CRITICAL")  # not to the screen
    references = [log_error(log, fail("x")) for _ in range(1_500)]
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == [ERRORS_FILE, f"{ERRORS_FILE}.1"]
    assert sum(file.stat().st_size for file in files) < 600_000
    assert find_error(tmp_path, references[-1]) is not None
    assert find_error(tmp_path, references[-300]) is not None
    assert find_error(tmp_path, references[0]) is None


@pytest.mark.quick
async def test_a_question_and_an_addition_are_logged_and_counted_without_their_words(
    app: App, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    metrics = Metrics()
    set_up_logging("warning", "json", settings.data_dir, metrics)  # counted nevertheless
    handler = logging.getLogger().handlers[0]
    handler.setLevel("INFO")
    scope = Scope("s")
    async with app.store.library("s") as library:
        text = f"The {CANARY} bridge opened in 1890. It was built of steel by William Arrol."
        await app.ingest.add(Submission("a.txt", text), library, scope)
        with pytest.raises(ArticleRefused):
            await app.ingest.add(Submission("b.bin", b""), library, scope)
        question = UserQuestion(f"When did the {CANARY} bridge open?", scope)
        events = [e async for e in answer_question(app.answerer, library, question)]
        await keep_answer(library, question, events[-1].answer)  # type: ignore[union-attr]
    printed = capsys.readouterr().err
    lines = [json.loads(line) for line in printed.splitlines()]
    ends = [(line["event"], line["outcome"]) for line in lines if "event" in line]
    assert ends == [("addition", "added"), ("addition", "refused"), ("question", "quoted")]
    assert lines[-1]["answer"] == 1
    assert lines[-1]["total_ms"] >= lines[-1]["search_ms"] >= 0
    assert lines[0]["passages"] == 1
    assert CANARY not in printed
    counted = metrics.registry.get_sample_value
    assert counted("footnote_questions_total", {"outcome": "quoted"}) == 1
    assert counted("footnote_additions_total", {"outcome": "added"}) == 1
    assert counted("footnote_question_seconds_count", {"stage": "total"}) == 1
