"""Reranking finds words that are similar in meaning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.records import Sentence, StoredPassage, Submitter
from bot.search.features import SIGNALS, SIMILARITY_SIGNALS
from bot.search.rerank import TokenSimilarities, rerank, similarity_signals
from bot.text.wordpiece import pack

NEAR, NEAR_SENTENCE, TITLED_NEAR, TITLED_SENTENCE = range(len(SIMILARITY_SIGNALS))


def passage(*sentences: str, title: str = "") -> StoredPassage:
    text = " ".join(sentences)
    starts = [sum(len(each) + 1 for each in sentences[:i]) for i in range(len(sentences))]
    spans = [Sentence(at, at + len(each), None) for at, each in zip(starts, sentences, strict=True)]
    return StoredPassage(
        id=1,
        article_id=1,
        version_id=1,
        version=1,
        title=title,
        url=None,
        author=None,
        published=None,
        submitter=Submitter(),
        added="2026-01-01T00:00:00+00:00",
        position=0,
        start=0,
        end=len(text),
        page=None,
        heading="",
        text=text,
        sentences=tuple(spans),
    )


def test_a_paraphrase_is_more_similar_than_another_passage() -> None:
    question = "Who bought the company?"
    paraphrase, other = (
        passage("The firm was purchased by Acme."),
        passage("It rained for three weeks."),
    )
    similar, dissimilar = similarity_signals(question, [paraphrase, other])
    assert (similar > dissimilar + 0.2).all()


def test_the_question_itself_has_similarity_1() -> None:
    (signals,) = similarity_signals("Who bought it?", [passage("Who bought it?", "Nobody.")])
    assert signals.tolist() == pytest.approx([1, 1, 1, 1], abs=1e-3)


def test_words_of_two_sentences_are_similar_in_the_passage_but_in_neither_sentence() -> None:
    (signals,) = similarity_signals("ice on Mars", [passage("There is ice.", "Mars is red.")])
    assert signals[NEAR] > signals[NEAR_SENTENCE] + 0.1


def test_titled_signals_include_the_title() -> None:
    (signals,) = similarity_signals("ice on Mars", [passage("There is ice on it.", title="Mars")])
    assert signals[TITLED_NEAR] > signals[NEAR] + 0.1
    assert signals[TITLED_SENTENCE] > signals[NEAR_SENTENCE] + 0.1


@pytest.mark.parametrize("question", ["", "?!", "\ud83d", "…", " "])
def test_a_question_without_words_has_signals(question: str) -> None:
    assert similarity_signals(question, [passage("Ice.")]).shape == (1, len(SIMILARITY_SIGNALS))


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=3))
def test_signals_of_any_text_are_between_0_and_1(question: str, texts: list[str]) -> None:
    signals = similarity_signals(question, [passage(text) for text in texts])
    assert signals.shape == (len(texts), len(SIMILARITY_SIGNALS))
    assert np.isfinite(signals).all()
    assert (signals >= 0).all()
    assert (signals <= 1 + 1e-3).all()
    assert (signals[:, TITLED_NEAR] >= signals[:, NEAR] - 1e-6).all()


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=3))
def test_stored_tokens_give_the_same_signals_as_the_text(question: str, texts: list[str]) -> None:
    unpacked = [passage(text, "and a war: война", title="Mars") for text in texts]
    stored = [
        replace(p, packed_tokens=pack([p.quote(each) for each in p.sentences])) for p in unpacked
    ]
    assert (
        similarity_signals(question, stored).tolist()
        == similarity_signals(question, unpacked).tolist()
    )


def test_similarities_are_by_sentence_and_title() -> None:
    passages = [passage("Rain.", "The firm was bought."), passage("Snow.", title="Who sold it?")]
    similarities = TokenSimilarities.of("Who bought it?", passages)
    assert similarities.sentence_counts.tolist() == [2, 1]
    assert int(np.argmax(similarities.weights @ similarities.sentences)) == 1
    assert int(np.argmax(similarities.weights @ similarities.titles)) == 1
    assert float(similarities.weights.sum()) == pytest.approx(1)


def test_reranking_keeps_the_sum_of_the_probabilities() -> None:
    passages = [passage("It rained."), passage("The firm was purchased by Acme.")]
    equal = np.zeros((2, len(SIGNALS)), np.float32)
    probabilities = rerank(
        "Who bought the firm?", passages, equal, np.array([0.3, 0.3], np.float32)
    )
    assert float(probabilities.sum()) == pytest.approx(0.6)
    assert probabilities[1] > probabilities[0]


def test_no_candidates_stay_none() -> None:
    none = np.empty((0, len(SIGNALS)), np.float32)
    assert len(rerank("Who?", [], none, np.empty(0, np.float32))) == 0
