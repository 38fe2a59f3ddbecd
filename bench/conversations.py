"""Prints how many follow-ups of whole conversations are answered well, without a model.

    .venv/bin/python -m bench.conversations [--counted] [--all] [--only ID …]

The conversations are tests/quality/conversations, over tests/quality/everyday/articles. Good:
the answer shows the evidence (all of it, or any where one is enough) and none of what it must not;
where the articles do not say, no answer; to small talk, a reply that is none. ``--all`` prints what
was not good in the half that may be looked at.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.answer.events import Completed
from bot.answer_records import Answer
from bot.app import App, open_app
from bot.ingest.submission import Submission
from bot.records import Scope
from bot.service.ask import MAX_TURNS, UserQuestion, answer_question, keep_answer, to_stored
from bot.settings import Settings
from bot.store.protocols import Library
from bot.store.values import StoredAnswer

QUALITY = Path(__file__).parent.parent / "tests" / "quality"
ARTICLES = QUALITY / "everyday" / "articles"
SCOPE = Scope("bench")
STAND_ALONE = ("first", "standalone", "change_of_subject")


async def fill(app: App, library: Library, paths: Sequence[Path]) -> dict[int, str]:
    """The file of each article, by its id."""
    files: dict[int, str] = {}
    for path in paths:
        result = await app.ingest.add(Submission(path.name, path.read_bytes()), library, SCOPE)
        files[result.article.id] = path.name
    return files


def is_good(turn: dict[str, Any], answer: Answer, files: dict[int, str]) -> bool:
    """Whether an answer is what the turn asks for."""
    if turn["kind"] == "small_talk":
        return answer.mode == "help"
    if turn["kind"] == "not_held":
        return not answer.answered and answer.mode != "help"
    shown = [(files.get(c.article_id, ""), plain(c.quote)) for c in answer.citations]
    held = [is_shown(place, shown) for place in turn["evidence"]]
    wrong = any(is_shown(place, shown) for place in turn["must_not"])
    return (any(held) if turn.get("any") else bool(held) and all(held)) and not wrong


def is_shown(place: list[str], shown: list[tuple[str, str]]) -> bool:
    file, sentence = place[0], plain(place[1])
    return any(
        f == file and (sentence in quote or quote in sentence) for f, quote in shown if quote
    )


def plain(text: str) -> str:
    """Its letters and digits: a row of a table is written with commas or bars."""
    return "".join(character for character in text.lower() if character.isalnum())


async def run_conversation(app: App, library: Library, turns: list[dict[str, Any]]) -> list[Answer]:
    """The answers to the turns, each after those before it."""
    before: list[StoredAnswer] = []
    answers: list[Answer] = []
    for turn in turns:
        question = UserQuestion(turn["text"], SCOPE, turns=tuple(before[-MAX_TURNS:]), quotes=True)
        async with aclosing(answer_question(app.answerer, library, question)) as events:
            *_, last = [event async for event in events]
        assert isinstance(last, Completed)
        answer = await keep_answer(library, question, last.answer)
        if answer.mode != "help":
            before.append(to_stored(question, answer))
        answers.append(answer)
    return answers


async def measure(name: str, only: list[str]) -> tuple[Counter[str], Counter[str], list[str], int]:
    """Good and all turns by kind, what was not good, and how many whole questions were changed."""
    good: Counter[str] = Counter()
    turns: Counter[str] = Counter()
    wrong: list[str] = []
    changed = 0
    lines = (QUALITY / "conversations" / f"{name}.jsonl").read_text("utf-8").splitlines()
    with TemporaryDirectory() as data:
        settings = Settings(data_dir=Path(data))
        async with open_app(settings) as app, app.store.library(SCOPE.server_id) as library:
            files = await fill(app, library, sorted(ARTICLES.iterdir()))
            for line in lines:
                row = json.loads(line)
                if only and row["id"] not in only:
                    continue
                answers = await run_conversation(app, library, row["turns"])
                for turn, answer in zip(row["turns"], answers, strict=True):
                    turns[turn["kind"]] += 1
                    is_right = is_good(turn, answer, files)
                    good[turn["kind"]] += is_right
                    if turn["kind"] in STAND_ALONE:
                        changed += answer.standalone_question not in ("", answer.question)
                    if only or not is_right:
                        wrong.append(_report(row["id"], turn, answer, is_right=is_right))
    return good, turns, wrong, changed


def _report(name: str, turn: dict[str, Any], answer: Answer, *, is_right: bool) -> str:
    shown = " / ".join(f"[{c.article_id}] {c.quote}" for c in answer.citations)
    wanted = " / ".join(f"[{file}] {sentence}" for file, sentence in turn["evidence"])
    mark = "good" if is_right else "BAD"
    return (
        f"{mark} {name} {turn['kind']}: {turn['text']}\n   understood: {answer.standalone_question}"
        f" {answer.mode} {answer.clarification} {[a.title for a in answer.within_articles]}"
        f"\n   shown: {shown}\n   wanted: {wanted}"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--counted", action="store_true")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--only", nargs="*", default=[])
    arguments = parser.parse_args()
    name = "counted" if arguments.counted else "looked_at"
    good, turns, wrong, changed = asyncio.run(measure(name, arguments.only))
    if (arguments.all or arguments.only) and not arguments.counted:
        print("\n".join(wrong))
    for kind in sorted(turns):
        print(f"{kind}: {good[kind]} of {turns[kind]}")
    n, right = sum(turns.values()) - turns["first"], sum(good.values()) - good["first"]
    whole = sum(turns[kind] for kind in STAND_ALONE)
    if n:
        print(
            f"follow-ups good {right / n:.3f} of {n}; whole questions changed {changed} of {whole}"
        )


if __name__ == "__main__":
    main()
