"""A scripted model that takes the exam: it says and cites the sentence that holds the answer."""

from __future__ import annotations

import re

from bot.evaluate.exam import QUESTIONS
from tests.model_server import Reply, answer


def cites(prompt: str) -> Reply:
    """The sentence of the prompt that holds what was asked, with its mark."""
    return _said(prompt, "[{mark}]")


def cites_nothing(prompt: str) -> Reply:
    """The same sentence with a mark that stands for nothing, and words that no source says."""
    return answer("The committee of Timbuktu met on 7 April 1732 [9.9].")


def _said(prompt: str, mark: str) -> Reply:
    asked = [(prompt.rfind(question), holds) for question, holds in QUESTIONS]
    at, holds = max(asked)
    found = re.search(rf"\[(\d+\.\d+)\] (.*{re.escape(holds)}.*)", prompt) if at >= 0 else None
    return answer(f"{found[2]} {mark.format(mark=found[1])}") if found else answer("one", " two")
