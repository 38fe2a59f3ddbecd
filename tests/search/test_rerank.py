"""A second look at the likeliest passages finds words of the same meaning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.records import Sentence, StoredPassage, Submitter
from bot.search.features import SIGNALS, SIMILARITY_SIGNALS
from bot.search.rerank import SimilaritySignals, rerank, similarity_signals
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


def test_a_passage_that_says_it_in_other_words_comes_near() -> None:
    question = "Who bought the company?"
    same, other = passage("The firm was purchased by Acme."), passage("It rained for three weeks.")
    near, far = similarity_signals(question, [same, other])
    assert (near > far + 0.2).all()


def test_the_question_itself_is_as_near_as_can_be() -> None:
    (found,) = similarity_signals("Who bought it?", [passage("Who bought it?", "Nobody.")])
    assert found.tolist() == pytest.approx([1, 1, 1, 1], abs=1e-3)


def test_words_of_two_sentences_are_near_in_the_passage_and_not_in_one_of_them() -> None:
    (found,) = similarity_signals("ice on Mars", [passage("There is ice.", "Mars is red.")])
    assert found[NEAR] > found[NEAR_SENTENCE] + 0.1


def test_a_title_counts_where_it_is_asked_for() -> None:
    (found,) = similarity_signals("ice on Mars", [passage("There is ice on it.", title="Mars")])
    assert found[TITLED_NEAR] > found[NEAR] + 0.1
    assert found[TITLED_SENTENCE] > found[NEAR_SENTENCE] + 0.1


@pytest.mark.parametrize("question", ["", "?!", "\ud83d", "…", " "])
def test_a_question_without_words_is_near_to_nothing(question: str) -> None:
    assert similarity_signals(question, [passage("Ice.")]).shape == (1, len(SIMILARITY_SIGNALS))


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=3))
def test_any_text_gives_shares(question: str, texts: list[str]) -> None:
    found = similarity_signals(question, [passage(text) for text in texts])
    assert found.shape == (len(texts), len(SIMILARITY_SIGNALS))
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    assert (found <= 1 + 1e-3).all()
    assert (found[:, TITLED_NEAR] >= found[:, NEAR] - 1e-6).all()


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=3))
def test_kept_pieces_tell_what_the_words_do(question: str, texts: list[str]) -> None:
    cut_now = [passage(text, "and a war: война", title="Mars") for text in texts]
    kept = [
        replace(p, packed_tokens=pack([p.quote(each) for each in p.sentences])) for p in cut_now
    ]
    assert (
        similarity_signals(question, kept).tolist()
        == similarity_signals(question, cut_now).tolist()
    )


def test_every_sentence_and_title_is_told_apart() -> None:
    passages = [passage("Rain.", "The firm was bought."), passage("Snow.", title="Who sold it?")]
    near = SimilaritySignals.of("Who bought it?", passages)
    assert near.sizes.tolist() == [2, 1]
    assert int(np.argmax(near.weights @ near.sentences)) == 1
    assert int(np.argmax(near.weights @ near.titles)) == 1
    assert float(near.weights.sum()) == pytest.approx(1)


def test_a_second_look_divides_what_the_first_gave() -> None:
    passages = [passage("It rained."), passage("The firm was purchased by Acme.")]
    alike = np.zeros((2, len(SIGNALS)), np.float32)
    found = rerank("Who bought the firm?", passages, alike, np.array([0.3, 0.3], np.float32))
    assert float(found.sum()) == pytest.approx(0.6)
    assert found[1] > found[0]


def test_nothing_found_stays_nothing() -> None:
    none = np.empty((0, len(SIGNALS)), np.float32)
    assert len(rerank("Who?", [], none, np.empty(0, np.float32))) == 0
