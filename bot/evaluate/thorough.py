"""Measures thorough search with scripted models: is all evidence among the passages written from?

No model is asked: a script plans and reads. The *oracle* searches for the titles of the articles
that hold the evidence and calls relevant what holds it, so its figure is the most that this way of
searching can reach. The *liar* searches for other articles and calls relevant all that isn't. The
*silent* one says nothing, the *obedient* one finds every passage relevant and nothing missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import regex

from bot.answer.pipeline import PASSAGES_READ
from bot.answer.thorough_search import READ_PASSAGES, ThoroughSearch
from bot.answer.writing.prompt_builder import Prompts, escape_source
from bot.app import App
from bot.evaluate.dataset import Dataset, Question
from bot.evaluate.run import report_progress
from bot.evaluate.scoring import auroc, contains_evidence, remove_white_space
from bot.evaluate.scripted_model import ScriptedModel
from bot.llm import Chunk
from bot.records import Hit, Scope, SearchResult
from bot.search.retrieve import find_passages, search
from bot.store.protocols import Library

Character = Literal["oracle", "liar", "silent", "obedient"]
PASSAGE = regex.compile(r"<passage (\d+)>(.*?)</passage \1>", regex.DOTALL)
LIES = 3  # searches of the liar
PROMPT_TOKENS = 16_000  # 30 passages as they are cut


@dataclass
class ScriptedReader(ScriptedModel):
    """Plans and reads by a script; knows the evidence."""

    character: Character
    titles: Sequence[str] = ()  # of the articles with evidence; of others, for the liar
    evidence: Sequence[str] = ()  # without white space

    def reply(self, prompt: str) -> Iterator[Chunk]:
        """The searches, or the numbers of what it calls relevant, as JSON."""
        passages = PASSAGE.findall(prompt)
        if self.character == "silent":
            yield Chunk("")
        elif not passages:
            yield Chunk(json.dumps({"searches": list(self.titles)}))
        else:
            relevant = [int(n) for n, text in passages if self._is_relevant(text)]
            yield Chunk(json.dumps({"relevant": relevant, "missing": ""}))

    def _is_relevant(self, text: str) -> bool:
        if self.character == "obedient":
            return True
        dense = remove_white_space(text)
        has_evidence = any(contains_evidence(dense, item) for item in self.evidence)
        return has_evidence == (self.character == "oracle")


@dataclass(frozen=True, slots=True)
class _ReadingWriter:
    """The part of a ``Writer`` that thorough search uses."""

    server: ScriptedReader
    prompts: Prompts
    model_name: str = "scripted"
    prompt_tokens: int = PROMPT_TOKENS
    weak: bool = False


async def measure_thorough(
    app: App, library: Library, server_id: str, dataset: Dataset
) -> dict[str, dict[str, float | None]]:
    """For quick search and for each character: the shares of questions with all evidence among the
    passages written from, of the pieces of evidence there, and the AUROC of ``answerable``."""
    measured: dict[str, dict[str, float | None]] = {}
    scope = Scope(server_id)

    async def look(search: str) -> Sequence[Hit]:
        result = await find_passages(search, library, scope, app.embedder, limit=READ_PASSAGES)
        return result.hits

    prompts = Prompts.load()
    for name in ("quick", *get_args(Character)):
        results: dict[str, SearchResult] = {}
        for n, question in enumerate(dataset.questions, 1):
            report_progress(f"{name}: {n} of {len(dataset.questions)}", n, len(dataset.questions))
            findings = await search(
                question.text, library, scope, app.embedder, limit=PASSAGES_READ
            )
            if name != "quick":
                reader = _reader(name, question, dataset)
                model = _ReadingWriter(reader, prompts)
                async for step in ThoroughSearch(question.text, look, model).improve(findings):
                    findings = step if isinstance(step, SearchResult) else findings
            results[question.id] = findings
        measured[name] = _figures(dataset.questions, results)
    return measured


def _reader(character: Character, question: Question, dataset: Dataset) -> ScriptedReader:
    evident = {item.doc_id for item in question.evidence}
    titles = [d.title for d in dataset.documents if (d.id in evident) == (character != "liar")]
    return ScriptedReader(
        character,
        titles[:LIES] if character != "obedient" else (),
        [remove_white_space(escape_source(item.text)) for item in question.evidence],
    )


def _figures(
    questions: Sequence[Question], results: Mapping[str, SearchResult]
) -> dict[str, float | None]:
    pieces = [
        [_holds(results[question.id], item.text) for item in question.evidence]
        for question in questions
        if question.evidence
    ]
    sure = [results[q.id].answer_probability for q in questions if q.answerable]
    unsure = [results[q.id].answer_probability for q in questions if not q.answerable]
    flat = [is_there for row in pieces for is_there in row]
    return {
        "all": sum(map(all, pieces)) / len(pieces) if pieces else None,
        "recall": sum(flat) / len(flat) if flat else None,
        "auroc": auroc(sure, unsure),
    }


def _holds(result: SearchResult, evidence: str) -> bool:
    dense = remove_white_space(evidence)
    texts = (remove_white_space(hit.passage.text) for hit in result.hits)
    return any(contains_evidence(text, dense) for text in texts)
