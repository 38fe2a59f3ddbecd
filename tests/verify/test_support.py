"""What decides whether a sentence is supported: the line, the vetoes, and their bounds."""

from __future__ import annotations

import pytest

from bot.verify import check, findings, support_model
from bot.verify.alignment import MAX_SENTENCES, MAX_SOURCE_CHARACTERS, align, shorten
from bot.verify.analyzed_text import analyze
from bot.verify.claim_context import ClaimContext
from bot.verify.support_signals import OVERLAP_SIGNALS, gather, vetoing
from tests.steps import growth, steps

BARN = "The hotel bought the old barn from the board in May."


def test_a_sentence_passes_at_the_least_log_odds_and_not_below() -> None:
    text, cited = "The hotel owns the old barn and a boat.", (BARN,)
    evidence = gather(analyze(text), cited, ClaimContext())
    at = support_model.log_odds(evidence.signals)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(check, "LEAST_LOG_ODDS", at)
        assert check.check(text, cited).supported
        patch.setattr(check, "LEAST_LOG_ODDS", at + 1e-9)
        assert not check.check(text, cited).supported


def test_more_of_the_sources_words_never_speak_against_a_sentence() -> None:
    texts = ["The hotel bought the old barn.", "The hotel bought the barn of a king.",
             "The hotel painted the ship of a king.", "A cat saw the ship of a king."]  # fmt: skip
    odds = [
        support_model.log_odds(gather(analyze(text), (BARN,), ClaimContext()).of_words)
        for text in texts
    ]
    assert odds == sorted(odds, reverse=True)


def test_no_finding_speaks_for_a_sentence() -> None:
    weights = support_model.load_weights().weights
    assert all(w <= 0 for name, w in weights.items() if name not in OVERLAP_SIGNALS)


@pytest.mark.parametrize(
    ("cosine", "supported"), [(check.OVERRIDING_COSINE, True), (0.649, False), (None, False)]
)
def test_a_cosine_outweighs_other_words_from_its_threshold_on(
    cosine: float | None, supported: bool
) -> None:
    text, cited = "The automobiles may be parked for nothing.", "Leaving cars there is free."
    assert check.check(text, [cited], cosine=cosine).supported is supported


@pytest.mark.parametrize(
    ("cosine", "supported"), [(check.MIN_CROSS_LINGUAL_COSINE, True), (0.299, False), (None, True)]
)
def test_between_languages_the_cosine_decides_from_its_threshold_on(
    cosine: float | None, supported: bool
) -> None:
    german = "Das Parken ist dort für alle kostenlos."
    assert (
        check.check(german, ["Leaving cars there is free."], cosine=cosine).supported is supported
    )


@pytest.mark.parametrize(("near", "decides"), [(findings.OWN_WORDS_FROM, True), (0.899, False)])
def test_an_antonym_decides_alone_only_among_the_sources_own_words(
    near: float, decides: bool
) -> None:
    assert ("antonym" in vetoing({"near": near})) is decides
    assert vetoing({"near": near}) >= findings.VETOES


@pytest.mark.parametrize(
    ("text", "cited", "supported"),
    [
        ("It opened on 4 March.", "It opened on 4 March 1890.", True),
        ("It opened on 4 March 1890.", "It opened on 4 March.", False),  # a date wants its year
        ("It opened on 4 March 1890.", "It opened on 4 March, in 1890.", True),
        ("The firm paid £ 15,000.", "The firm paid £15,000.", True),
        ("The firm paid $15,000.", "The firm paid £ 15,000.", False),
        ("According to passage 1, the firm paid.", "The firm paid, he said.", True),
        ("The USA joined the pact.", "The United States joined the pact.", True),
        ("The United States joined the pact.", "The USA joined the pact.", True),
        ("The firm paid 85 000 francs.", "The firm paid 85 000 euros.", False),
        ("Il a soixante ans.", "Il a 60 ans.", True),
        ("Tom Musk bought the firm.", "Ann Musk bought the firm.", False),
    ],
)
def test_figures_dates_and_names_decide_alone(text: str, cited: str, supported: bool) -> None:
    assert check.check(text, [cited]).supported is supported


def test_a_name_may_be_in_full_elsewhere_in_the_article() -> None:
    text, cited = "Elon Musk bought the firm.", "Musk bought the firm, and Tom Musk sold it."
    assert not check.check(text, [cited]).supported
    article = ClaimContext(article=f"Elon Musk is rich. {cited}")
    assert check.check(text, ["Musk bought the firm."], article).supported
    other = ClaimContext(article="Elon Musk is rich.")
    assert not check.check("Elon Tusk bought the firm.", ["Musk bought the firm."], other).supported


def test_doubt_counts_only_in_the_sentence_that_carries_the_claim() -> None:
    text = "The firm sold the red barn."
    plain = "The firm sold the red barn in May. Prosecutors allege that its owner lied."
    assert check.check(text, [plain]).supported
    assert not check.check(text, ["Prosecutors allege that the firm sold the red barn."]).supported


def test_an_overlong_sentence_is_not_checked_and_not_supported() -> None:
    text = "a" * (check.MAX_CHARACTERS + 1)
    assert [r.rule for r in check.check(text, [f"{text} b"]).reasons] == ["too_long"]
    assert not check.needs_similarity(text, ["b"])
    assert "too_long" not in {r.rule for r in check.check(text[1:], ["b"]).reasons}


def test_of_a_long_source_only_the_nearest_sentences_are_compared() -> None:
    claim = analyze("The hotel bought the old barn.")
    filler = " ".join(f"Ship number {n} sails to some other town." for n in range(600))
    source = f"{filler} {BARN} {filler}"
    assert len(source) > MAX_SOURCE_CHARACTERS
    assert BARN in shorten(claim, [source])
    assert check.check(claim.text, [source]).supported
    assert len(align(claim, [source]).sentences) == MAX_SENTENCES
    assert shorten(claim, [source[:MAX_SOURCE_CHARACTERS]]) == (source[:MAX_SOURCE_CHARACTERS],)


def test_a_long_source_takes_linear_time() -> None:
    def work(size: int) -> None:
        check.check(BARN, ["A cat of the board saw one barn. " * size + str(size)])

    assert growth(work, 1_000) < 6


def test_asking_whether_a_sentence_takes_a_cosine_and_checking_it_is_done_once() -> None:
    text, source = "The hotel sold the old barn and a boat to a king.", f"{BARN} It was old."
    first = steps(lambda: check.needs_similarity(text, [source]))
    assert steps(lambda: check.check(text, [source])) < first / 10
