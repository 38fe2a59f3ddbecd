"""Discord's numbers, in one place, and the knife that keeps text within them."""

from __future__ import annotations

CARD_CHARACTERS = 4_000  # all text of a Components V2 message; discord.py does not check it
CARD_COMPONENTS = 40
BUTTONS_IN_A_ROW = 5
BUTTON_LABEL = 80
CHOICES = 25  # of an autocomplete
CHOICE_CHARACTERS = 100
MODAL_TEXT = 4_000
EDIT_INTERVAL_S = 1.2  # 5 edits in 5 s per channel is Discord's practice


def cut(text: str, characters: int) -> str:
    """``text`` in at most ``characters``, cut at a word, with an ellipsis where it was cut."""
    if len(text) <= characters:
        return text
    head = text[: characters - 1]
    word = head.rpartition(" ")[0]
    head = word if len(word) > characters // 2 else head
    return head.rstrip("\\ ,;:") + "…"
