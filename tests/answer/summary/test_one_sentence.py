"""What an article is about, in one of its own sentences."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.answer.summary.one_sentence import one_sentence_summary
from tests.answer.library import passage

OTTERS = [
    ["Otters and kelp"],
    ["“I counted them for years,” said Ann.", "Sea otters eat the urchins that eat the kelp."],
    ["Where otters were hunted, urchins stripped the kelp.", "It came back with the otters."],
]


def test_the_summary_is_the_sentence_with_the_most_common_words() -> None:
    passages = [passage(i, sentences) for i, sentences in enumerate(OTTERS)]
    found = one_sentence_summary("Otters and kelp", passages)
    assert found == "Sea otters eat the urchins that eat the kelp."


def test_titles_and_fragments_are_no_summary() -> None:
    assert one_sentence_summary("Otters", [passage(0, ["Otters."]), passage(1, ["By Ann."])]) == ""
    assert one_sentence_summary("Otters", []) == ""


@given(st.lists(st.lists(st.text(min_size=1, max_size=200), min_size=1, max_size=4), max_size=4))
def test_the_summary_is_a_sentence_of_the_article(texts: list[list[str]]) -> None:
    found = one_sentence_summary(
        "Title", [passage(i, sentences) for i, sentences in enumerate(texts)]
    )
    assert not found or any(found in sentences for sentences in texts)
