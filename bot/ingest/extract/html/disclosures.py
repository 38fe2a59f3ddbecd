"""Sections that a button opens: the questions and answers of many pages.

The button (``aria-expanded``, as accessible pages mark it) is the section's heading, and what it
opens can be read by whoever presses it, as in a closed ``<details>``. One that nobody can see opens
nothing. Menus, dialogs and lists of links are no sections.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from bot.ingest.extract.html.blocks import HEADINGS
from bot.ingest.extract.html.hidden_text import own_characters

BUTTONS = 500  # of a page
PROSE_CHARACTERS = 40  # a sentence
LINKED_SHARE = 0.5  # of the characters: a menu has more
NO_SECTIONS = frozenset(("nav", "header", "footer", "form", "aside", "dialog"))
NO_SECTION_ROLES = frozenset(("navigation", "menu", "menubar", "dialog", "search", "listbox"))
SHOWN = (
    "display:block!important;visibility:visible!important;opacity:1!important;"
    "height:auto!important;max-height:none!important"
)


class Disclosure(NamedTuple):
    """A button, and the section that it opens."""

    button: Any
    section: Any


def open_sections(tree: Any, unseen: Collection[int] = ()) -> list[Disclosure]:
    """Open the sections that buttons open, so that they stay when hidden text is dropped.

    ``unseen``: buttons that open nothing, as ``hidden_buttons`` numbers them.
    """
    disclosures = [each for i, each in enumerate(_disclosures(tree)) if i not in unseen]
    for _, section in disclosures:
        section.set("style", f"{section.get('style', '')};{SHOWN}")
        for name in ("hidden", "aria-hidden"):
            section.attrib.pop(name, None)
    return disclosures


def hidden_buttons(disclosures: Sequence[Disclosure]) -> frozenset[int]:
    """The numbers of the buttons that were removed as hidden text, or have no words."""
    return frozenset(i for i, each in enumerate(disclosures) if not _is_seen(each.button))


def keep_labels(disclosures: Sequence[Disclosure]) -> int:
    """Make the buttons the headings of their sections. Removes sections whose button was hidden;
    returns the number of characters in these.
    """
    dropped = 0
    for button, section in disclosures:
        if not _is_seen(button):
            if _is_in_page(section):
                dropped += sum(map(own_characters, section.iter("*")))
                section.drop_tree()
        elif any(True for _ in button.iterancestors(*HEADINGS)):
            button.drop_tag()
        else:
            button.tag = "summary"
    return dropped


def _is_seen(button: Any) -> bool:
    return _is_in_page(button) and any(map(str.strip, button.itertext()))


def _is_in_page(element: Any) -> bool:
    """Whether it was not removed, with all around it."""
    return next(element.iterancestors("html"), None) is not None


def _disclosures(tree: Any) -> Iterator[Disclosure]:
    buttons = list(islice(filter(_is_button, tree.iter("button", "a", "div")), BUTTONS))
    if not buttons:
        return
    by_id = {element.get("id"): element for element in tree.iter("*") if element.get("id")}
    lengths = _lengths(tree)
    for button in buttons:
        section = by_id.get(button.get("aria-controls", "").split(" ")[0], _next(button))
        if section is None or not _may_open(button, section):
            continue
        characters, linked = lengths[section]
        if characters >= max(PROSE_CHARACTERS, linked / LINKED_SHARE):
            yield Disclosure(button, section)


def _is_button(element: Any) -> bool:
    is_one = element.tag == "button" or element.get("role") == "button"
    return is_one and element.get("aria-expanded") is not None


def _next(button: Any) -> Any:
    """The element after a button, or after the heading that holds it."""
    for element in (button, *button.iterancestors(*HEADINGS)):
        for following in element.itersiblings("*"):
            return following
    return None


def _may_open(button: Any, section: Any) -> bool:
    around = (*button.iterancestors(), section, *section.iterancestors())
    return section not in button.iterancestors() and not any(map(_is_no_section, around))


def _is_no_section(element: Any) -> bool:
    return element.tag in NO_SECTIONS or element.get("role") in NO_SECTION_ROLES


def _lengths(tree: Any) -> dict[Any, tuple[int, int]]:
    """For each element the characters in it, and how many of them are links."""
    lengths: dict[Any, tuple[int, int]] = {}
    for element in reversed(list(tree.iter("*"))):
        inner = [lengths[child] for child in element.iterchildren("*")]
        characters = own_characters(element) + sum(length for length, _ in inner)
        linked = characters if element.tag == "a" else sum(links for _, links in inner)
        lengths[element] = characters, linked
    return lengths
