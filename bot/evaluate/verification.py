"""Measures the checks of sentences: false sentences that are caught, and false alarms.

The true sentences are those of the answers that people wrote, each citing all the evidence of its
question; an answer of a few words is replaced by its evidence. ``perturbations`` makes the false
ones from them. Each half of the documents is reported separately: the rules were tuned on the
first.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

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
from bot.verify import polarity
from bot.verify.check import check, needs_similarity
from bot.verify.claim_context import ClaimContext

Json = dict[str, Any]
Cosines = dict[tuple[str, tuple[str, ...]], float]
"""(claim, cited sentences) → highest cosine of the two"""
HALVES = ("tuning", "testing")
MIN_CLAIM_WORDS = 3  # clapnq's annotators wrote "NA" if they had no answer
MIN_ANSWER_WORDS = 8  # a shorter answer is not a sentence
OTHER_NAMES = 5  # taken from each document


@dataclass(frozen=True, slots=True)
class Case:
    """A true claim, texts to make false ones from, and the sentence before it in its answer.

    ``question`` is the id of its question.
    """

    question: str
    half: str
    seed: str
    claim: Claim
    material: Material
    previous_sentence: str


async def measure_verification(dataset: Dataset, embedder: Embedder) -> Json | None:
    """The figures of each half; None if no question has evidence."""
    cases = list(cases_of(dataset))
    if not cases:
        return None
    perturbed = [
        (case, perturbation)
        for case in cases
        for perturbation in perturb(case.claim, case.material, case.seed)
    ]
    claims = [(case, case.claim) for case in cases]
    claims += [(case, perturbation.claim) for case, perturbation in perturbed]
    cosines = await cosines_of(claims, embedder)
    return {
        half: _figures(
            [case for case in cases if case.half == half],
            [(case, perturbation) for case, perturbation in perturbed if case.half == half],
            cosines,
        )
        for half in HALVES
    }


async def cosines_of(claims: Sequence[tuple[Case, Claim]], embedder: Embedder) -> Cosines:
    """The cosines of the claims whose verdict depends on it."""
    bare = [(case, replace(c, text=polarity.split_answer_word(c.text)[1])) for case, c in claims]
    unsure = [c for case, c in bare if needs_similarity(c.text, c.cited, context_of(case, c))]
    texts = list(dict.fromkeys(text for c in unsure for text in (c.text, *c.cited)))
    vectors = dict(zip(texts, await embedder.embed(texts), strict=True))
    return {
        (c.text, c.cited): max(float(vectors[c.text] @ vectors[cited]) for cited in c.cited)
        for c in unsure
    }


def half_of(doc_id: str) -> str:
    """The half that a document belongs to; depends only on its id."""
    return HALVES[zlib.crc32(doc_id.encode()) % 2]


def _figures(
    cases: Sequence[Case], perturbed: Sequence[tuple[Case, Perturbation]], cosines: Cosines
) -> Json:
    alarms = [rules for case in cases if (rules := failed_rules(case, case.claim, cosines))]
    totals = Counter(perturbation.kind for _, perturbation in perturbed)
    caught = Counter(
        perturbation.kind
        for case, perturbation in perturbed
        if failed_rules(case, perturbation.claim, cosines)
    )
    altered = [kind for kind in totals if kind is not PerturbationKind.UNCITED]
    return {
        "sentences": len(cases),
        "false_alarms": _share(len(alarms), len(cases)),
        "false_alarms_by_rule": dict(Counter(r for rules in alarms for r in rules).most_common()),
        "perturbed": len(perturbed),
        "caught": _share(caught.total(), len(perturbed)),
        "caught_altered": _share(sum(caught[k] for k in altered), sum(totals[k] for k in altered)),
        "kinds": {
            kind.value: {"perturbed": totals[kind], "caught": _share(caught[kind], totals[kind])}
            for kind in PerturbationKind
            if totals[kind]
        },
    }


def failed_rules(case: Case, claim: Claim, cosines: Cosines) -> set[str]:
    """The rules that a claim breaks, as the verifier applies them."""
    word, text = polarity.split_answer_word(claim.text)
    verdict = check(text, claim.cited, context_of(case, claim), cosines.get((text, claim.cited)))
    rules: set[str] = {reason.rule for reason in verdict.reasons}
    context_texts = (claim.title, claim.text_before_sources)
    if word and not polarity.agrees_with_answer_word(word, text, claim.question, context_texts):
        rules.add("yes or no")  # the verifier drops the word
    return rules


def context_of(case: Case, claim: Claim) -> ClaimContext:
    return ClaimContext(
        title=claim.title,
        published=claim.published,
        question=claim.question,
        text_before_sources=claim.text_before_sources,
        previous_sentence=case.previous_sentence,
        article=" ".join([*claim.cited, *case.material.sentences]),
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def cases_of(dataset: Dataset) -> Iterator[Case]:
    """The sentences that people wrote as answers, with their evidence."""
    sentences = {document.id: _sentences(document.text) for document in dataset.documents}
    names = {d.id: tuple(dict.fromkeys(names_in(d.text))) for d in dataset.documents}
    other_names = dict.fromkeys(n for own in names.values() for n in own[:OTHER_NAMES])
    documents = {document.id: document for document in dataset.documents}
    for question in dataset.questions:
        if question.evidence and question.evidence[0].doc_id in documents:
            document = documents[question.evidence[0].doc_id]
            material = Material(
                tuple(sentences[document.id]), names[document.id], tuple(other_names)
            )
            yield from _question_cases(question, document, material)


def _question_cases(
    question: Question, document: EvaluationDocument, material: Material
) -> Iterator[Case]:
    """``material``: the document's sentences and names; of these, the evidence is left out."""
    evidence = tuple(normalize(item.text) for item in question.evidence)
    before = " ".join(_sentences_before(material.sentences, evidence))
    unrelated = tuple(
        s for s in material.sentences if not any(s in item or item in s for item in evidence)
    )
    material = replace(material, sentences=unrelated)
    for answer in _answers(question):
        previous = ""
        for text in _sentences(answer):
            if len(text.split()) >= MIN_CLAIM_WORDS:
                claim = Claim(
                    text, evidence, document.title, question.text, before, document.published
                )
                seed, half = f"{question.id}{text}", half_of(document.id)
                yield Case(question.id, half, seed, claim, material, previous)
                previous = text


def _answers(question: Question) -> Sequence[str]:
    """The answers that people wrote; the evidence if they wrote only a few words."""
    answers = [answer for answer in question.answers if len(answer.split()) >= MIN_ANSWER_WORDS]
    return answers or [item.text for item in question.evidence]


def _sentences_before(sentences: Sequence[str], evidence: Sequence[str]) -> Iterator[str]:
    """The sentence before each piece of evidence."""
    done: set[str] = set()
    for before, sentence in pairwise(sentences):
        for item in evidence:
            if (sentence in item or item in sentence) and item not in done:
                done.add(item)
                yield before


def _sentences(text: str) -> list[str]:
    text = normalize(text)
    return [text[s.start : s.end] for s in split_sentences(text)]
