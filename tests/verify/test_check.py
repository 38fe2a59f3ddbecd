"""A sentence is checked against exactly what it cites."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.verify.check import check, needs_similarity
from bot.verify.claim_context import ClaimContext
from bot.verify.source_gaps import says_not_in_sources
from tests.steps import growth

BRIDGE = "The Forth Bridge opened to trains on 4 March 1890."
COST = "The bridge cost three million pounds, 1.5 million more than planned."


def rules(text: str, *cited: str, around: ClaimContext | None = None) -> set[str]:
    """The rules that the sentence fails."""
    return {reason.rule for reason in check(text, cited, around).reasons}


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        # the same, in other words and forms
        ("The Forth Bridge was opened to trains in 1890.", BRIDGE),
        ("Trains have used the Forth Bridge since March 1890.", BRIDGE),
        ("It opened on March 4, 1890.", BRIDGE),
        ("It opened on 1890-03-04 to trains.", BRIDGE),
        # numbers
        ("The bridge cost 3,000,000 pounds.", COST),
        ("The bridge cost £3 million.", COST),
        ("It cost one and a half million more than planned.", COST),
        ("It cost 1,500,000 more than planned.", COST),
        ("Nearly 500 people work there.", "The works employ 487 people there."),
        ("About 500 people work there.", "The works employ 512 people there."),
        ("More than 400 people work there.", "The works employ 412 people there."),
        ("It opened in the 1890s.", "It opened in 1893."),
        ("Twelve people were hurt.", "A dozen people were hurt."),
        ("It grew by 12%.", "It grew by 12 percent."),
        ("It grew by 12 per cent.", "It grew by 12 %."),
        ("The town has 23,000 people.", "The town has 23 thousand people."),
        # names
        ("The WHO warned of it.", "The World Health Organization warned of it."),
        ("The World Health Organization warned of it.", "The WHO warned of it."),
        ("Beyonce sang there.", "Beyoncé sang there."),
        ("Canadian troops came.", "Troops from Canada came."),
        ("Smith's men came.", "The men of Smith came."),
        # negations
        ("Dogs are not allowed on board.", "No dogs are allowed on board."),
        ("He did not attend the meeting.", "He failed to attend the meeting."),
        ("The vaccine is not only safe but cheap.", "The vaccine is safe and cheap."),
        ("It was the No. 1 song.", "It was the number 1 song."),
        # quotations
        ("""She sings "you're so vain" of him.""", "She sings `` you 're so vain '' of him ."),
        ("He called it “a great step” for all.", 'He said: "This is a great step for us all."'),
        ('He said "This is … for us all".', 'He said: "This is a great step for us all."'),
        # attribution kept
        ("The firm is alleged to have lied.", "Prosecutors allege that the firm lied."),
        ("According to prosecutors the firm lied.", "Prosecutors allege that the firm lied."),
    ],
)
def test_a_paraphrase_of_the_source_is_supported(text: str, cited: str) -> None:
    assert rules(text, cited) == set()


@pytest.mark.parametrize(
    ("text", "cited", "rule"),
    [
        ("The Forth Bridge opened in 1891.", BRIDGE, "number"),
        ("The bridge cost 3 billion pounds.", COST, "number"),
        ("The bridge cost four million pounds.", COST, "number"),
        ("The bridge cost three million dollars.", COST, "unit"),
        ("It grew by 12 percentage points.", "It grew by 12 percent.", "unit"),
        ("It is 5 miles long.", "It is 5 km long.", "unit"),
        ("500 people work there.", "The works employ 487 people there.", "number"),
        ("Nearly 500 people work there.", "The works employ 612 people there.", "number"),
        ("More than 500 people work there.", "The works employ 487 people there.", "number"),
        ("It opened on 5 March 1890 to trains.", BRIDGE, "date"),
        ("It opened in May 1890 to trains.", BRIDGE, "date"),
        ("It opened on 4 March 1880 to trains.", BRIDGE, "date"),
        ("The Tay Bridge opened to trains in 1890.", BRIDGE, "name"),
        ("NASA warned of it.", "The World Health Organization warned of it.", "name"),
        ("Dogs are not allowed on board.", "Dogs are allowed on board.", "negation"),
        ("Dogs are allowed on board.", "Dogs are not allowed on board.", "negation"),
        ("She never left the town.", "She left the town in spring.", "negation"),
        ("He can read it without glasses.", "He can read it with glasses.", "negation"),
        ("Sales rose in May 2020.", "Sales fell in May 2020.", "antonym"),
        ("More people came than before.", "Fewer people came than before.", "antonym"),
        ("He supported the new law.", "He opposed the new law.", "antonym"),
        ("The treaty came before the war.", "The treaty came after the war.", "antonym"),
        ("He called it “a small step”.", 'He said: "This is a great step."', "quotation"),
        ("The firm lied to its customers.", "Prosecutors allege that the firm lied to its "
         "customers.", "attribution"),
        ("The museum of clocks opens at nine.", BRIDGE, "unrelated_source"),
    ],
)  # fmt: skip
def test_a_claim_that_the_source_does_not_make_is_not_supported(
    text: str, cited: str, rule: str
) -> None:
    assert rule in rules(text, cited)


@pytest.mark.parametrize(
    ("text", "false_sentence", "cited"),
    [
        # German
        ("Die Brücke wurde am 4. März 1890 eröffnet.", "Die Brücke wurde am 5. März 1890 eröffnet.",
         "Am 4. März 1890 wurde die Brücke eröffnet."),
        ("Hunde sind nicht erlaubt.", "Hunde sind erlaubt.", "Hunde sind nicht erlaubt."),
        ("Der Umsatz stieg auf 1,5 Millionen Euro.", "Der Umsatz fiel auf 1,5 Millionen Euro.",
         "Der Umsatz stieg auf 1.500.000 Euro."),
        ("Angela Merkel reiste ab.", "Helmut Kohl reiste ab.", "Angela Merkel reiste gestern ab."),
        # Spanish
        ("El puente se abrió en marzo de 1890.", "El puente se abrió en mayo de 1890.",
         "El puente se abrió el 4 de marzo de 1890."),
        ("Los perros no pueden entrar.", "Los perros pueden entrar.",
         "Los perros no pueden entrar."),
        # French
        ("Le pont coûte 3 millions d'euros.", "Le pont coûte 4 millions d'euros.",
         "Le pont coûte trois millions d'euros, soit 3 000 000."),
        ("Les chiens ne sont pas admis.", "Les chiens sont admis.",
         "Les chiens ne sont pas admis."),
        # Russian
        ("Мост открыли 4 марта 1890 года.", "Мост открыли 4 мая 1890 года.",
         "Мост был открыт 4 марта 1890 года."),
        ("Путин не приехал в Берлин.", "Путин приехал в Берлин.", "Путин не приехал в Берлин."),
        ("Об этом заявил Путин.", "Об этом заявил Медведев.", "Об этом сказано в речи Путина."),
        # Chinese
        ("大桥于1890年3月4日通车。", "大桥于1890年5月4日通车。", "大桥于1890年3月4日正式通车。"),
        ("该市有150万人口。", "该市有250万人口。", "该市人口为150万人。"),
        ("他没有参加会议。", "他参加会议。", "他没有参加会议。"),
        # a question in one language, a source in another
        ("Die Brücke wurde 1890 eröffnet.", "Die Brücke wurde 1891 eröffnet.", BRIDGE),
        ("El puente costó 3 millones de libras.", "El puente costó 4 millones de libras.", COST),
    ],
)  # fmt: skip
def test_other_languages_are_checked_too(text: str, false_sentence: str, cited: str) -> None:
    assert rules(text, cited) == set()
    assert rules(false_sentence, cited) != set()


def test_names_may_come_from_the_title_and_the_sentence_before_and_not_from_the_question() -> None:
    text = "Henry of Huntingdon tells of Canute and the tide."
    cited = "He tells of him and the tide."
    assert "name" in rules(text, cited)
    before = "Henry of Huntingdon loved King Canute."
    assert rules(text, cited, around=ClaimContext(text_before_sources=before, author="H.")) == set()
    assert rules(text, cited, around=ClaimContext(title="Henry of Huntingdon on Canute")) == set()
    question = ClaimContext(title="Henry of Huntingdon", question="Who was Canute?")
    assert rules(text, cited, around=question) == {"name"}


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("Boeing acquired the firm for a lot.", "Airbus acquired the firm in spring for a lot."),
        ("Merkel left the meeting early.", "Kohl left the long meeting early."),
        ("Google bought the small firm.", "Apple went and bought the small firm."),
        ("Paris has the tallest tower.", "London has the tallest tower of them."),
        ("Baker's second book sold well.", "Smith's second book sold quite well."),
    ],
)
def test_a_single_first_word_may_be_a_name(text: str, cited: str) -> None:
    assert "name" in rules(text, cited)


@pytest.mark.parametrize(
    "text",
    [
        "Additionally, the firm was acquired by Airbus.",
        "Acquiring the firm cost Airbus a lot.",
        "Although the firm cost a lot, Airbus acquired it.",
        "Owners of the firm sold it to Airbus.",
        "Corporate owners sold the firm to Airbus.",
        "Eventually those who owned the firm sold it to Airbus.",
        "Despite the cost Airbus acquired the firm.",
        "Expensive firms cost Airbus a lot.",
    ],
)
def test_a_first_word_that_is_not_a_name_needs_no_source(text: str) -> None:
    cited = "Airbus acquired the firm from those who owned and sold it, which cost a lot."
    assert rules(text, cited) == set()


def test_according_to_needs_a_speaker_in_the_source() -> None:
    text = "According to Airbus the firm was acquired."
    assert rules(text, "Airbus said that the firm was acquired.") == set()
    assert rules(text, "The firm was acquired by Airbus.") == {"speaker"}


@pytest.mark.parametrize(
    ("text", "cited", "rule"),
    [
        ("Seven patients died.", "Patients died.", "number"),
        ("Seven patients died of it.", "Patients died of fever, cough and rash.", "number"),
        ("There are four colours.", "The colours are red, green and blue.", "number"),
        ("There are three colours.", "The colours are red, green and blue.", ""),
        ("Both towns, Perth and Ayr, are two ports.", "Perth and Ayr are ports, both towns.", ""),
        ("Anna Berg said that prices rose.", "Prices rose.", "speaker"),
        ("According to doctors, prices rose.", "Prices rose.", "speaker"),
        ("Prices rose, said the mayor.", "Prices rose, said the baker.", "speaker"),
        ("Laut Anna Berg stiegen die Preise.", "Die Preise stiegen.", "speaker"),
        ("According to the article, prices rose.", "Prices rose.", ""),
        ("According to the mayor, prices rose.", "The mayor said prices rose.", ""),
    ],
)  # fmt: skip
def test_counts_and_speakers_need_a_source(text: str, cited: str, rule: str) -> None:
    assert rule in rules(text, cited) if rule else rules(text, cited) == set()


def test_a_speaker_may_be_in_the_previous_sentence_but_not_in_the_title() -> None:
    text, cited = "Anna Berg said that prices rose.", "She said that prices rose."
    assert (
        rules(text, cited, around=ClaimContext(text_before_sources="Anna Berg is mayor.")) == set()
    )
    assert rules(text, cited, around=ClaimContext(title="Anna Berg")) == {"speaker"}


def test_an_invented_speaker_is_no_attribution() -> None:
    text, cited = "The firm lied to all.", "Prosecutors allege that the firm lied to all."
    assert (
        rules(text, cited, around=ClaimContext(previous_sentence="Prosecutors said so.")) == set()
    )
    assert rules(
        text, cited, around=ClaimContext(previous_sentence="Anna Berg said it was cold.")
    ) == {"attribution"}


def test_words_of_the_question_may_be_in_quotation_marks() -> None:
    cited = "The origin of cold feet is a novel of 1896."
    question = ClaimContext(question="Where does getting cold feet come from?")
    assert rules('"Getting cold feet" has its origin in a novel.', cited, around=question) == set()
    question = ClaimContext(question="Did he say “we lied”?")
    assert "quotation" in rules('He said "we lied" of it.', "He said it was so.", around=question)


def test_numbers_may_not_come_from_the_question() -> None:
    question = ClaimContext(question="Did the bridge open in 1891?")
    assert "number" in rules("Yes, the Forth Bridge opened in 1891.", BRIDGE, around=question)


@pytest.mark.parametrize(
    ("published", "broken"),
    [("2025-06", set()), ("2025-06-03", set()), ("2025-Q2", {"date"}), ("2025", {"date"})],
)
def test_a_month_may_come_from_the_publication_date(published: str, broken: set[str]) -> None:
    text, cited = "The ministers met in June 2025.", "The ministers met."
    assert rules(text, cited, around=ClaimContext(published=published)) == broken


def test_a_relative_day_needs_the_publication_date() -> None:
    text, cited = "The ministers met on 2 June 2025.", "The ministers met yesterday."
    assert rules(text, cited, around=ClaimContext(published="2025-06-03")) == set()
    assert rules(text, cited, around=ClaimContext(published="2025-08-03")) == {"date"}
    assert rules(text, cited) == {"date"}


def test_a_sentence_is_checked_against_all_its_citations_together() -> None:
    text = "The Forth Bridge opened in 1890 and cost three million pounds."
    assert rules(text, BRIDGE) == {"number"}
    assert rules(text, BRIDGE, COST) == set()


def test_words_of_the_source_may_not_be_swapped() -> None:
    cited = "Anna Berg won in 2019 with 51 votes and Karl Lund came second with 47 votes."
    assert rules("Anna Berg won in 2019 with 51 votes.", cited) == set()
    assert rules("Karl Lund won in 2019 with 51 votes.", cited) == {"name"}
    assert rules("Anna Berg won in 2019 with 47 votes.", cited) == {"number"}


ASKED = (
    "Who painted the bridge (wer hat sie gemalt, quién lo pintó, кто это сделал, 价格), and when?"
)


@pytest.mark.parametrize(
    "text",
    [
        "The passages do not say who painted it.",
        "The library doesn't mention who painted the bridge.",
        "None of the articles says when.",
        "No source mentions when it was painted.",
        "Die Artikel sagen nicht, wer sie gemalt hat.",
        "Las fuentes no dicen quién lo pintó.",
        "Источники не говорят, кто это сделал.",
        "文章没有提到价格。",
    ],
)
def test_saying_that_the_sources_do_not_answer_needs_no_source(text: str) -> None:
    assert says_not_in_sources(text, ASKED)
    assert check(text, [], ClaimContext(question=ASKED)).supported


@pytest.mark.parametrize(
    "text",
    [
        "It opened in 1890.",
        "It is famous.",
        "Yes.",
        "Two things are known.",
        "The bridge was not painted.",
        "According to the articles it is red.",
        "The article does not say so, but it cost 3,000,000 pounds.",
        "It does not contain peanuts and was painted by a man who was convicted of theft.",
        "The article does not mention that the painter was convicted of theft.",
        "The sources say that the bridge was not painted.",
        "Er starb in Rom.",
    ],
)
def test_a_claim_without_a_source_is_not_supported(text: str) -> None:
    verdict = check(text, [], ClaimContext(question=ASKED))
    assert [reason.rule for reason in verdict.reasons] == ["uncited"]


def test_the_language_of_a_foreign_source_is_reported() -> None:
    german = "Die Brücke wurde 1890 für den Verkehr eröffnet."
    assert check(german, [BRIDGE]).source_language == "en"
    assert check(BRIDGE, [BRIDGE]).source_language == ""


def test_the_cosine_outweighs_words_and_decides_between_languages() -> None:
    text, cited = (
        "The automobiles may be parked for nothing.",
        "Leaving cars there is free of charge.",
    )
    assert needs_similarity(text, [cited])
    assert not check(text, [cited], cosine=0.4).supported
    assert check(text, [cited], cosine=0.8).supported
    german = "Das Parken ist dort für alle kostenlos."
    assert needs_similarity(german, [cited])
    assert check(german, [cited], cosine=0.5).supported
    assert not check(german, [cited], cosine=0.1).supported
    assert not needs_similarity(BRIDGE, [BRIDGE])


PIECES = (
    'The bridge opened in 1890 . , not no 3,000 three million " “yes” Arrol U.S. rose fell 4 March '
    "may 1.5 km % $ ( ) — 大桥 没有 мост не \n 's n't - / ’ \ud800 …"
)
WORDS = st.sampled_from(PIECES.split(" "))
TEXTS = st.lists(WORDS, max_size=40).map(" ".join)


@given(TEXTS)
def test_every_text_supports_itself(text: str) -> None:
    assert check(text, [text]).supported or not text.strip()


@given(TEXTS, TEXTS)
def test_any_two_texts_get_the_same_verdict_twice(text: str, cited: str) -> None:
    assert check(text, [cited]) == check(text, [cited])


@pytest.mark.parametrize(
    "unit",
    ["a ", "not ", "3 ", "A ", '"', "1,", "May ", ". ", "大", "more ", "-"],
)
def test_every_sentence_takes_linear_time(unit: str) -> None:
    def work(size: int) -> None:
        text = (unit * size)[:size]
        check(
            text,
            [text * 5] * 3,
            ClaimContext(title=text[:200], question=text, text_before_sources=text),
        )

    assert growth(work, 250) < 6  # a sentence has 1,000 characters at most
