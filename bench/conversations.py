"""Prints how many follow-ups of whole conversations are answered well, without a model.

    .venv/bin/python -m bench.conversations [NAME] [--told] [--all] [--only ID …]

The conversations are tests/quality/conversations/NAME.jsonl (looked_at), over
tests/quality/everyday/articles. Good: the answer shows the evidence (all of it, or any where one is
enough) and none of what it must not; where the articles do not say, no answer; to small talk, a
reply that is none. The follow-ups of a conversation whose first question was answered well are
counted apart, too. Whole questions after the first are asked alone, too: changed is one that is
understood otherwise in its conversation. With ``--told``, each question comes after the right
answers to those before, which tells how follow-ups are understood, whatever the answers are.
``--all`` prints what was not good in a part that may be looked at.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.answer.events import Completed
from bot.answer_records import Answer, AnswerSentence, Citation
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
STAND_ALONE = ("standalone", "change_of_subject")


@dataclass(slots=True)
class Measured:
    """Good and all turns by kind, what was not good, and how many whole questions were changed.

    ``good_after``, ``turns_after``: of conversations whose first question was answered well.
    ``lost``: whole questions answered well alone, and not in their conversation.
    """

    good: Counter[str] = field(default_factory=Counter)
    turns: Counter[str] = field(default_factory=Counter)
    good_after: Counter[str] = field(default_factory=Counter)
    turns_after: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    changed: int = 0
    lost: int = 0

    @property
    def follow_ups(self) -> tuple[int, int]:
        """The good follow-ups, and all."""
        return _without_first(self.good), _without_first(self.turns)

    @property
    def whole_questions(self) -> int:
        return sum(self.turns[kind] for kind in STAND_ALONE)


def _without_first(turns: Counter[str]) -> int:
    return turns.total() - turns["first"]


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


async def run_conversation(
    app: App, library: Library, turns: list[dict[str, Any]], files: dict[int, str], *, told: bool
) -> list[Answer]:
    """The answers to the turns, each after those before it or, if ``told``, the right ones."""
    before: list[StoredAnswer] = []
    answers: list[Answer] = []
    for turn in turns:
        question = UserQuestion(turn["text"], SCOPE, turns=tuple(before[-MAX_TURNS:]), quotes=True)
        async with aclosing(answer_question(app.answerer, library, question)) as events:
            *_, last = [event async for event in events]
        assert isinstance(last, Completed)
        answer = last.answer
        answers.append(answer)
        if told and not is_good(turn, answer, files):
            answer = await told_answer(turn, answer, library, files)
        answer = await keep_answer(library, question, answer)
        if answer.mode != "help":
            before.append(to_stored(question, answer))
    return answers


async def told_answer(
    turn: dict[str, Any], answer: Answer, library: Library, files: dict[int, str]
) -> Answer:
    """The answer that shows the evidence of a turn, or nothing; small talk is about the bot."""
    if turn["kind"] == "small_talk":
        return replace(answer, mode="help", sentences=(), citations=())
    places = turn.get("evidence", ())
    citations = [
        citation
        for article_id, file in files.items()
        if any(file == name for name, _ in places)
        for citation in await _evidence_in(article_id, places, library, files)
    ]
    numbered = [replace(citation, n=n) for n, citation in enumerate(citations, 1)]
    return Answer(
        answer.question,
        answered=bool(numbered),
        mode="quotes",
        standalone_question=answer.standalone_question,
        sentences=tuple(AnswerSentence(c.quote, (c.n,)) for c in numbered),
        citations=tuple(numbered),
    )


async def _evidence_in(
    article_id: int, places: Sequence[list[str]], library: Library, files: dict[int, str]
) -> list[Citation]:
    """Each sentence of an article that is evidence, as a footnote."""
    citations: dict[int, Citation] = {}
    for passage in await library.articles.passages_of(article_id, SCOPE):
        for sentence in passage.sentences:
            quote = passage.quote(sentence)
            if any(is_shown(place, [(files[article_id], plain(quote))]) for place in places):
                citations[sentence.start] = Citation(
                    0,
                    article_id,
                    passage.version_id,
                    passage.version,
                    passage.title,
                    passage.url,
                    passage.page,
                    passage.published,
                    sentence.start,
                    sentence.end,
                    quote,
                )
    return list(citations.values())


async def measure(name: str, only: Sequence[str] = (), *, told: bool = False) -> Measured:
    """What holds of one part of the conversations."""
    measured = Measured()
    lines = (QUALITY / "conversations" / f"{name}.jsonl").read_text("utf-8").splitlines()
    with TemporaryDirectory() as data:
        settings = Settings(data_dir=Path(data))
        async with open_app(settings) as app, app.store.library(SCOPE.server_id) as library:
            files = await fill(app, library, sorted(ARTICLES.iterdir()))
            for row in map(json.loads, lines):
                if not only or row["id"] in only:
                    answers = await run_conversation(app, library, row["turns"], files, told=told)
                    _count(row, answers, files, measured, with_good=bool(only))
                    await _count_whole(app, library, row["turns"], answers, files, measured)
    return measured


async def _count_whole(
    app: App,
    library: Library,
    turns: list[dict[str, Any]],
    answers: Sequence[Answer],
    files: dict[int, str],
    measured: Measured,
) -> None:
    """Compare each whole question with the same one asked alone."""
    for turn, answer in zip(turns, answers, strict=True):
        if turn["kind"] in STAND_ALONE:
            (alone,) = await run_conversation(app, library, [turn], files, told=False)
            measured.changed += _as_understood(answer) != _as_understood(alone)
            measured.lost += is_good(turn, alone, files) and not is_good(turn, answer, files)


def _as_understood(answer: Answer) -> str:
    return answer.standalone_question or answer.question


def _count(
    row: dict[str, Any],
    answers: Sequence[Answer],
    files: dict[int, str],
    measured: Measured,
    *,
    with_good: bool,
) -> None:
    """Add a conversation to the counts. ``with_good``: what was good is reported, too."""
    right = [is_good(turn, a, files) for turn, a in zip(row["turns"], answers, strict=True)]
    for turn, answer, is_right in zip(row["turns"], answers, right, strict=True):
        kind = turn["kind"]
        measured.turns[kind] += 1
        measured.good[kind] += is_right
        measured.turns_after[kind] += right[0]
        measured.good_after[kind] += right[0] and is_right
        if with_good or not is_right:
            measured.wrong.append(_report(row["id"], turn, answer, is_right=is_right))


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
    parser.add_argument("name", nargs="?", default="looked_at")
    parser.add_argument("--told", action="store_true")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--only", nargs="*", default=[])
    arguments = parser.parse_args()
    measured = asyncio.run(measure(arguments.name, arguments.only, told=arguments.told))
    if (arguments.all or arguments.only) and not arguments.name.startswith("counted"):
        print("\n".join(measured.wrong))
    for kind in sorted(measured.turns):
        print(
            f"{kind}: {measured.good[kind]} of {measured.turns[kind]}; after a good first answer "
            f"{measured.good_after[kind]} of {measured.turns_after[kind]}"
        )
    good, n = measured.follow_ups
    good_after, n_after = _without_first(measured.good_after), _without_first(measured.turns_after)
    print(
        f"follow-ups good {good / max(n, 1):.3f} of {n}; after a good first answer "
        f"{good_after / max(n_after, 1):.3f} of {n_after}; "
        f"whole questions changed {measured.changed}, and worse answered than alone "
        f"{measured.lost}, of {measured.whole_questions}"
    )


if __name__ == "__main__":
    main()
