"""A line that names a code asks about it, whatever else it looks like."""

from __future__ import annotations

import pytest

from bot.answer.conversation.speech_act import read_line


@pytest.mark.parametrize("line", ["CVE-2026-20415", "KES-1192", "88P/Aldermoor", "4.2.1?"])
def test_a_code_alone_is_a_question(line: str) -> None:
    assert not read_line(line, in_conversation=False).is_small_talk
