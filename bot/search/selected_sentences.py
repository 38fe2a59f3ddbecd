"""Which sentences of the hits are worth reading again, and how close they are to the question.

What ``retrieve`` has a process do for each question: a pure function of values, which keeps the
vectors of the sentences that it read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.records import Candidate, Hit
from bot.search.answerability import is_english, score_sentences_stage_1
from bot.search.question_analysis import analyze
from bot.search.sentence_context import Contexts, text_in_context
from bot.search.sentence_encoder import encode
from bot.search.sentence_rerank import select_candidates
from bot.search.sentence_vectors import SentenceVectors, missing_texts

_encoded_sentences = SentenceVectors()  # of this process


@dataclass(frozen=True, slots=True)
class SelectedSentences:
    """Candidates, scored by stage 1.

    ``meant``: in English, the cosine of each native one with the question by the sentence encoder,
    by its text in its context.
    """

    candidates: tuple[Candidate, ...]
    meant: Mapping[str, float]
    english: bool


def select_sentences(question: str, hits: Sequence[Hit], contexts: Contexts) -> SelectedSentences:
    """The sentences that stage 2 reads. Takes some 100 ms, 20 if it read them before."""
    scored = score_sentences_stage_1(analyze(question), hits, contexts)
    english = is_english(question, hits, scored)
    selected = select_candidates(scored, english=english)
    return SelectedSentences(selected, _cosines(question, selected) if english else {}, english)


def _cosines(question: str, candidates: Sequence[Candidate]) -> dict[str, float]:
    texts = [text_in_context(c.text, c.context) for c in candidates if not c.is_foreign]
    if not texts:
        return {}
    vectors = _encoded_sentences.find([question, *texts])
    if new := missing_texts([question, *texts], vectors):
        vectors |= _encoded_sentences.add(new, encode(new))
    return {text: float(vectors[text] @ vectors[question]) for text in texts}
