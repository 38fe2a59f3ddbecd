"""A model's sentences get the footnote that carries them, or stay out; no server is asked."""

from __future__ import annotations

import pytest

from bot.answer.writing.sentence_stream import SentenceStream
from bot.citations import DraftSentence
from bot.records import Sentence, StoredPassage, Submitter
from bot.text.sentences import split_sentences
from bot.verify.stream_verifier import StreamVerifier

BRIDGE = (
    "The Forth Bridge opened to trains in 1890. It was built of steel by William Arrol. "
    "The bridge cost three million pounds. Road traffic crosses on another bridge since 1964."
)
SNACK = (
    "The Alder bar is made of oats, honey and walnuts. "
    "It is not safe for people with a nut allergy. "
    "Anna Berg founded the maker, Alder Foods, in Perth in 2011. The bar costs two pounds. "
    "In 2019 Alder Foods bought the bakery of Karl Lund in Dundee."
)
PONT = "Le pont du Gard est un pont romain. Il a été construit au premier siècle par les Romains."


def passage(number: int, title: str, text: str) -> StoredPassage:
    sentences = tuple(Sentence(s.start, s.end) for s in split_sentences(text))
    return StoredPassage(
        number, number, number, 1, title, None, None, None, Submitter(), "", 0, 0, len(text),
        None, "", text, sentences,
    )  # fmt: skip


PASSAGES = (
    passage(1, "The Forth Bridge", BRIDGE),
    passage(2, "The Alder bar", SNACK),
    passage(3, "Le pont du Gard", PONT),
)


def find(number: int, sentence: int) -> tuple[StoredPassage, Sentence] | None:
    if not 1 <= number <= len(PASSAGES) or sentence > len(PASSAGES[number - 1].sentences):
        return None
    return PASSAGES[number - 1], PASSAGES[number - 1].sentences[sentence - 1]


def told(question: str, reply: str) -> tuple[list[DraftSentence], StreamVerifier]:
    """What of a model's reply is shown."""
    stream, verifier = SentenceStream(find), StreamVerifier(question, PASSAGES)
    written = [*stream.feed(reply), *stream.finish()]
    return [
        sentences for one in written for sentences in verifier.take(verifier.check_sentence(one))
    ], verifier


def words(question: str, reply: str) -> list[str]:
    return [one.text for one in told(question, reply)[0]]


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("The Forth Bridge opened in 1890.", "The Forth Bridge opened to trains in 1890."),
        ("The bridge cost three million pounds [1.2].", "The bridge cost three million pounds."),
        ("The bridge cost three million pounds [7.7].", "The bridge cost three million pounds."),
        (
            "Alder Foods was founded in Perth by Anna Berg.",
            "Anna Berg founded the maker, Alder Foods, in Perth in 2011.",
        ),
        (
            "The bar is made of oats, honey and walnuts and is not safe with a nut allergy.",
            "The Alder bar is made of oats, honey and walnuts. "
            "It is not safe for people with a nut allergy.",
        ),
    ],
)
def test_a_sentence_gets_the_supporting_footnote(sentence: str, quote: str) -> None:
    sentences, _ = told("?", sentence)
    assert [[cited.quote for cited in one.spans] for one in sentences] == [[quote]]


@pytest.mark.parametrize(
    "sentence",
    [
        "The bridge cost four million pounds.",
        "The Forth Bridge was built of steel by Anna Berg.",  # of two places
        "Anna Berg founded Alder Foods in Perth in 2019.",
        "The Alder bar is safe for people with a nut allergy.",
        "The museum of clocks opens at nine.",
        "Anna Berg said that the bar costs two pounds.",
        "Seven people with a nut allergy died.",
    ],
)
def test_a_sentence_that_its_best_source_does_not_support_is_dropped(sentence: str) -> None:
    assert words("?", sentence) == []
    assert words("?", f"The bridge cost three million pounds. {sentence}") == [
        "The bridge cost three million pounds."
    ]


PREMISES = (
    (
        "When did Helmut Kohl build the Forth Bridge?",
        "Helmut Kohl built the Forth Bridge of steel.",
    ),
    ("Who built the Tay Bridge?", "The Tay Bridge was built of steel by William Arrol."),
    ("Did the Forth Bridge open in 1891?", "The Forth Bridge opened to trains in 1891."),
    ("Why did Paris build the Forth Bridge?", "The Forth Bridge in Paris was built of steel."),
    ("What did Boeing pay for it?", "Boeing paid three million pounds for the bridge."),
    ("Why did Joan Petrie found Alder Foods?", "Joan Petrie founded Alder Foods in Perth in 2011."),
    ("When was Alder Foods founded in Oslo?", "Anna Berg founded Alder Foods in Oslo in 2011."),
    ("Did Anna Berg found it in 2012?", "Yes, Anna Berg founded Alder Foods in Perth in 2012."),
    ("Why did Nestlé buy Lund's bakery in 2019?", "Nestlé bought the bakery of Karl Lund in 2019."),
    ("Why did it buy Anna Berg's bakery?", "In 2019 Alder Foods bought the bakery of Anna Berg."),
)


@pytest.mark.parametrize(("question", "sentence"), PREMISES)
@pytest.mark.parametrize("mark", ["", " [1.2]", " [2.3]", " [2.5]", " [1.1]"])
def test_a_false_premise_of_the_question_is_not_accepted(
    question: str, sentence: str, mark: str
) -> None:
    assert words(question, sentence.removesuffix(".") + mark + ".") == []


@pytest.mark.parametrize(
    ("question", "reply", "sentences"),
    [
        ("Is the bar safe with a nut allergy?", "Yes.", []),
        ("Is the bar safe with a nut allergy?", "Yes. It has [2.9].", []),
        (
            "Is the Alder bar safe for people with a nut allergy?",
            "Yes. It is not safe for people with a nut allergy [2.2].",
            ["It is not safe for people with a nut allergy."],
        ),
        (
            "Is the Alder bar safe for people with a nut allergy?",
            "No. It is not safe for people with a nut allergy [2.2].",
            ["No. It is not safe for people with a nut allergy."],
        ),
        (
            "Did the Forth Bridge open in 1891?",
            "Yes, the Forth Bridge opened to trains in 1890 [1.1].",
            ["The Forth Bridge opened to trains in 1890."],
        ),
        (
            "Did the Forth Bridge open in 1891?",
            "No, the Forth Bridge opened to trains in 1890.",
            ["No, the Forth Bridge opened to trains in 1890."],
        ),
        (
            "Did the Forth Bridge open in 1890?",
            "Yes, it opened to trains in 1890 [1.1].",
            ["Yes, it opened to trains in 1890."],
        ),
        (
            "Did the bridge cost three million pounds?",
            "No. The bridge cost three million pounds [1.3].",
            ["The bridge cost three million pounds."],
        ),
    ],
)
def test_yes_and_no_are_kept_only_if_the_sentence_agrees(
    question: str, reply: str, sentences: list[str]
) -> None:
    assert words(question, reply) == sentences


def test_greetings_headings_and_lists_of_sources_are_dropped_silently() -> None:
    reply = (
        "Sure!\n\nHere is what the articles say:\n\n## Cost\nThe bridge cost three million pounds "
        "[1.3].\n\nSources:\n[1.1] The Forth Bridge"
    )
    sentences, verifier = told("What did the bridge cost?", reply)
    assert [one.text for one in sentences] == ["The bridge cost three million pounds."]
    assert verifier.note == ""


def test_an_unsupported_claim_is_left_out_with_a_note() -> None:
    reply = (
        "The bridge cost three million pounds [1.3]. "
        "It does not contain peanuts and its builder was convicted of theft."
    )
    sentences, verifier = told("What did the bridge cost?", reply)
    assert [one.text for one in sentences] == ["The bridge cost three million pounds."]
    assert verifier.note == "One sentence was left out: I found no source for it."


def test_a_sentence_has_the_language_of_its_foreign_source() -> None:
    reply = "The bridge was built in the first century by the Romans [3.2]."
    sentences, _ = told("Who built the bridge?", reply)
    assert [one.source_language for one in sentences] in ([], ["fr"])
    (german,) = told("?", "Die Brücke wurde 1890 für den Verkehr der Züge eröffnet [1.1].")[0]
    assert german.source_language == "en"


def test_citations_at_a_paragraphs_end_decide_between_equal_sources() -> None:
    fee = "A day ticket costs nine euros. The bridge is open from May."
    passages = (passage(1, "Prices", fee), passage(2, "News", fee))

    def find_in(number: int, sentence: int) -> tuple[StoredPassage, Sentence] | None:
        return (passages[number - 1], passages[number - 1].sentences[sentence - 1])

    stream = SentenceStream(find_in)
    verifier = StreamVerifier("What does it cost, and when is it open?", passages)
    reply = "A day ticket costs nine euros. The bridge is open from May. [2.1] [2.2]"
    drafts = [*stream.feed(reply), *stream.finish()]
    sentences = [s for d in drafts for s in verifier.take(verifier.check_sentence(d))]
    assert [s.text for s in sentences] == [
        "A day ticket costs nine euros.",
        "The bridge is open from May.",
    ]
    assert [(span.passage.title, span.quote) for span in sentences[0].spans] == [
        ("News", "A day ticket costs nine euros.")
    ]
