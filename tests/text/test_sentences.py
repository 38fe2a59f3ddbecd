"""Where a sentence ends, at the borders of each rule; whole texts are in tests/ingest."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.text.normalize import normalize
from bot.text.sentences import SENTENCE_CHARACTERS, split_sentences


def split(text: str, cuts: tuple[int, ...] = ()) -> list[str]:
    return [text[sentence.start : sentence.end] for sentence in split_sentences(text, cuts)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        # an enumerator belongs to what follows, a longer start is a sentence
        ("12. The ferry leaves.", 1),
        ("1234. The ferry leaves.", 2),
        ("a. The ferry leaves.", 1),
        ("XIV. The ferry leaves.", 1),
        ("XVIII. The ferry leaves.", 2),
        ("... The ferry leaves.", 1),
        ("12! The ferry leaves.", 1),
        ("----- 12. The ferry leaves.", 1),  # eight characters
        ("------ 12. The ferry leaves.", 2),
        # a single letter: initial, label, surname
        ("It was J. Smith.", 1),
        ("It was J. The rest left.", 2),
        ("It was J. Le Pen.", 1),
        ("He takes vitamin C. Doctors agree.", 2),
        ("He takes C. Doctors agree.", 1),
        ("Это было в 2011 г. Потом стало.", 2),
        ("Это было в г. Москве.", 1),
        # abbreviations: never, before a number, sometimes, with a clock
        ("We met Dr. The other left.", 1),
        ("See No. 5 here.", 1),
        ("She said no. People left.", 2),
        ("Sold by Acme Inc. The rest stayed.", 2),
        ("Sold by Acme Inc. Vienna branch.", 1),
        ("At 5 p.m. Monday it closes.", 1),
        ("At 5 p.m. Visitors leave.", 2),
        ("Made in the U.S. Congress knew.", 1),
        ("Made in the U.S. The rest is imported.", 2),
        ("SHE SAW THE FED. REPORTERS LEFT.", 2),
        # German ordinals: of one or two digits, before what is counted
        ("Er kam am 3. Mai an.", 1),
        ("Er kam am 13. Mai an.", 1),
        ("Es waren 113. Mai war es.", 2),
        ("Es waren 13. Menschen kamen.", 2),
        # a footnote's number after the stop, and a number that belongs to the word
        ("It was proved.[3] The rest failed.", 2),
        ("It was proved.3 The rest failed.", 2),
        ("It was in Fig. 2 The role is clear.", 1),
        ("It was Li et al. 11 The role is clear.", 1),
        ("It was on pp. 11 The role is clear.", 1),
        ("He chose plan B. 11 The role is clear.", 1),
        ("It was proved. 11 The role is clear.", 2),
        ("It was Smith et al.[3] Vienna came.", 1),
        ("It was Smith vs.[3] Vienna came.", 1),
        # what stands after the stop
        ("It is 3.5 metres.", 1),
        ("See example.com for more.", 1),
        ("It ends here. it goes on.", 1),
        ("It ends here. iPhones are sold.", 2),
        ("It ends here. , it goes on.", 1),
        ("it ends here. it goes on.", 2),  # no capitals at all
        ("it ends approx. here it goes on.", 1),
        # inside a sentence
        ("She said [...] Vienna was far.", 1),
        ("She said (...) Vienna was far.", 1),
        ("“Who came?” Anna Berg asked them.", 1),
        ("“Who came?” Anna Berg left them.", 2),
        ("Who came? Anna Berg asked them.", 2),
        # scripts without spaces
        ("今日は。明日も。", 2),
        ("「はい。」と言った。", 1),
        ("好吗?他来了。", 2),
        ("好吗?ok吗。", 1),
        ("他说。,然后走了。", 1),
    ],
)
def test_a_stop_ends_a_sentence_only_where_it_looks_like_an_end(text: str, sentences: int) -> None:
    assert len(split(text)) == sentences, split(text)


def test_a_sentence_has_at_most_a_thousand_characters() -> None:
    word = "abcd "
    text = word * 200 + "abcd"  # a blank is the thousandth character
    assert [len(part) for part in split(text)] == [999, 4]
    assert [len(part) for part in split("a" * 1_000)] == [1_000]
    assert [len(part) for part in split("a" * 1_001)] == [1_000, 1]


def test_what_has_no_blank_is_cut_between_graphemes() -> None:
    text = "a" * 999 + "e\u0327\u0323" + "b"
    assert [len(part) for part in split(text)] == [999, 4]


def test_a_cut_ends_a_sentence_wherever_it_stands() -> None:
    assert split("The ferry leaves", (4,)) == ["The", "ferry leaves"]
    assert split("The ferry leaves", (0, 16, 99)) == ["The ferry leaves"]


def test_a_blank_line_ends_a_sentence_and_blanks_in_it_do_not_matter() -> None:
    assert split("The ferry\n \t\nleaves at ten") == ["The ferry", "leaves at ten"]


@settings(max_examples=50)
@given(
    st.text(alphabet="aB.!? \n12)(“”。漢[]'\u0301", max_size=400),
    st.lists(st.integers(0, 400), max_size=5),
)
def test_sentences_are_ordered_trimmed_and_leave_only_white_space_between(
    text: str, cuts: list[int]
) -> None:
    text = normalize(text)
    sentences = split_sentences(text, cuts)
    edges = [0, *(edge for s in sentences for edge in (s.start, s.end)), len(text)]
    assert edges == sorted(edges)
    assert not "".join(text[a:b] for a, b in [*pairwise(edges)][::2]).strip()
    for sentence in sentences:
        found = text[sentence.start : sentence.end]
        assert found
        assert found == found.strip()
        assert len(found) <= SENTENCE_CHARACTERS
        assert not any(sentence.start < cut < sentence.end for cut in cuts)
