"""What people type in different ways is one word, for finding and for judging alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.folding import fold, straighten
from bot.text.morphology import shares_prefix, stem_variants
from bot.text.stem import stem
from bot.text.tokenize import find_tokens, split_words, word_set
from bot.text.wordpiece import tokenize_word

VARIANTS = [
    ("Łukasz Żółkiewski", "Lukasz Zolkiewski"),
    ("Siân O’Brien-Núñez", "Sian O'Brien-Nunez"),
    ("Siân O’Brien", "Sian OBrien"),
    ("Hawaiʻi", "Hawaii"),
    ("Þórunn Ásgeirsdóttir", "Thorunn Asgeirsdottir"),
    ("Jean-François Müller", "Jean‑Francois Muller"),
    ("Diyarbakır", "Diyarbakir"),
    ("İstanbul", "Istanbul"),
    ("Straße nach Tromsø", "Strasse nach Tromso"),
    ("Đà Nẵng", "Da Nang"),
    ("Æthelred œuvre", "Aethelred oeuvre"),
    ("Heydər Ŋ ħobż", "Heydar N hobz"),
    ("ﬁne ﬂow", "fine flow"),
    ("ＡＢＣ１２", "abc12"),
    ("Ångström", "Ångström"),
    ("Ёлка й", "Елка и"),
    ("ΟΔΟΣ Αθήνα", "οδοσ αθηνα"),
    ("שָׁלוֹם", "שלום"),
    ("مُحَمَّـد أحمد", "محمد احمد"),
]


@pytest.mark.parametrize(("written", "typed"), VARIANTS)
def test_variants_have_the_same_terms_stems_and_tokens(written: str, typed: str) -> None:
    ours, theirs = split_words(written), split_words(typed)
    assert [stem(word) for word in ours] == [stem(word) for word in theirs]
    assert [stem_variants(word) for word in ours] == [stem_variants(word) for word in theirs]
    bare = [word.replace("'", "") for word in ours]
    assert [tokenize_word(word) for word in bare] == [
        tokenize_word(word.replace("'", "")) for word in theirs
    ]


@pytest.mark.parametrize(("one", "other"), [("が", "か"), ("कि", "क"), ("ำ", ""), ("ü", "ue")])
def test_marks_that_are_spelling_stay(one: str, other: str) -> None:
    assert fold(one) != other


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    folded = fold(text.lower())
    assert fold(folded) == folded


@given(st.text())
def test_straightening_keeps_every_offset(text: str) -> None:
    assert len(straighten(text)) == len(text)


@given(st.text(st.sampled_from("aÉłßİŁ' ’`-火星ดา한가1ﬁΣ"), max_size=30))
def test_tokens_with_offsets_are_the_words_that_are_indexed(text: str) -> None:
    straight = straighten(text)
    tokens = list(find_tokens(straight))
    assert [fold(token.word) for token in tokens] == split_words(text)
    assert all(straight[t.start : t.end].lower() == t.word for t in tokens)


def test_a_list_of_words_holds_them_as_written_and_as_tokens() -> None:
    assert word_set("qué für") == {"qué", "que", "für", "fur"}


def test_forms_with_and_without_accents_share_a_prefix() -> None:
    assert shares_prefix("construyó", "construido")
    assert shares_prefix("grundete", "gegründet")


def test_a_long_run_without_spaces_is_indexed_to_its_end() -> None:
    assert split_words("ก" * 100 + "ขค")[-1] == "ขค"
