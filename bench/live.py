"""Asks a real model's server through the whole bot and prints what became of what it wrote.

``python -m bench.live`` (or ``make live``) uses the server of the settings (OPENAI_BASE_URL,
OPENAI_API_KEY, OPENAI_MODEL, PROMPT_TOKENS …) on the questions of ``bench.live_set``, each alone
and as a member would ask it: the articles are read, searched and answered by the same core. It
prints who answered, how many of the model's sentences were shown and whose mark their footnote is,
whether the answer is right, and the seconds and tokens. ``--show N`` prints N answers, chosen by a
fixed seed; ``--json FILE`` keeps everything, the model's own words included. See docs/models.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import statistics
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.live_set import Asked, Exam, groups, read_exam
from bot import json_output
from bot.answer.events import Completed
from bot.answer.pipeline import Answerer
from bot.answer.writing.sentence_stream import SentenceStream
from bot.answer_records import Answer, superscript
from bot.app import App, open_app
from bot.citations import DraftSentence
from bot.embedding import Embedder
from bot.errors import FootnoteError
from bot.llm import Chunk, Message, Model
from bot.records import Scope, Sentence, StoredPassage, Submitter
from bot.settings import Settings, load_env_file
from bot.store.protocols import Library

SCOPE = Scope("live")
SEED = 13  # of the answers that are shown
NUMBERED = re.compile(r"^\[(\d+)\.(\d+)\] (.*)$", re.MULTILINE)
COLUMNS = "own found bare out"


@dataclass(frozen=True, slots=True)
class Reply:
    """What was asked of the model, and what it wrote."""

    messages: tuple[Message, ...]
    text: str


@dataclass
class Recorder:
    """A model's server that keeps what is asked of it and what it says."""

    server: Any  # a Model; what is not streaming is handed on as it is
    replies: list[Reply] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.server, name)

    @property
    def optional(self) -> Model:
        return Recorder(self.server.optional, self.replies)

    async def stream(
        self, model: str, messages: Sequence[Message], max_tokens: int, **more: Any
    ) -> AsyncGenerator[Chunk]:
        """The server's own stream; what came of it is kept when it ends, however it ends."""
        text = ""
        try:
            async with aclosing(self.server.stream(model, messages, max_tokens, **more)) as chunks:
                async for chunk in chunks:
                    text += chunk.text
                    yield chunk
        finally:
            self.replies.append(Reply(tuple(messages), text))


@dataclass(frozen=True, slots=True)
class Sentences:
    """A model's sentences: all that it wrote; those shown, by whose mark their footnote is.

    ``own``: the model's. ``found``: code found it. ``bare``: it has none. ``out``: not shown.
    """

    written: int = 0
    own: int = 0
    found: int = 0
    bare: int = 0

    @property
    def out(self) -> int:
        return max(0, self.written - self.own - self.found - self.bare)


@dataclass(frozen=True, slots=True)
class Row:
    """A question and what came of it."""

    asked: Asked
    answer: Answer
    replies: tuple[Reply, ...]
    sentences: Sentences

    @property
    def by(self) -> str:
        """Who answered: "model", "quotes", "library", or "refused"."""
        return self.answer.mode if self.answer.answered else "refused"

    @property
    def said(self) -> str:
        return " ".join(sentence.text for sentence in self.answer.sentences)

    @property
    def right(self) -> bool:
        return self.asked.right(self.said)

    @property
    def adopted(self) -> bool:
        """Whether a false premise was said by the model; quotes are the source's own words."""
        return self.by == "model" and self.asked.adopted(self.said)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--half", choices=("look", "count"), help="one half of the questions")
    parser.add_argument("--group", nargs="+", help="only of these: council, boathouse, clapnq")
    parser.add_argument("--only", nargs="+", metavar="ID", help="these questions")
    parser.add_argument("--limit", type=int, help="the first so many")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N answers")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep everything in a file")
    arguments = parser.parse_args()
    load_env_file()
    try:
        rows = asyncio.run(_run(arguments))
    except FootnoteError as error:
        sys.exit(error.message)
    print("\n\n".join([_lines(rows), _totals(rows), *_shown(rows, arguments.show)]))


async def _run(arguments: argparse.Namespace) -> list[Row]:
    def wanted(asked: Asked) -> bool:
        return (
            arguments.half in (None, asked.half)
            and asked.group in (arguments.group or [asked.group])
            and asked.id in (arguments.only or [asked.id])
        )

    with TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        rows = await run(settings, read_exam().only(wanted, arguments.limit))
    if arguments.json:
        arguments.json.write_text(json.dumps(list(map(as_document, rows)), indent=1), "utf-8")
    return rows


async def run(settings: Settings, exam: Exam, embedder: Embedder | None = None) -> list[Row]:
    """Every question of the exam, one after the other. Raises FootnoteError without a model.

    ``embedder`` takes the place of the one that the settings name.
    """
    if not settings.has_model:
        raise FootnoteError("No model is set: OPENAI_BASE_URL or OPENAI_API_KEY must name one.")
    opened = open_app(settings, embedder=embedder)
    async with opened as app, app.store.library(SCOPE.server_id) as library:
        for submission in exam.articles:
            await app.ingest.add(submission, library, SCOPE)
        rows = []
        for asked in exam.questions:
            rows.append(await _row(asked, app, library))
            print(_line(rows[-1]), file=sys.stderr, flush=True)
        return rows


async def _row(asked: Asked, app: App, library: Library) -> Row:
    answerer, recorder = _recorded(app.answerer)
    async with aclosing(answerer.answer(asked.question, library, SCOPE)) as events:
        async for event in events:
            last = event
    assert isinstance(last, Completed)
    replies = tuple(recorder.replies)
    return Row(asked, last.answer, replies, _sentences(last.answer, replies))


def _recorded(answerer: Answerer) -> tuple[Answerer, Recorder]:
    """The app's own answerer, whose model's words are kept."""
    writer = answerer._writer
    assert writer is not None
    recorder = Recorder(writer.server)
    return Answerer(answerer._embedder, replace(writer, server=recorder)), recorder


# --- whose marks -----------------------------------------------------------------------------


def _sentences(answer: Answer, replies: Sequence[Reply]) -> Sentences:
    """Told from the numbered sentences of the prompt and the marks in the reply."""
    asked = [reply for reply in replies if NUMBERED.search(reply.messages[-1]["content"])]
    if not asked:
        return Sentences()
    written = _written(asked[0])
    marked = {one.text: [_dense(cited.quote) for cited in one.spans] for one in written}
    quotes = {citation.n: _dense(citation.quote) for citation in answer.citations}
    counts = {"own": 0, "found": 0, "bare": 0}
    for sentence in answer.sentences if answer.mode == "model" else ():
        cited = [quotes[n] for n in sentence.footnotes]
        own = any(a in b or b in a for a in cited for b in marked.get(sentence.text, ()))
        counts["own" if own else "found" if cited else "bare"] += 1
    return Sentences(len(written), **counts)


def _written(reply: Reply) -> list[DraftSentence]:
    """The reply's sentences, citing what their marks stand for in the prompt."""
    prompt = reply.messages[-1]["content"]
    numbered = {(int(p), int(s)): text for p, s, text in NUMBERED.findall(prompt)}

    def find(passage: int, sentence: int) -> tuple[StoredPassage, Sentence] | None:
        text = numbered.get((passage, sentence))
        return None if text is None else _alone(text)

    stream = SentenceStream(find)
    return [*stream.feed(reply.text), *stream.finish()]


def _alone(text: str) -> tuple[StoredPassage, Sentence]:
    """A sentence of the prompt as a passage of its own."""
    whole = Sentence(0, len(text))
    passage = StoredPassage(
        0, 0, 0, 1, "", None, None, None, Submitter(), "", 0, 0, len(text), None, "", text, (whole,)
    )
    return passage, whole


def _dense(text: str) -> str:
    return re.sub(r"\W+", "", text)


# --- printing --------------------------------------------------------------------------------


def _lines(rows: Sequence[Row]) -> str:
    head = (
        f"{'question':<24} {'by':<8} {COLUMNS}  {'right':<9} first s  whole s  tokens read, written"
    )
    return "\n".join([head, *map(_line, rows)])


def _line(row: Row) -> str:
    told, seconds, usage = row.sentences, row.answer.seconds, row.answer.usage
    first = "-" if seconds.first_token is None else f"{seconds.first_token:.1f}"
    return (
        f"{row.asked.id:<24} {row.by:<8} {told.own:>3} {told.found:>5} {told.bare:>4} "
        f"{told.out:>3}  {_verdict(row):<9} {first:>7}  {seconds.total:>7.1f}  "
        f"{usage.prompt_tokens:,}, {usage.completion_tokens:,}"
    )


def _verdict(row: Row) -> str:
    if row.asked.false_premise:
        said = "set right" if _right(row) else "standing"
        return "ADOPTED" if row.adopted else said if row.answer.answered else "-"
    return "yes" if row.right else "no"


def _totals(rows: Sequence[Row]) -> str:
    """A Markdown table: a column a group, the last for all."""
    columns = {
        name: _figures([row for row in rows if row.asked in asked])
        for name, asked in groups([row.asked for row in rows])
    }
    lines = [f"| | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for figure in next(iter(columns.values()), {}):
        lines.append(f"| {figure} | {' | '.join(told[figure] for told in columns.values())} |")
    return "\n".join(lines)


def _figures(rows: Sequence[Row]) -> dict[str, str]:
    fair = [row for row in rows if not row.asked.false_premise]
    false = [row for row in rows if row.asked.false_premise]
    first = [t for row in rows if (t := row.answer.seconds.first_token) is not None]
    return {
        "answerable questions": str(len(fair)),
        "answered by the model": _count(row.by == "model" for row in fair),
        "right, by the model": _count(row.by == "model" and row.right for row in fair),
        "answered by quotes": _count(row.by == "quotes" for row in fair),
        "right, by quotes": _count(row.by == "quotes" and row.right for row in fair),
        "refused": _count(not row.answer.answered for row in fair),
        "false premises": str(len(false)),
        "adopted by the model": _count(row.adopted for row in false),
        "set right by the model": _count(row.by == "model" and _right(row) for row in false),
        "left standing by the model": _count(
            row.by == "model" and not (row.adopted or _right(row)) for row in false
        ),
        "quotes that set it right": _count(row.by == "quotes" and _right(row) for row in false),
        "other quotes": _count(row.by == "quotes" and not _right(row) for row in false),
        "refused, of these": _count(not row.answer.answered for row in false),
        "sentences written": _sum(row.sentences.written for row in rows),
        "shown with the model's own mark": _sum(row.sentences.own for row in rows),
        "shown with a footnote found by code": _sum(row.sentences.found for row in rows),
        "shown without a footnote": _sum(row.sentences.bare for row in rows),
        "left out": _sum(row.sentences.out for row in rows),
        "seconds to the first words, median": _median(first),
        "seconds for the whole, median": _median([row.answer.seconds.total for row in rows]),
        "tokens read, median": _median([row.answer.usage.prompt_tokens for row in rows]),
        "tokens written, median": _median([row.answer.usage.completion_tokens for row in rows]),
    }


def _right(row: Row) -> bool:
    return row.asked.set_right(row.said)


def _count(truths: Any) -> str:
    return str(sum(map(bool, truths)))


def _sum(numbers: Any) -> str:
    return str(sum(numbers))


def _median(numbers: Sequence[float]) -> str:
    return f"{statistics.median(numbers):,.1f}" if numbers else "-"


def _shown(rows: Sequence[Row], count: int) -> list[str]:
    """Answers as a member reads them, chosen by a fixed seed, in their order."""
    chosen = random.Random(SEED).sample(range(len(rows)), min(count, len(rows)))
    return [as_read(rows[i]) for i in sorted(chosen)]


def as_read(row: Row) -> str:
    """A question and its answer with its footnotes, for reading."""
    answer = row.answer
    text = json_output.answer_json(answer)["answer"]
    notes = [f"  {superscript([c.n])} {c.title}: “{c.quote}”" for c in answer.citations]
    note = [f"  ({answer.note})"] if answer.note else []
    return "\n".join([f"{row.asked.question}  [{row.by}, {_verdict(row)}]", text, *notes, *note])


def as_document(row: Row) -> dict[str, Any]:
    """Everything about a question, for ``--json``."""
    return {
        "id": row.asked.id,
        "half": row.asked.half,
        "false_premise": row.asked.false_premise,
        "by": row.by,
        "right": row.right,
        "adopted": row.adopted,
        "sentences": {**asdict(row.sentences), "out": row.sentences.out},
        "answer": json_output.answer_json(row.answer),
        "replies": [asdict(reply) for reply in row.replies],
    }


if __name__ == "__main__":
    main()
