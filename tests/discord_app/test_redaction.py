"""What remains of an answer when articles are removed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.answer_records import Answer, AnswerSentence, Citation
from bot.discord_app.redaction import SOURCE_REMOVED, redact

ARTICLES = 4
GONE = st.frozensets(st.integers(1, ARTICLES))


def _citation(n: int, article: int) -> Citation:
    return Citation(n, article, article, 1, f"T{article}", None, None, None, 0, 1, "q")


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    cited = draw(st.lists(st.integers(1, ARTICLES), max_size=6))
    citations = tuple(_citation(n, article) for n, article in enumerate(cited, 1))
    numbers = st.lists(st.sampled_from(range(1, len(cited) + 1)), unique=True, max_size=3)
    marks = draw(st.lists(numbers if cited else st.just([]), max_size=5))
    sentences = tuple(AnswerSentence(f"S{i}.", tuple(m)) for i, m in enumerate(marks))
    note = draw(st.sampled_from(["", "T2 says otherwise."]))
    answered = draw(st.booleans())  # the closest sentences of an answer that isn't sure, too
    return Answer("Q?", answered, "model", sentences, citations, note=note)


@given(answers(), GONE)
def test_nothing_that_is_left_rests_on_what_is_gone_alone(
    answer: Answer, gone: frozenset[int]
) -> None:
    left = redact(answer, gone)
    articles = {c.n: c.article_id for c in answer.citations}
    cites_gone = any(article in gone for article in articles.values())
    standing = [s for s in answer.sentences if any(articles[n] not in gone for n in s.footnotes)]
    if left is None:
        assert cites_gone
        assert standing == []
        return
    assert all(citation.article_id not in gone for citation in left.citations)
    assert all(articles[n] not in gone for s in left.sentences for n in s.footnotes)
    assert left.note in ("", SOURCE_REMOVED) or not gone
    if cites_gone:
        assert [s.text for s in left.sentences] == [s.text for s in standing]
    else:
        assert left.sentences == answer.sentences


@given(answers())
def test_where_nothing_is_gone_all_is_as_it_was(answer: Answer) -> None:
    assert redact(answer, frozenset()) is answer
