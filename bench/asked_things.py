"""Count the right answers that are stopped because their articles don't name what was asked.

    python -m bench.asked_things [--clapnq ../shared/data/clapnq] [--limit 400] [--show]

An oracle cites the passages with the labelled evidence (of two hops only the second), of the
looked-at questions of ``tests/quality`` and of clapnq's first ``--limit``; every stop of it is
wrong. Then each name of a question is replaced by the next one of another article, so that the same
passages are about another thing: every stop is right. ``tests/verify/asked_things.jsonl`` are such
cases written by hand.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bench.everyday import SCOPE, SETS, opened_set
from bench.everyday_sets import read_questions
from bot.answer.asked_subject import AskedPart, AskedSubject
from bot.answer.context import AskContext
from bot.app import open_app
from bot.citations import CitedSpan, DraftSentence
from bot.evaluate.dataset import read_dataset
from bot.evaluate.run import EvaluationRun, library_name
from bot.evaluate.scoring import contains_evidence, remove_white_space
from bot.records import Scope, StoredPassage
from bot.settings import Settings
from bot.store.values import EVERYTHING
from bot.verify.asked_things import find_things

KEPT = Path(__file__).parent.parent / "build" / "asked_things"


@dataclass(frozen=True)
class Right:
    """A question and the passages with its evidence."""

    question: str
    passages: tuple[StoredPassage, ...]
    cites_last: bool = False  # its others only lead there

    @property
    def articles(self) -> frozenset[int]:
        return frozenset(passage.article_id for passage in self.passages)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--clapnq", default="../shared/data/clapnq", help="a folder for footnote eval"
    )
    parser.add_argument("--limit", type=int, default=400, help="how many questions of it")
    parser.add_argument("--show", action="store_true", help="print the right answers stopped")
    asyncio.run(_measure(parser.parse_args()))


async def _measure(arguments: argparse.Namespace) -> None:
    print(f"{'':10}{'right':>6}{'stopped':>9}{'  other thing':>13}{'stopped':>9}")
    totals = [0, 0, 0, 0]
    async for name, context, rights in _sets(arguments):
        stopped = [right for right in rights if await _unsaid(right, context)]
        wrong = list(_renamed(rights))
        caught = [other for other in wrong if await _unsaid(other, context)]
        row = [len(rights), len(stopped), len(wrong), len(caught)]
        totals = [a + b for a, b in zip(totals, row, strict=True)]
        _print(name, row)
        if arguments.show:
            print(*(f"  {right.question[:120]}" for right in stopped), sep="\n")
    _print("together", totals)


def _print(name: str, row: Sequence[int]) -> None:
    right, stopped, wrong, caught = row
    print(f"{name:10}{right:>6}{stopped:>9}{wrong:>13}{caught:>9}", flush=True)


async def _unsaid(answer: Right, context: AskContext) -> tuple[str, ...]:
    """What the question names and the cited articles don't, as a model's answer is judged."""
    subject = AskedSubject([AskedPart.of(answer.question)], context)
    await subject.read(answer.passages)
    cited = answer.passages[-1:] if answer.cites_last else answer.passages
    spans = tuple(CitedSpan(p, p.start, p.end) for p in cited)
    return subject.missing_names([DraftSentence("", spans)])


def _renamed(rights: Sequence[Right]) -> Iterator[Right]:
    """The questions with a name, asked of the name that the next of another article has."""
    today = datetime.now(UTC).date()
    named = [
        (right, thing.written)
        for right in rights
        for thing in find_things(right.question, today)
        if thing.kind == "name"
    ]
    for i, (right, name) in enumerate(named):
        following = [*named[i + 1 :], *named[:i]]
        if other := next((n for r, n in following if r.articles.isdisjoint(right.articles)), ""):
            yield replace(right, question=right.question.replace(name, other))


async def _sets(
    arguments: argparse.Namespace,
) -> AsyncIterator[tuple[str, AskContext, list[Right]]]:
    for name in ("everyday", "tables", "lists", "company"):
        async with opened_set(name) as (app, library, texts):
            evidence = [
                (asked.question, [(texts[p.article][0], p.text) for p in asked.evidence])
                for asked in read_questions(SETS / name / "looked_at.jsonl")
                if asked.answerable
            ]
            context = AskContext(library, SCOPE, app.embedder, EVERYTHING)
            yield name, context, await _read(evidence, context)
    for name, folder, file in (
        ("hard", SETS / "hard", "questions"),
        ("two_hop", SETS / "several" / "two_hop", "looked_at"),
        ("clapnq", Path(arguments.clapnq), "questions"),
    ):
        dataset = read_dataset(folder, arguments.limit, questions_file=f"{file}.jsonl")
        async with open_app(Settings(data_dir=KEPT / name)) as app:
            server_id = library_name(dataset, app.embedder.model)
            async with app.store.library(server_id) as library:
                run = EvaluationRun(app, library, server_id)
                await run.read(dataset.documents)
                ids = run.article_ids
                evidence = [
                    (q.text, [(ids[e.doc_id], e.text) for e in q.evidence if e.doc_id in ids])
                    for q in dataset.questions
                    if q.answerable
                ]
                context = AskContext(library, Scope(server_id), app.embedder, EVERYTHING)
                rights = await _read(evidence, context)
                yield name, context, [replace(r, cites_last=name == "two_hop") for r in rights]


async def _read(
    evidence: Sequence[tuple[str, Sequence[tuple[int, str]]]], context: AskContext
) -> list[Right]:
    """The questions whose evidence lies in whole passages; it's article ids and texts."""
    rights: list[Right] = []
    for question, places in evidence:
        passages = [p for place in places for p in await _passages(*place, context)]
        if passages:
            rights.append(Right(question, tuple(dict.fromkeys(passages))))
    return rights


async def _passages(article_id: int, text: str, context: AskContext) -> list[StoredPassage]:
    dense = remove_white_space(text)
    passages = await context.library.articles.passages_of(article_id, context.scope)
    return [p for p in passages if contains_evidence(remove_white_space(p.text), dense)]


if __name__ == "__main__":
    main()
