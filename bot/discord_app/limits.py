"""Discord's limits, and functions that cut text to fit them."""

from __future__ import annotations

CARD_CHARACTERS = 4_000  # all text of a Components V2 message; discord.py does not check it
BUTTONS_IN_A_ROW = 5
BUTTON_LABEL = 80
CUSTOM_ID = 100
CHOICES = 25  # of an autocomplete
CHOICE_CHARACTERS = 100
OPTION_LABEL = 100  # of a select menu; its value, too
MENU_PLACEHOLDER = 150
MODAL_TEXT = 4_000
LABEL_DESCRIPTION = 100  # of a label in a modal
MODAL_FILES = 10
ADDRESS_CHARACTERS = 2_000
THREAD_NAME = 100
EDIT_INTERVAL_S = 1.2  # 5 edits in 5 s per channel is Discord's practice


def truncate(text: str, characters: int) -> str:
    """``text`` in at most ``characters``, cut between words and ended with an ellipsis."""
    if len(text) <= characters:
        return text
    head = text[: max(0, characters - 1)]
    word = head.rpartition(" ")[0]
    head = word if len(word) > characters // 2 else head
    return head.rstrip("\\ ,;:") + "…"


def split_at(text: str, characters: int) -> tuple[str, str]:
    """A head of at most ``characters``, split off between words, and the rest."""
    if len(text) <= characters:
        return text, ""
    at = max(text.rfind(" ", 0, characters + 1), text.rfind("\n", 0, characters + 1))
    if at <= 0:  # one long word: split it, but not after an escaping backslash
        at = max(1, characters - (text[:characters].endswith("\\")))
    return text[:at].rstrip(), text[at:].lstrip()
