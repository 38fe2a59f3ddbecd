"""Prints how well follow-ups are found as asked and as understood, and whom an article tells.

``python -m bench.follow_ups DIR [--articles N]``: DIR is a data set of ``footnote eval``, whose
first N articles stand beside the samples. The conversations are tests/answer/conversations.json;
the questions that wait are the data set's own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.answer.extractive import pick_quotes
from bot.answer.question.rewrite import rewrite_by_rule
from bot.answer.question_alerts import MIN_ANSWERABILITY
from bot.app import App, open_app
from bot.ingest.submission import Submission
from bot.records import Scope
from bot.search.retrieve import search
from bot.settings import Settings
from bot.store.protocols import Library
from bot.store.values import StoredAnswer

ROOT = Path(__file__).parent.parent
TOLD = json.loads((ROOT / "tests" / "answer" / "conversations.json").read_text("utf-8"))
SCOPE = Scope("bench")
MOST_WAITING = 90
OTHERS = 5  # articles that a waiting question is held against
SEED = 3


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("dir", type=Path)
    parser.add_argument("--articles", type=int, default=200)
    arguments = parser.parse_args()
    asyncio.run(_run(arguments.dir, arguments.articles))


async def _run(folder: Path, articles: int) -> None:
    with TemporaryDirectory() as data:
        settings = Settings(data_dir=Path(data))
        async with open_app(settings) as app, app.store.library(SCOPE.server_id) as library:
            ids = await _filled(app, library, folder, articles)
            await _follow_ups(app, library)
            await _told_later(app, library, folder, ids)


async def _filled(app: App, library: Library, folder: Path, articles: int) -> dict[str, int]:
    """The article ids of the data set's documents."""
    for path in TOLD["articles"].values():
        file = ROOT / path
        await app.ingest.add(Submission(file.name, file.read_bytes()), library, SCOPE)
    ids = {}
    for document in _rows(folder / "documents.jsonl")[:articles]:
        submission = Submission(f"{document['id']}.txt", document["text"], document["title"])
        ids[document["id"]] = (await app.ingest.add(submission, library, SCOPE)).article.id
    print(f"{len(ids) + len(TOLD['articles'])} articles")
    return ids


async def _follow_ups(app: App, library: Library) -> None:
    found: Counter[tuple[str, str]] = Counter()
    for row in TOLD["conversations"]:
        before: list[StoredAnswer] = []
        for question in row["turns"]:
            alone = rewrite_by_rule(question, before).text
            last = before[-1].standalone_question if before else ""
            before.append(StoredAnswer(question=question, standalone_question=alone))
        subject = "another subject" if row["changes"] else "follow-up"
        ways = {
            "as asked": question,
            "turn before + question": f"{last} {question}",
            "rules": alone,
        }
        for way, text in ways.items():
            for figure in await _figures(text, row["right"], app, library):
                found[subject, f"{way}: {figure}"] += 1
    for (subject, figure), count in sorted(found.items()):
        print(f"{subject}, {figure} {count}")


async def _figures(question: str, right: str, app: App, library: Library) -> Sequence[str]:
    findings = await search(question, library, SCOPE, app.embedder, limit=12)
    held = [right in hit.passage.text for hit in findings.hits]
    picks = await pick_quotes(question, findings, app.embedder)
    quoted = any(right in passage.quote(sentence) for passage, sentence in picks)
    reached = {
        "questions": True,
        "hits@1": any(held[:1]),
        "hits@4": any(held[:4]),
        "hits@10": any(held[:10]),
        "quoted": quoted,
        "refused": not picks,
    }
    return [name for name, is_so in reached.items() if is_so]


async def _told_later(app: App, library: Library, folder: Path, ids: dict[str, int]) -> None:
    """How often an article reaches TELL_AT for its own questions, and for those of others."""
    asked = [
        (row["question"], ids[row["evidence"][0]["doc_id"]])
        for row in _rows(folder / "questions.jsonl")
        if row["evidence"] and row["evidence"][0]["doc_id"] in ids
    ]
    chance = random.Random(SEED)
    chance.shuffle(asked)
    told: dict[str, list[bool]] = {"own": [], "any other": [], "the nearest other": []}
    for question, own in asked[:MOST_WAITING]:
        hits = (await search(question, library, SCOPE, app.embedder, limit=12)).hits
        nearest = [h.passage.article_id for h in hits if h.passage.article_id != own][:1]
        others = chance.sample([i for i in ids.values() if i != own], OTHERS)
        for name, articles in (
            ("own", [own]),
            ("any other", others),
            ("the nearest other", nearest),
        ):
            for article in articles:
                told[name].append(await _tells(question, article, app, library))
    for name, each in told.items():
        print(f"told of {name} article: {sum(each) / max(1, len(each)):.4f} of {len(each)}")


async def _tells(question: str, article: int, app: App, library: Library) -> bool:
    findings = await search(question, library, SCOPE, app.embedder, limit=12, within=[article])
    return findings.answer_probability >= MIN_ANSWERABILITY


def _rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


if __name__ == "__main__":
    main()
