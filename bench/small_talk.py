"""Prints how often small talk is told from questions, and which public questions are taken for it.

    .venv/bin/python -m bench.small_talk [DIR …] [--counted] [--all]

The lines are tests/quality/small_talk, half of them near misses; DIR are data sets of ``footnote
eval``, of whose questions every other is asked (the others were fitted to). ``--all`` prints the
wrong lines of the half that may be looked at.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, field
from pathlib import Path

from bot.answer.conversation.speech_act import read_line
from bot.evaluate.dataset import read_dataset

FOLDER = Path(__file__).parent.parent / "tests" / "quality" / "small_talk"


@dataclass(slots=True)
class Measured:
    """Small talk that is found, of how much; questions that are taken for it, of how many."""

    found: int = 0
    small_talk: int = 0
    mistaken: int = 0
    questions: int = 0
    wrong: list[str] = field(default_factory=list)


def measure(name: str) -> Measured:
    """What holds of one half of the lines."""
    measured = Measured()
    for text in (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines():
        row = json.loads(text)
        is_small_talk = row["topic"] is not None
        is_found = read_line(row["text"], in_conversation=False).is_small_talk
        measured.small_talk += is_small_talk
        measured.questions += not is_small_talk
        measured.found += is_small_talk and is_found
        measured.mistaken += is_found and not is_small_talk
        if is_found is not is_small_talk:
            measured.wrong.append(f"{row['topic']}: {row['text']}")
    return measured


def mistaken_questions(folder: Path, limit: int | None = None) -> tuple[list[str], int]:
    """The questions of a data set that are taken for small talk, and how many were asked."""
    questions = [question.text for question in read_dataset(folder).questions][::2][:limit]
    taken = [q for q in questions if read_line(q, in_conversation=False).is_small_talk]
    return taken, len(questions)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("dirs", nargs="*", type=Path)
    parser.add_argument("--counted", action="store_true")
    parser.add_argument("--all", action="store_true")
    arguments = parser.parse_args()
    measured = measure("counted" if arguments.counted else "looked_at")
    print(f"small talk found {measured.found} of {measured.small_talk}")
    print(f"near misses taken for it {measured.mistaken} of {measured.questions}")
    for folder in arguments.dirs:
        taken, n = mistaken_questions(folder)
        print(f"{folder.name}: {len(taken)} of {n} questions taken for it", *taken, sep="\n  ")
    if arguments.all and not arguments.counted:
        print("\n".join(measured.wrong))


if __name__ == "__main__":
    main()
