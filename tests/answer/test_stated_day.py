"""A question that says which day it is asks for another day by it."""

from __future__ import annotations

import pytest

from bot.answer.question.stated_day import with_days_counted


@pytest.mark.parametrize(
    ("question", "counted"),
    [
        ("its 6 may 2026, what did she find yesterday?", "what did she find May 5, 2026?"),
        ("hoy es 10 de junio de 2026, ¿qué pasó ayer?", "¿qué pasó 9 de junio de 2026?"),
        ("heute ist der 6. Mai 2026, was fand sie gestern?", "was fand sie 5. Mai 2026?"),
        ("on est le 6 mai 2026, qu'a-t-elle dit hier ?", "qu'a-t-elle dit 5 mai 2026 ?"),
        ("nous sommes le 6 mai 2026, qu'a-t-elle dit hier ?", "qu'a-t-elle dit 5 mai 2026 ?"),
        ("wir haben heute den 6. Mai 2026, was fand sie gestern?", "was fand sie 5. Mai 2026?"),
        ("estamos a 6 de mayo de 2026, ¿qué pasó ayer?", "¿qué pasó 5 de mayo de 2026?"),
        ("今天是2026年5月6日，她昨天发现了什么？", "她2026年5月5日发现了什么？"),
        ("Since 1 March 2026, is the museum still closed today?", ""),
        ("Until 5 May 2026, trains are cancelled; is my train running today?", ""),
        ("bis zum 5. Mai 2026, fährt heute ein Zug?", ""),
        ("The museum opened 6 May 2019, is it open today?", ""),
        ("What did they decide yesterday, on 14 May 2026?", ""),
        ("what happened on 4 May 2026, and what yesterday?", ""),
        ("today is 6 may 2026, when does it open?", ""),
    ],
)
def test_the_day_before_a_stated_one_takes_the_place_of_yesterday(
    question: str, counted: str
) -> None:
    assert with_days_counted(question) == (counted or question)
