"""How well a sentence is checked: lies that are caught, and true sentences that are not let pass.

True are the sentences of the answers that people wrote, each citing all the evidence of its
question; a question's answer of few words is replaced by its evidence. Lies are made of them by
``perturbations``. Each half of the documents is reported separately: the rules were tuned on the
first.
"""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from bot.answer.verify import polarity
from bot.answer.verify.check import ClaimContext, check, needs_similarity
from bot.embedding import Embedder
from bot.evaluate.dataset import Dataset, EvaluationDocument, Question
from bot.evaluate.perturbations import (
    Claim,
    Material,
    Perturbation,
    PerturbationKind,
    names_in,
    perturb,
)
from bot.text.normalize import normalize
from bot.text.sentences import split_sentences

Json = dict[str, Any]
Closeness = dict[tuple[str, tuple[str, ...]], float]
HALVES = ("tuning", "testing")
FEWEST_WORDS = 3  # of a claim; clapnq's annotators wrote "NA" where they had no answer
FEWEST_OF_ANSWER = 8  # words; a shorter answer is no sentence
FAR_NAMES = 5  # taken of each document
UNCITED = (PerturbationKind.INVENTED, PerturbationKind.UNCITED)


@dataclass(frozen=True, slots=True)
class Case:
    """A claim that is true, what a liar may take, and the sentence before it in its answer."""

    half: str
    seed: str
    claim: Claim
    material: Material
    said: str


async def support(dataset: Dataset, embedder: Embedder) -> Json | None:
    """The figures of each half; None where no question has evidence."""
    cases = list(cases_of(dataset))
    if not cases:
        return None
    told = [(case, lie) for case in cases for lie in perturb(case.claim, case.material, case.seed)]
    closeness = await _closeness(
        [*((case, case.claim) for case in cases), *((case, lie.claim) for case, lie in told)],
        embedder,
    )
    return {
        half: _figures(
            [case for case in cases if case.half == half],
            [(case, lie) for case, lie in told if case.half == half],
            closeness,
        )
        for half in HALVES
    }


async def _closeness(pairs: Sequence[tuple[Case, Claim]], embedder: Embedder) -> Closeness:
    """Of the claims that the rules are unsure of, as the bot itself asks for it."""
    bare = [(case, replace(c, text=polarity.split_answer_word(c.text)[1])) for case, c in pairs]
    unsure = [c for case, c in bare if needs_similarity(c.text, c.cited, _around(case, c))]
    texts = list(dict.fromkeys(text for c in unsure for text in (c.text, *c.cited)))
    vectors = await embedder.embed(texts)
    of = dict(zip(texts, vectors, strict=True))
    return {
        (c.text, c.cited): max(float(of[c.text] @ of[cited]) for cited in c.cited) for c in unsure
    }


def half_of(document: str) -> str:
    """Which half a document belongs to, by its id alone."""
    return HALVES[zlib.crc32(document.encode()) % 2]


def _figures(
    cases: Sequence[Case], told: Sequence[tuple[Case, Perturbation]], closeness: Closeness
) -> Json:
    alarms = [rules for case in cases if (rules := failed(case, case.claim, closeness))]
    caught = [lie.kind for case, lie in told if failed(case, lie.claim, closeness)]
    of = Counter(lie.kind for _, lie in told)
    found = Counter(caught)
    altered = [kind for kind in of if kind not in UNCITED]
    return {
        "sentences": len(cases),
        "false_alarms": _share(len(alarms), len(cases)),
        "false_alarms_by_rule": dict(Counter(r for rules in alarms for r in rules).most_common()),
        "lies": len(told),
        "caught": _share(len(caught), len(told)),
        "caught_altered": _share(sum(found[k] for k in altered), sum(of[k] for k in altered)),
        "kinds": {
            kind.value: {"lies": of[kind], "caught": _share(found[kind], of[kind])}
            for kind in PerturbationKind
            if of[kind]
        },
    }


def failed(case: Case, claim: Claim, closeness: Closeness) -> set[str]:
    """The rules that a claim fails, as the verifier sees them."""
    word, text = polarity.split_answer_word(claim.text)
    close = closeness.get((text, claim.cited))
    verdict = check(text, claim.cited, _around(case, claim), close)
    rules: set[str] = {reason.rule for reason in verdict.reasons}
    known = (claim.title, claim.before)
    if word and not polarity.agrees_with_answer_word(word, text, claim.question, known):
        rules.add("yes or no")  # the verifier drops the word
    return rules


def _around(case: Case, claim: Claim) -> ClaimContext:
    return ClaimContext(
        title=claim.title,
        published=claim.published,
        question=claim.question,
        text_before_sources=claim.before,
        previous_sentence=case.said,
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def cases_of(dataset: Dataset) -> Iterator[Case]:
    """Every sentence that people wrote as an answer, with its evidence."""
    texts = {document.id: _sentences(document.text) for document in dataset.documents}
    names = {d.id: tuple(dict.fromkeys(names_in(d.text))) for d in dataset.documents}
    far = tuple(dict.fromkeys(n for found in names.values() for n in found[:FAR_NAMES]))
    documents = {document.id: document for document in dataset.documents}
    for question in dataset.questions:
        if question.evidence and question.evidence[0].doc_id in documents:
            document = documents[question.evidence[0].doc_id]
            yield from _of_question(question, document, texts[document.id], names[document.id], far)


def _of_question(
    question: Question,
    document: EvaluationDocument,
    sentences: Sequence[str],
    near: tuple[str, ...],
    far: tuple[str, ...],
) -> Iterator[Case]:
    evidence = tuple(normalize(item.text) for item in question.evidence)
    others = tuple(s for s in sentences if not any(s in e or e in s for e in evidence))
    before = " ".join(_before(sentences, evidence))
    for answer in _answers(question):
        said = ""
        for text in _sentences(answer):
            if len(text.split()) >= FEWEST_WORDS:
                claim = Claim(
                    text, evidence, document.title, question.text, before, document.published
                )
                material = Material(others, near, far)
                yield Case(half_of(document.id), f"{question.id}{text}", claim, material, said)
                said = text


def _answers(question: Question) -> Sequence[str]:
    """What people wrote; the evidence itself where that is a word or two."""
    written = [a for a in question.answers if len(a.split()) >= FEWEST_OF_ANSWER]
    return written or [item.text for item in question.evidence]


def _before(sentences: Sequence[str], evidence: Sequence[str]) -> Iterator[str]:
    """The sentence in front of each piece of evidence."""
    counts: dict[str, int] = defaultdict(int)
    for before, sentence in pairwise(sentences):
        for item in evidence:
            if (sentence in item or item in sentence) and not counts[item]:
                counts[item] += 1
                yield before


def _sentences(text: str) -> list[str]:
    text = normalize(text)
    return [text[s.start : s.end] for s in split_sentences(text)]
