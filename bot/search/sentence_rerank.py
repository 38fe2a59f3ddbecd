"""Judges the likeliest sentences once more, by what they mean as a whole.

The first line (``evidence``) knows which words a sentence says. Here the likeliest few are read
by the ``encoder`` as sentences, and a second line judges them by how near they come to the
question and by all that the first one saw. Both are fitted by ``bench/fit_answerability.py``. English
only. Costs CPU: 40 to 60 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.records import Candidate
from bot.search.answerability_model import STAGE_2, load_model
from bot.search.sentence_encoder import encode

SENTENCES_READ = 4  # as many as are quoted at most; five add .001 to the AUROC on clapnq


def rerank_sentences(question: str, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The ``REREAD`` likeliest judged anew, those in another language as they are; in order."""
    native = [one for one in candidates if not one.is_foreign]
    likeliest = sorted(native, key=lambda one: -one.log_odds)[:SENTENCES_READ]
    if not likeliest:
        return tuple(candidates)
    asked, *found = encode([question, *(one.text for one in likeliest)])
    meant = {id(one): float(vector @ asked) for one, vector in zip(likeliest, found, strict=True)}
    return tuple(
        one if one.is_foreign else _judged(one, meant[id(one)])
        for one in candidates
        if one.is_foreign or id(one) in meant
    )


def _judged(one: Candidate, meant: float) -> Candidate:
    signals = {**one.signals, "meant": meant}
    return replace(one, log_odds=load_model(STAGE_2).log_odds(signals), signals=signals)
