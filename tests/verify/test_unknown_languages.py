"""What no rule for words knows is said to be unchecked, in any script; figures still count."""

from __future__ import annotations

import pytest

from bot.answer_records import Answer, SupportStatus
from bot.citations import CitationNumbers, CitedSpan, DraftSentence
from bot.json_output import answer_json
from bot.text.sentences import split_sentences
from bot.verify.check import MAX_CHARACTERS, check
from bot.verify.negation import knows_language
from bot.verify.stream_verifier import StreamVerifier
from bot.verify.verification_summary import checked_words
from tests.answer.library import passage
from tests.steps import growth

UNKNOWN = {  # a source, and a sentence that says a part of it
    "Thai": ("หอสมุดแห่งชาติเปิดในปี 1905", "หอสมุดเปิดในปี 1905"),
    "Lao": ("ຫໍສະໝຸດແຫ່ງຊາດເປີດໃນປີ 1905", "ຫໍສະໝຸດເປີດໃນປີ 1905"),
    "Khmer": ("បណ្ណាល័យជាតិបើកនៅឆ្នាំ 1905", "បណ្ណាល័យបើកនៅឆ្នាំ 1905"),
    "Burmese": ("အမျိုးသားစာကြည့်တိုက်ကို 1905 တွင် ဖွင့်ခဲ့သည်", "စာကြည့်တိုက်ကို 1905 တွင် ဖွင့်ခဲ့သည်"),
    "Georgian": ("ეროვნული ბიბლიოთეკა გაიხსნა 1905 წელს.", "ბიბლიოთეკა გაიხსნა 1905 წელს."),
    "Amharic": ("ብሔራዊ ቤተ መጻሕፍት 1905 ተከፈተ።", "ቤተ መጻሕፍት 1905 ተከፈተ።"),
    "Armenian": ("Ազգային գրադարանը բացվել է 1905 թվականին։", "Գրադարանը բացվել է 1905 թվականին։"),
    "Tamil": ("தேசிய நூலகம் 1905 இல் திறக்கப்பட்டது.", "நூலகம் 1905 இல் திறக்கப்பட்டது."),
    "Bengali": ("জাতীয় গ্রন্থাগার 1905 সালে খোলা হয়।", "গ্রন্থাগার 1905 সালে খোলা হয়।"),
    "Arabic": ("افتتحت المكتبة الوطنية عام 1905.", "افتتحت المكتبة عام 1905."),
    "Hebrew": ("הספרייה הלאומית נפתחה בשנת 1905.", "הספרייה נפתחה בשנת 1905."),
    "Hindi": ("राष्ट्रीय पुस्तकालय 1905 में खुला।", "पुस्तकालय 1905 में खुला।"),
    "Greek": ("Η Εθνική Βιβλιοθήκη άνοιξε το 1905.", "Η βιβλιοθήκη άνοιξε το 1905."),
    "Korean": ("국립 도서관은 1905년에 문을 열었다.", "도서관은 1905년에 문을 열었다."),
    "Japanese": ("国立図書館は1905年に開館した。", "図書館は1905年に開館した。"),
    "Polish": ("Biblioteka Narodowa otwarta została w 1905 roku.",
               "Biblioteka otwarta została w 1905 roku."),
    "with a Latin name": ("ეროვნული ბიბლიოთეკა Microsoft გაიხსნა 1905 წელს.",
                          "ბიბლიოთეკა Microsoft გაიხსნა 1905 წელს."),
}  # fmt: skip


@pytest.mark.parametrize(("source", "text"), UNKNOWN.values(), ids=UNKNOWN)
def test_a_sentence_that_no_rule_for_words_knows_is_not_called_checked(
    source: str, text: str
) -> None:
    verdict = check(text, [source])
    assert verdict.supported
    assert verdict.checked == "unknown_language"
    assert not check(text.replace("1905", "1906"), [source]).supported  # a figure still decides
    assert check(source, [source]).checked == "yes"  # a quotation needs no rule


@pytest.mark.parametrize(
    "text",
    ["It opened in 1905.", "1905", "Sie wurde 1905 eröffnet.", "Abrió en 1905.", "Aberta em 1905.",
     "Elle a ouvert en 1905.", "Aprì nel 1905.", "Она открылась в 1905 году.", "它于1905年开放。",
     "Skerry Light: £1.4m.", "“Σ” stands for a sum."],
)  # fmt: skip
def test_a_language_whose_words_are_known_is_checked(text: str) -> None:
    assert knows_language(text)


def answer_of(*statuses: SupportStatus) -> Answer:
    numbers, cited = CitationNumbers(), passage(1, ["The barn is red."])
    span = CitedSpan(cited, cited.start, cited.end)
    sentences = [
        numbers.number(DraftSentence(f"S{n}.", (span,), checked=status, source_language="ka"))
        for n, status in enumerate(statuses)
    ]
    return Answer(
        "q", answered=True, mode="model", sentences=tuple(sentences),
        citations=tuple(numbers.citations),
    )  # fmt: skip


def test_what_is_not_checked_is_said_in_words_and_counted() -> None:
    answer = answer_of("yes", "unknown_language", "yes")
    assert checked_words(answer).startswith("2 of 3 checked; 1 not checked: ")
    document = answer_json(answer)
    assert document["answer"] == "S0.¹ S1.¹ (not checked) S2.¹"
    assert (document["supported"], document["not_checked"]) == (2, 1)


# --- bounds ------------------------------------------------------------------------------------

BARN = passage(1, ["The barn opened in May."])
OPENED = CitedSpan(BARN, BARN.start, BARN.end)
QUESTION = "When did the barn open?"


def test_an_overlong_sentence_is_left_out_and_said_to_be_unchecked() -> None:
    verifier = StreamVerifier(QUESTION, (BARN,))
    text = "The barn opened in May " + "and it was red " * 700 + "."
    assert len(text) > 10_000
    assert verifier.take(verifier.check_sentence(DraftSentence(text, (OPENED,)))) == []
    assert verifier.note == ("One sentence was left out: it is too long, so it was not checked.")


def test_both_reasons_are_said() -> None:
    verifier = StreamVerifier(QUESTION, (BARN,))
    for text in ("red " * 1_000, "The barn burned in 1912."):
        verifier.take(verifier.check_sentence(DraftSentence(text, (OPENED,))))
    assert verifier.note == (
        "One sentence was left out: its source doesn't support it. "
        "One sentence was left out: it is too long, so it was not checked."
    )


@pytest.mark.parametrize("word", ["Barn", "1905,", "ბიბლიოთეკა", "“not”"])
def test_a_long_sentence_takes_linear_time(word: str) -> None:
    def work(size: int) -> None:
        text = f"{word} {size} " + f"{word} " * size
        verifier = StreamVerifier(QUESTION, (BARN,))
        verifier.check_sentence(DraftSentence(text, (OPENED,)))

    assert growth(work, MAX_CHARACTERS // len(word) // 12) < 8


@pytest.mark.parametrize("word", ["Barn", "1905,", "ბიბლიოთეკა"])
def test_a_long_source_takes_linear_time(word: str) -> None:
    def work(size: int) -> None:
        source = f"{word} {size} opened. " + f"The {word} is red. " * size
        sentences = [source[s.start : s.end] for s in split_sentences(source)]
        verifier = StreamVerifier(QUESTION, (passage(1, sentences),))
        verifier.check_sentence(DraftSentence("The barn opened in May 1905."))
        check("The barn opened in May 1905.", [source])

    assert growth(work, 100) < 8
