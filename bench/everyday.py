"""Ask everyday questions over everyday articles and print how well they are answered.

    python -m bench.everyday [--set everyday] [--counted] [--kind KIND] [--language CODE]
                             [--show [ID ...]] [--only CATEGORY ...]

Reads ``tests/quality/SET`` (everyday, everyday_2 …, tables, lists or company): the articles and the
questions of ``looked_at.jsonl``, or those of ``counted.jsonl`` with ``--counted`` (all there is of
everyday_3 and everyday_4). The library is built once and kept in ``build/everyday``. ``--show``
prints each question with its answer as a member reads it. What the categories mean is written in
``everyday_scoring``.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from bench.everyday_scoring import (
    ANSWERABLE,
    UNANSWERABLE,
    Asked,
    Category,
    Texts,
    categorize,
    quotes_another_subject,
    quotes_superseded,
    sentences_beside,
)
from bench.everyday_sets import read_questions
from bot.answer.events import Completed
from bot.answer_records import Answer, superscript
from bot.app import App, open_app
from bot.ingest import READER_VERSION
from bot.ingest.submission import Submission
from bot.records import Scope
from bot.service.ask import MAX_TURNS, UserQuestion, answer_question, to_stored
from bot.settings import Settings
from bot.store.protocols import Library
from bot.store.values import StoredAnswer
from tests.quality.sources import write_library

ROOT = Path(__file__).parent.parent
SETS = ROOT / "tests" / "quality"
KEPT = ROOT / "build" / "everyday"
SCOPE = Scope("everyday")
SHOWN_NEAREST = 220  # characters of a closest passage, as on a card


@dataclass(frozen=True)
class Scored:
    """A question with its answer and what that is worth.

    ``superseded``: it quotes what no longer holds. ``elsewhere``: it quotes an article about
    somebody else. ``beside``: how many of its sentences have none of the evidence.
    """

    asked: Asked
    answer: Answer
    category: Category
    seconds: float
    superseded: bool = False
    elsewhere: bool = False
    beside: int = 0


def main() -> None:
    arguments = _parser().parse_args()
    name = "counted.jsonl" if arguments.counted else "looked_at.jsonl"
    questions = list(read_questions(SETS / arguments.set / name))
    wanted = [q for q in questions if _is_wanted(q, arguments)]
    scored = asyncio.run(run(arguments.set, wanted))
    for item in scored:
        if arguments.show is not None and _is_shown(item, arguments):
            print(render(item))
    print("\n".join(report(scored)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", default="everyday", help="a folder of tests/quality")
    parser.add_argument("--counted", action="store_true", help="ask the half that is only counted")
    parser.add_argument("--kind", help="only questions of this kind")
    parser.add_argument("--language", help="only questions in this language")
    parser.add_argument("--show", nargs="*", metavar="ID", help="print answers")
    parser.add_argument("--only", nargs="*", metavar="CATEGORY", help="print only these")
    return parser


def _is_wanted(asked: Asked, arguments: argparse.Namespace) -> bool:
    kind, language = arguments.kind or asked.kind, arguments.language or asked.language
    return (asked.kind, asked.language) == (kind, language)


def _is_shown(item: Scored, arguments: argparse.Namespace) -> bool:
    by_id = not arguments.show or item.asked.id in arguments.show
    return by_id and (not arguments.only or item.category in arguments.only)


async def run(name: str, questions: Sequence[Asked]) -> list[Scored]:
    """Ask the questions over the articles of a set, one after another."""
    scored: list[Scored] = []
    async with opened_set(name) as (app, library, texts):
        for _, brief in groupby(questions, key=lambda asked: asked.brief or asked.id):
            turns: list[StoredAnswer] = []
            for asked in brief:
                question = UserQuestion(asked.question, SCOPE, turns=tuple(turns), quotes=True)
                scored.append(await _ask(app, library, texts, asked, question))
                turns = [*turns, to_stored(question, scored[-1].answer)][-MAX_TURNS:]
    return scored


async def _ask(
    app: App, library: Library, texts: Texts, asked: Asked, question: UserQuestion
) -> Scored:
    began = time.perf_counter()
    async with aclosing(answer_question(app.answerer, library, question)) as events:
        *_, last = [event async for event in events]
    assert isinstance(last, Completed)
    seconds = time.perf_counter() - began
    answer = last.answer
    return Scored(
        asked,
        answer,
        categorize(asked, answer, texts),
        seconds,
        superseded=quotes_superseded(asked, answer, texts),
        elsewhere=quotes_another_subject(asked, answer, texts),
        beside=sentences_beside(asked, answer, texts),
    )


# --- the library -----------------------------------------------------------------------------


@asynccontextmanager
async def opened_set(name: str) -> AsyncIterator[tuple[App, Library, Texts]]:
    """The set's library and its stored texts, by the name of the article's source."""
    sources = sorted((SETS / name / "articles").iterdir())
    folder = KEPT / f"{name}-{_digest(sources)}"
    async with (
        open_app(Settings(data_dir=folder / "data")) as app,
        app.store.library(SCOPE.server_id) as library,
    ):
        if not (folder / "done").exists():
            await _build(name, folder, app, library)
        ids = json.loads((folder / "done").read_text("utf-8"))
        texts = {}
        for source, article_id in zip(sources, ids, strict=True):
            version = await library.articles.version(article_id, SCOPE)
            texts[source.name] = (article_id, version.text)
        yield app, library, texts


def _digest(sources: Sequence[Path]) -> str:
    digest = hashlib.sha256(str(READER_VERSION).encode())
    for source in sources:
        digest.update(source.name.encode() + source.read_bytes())
    return digest.hexdigest()[:12]


async def _build(name: str, folder: Path, app: App, library: Library) -> None:
    """Add the articles; their ids are written last, so that a broken build is not used."""
    files = folder / "files"
    files.mkdir(parents=True, exist_ok=True)
    ids: list[int] = []
    for file in write_library(SETS / name / "articles", files):
        submission = Submission(file.name, file.read_bytes(), keep_similar=True)
        ids.append((await app.ingest.add(submission, library, SCOPE)).article.id)
    (folder / "done").write_text(json.dumps(ids), "utf-8")


# --- printing --------------------------------------------------------------------------------


def render(item: Scored) -> str:
    """A question with its answer as a member reads it, and what was to be quoted."""
    asked, answer = item.asked, item.answer
    lines = [
        f"── {asked.id} {asked.kind} {asked.language} → {item.category}",
        f"? {asked.question}",
    ]
    if not answer.answered:
        lines.append(answer.clarification or f"  [{answer.state}]")
    for sentence in answer.sentences:
        text = sentence.text.replace("\n", "\n  ")
        lines.append(f"  {text}{superscript(sentence.footnotes)}")
    if not answer.sentences:
        for hit in answer.nearest:
            lines.append(f"  ~ {hit.passage.title}: {hit.excerpt[:SHOWN_NEAREST]!r}")
    lines += [f"  ({remark})" for remark in (answer.note, *answer.unanswered_parts) if remark]
    lines += [f"    + {place.text}" for place in asked.evidence]
    lines += [f"    ± {place.text}" for place in asked.superseded]
    return "\n".join([*lines, *(f"    - {place.text}" for place in asked.must_not)])


def report(scored: Sequence[Scored]) -> Iterator[str]:
    """The shares of the categories, for all and by kind and language; the times."""
    for title, answerable in (("answerable", True), ("unanswerable", False)):
        rows = [item for item in scored if item.asked.answerable == answerable]
        if rows:
            yield from _table(title, rows, ANSWERABLE if answerable else UNANSWERABLE)
    yield from _mistaken(scored)
    if scored:
        times = sorted(item.seconds for item in scored)
        yield f"{sum(times):.1f} s, median {times[len(times) // 2] * 1000:.0f} ms"


def _mistaken(scored: Sequence[Scored]) -> Iterator[str]:
    """How many answers quote what no longer holds, or an article about somebody else."""
    answered = [item for item in scored if item.answer.answered and item.asked.answerable]
    if answered:
        elsewhere = sum(item.elsewhere for item in answered)
        yield f"about somebody else: {elsewhere / len(answered):.3f} of {len(answered)} answers"
    right = [item for item in answered if item.category in ("well", "partly")]
    if right:
        crowded, beside = sum(item.beside > 0 for item in right), sum(item.beside for item in right)
        yield f"other sentences: {beside}, beside {crowded / len(right):.3f} of {len(right)} right"
    if any(item.asked.superseded for item in scored):
        yield f"quoted as if it still held: {sum(item.superseded for item in scored)} answers"


def _table(title: str, rows: Sequence[Scored], categories: Sequence[Category]) -> Iterator[str]:
    groups: dict[str, list[Scored]] = {title: list(rows)}
    for label in ("kind", "language"):
        grouped = defaultdict(list)
        for item in rows:
            grouped[getattr(item.asked, label)].append(item)
        groups |= {f"  {name}": items for name, items in sorted(grouped.items())}
    yield f"{title:<18}{'n':>4} " + " ".join(f"{name:>12}" for name in categories)
    for name, items in groups.items():
        shares = [sum(item.category == c for item in items) / len(items) for c in categories]
        yield f"{name:<18}{len(items):>4} " + " ".join(f"{share:>12.3f}" for share in shares)


if __name__ == "__main__":
    main()
