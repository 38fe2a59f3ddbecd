"""Sentence borders as a table, the promises of sentences and passages as properties."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ingest.chunk import (
    PASSAGE_TOKENS,
    SENTENCE_CHARACTERS,
    mark_at,
    split_passages,
    split_sentences,
)
from bot.records import Passage, Sentence, TextMarker
from bot.text.normalize import normalize
from bot.tokens import count_tokens
from tests.steps import growth

# A broken bar stands where one sentence ends and the next begins.
SENTENCES = [
    # names, titles, countries
    "He met U.S. President Donald Trump.¦ They talked.",
    "The first joint U.S.-USSR space mission flew in 1975.¦ It worked.",
    "The U.S. and Russia agreed.¦ Others did not.",
    "He lives in the U.S.¦ The next year he moved.",
    "It was made in the U.K.¦ However, it sold badly.",
    "The U.S. Senate voted.¦ The U.N. Security Council met.",
    "Mr. Smith met Mrs. Jones.¦ Dr. No was there.",
    "Prof. Ada Byron spoke in St. Petersburg.¦ Nobody left.",
    "Gen. Lee and Sen. Kay wrote to Lt. Col. Hall.¦ No answer came.",
    "It was Smith vs. Jones.¦ Smith won.",
    "J. K. Rowling wrote it.¦ J.R.R. Tolkien did not.",
    "Authors: Humphrey, Jean H.; Mbuya, Mduduzi N. N.; Stoltzfus, Rebecca J.",
    "George W. Bush spoke.¦ John F. Kennedy did not.",
    "Martin Luther King Jr. spoke.¦ Sammy Davis Jr.¦ He sang.",
    "She holds a Ph.D. from Yale.¦ He has a Ph.D.¦ They met.",
    "They live in Washington, D.C.¦ The city is hot.",
    "He works at Apple Inc.¦ The firm is big.",
    "Apple Inc. announced it.¦ Google Ltd. did not.",
    "The Ford Motor Co. of Detroit.¦ It makes cars.",
    "I sold it to Barnes & Co.¦ They paid.",
    # e.g., i.e., etc.
    "Use fruit, e.g. apples or pears.¦ Wash it.",
    "Use a tool, e.g. Python.¦ It helps.",
    "The last one, i.e. Paris, won.¦ It rained.",
    "Bring pens, paper, etc.¦ Then sit down.",
    "Pens, paper, etc. are here.¦ Good.",
    "See Fig. 2 and Figs. 3 and 4.¦ They differ.",
    "As seen in Fig. S1A.¦ It grows.",
    "It is in No. 5 of vol. 3, pp. 12-14.¦ Read it.",
    "He said no.¦ The end.",
    "Smith et al. showed this (Jones et al., 2019).¦ It holds.",
    "This was seen by Smith et al. [12].¦ It holds.",
    "This follows Smith et al.¦ The results agree.",
    "It took approx. 5 minutes.¦ That is long.",
    "On Jan. 5 he left.¦ On Feb. 6 he came.",
    "He came last Jan.¦ The snow was deep.",
    "The train left at 5 p.m. on Monday.¦ It was late.",
    "We met at 5 p.m.¦ Nobody came.",
    "We met at 9 a.m. EST and left.¦ Nobody came.",
    "Growth of E. coli and S. aureus slowed.¦ It stopped.",
    "He lacks vitamin C.¦ The rest is fine.",
    "They had influenza A.¦ Patients were old.",
    # numbers, addresses, names with stops
    "It grew 3.5 percent.¦ Pi is 3.14.¦ Fine.",
    "Version 1.2.3 is out.¦ Use it.",
    "It cost $1.5 million.¦ They paid.",
    "In 2011.¦ 12 men came.",
    "See https://example.com/a.b?c=d.¦ It works.",
    "Write to jean.doe@example.org.¦ She answers.",
    "Open notes.txt or main.py.¦ Save it.",
    "I use Node.js daily.¦ It is fast.",
    "Visit example.com for more.¦ It is free.",
    "The meeting is at 10.30.¦ Be there.",
    "1. Wash the pan.¦ Dry it.",
    "Yahoo! announced a deal.¦ It failed.",
    # quotations and brackets
    "“Is it?” he asked.¦ “It is.”¦ She left.",
    '"Is it?" he asked.¦ "It is."¦ She left.',
    "“Is it?” Peter asked.¦ Nobody knew.",
    "He said: “We won.”¦ Then he left.",
    "(He left.)¦ She stayed.",
    "She stayed (he left).¦ It rained.",
    "‘Go home.’¦ So they went.",
    "He wrote “Stop!” and left.¦ It rained.",
    "« C’est vrai ? » demanda-t-il.¦ Oui.",
    "Il a dit : « C’est vrai. »¦ Puis il est parti.",
    "¿Qué hora es?¦ ¡Es tarde!¦ Vamos.",
    "El Sr. García llegó.¦ La Sra. López no.",
    "The text [...] goes on.¦ It ends.",
    "The text [...] The rest stays.",
    # runs of stops
    "Wait... what is it?¦ Nothing.",
    "He waited...¦ Then he left.",
    "He waited…¦ Then he left.",
    "Well… maybe not.¦ No.",
    "And so . . . it went.¦ Yes.",
    "What?!¦ Really!!¦ Yes.",
    "...and then it ended.¦ Good.",
    # footnote marks
    "It is a big world.[12]¦ Next came rain.",
    "It is a big world.[1][2]¦ Next came rain.",
    "Rates ranged from 14% to 45%. [1] [2] [3]¦ By contrast, others fell.",
    "It is a big world.12¦ Next came rain.",
    "It is a big world.¹²¦ Next came rain.",
    "The claim [citation needed] stands.¦ It fell.[citation needed]¦ So be it.",
    "It was shown [2] .¦ Then it was not [3] .¦ Good.",
    # tokenised text
    "It means `` parent '' ( lit. , `` father '' ) .¦ In law , it differs .",
    "He said `` go . ''¦ They went .",
    "The No. 1 song of the U.S. was here .¦ It fell .",
    # lines
    "A title\n\n¦The text begins.¦ It ends.",
    "Buy:\n¦- apples\n¦- pears\n¦- plums",
    "Steps:\n¦1. Wash.\n¦2. Dry the pan.\n¦3. Rest.",
    "Steps:\n¦(a) wash\n¦(b) dry",
    "A Short Title\n¦The first paragraph of the text is rather long, and it ends here.",
    "anna: hello\n¦ben: hi there\n¦anna: bye",
    "Shall I compare thee to a summer's day?\n¦Thou art more lovely and more temperate:\n"
    "¦Rough winds do shake the darling buds of May,\n"
    "¦And summer's lease hath all too short a date;",
    "The quick brown fox jumped over the lazy dog near the old river bank and\n"
    "Mary, who had seen the fox from her window, ran to tell her elder brother\n"
    "John about it.¦ He did not believe a single word of what she told him that\nday.",
    "It was the plan of the government to build a road from the coast\nto the hills.¦ It failed.",
    "# Heading\n¦Text below it.",
    "> quoted line\n¦Answer below.",
    "all lower case here.¦ nobody cares.¦ really?",
    "A well-known author is S. Das of Delhi.¦ She won.",
    "Two things:\n¦- the room is ours until 5 p.m. but ask first\n¦- bring pens etc. and ink",
    "we met at 5 p.m. and left.¦ it was late.",
    "**It began.**¦ Then *it ended.*¦ Good.",
    # other languages
    "Hier M. Le Pen est venu.¦ Il est parti.",
    "今天天气很好。¦我们去公园吧！¦好吗？",
    "他说：“你好。”¦然后走了。",
    "「はい。」と彼は言った。¦次の日。",
    "『終わり。』¦次の日が来た。",
    "“你好！”他说。¦大家都笑了。",
    "هل هذا صحيح؟¦ نعم.¦ حسنا.",
    "یہ سچ ہے۔¦ وہ چلا گیا۔",
    "यह सच है।¦ वह चला गया॥",
    "Սա ճիշտ է։¦ Նա գնաց։",
    "ይህ እውነት ነው።¦ ሄደ።",
    "ဒါမှန်တယ်။¦ သူသွားပြီ။",
    "នេះពិត។¦ គាត់ទៅ។",
    "สวัสดีครับ ผมชื่อสมชาย\n¦ขอบคุณครับ",
    "Das gilt z. B. für Wien.¦ Es ist so.",
    "Er kam am 3. Mai an.¦ Dann ging er.",
    "Im 19. Jahrhundert war das so.¦ Heute nicht.",
    "Siehe Nr. 5 und Dr. Weber.¦ Danach nicht.",
    "Er sagte: „Ich komme.“¦ Dann ging er.",
    "Это верно, т. е. правда.¦ Он ушёл.",
    "Он живёт в г. Москва.¦ Она нет.",
    "Музей им. А. С. Пушкина закрыт.¦ Жаль.",
    "Это было в 2011 г.¦ Он ушёл.",
    # learnt from the gold sentences
    "It is unique.¦ (i) Expression was low.¦ (ii) Binding was not.",
    "We have medical conditions. 6, 7¦ Herein, we describe it.",
    "It has 4 floors.¦ 1 CT scanner stands there.",
    "See Fig. 2 The role of it.",
    "This is shown by Huang et al. 11 The rest follows.",
    "It is GenBank accession no. EU714029.¦ It is long.",
    "We used IR and SD-OCT.¦ ICGA was not used.",
    "We measured it.¦ mRNA was low.",
    "1.\nSwerdlow DL, Finelli LM.¦ Preparation for it.",
    "Bring this:\n¦•\napples\n¦•\npears",
    "See Smith et al. (2010) for more.¦ It is old.",
    "The antiviral effect was seen by Dr. Yount and co-workers.¦ It is strong.",
    "It was done (see Smith et al.).¦ The end.",
    "We saw that in 14% (n = 3).¦ Others did not.",
]

PIECES = [
    *"aZ5.!?…。！؟।\"”“»)]([ \n\t\r\x1c\xa0'-•,;",
    *("U.S.", "Dr. ", "et al. ", "e.g. ", "\n\n", "\n- ", "[12]", ". . .", "1. ", "The ", "word "),
    *(
        "你好",
        "नमस्ते",
        "e\u0301",
        "👩\u200d🚀",
        "🇫🇷",
        "The end. ",
        "x" * 999,
        "a b " * 300,
        "\u0301" * 70,
    ),
]
TEXT = st.one_of(st.lists(st.sampled_from(PIECES), max_size=30).map("".join), st.text(max_size=60))
MARKS = st.lists(st.integers(0, 400), max_size=4).map(
    lambda starts: [
        TextMarker(start, str(number + 1)) for number, start in enumerate(sorted(starts))
    ]
)
MONOTONOUS = [
    *("a", ".", " ", "\n", "U.S. ", '"', "”", '."', "a\n", "A a.\n", "好。", "! ", ". . ", "1,2"),
    *("Ab. [", "Ab. 12, ", ". (", "“A?” Peter Peter ", "\u0301", "👩\u200d", ".   ", ".[1]"),
]


def words(text: str) -> int:
    return len(text.split())


def quotes(text: str, parts: list[Sentence] | list[Passage] | tuple[Sentence, ...]) -> list[str]:
    return [text[part.start : part.end] for part in parts]


def check_order(text: str, parts: list[Sentence] | list[Passage]) -> None:
    """In order, trimmed, disjoint, and nothing but white space outside."""
    edges = [0, *(edge for part in parts for edge in (part.start, part.end)), len(text)]
    assert edges == sorted(edges)
    gaps = [text[left:right] for left, right in zip(edges[::2], edges[1::2], strict=True)]
    assert not "".join(gaps).strip()
    assert all(quote and quote == quote.strip() for quote in quotes(text, parts))


@pytest.mark.parametrize("marked", SENTENCES)
def test_sentences_end_where_a_reader_says(marked: str) -> None:
    text = marked.replace("¦", "")
    expected = [part.strip() for part in marked.split("¦")]
    assert quotes(text, split_sentences(text)) == expected


@settings(deadline=None)
@given(TEXT, st.lists(st.integers(0, 400), max_size=4))
def test_sentences_are_ordered_trimmed_and_complete(text: str, cuts: list[int]) -> None:
    sentences = split_sentences(text, cuts)
    check_order(text, sentences)
    for sentence in sentences:
        assert sentence.end - sentence.start <= SENTENCE_CHARACTERS
        assert not any(sentence.start < cut < sentence.end for cut in cuts)
        assert "\n\n" not in text[sentence.start : sentence.end]


@settings(deadline=None)
@given(TEXT)
def test_sentences_of_normal_text_are_complete(text: str) -> None:
    clean = normalize(text)
    check_order(clean, split_sentences(clean))


@settings(deadline=None)
@given(TEXT, MARKS, MARKS, st.sampled_from([1, 5, 40, PASSAGE_TOKENS]))
def test_passages_keep_order_and_budget(
    text: str, headings: list[TextMarker], pages: list[TextMarker], budget: int
) -> None:
    passages = split_passages(text, count_tokens, headings=headings, pages=pages, budget=budget)
    check_order(text, passages)
    check_order(text, [sentence for passage in passages for sentence in passage.sentences])
    for passage in passages:
        assert passage.tokens == count_tokens(text[passage.start : passage.end])
        assert passage.tokens <= budget or len(passage.sentences) == 1
        assert passage.heading == (mark_at(headings, passage.start) or "")
        assert passage.page == int(mark_at(pages, passage.start) or 0) or passage.page is None


@settings(deadline=None)
@given(TEXT, MARKS)
def test_no_passage_crosses_a_heading_that_has_text_above_it(
    text: str, marks: list[TextMarker]
) -> None:
    for passage in split_passages(text, words, headings=marks):
        above = [mark_at(marks, sentence.start) for sentence in passage.sentences]
        if above[0] != above[-1]:  # headings that follow each other, then their text
            changes = [left != right for left, right in pairwise(above)]
            assert changes == sorted(changes, reverse=True)


def test_a_long_word_is_cut_at_a_grapheme() -> None:
    text = "a" + "e\u0301" * 700  # not normalised: two code points each
    assert [part.end - part.start for part in split_sentences(text)] == [999, 402]


def test_a_long_sentence_is_cut_at_white_space() -> None:
    sentences = split_sentences("word " * 400)
    assert [part.end - part.start for part in sentences] == [999, 999]


def test_a_heading_begins_a_passage_and_stays_with_its_text() -> None:
    text = "Intro words here.\n\nFirst\n\nSecond\n\nBody of it. More body."
    marks = [TextMarker(text.index(word), word) for word in ("First", "Second")]
    passages = split_passages(text, words, headings=marks)
    assert quotes(text, passages) == [
        "Intro words here.",
        "First\n\nSecond\n\nBody of it. More body.",
    ]
    assert [passage.heading for passage in passages] == ["", "First"]


def test_a_passage_has_the_page_it_begins_on() -> None:
    text = "One is here.\n\nTwo is here.\n\nThree is here."
    pages = [
        TextMarker(0, "1"),
        TextMarker(text.index("Two"), "2"),
        TextMarker(text.index("Three"), "3"),
    ]
    passages = split_passages(text, words, pages=pages, budget=6)
    assert [(passage.page, len(passage.sentences)) for passage in passages] == [(1, 2), (3, 1)]


def test_a_full_enough_passage_ends_with_its_paragraph() -> None:
    text = "One two three. Four five six.\n\nSeven eight. Nine ten eleven."
    passages = split_passages(text, words, budget=9)
    assert quotes(text, passages) == text.split("\n\n")


def test_a_passage_fills_up_when_its_paragraph_ended_early() -> None:
    text = "One two.\n\nThree four five. Six seven. Eight nine ten."
    passages = split_passages(text, words, budget=7)
    assert [passage.tokens for passage in passages] == [7, 3]


def test_counting_never_sees_more_than_a_few_thousand_characters() -> None:
    seen: list[int] = []

    def count(text: str) -> int:
        seen.append(len(text))
        return 1

    split_passages("One. " + " " * 50_000 + "Two. " + "x" * 50_000 + " Y." * 9_000, count)
    assert max(seen) <= 4_000


def test_texts_without_words_have_no_passages() -> None:
    assert split_passages(" \n\t\n", count_tokens) == []


@pytest.mark.parametrize(
    ("offset", "value"), [(0, None), (4, None), (5, "a"), (8, "a"), (9, "b"), (99, "b")]
)
def test_a_mark_holds_until_the_next(offset: int, value: str | None) -> None:
    assert mark_at([TextMarker(5, "a"), TextMarker(9, "b")], offset) == value


@pytest.mark.parametrize("piece", MONOTONOUS)
def test_a_monotonous_text_takes_linear_time(piece: str) -> None:
    assert growth(lambda size: split_sentences((piece * size)[:size]), 1_500) < 6


@pytest.mark.quality
@pytest.mark.parametrize("piece", MONOTONOUS)
def test_a_monotonous_megabyte_ends(piece: str) -> None:
    split_sentences(piece * (1_000_000 // len(piece)))  # hours if an expression is quadratic
