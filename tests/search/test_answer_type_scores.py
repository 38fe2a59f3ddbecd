"""How well a sentence answers, rung by rung of each scale."""

from __future__ import annotations

import pytest

from bot.search.answer_type import answer_type_score
from bot.search.question_analysis import analyze


@pytest.mark.parametrize(
    ("question", "sentence", "score"),
    [
        ("When was it founded?", "It was founded in 1912.", 1),
        ("When did it open?", "It opened in 1912.", 1),
        ("When did it open?", "It opened on 3 May.", 0.8),
        ("When did it open?", "It opened on a Tuesday.", 0.8),
        ("When does it open?", "It opens at 10:30.", 0.8),
        ("When did it open?", "It opened two years ago.", 0.6),
        ("When did it open?", "It opened in haste.", 0),
        ("What year was it founded?", "It was founded in 1912.", 1),
        ("What year was it founded?", "It was founded on 3 May.", 0),
        # who: a name, perhaps an organisation's in capitals, and no opening of an item
        ("Who launched the probe?", "The probe was launched by NASA in 1977.", 0.5),
        ("Who sets the standard?", "The standard is set by ISO.", 0.5),
        ("Who built the computer?", "The computer was built by Hanna Lind at IBM.", 1),
        ("Who found the hole?", "- Security: a note could run a script.", 0),
        ("Who found the hole?", "- Fixed: an SVG image could run scripts (QSA).", 0),
        ("Who found the hole?", "It was found by Marek Olszewski.", 1),
        # how many: what is counted, nothing, something else
        ("How many ships sank?", "A storm sank 12 ships.", 1),
        ("How many ships sank?", "A storm sank 12 large old ships.", 1),
        ("How many ships sank?", "A storm sank 12 newly painted old ships.", 0.3),
        ("How many ships sank?", "A storm sank 12 million ships.", 1),
        ("How many ships sank?", "In the storm sank 12.", 0.7),
        ("How many ships sank?", "Of these 12 were lost.", 0.7),
        ("How many ships sank?", "A storm sank 12 boats.", 0.3),
        ("How many ships sank?", "A STORM SANK 12 BOATS.", 0.7),
        ("How many ships sank?", "A storm came on 12 May.", 0),
        ("How many ships sank?", "A storm came in 1912.", 0),
        ("How many ships sank?", "12 boats came and 3 ships sank.", 1),
        ("有多少人参加？", "2021年3月5日十二人参加。", 0.7),  # written right behind a date
        # quantities
        ("How deep is the sound?", "It is 40 metres deep.", 1),
        ("How deep is the sound?", "It is forty thousand metres deep.", 1),
        ("How deep is the sound?", "It is a metre deep.", 1),
        ("How deep is the sound?", "It took 40 men.", 0.3),
        ("How deep is the sound?", "It is deep.", 0),
        ("How fast is the train?", "It does 200.", 0.8),
        ("How fast is the train?", "It is fast.", 0),
        # age needs its words and a number
        ("How old is Moen?", "Moen, 61, will retire.", 1),
        ("How old is Moen?", "Moen was born in Bergen.", 0),
        ("How old is Moen?", "Moen has 61 boats.", 0),
        # reasons
        ("Why did it close?", "It closed because of the toll.", 1),
        ("Why did it close?", "It closed for repairs.", 0.4),
        ("Why did it close?", "It closed.", 0),
        # who said it
        ("What did Moen say?", "Moen said it was cold.", 1),
        ("What did Moen say?", "Moen once quietly said it was cold.", 1),
        ("What did Moen say?", "Moen once very quietly said it was cold.", 0),
        ("What did Moen say?", "He said it was cold.", 0.7),
        ("What did Moen say?", "He said it to his old friend Moen.", 0),
        ("What did Moen say?", "Moen left and then later he said it was cold.", 0.7),
        ("What did Moen say?", "It was cold.", 0),
        # names and places
        ("Who opened it?", "The door was opened by Ingrid.", 1),
        ("Who opened it?", "Ingrid opened it.", 0),  # any word has a capital there
        ("Who opened it?", "Ingrid Solheim opened it.", 1),
        ("Where was he born?", "He was born in Bergen.", 1),
        ("Where was he born?", "He was born in the old Bergen.", 1),
        ("Where was he born?", "He was called Bergen.", 0.5),
        ("Where was he born?", "He was born there.", 0),
        ("Where in Bergen was he born?", "He was born in Bergen.", 0),
        ("Who led it before Moen?", "It was led by Tove Brandt.", 0),
        ("Who led it before Moen?", "Until then it was led by Tove Brandt.", 1),
        ("Who led it before Moen?", "Tove Brandt led it before the old Moen.", 1),
        ("What is a ferry?", "A ferry is a ship.", None),
    ],
)
def test_a_sentence_has_the_score_of_its_rung(
    question: str, sentence: str, score: float | None
) -> None:
    assert answer_type_score(analyze(question), sentence) == score
