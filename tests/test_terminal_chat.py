"""Conversations in a terminal: kept answers, their footnotes, follow-ups, and the prompt."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.app import open_app
from bot.records import Scope
from bot.service.ask import OPERATOR_ID
from bot.settings import Settings
from bot.store.values import StoredAnswer
from tests.test_terminal import article, run

__all__ = ["article"]  # a fixture
WHO = "Who heads the Russian Direct Investment Fund?"
HEADS = "Kirill Dmitriev heads the Russian Direct Investment Fund."


@pytest.fixture
def added(capsys: pytest.CaptureFixture[str], article: Path) -> Path:
    run(capsys, "add", str(article))
    return article


def chat(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    typed: bytes,
    *options: str,
) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of a conversation that is piped in."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed)))
    status = main(["chat", *options])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_a_number_chooses_an_article_after_a_question_that_was_asked_back(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for subject in ("bees", "ferries"):
        file = tmp_path / f"{subject}.md"
        file.write_text(f"# Report on {subject}\n\nThe number of {subject} rose by nine in May.\n")
        run(capsys, "add", str(file))

    _, printed, _ = chat(capsys, monkeypatch, b"sum up the report\n2\n")

    offered, answer = printed.split("> 2\n")
    second = next(line for line in offered.splitlines() if line.startswith("2. "))
    assert f"The number of {second.split()[3]} rose by nine in May." in answer


# --- one question ----------------------------------------------------------------------------


def test_a_footnote_of_the_last_answer_opens_in_its_passage(
    capsys: pytest.CaptureFixture[str], added: Path
) -> None:
    run(capsys, "ask", WHO)

    _, opened = run(capsys, "cite", "1")
    main(["cite", "1"])

    passage = opened["passage"]
    start, end = opened["start"] - passage["start"], opened["end"] - passage["start"]
    assert passage["text"][start:end] == opened["quote"] == HEADS
    assert (opened["article_id"], opened["version"], opened["newest_version"]) == (1, 1, 1)
    printed = capsys.readouterr().out
    assert f"**{HEADS}** He attended" in printed
    assert "Joint Mars mission floated (article 1)\nadded on 20" in printed


def test_a_footnote_that_is_not_there_is_told(
    capsys: pytest.CaptureFixture[str], added: Path
) -> None:
    def failure() -> str:
        status, failed = run(capsys, "cite", "7")
        assert (status, failed["error"]["code"]) == (1, "article_not_found")
        return str(failed["error"]["message"])

    assert "There's no answer here yet" in failure()
    run(capsys, "ask", "How tall is the Eiffel Tower?")
    assert "has no footnotes. Its question was: How tall" in failure()
    run(capsys, "ask", WHO)
    assert "has no footnote 7; its footnotes are 1." in failure()


def test_the_footnotes_of_an_erased_article_are_gone(
    capsys: pytest.CaptureFixture[str], added: Path
) -> None:
    run(capsys, "ask", WHO)
    run(capsys, "remove", "1")

    status, failed = run(capsys, "cite", "1")

    assert (status, "Dmitriev" in str(failed)) == (1, False)


def test_an_operators_answer_is_kept_as_private_and_nobody_waits_for_a_better_one(
    capsys: pytest.CaptureFixture[str], added: Path, settings: Settings
) -> None:
    run(capsys, "ask", "How tall is the Eiffel Tower?", "--server", "local")

    async def kept() -> tuple[StoredAnswer | None, list[StoredAnswer]]:
        async with open_app(settings) as app, app.store.library("local") as library:
            scope = Scope("local")
            last = await library.answers.last_answer_of(OPERATOR_ID, scope)
            return last, await library.answers.unanswered(scope, limit=9)

    last, waiting = asyncio.run(kept())
    assert last is not None
    assert (last.question, last.private) == ("How tall is the Eiffel Tower?", True)
    assert waiting == []


def test_earlier_questions_make_a_follow_up_understood(
    capsys: pytest.CaptureFixture[str], added: Path
) -> None:
    alone = run(capsys, "ask", "Where did he study?")[1]
    first = "Who is Kirill Dmitriev?"
    after = run(capsys, "ask", "And his fund?", "--after", first, "--after", "Where did he study?")

    assert alone["understood"] is None
    assert "Dmitriev" in after[1]["understood"]


def test_the_state_tells_what_kind_of_answer_it_is(
    capsys: pytest.CaptureFixture[str], added: Path, tmp_path: Path
) -> None:
    other = tmp_path / "moons.txt"
    other.write_text("Mars is cold. Mars is red and it has two moons and one mountain.", "utf-8")
    run(capsys, "add", str(other))
    expected = {WHO: "answered", "How tall is the Eiffel Tower?": "nothing", "Why?": "asks_back"}
    for question, state in expected.items():
        answer = run(capsys, "ask", question)[1]
        assert (answer["state"], answer["answered"]) == (state, state == "answered")


def test_what_was_guessed_is_in_the_notes_of_an_article(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "old.txt"
    path.write_bytes(b"Mars is cold. \xff\xfe Mars is red and it has two moons and a mountain.")

    (row,) = run(capsys, "add", str(path))[1]["articles"]
    again = run(capsys, "add", str(path))[1]["articles"][0]

    assert row["notes"]
    assert "encoding" in row["notes"][0]
    assert again["notes"] == []
    assert run(capsys, "show", "1")[1]["notes"] == row["notes"]
    main(["show", "1"])
    assert f"⚠ {row['notes'][0]}" in capsys.readouterr().out


def test_an_empty_library_is_said_to_be_empty(capsys: pytest.CaptureFixture[str]) -> None:
    answer = run(capsys, "ask", WHO)[1]
    assert (answer["answered"], answer["note"]) == (
        False,
        "The library is empty. Add an article: footnote add FILE",
    )


# --- a conversation --------------------------------------------------------------------------


def test_a_piped_conversation_answers_follow_ups_and_opens_footnotes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, added: Path
) -> None:
    typed = f"{WHO}\n1\n\nWhere did Kirill Dmitriev study?\nIn which year was he born?\n"

    status, out, err = chat(capsys, monkeypatch, typed.encode())

    answers = out.split("> ")[1:]
    assert (status, err, len(answers)) == (0, "", 4)
    assert HEADS in answers[0]
    assert f"**{HEADS}**" in answers[1]
    assert "Understood as" not in answers[2]
    assert "Understood as: In which year was he born? (" in answers[3]
    assert "Dmitriev" in answers[3]


def test_a_line_that_can_t_be_answered_does_not_end_the_conversation(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, added: Path
) -> None:
    typed = "???\n9\n\u200b\u2800\n".encode() + b"\xff\xfe\n\0" + WHO.encode() + "\n¹\n".encode()

    status, out, err = chat(capsys, monkeypatch, typed)

    assert status == 1
    assert HEADS in out
    assert f"**{HEADS}**" in out
    assert "What would you like to know?" in err
    assert "There's no answer here yet" in err


def test_an_empty_conversation_prints_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, added: Path
) -> None:
    assert chat(capsys, monkeypatch, b"") == (0, "", "")


def test_a_conversation_can_continue_earlier_questions(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, added: Path
) -> None:
    _, out, _ = chat(capsys, monkeypatch, b"And his fund?\n", "--after", "Who is Kirill Dmitriev?")
    assert "Dmitriev" in out.split("Understood as:")[1]


# --- at the prompt ---------------------------------------------------------------------------


CONTROLS = re.compile(r"\x1b\[[?\d]*[a-z]")  # of the terminal


class Prompt:
    """``footnote chat`` on a terminal of its own."""

    def __init__(self) -> None:
        self._terminal, inner = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "chat"],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            start_new_session=True,
        )
        os.close(inner)
        self._unread = ""  # printed, and not waited for yet

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def wait_for(self, text: str) -> str:
        """Reads until this was printed, after what was waited for before; what came between."""
        while text not in self._unread:
            self._unread += os.read(self._terminal, 4096).decode("utf-8", "replace")
        between, _, self._unread = self._unread.partition(text)
        return between

    def interrupt(self) -> None:
        """Ctrl-C and Enter: one that came between two keys Python sees at the end of the line."""
        self.process.send_signal(signal.SIGINT)
        self.type("\n")

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._terminal)


@pytest.fixture
def prompt(added: Path) -> Iterator[Prompt]:
    opened = Prompt()
    yield opened
    opened.close()


def test_at_a_terminal_there_is_a_prompt_until_ctrl_d(prompt: Prompt) -> None:
    prompt.wait_for("1 article.")
    prompt.wait_for("Type a question")
    prompt.wait_for("> ")
    prompt.type("Who is nobo")
    prompt.wait_for("Who is nobo")  # its echo
    prompt.interrupt()
    assert CONTROLS.sub("", prompt.wait_for("> ")).strip() == ""  # it was not asked
    prompt.type(f"{WHO}\n")
    prompt.wait_for(HEADS)
    prompt.wait_for("> ")
    prompt.type("1\n")
    prompt.wait_for(f"\x1b[1m{HEADS}\x1b[0m")
    prompt.wait_for("> ")
    prompt.type("\x04")
    assert prompt.process.wait() == 0
