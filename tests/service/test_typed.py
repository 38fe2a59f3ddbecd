"""What people type as a question: one line, with at least a letter, and not too long."""

import pytest

from bot.errors import QuestionRefused
from bot.service.typed import QUESTION_CHARACTERS, check_question, clean_line


@pytest.mark.parametrize("typed", ["", " \n", "?!", "\u200b", "x" * (QUESTION_CHARACTERS + 1)])
def test_a_text_that_is_not_a_question_is_refused(typed: str) -> None:
    with pytest.raises(QuestionRefused):
        check_question(clean_line(typed))


@pytest.mark.parametrize("typed", ["7?", " Who\n is it? ", "x" * QUESTION_CHARACTERS])
def test_a_question_is_one_line(typed: str) -> None:
    assert check_question(clean_line(typed)) == " ".join(typed.split())
