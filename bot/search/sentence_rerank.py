"""Rescore the most likely sentences with a sentence encoder.

Stage 1 (``answerability``) only knows which words a sentence shares with the question. Stage 2
adds the cosine of question and sentence (signal "meant") for the best few. Both models are fitted
by ``bench/fit_answerability.py``. English only. Takes 40 to 60 ms of CPU time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.records import Candidate
from bot.search.answerability_model import STAGE_2, load_model
from bot.search.sentence_encoder import encode

RERANKED_SENTENCES = 4  # at most this many are quoted; with 5 the AUROC on clapnq is .001 higher


def rerank_sentences(question: str, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The ``RERANKED_SENTENCES`` best, rescored, and all foreign ones unchanged; order is kept."""
    native = [candidate for candidate in candidates if not candidate.is_foreign]
    best = sorted(native, key=lambda candidate: -candidate.log_odds)[:RERANKED_SENTENCES]
    if not best:
        return tuple(candidates)
    question_vector, *vectors = encode([question, *(candidate.text for candidate in best)])
    cosines = {
        id(candidate): float(vector @ question_vector)
        for candidate, vector in zip(best, vectors, strict=True)
    }
    return tuple(
        candidate if candidate.is_foreign else _rescore(candidate, cosines[id(candidate)])
        for candidate in candidates
        if candidate.is_foreign or id(candidate) in cosines
    )


def _rescore(candidate: Candidate, cosine: float) -> Candidate:
    signals = {**candidate.signals, "meant": cosine}
    return replace(candidate, log_odds=load_model(STAGE_2).log_odds(signals), signals=signals)
