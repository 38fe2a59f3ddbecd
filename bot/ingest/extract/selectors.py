"""CSS selectors against an lxml tree: compound ones, combinators, the structural pseudo-classes.

Promises: linear parsing; ``matches`` never recurses deeper than a selector is long, and every
step is counted, so hostile style sheets end in TooTangled instead of hours. Selectors
that need a mouse, a state or a pseudo-element match nothing. Knows nothing of declarations.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

MATCH_STEPS = 1_500_000  # measured: 5 s on a busy core
SIBLINGS_LOOKED_AT = 10  # of a step, when they are looked at one by one
SIBLINGS_A_STEP = 100  # libxml2 counts siblings in C
PARTS = 40  # of one selector, and of the lists within :not() and :is()

_TOKEN = re.compile(
    r"\s*(?P<combinator>[>+~])\s*|(?P<space>\s+)"
    r"|\.(?P<cls>[-\w\u0080-\U0010ffff]+)|\#(?P<id>[-\w\u0080-\U0010ffff]+)"
    r"|(?P<tag>\*|[-\w\u0080-\U0010ffff]+)"
    r"|\[\s*(?P<attr>[-\w:]+)\s*(?:(?P<op>[~|^$*]?=)\s*(?P<value>\"[^\"]*\"|'[^']*'|[^\]\s]*)"
    r"\s*[iIsS]?\s*)?\]"
    r"|:(?P<pseudo>[-\w]+)(?:\((?P<args>(?:[^()]|\([^()]*\))*)\))?"
)
_NTH = re.compile(r"([+-]?\d*)n\s*(?:([+-])\s*(\d+))?|([+-]?\d+)")
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.DOTALL)
_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "": lambda have, want: True,
    "=": lambda have, want: have == want,
    "~=": lambda have, want: want in have.split(),
    "|=": lambda have, want: have == want or have.startswith(want + "-"),
    "^=": lambda have, want: want != "" and have.startswith(want),
    "$=": lambda have, want: want != "" and have.endswith(want),
    "*=": lambda have, want: want != "" and want in have,
}
_STRUCTURAL = (
    *("root", "first-child", "last-child", "only-child", "nth-child", "empty"),
    *("first-of-type", "last-of-type", "only-of-type"),
)
_LISTS = ("not", "is", "where", "matches", "-webkit-any", "-moz-any")


class TooTangled(Exception):
    """Matching a page's selectors takes too long."""


@dataclass
class StepBudget:
    """Counts the work of matching, over a whole page."""

    left: int = MATCH_STEPS

    def spend(self, steps: int = 1) -> None:
        self.left -= steps
        if self.left < 0:
            raise TooTangled


@dataclass
class Compound:
    """One element's conditions, and the combinator on its left."""

    tag: str = ""
    id: str = ""
    classes: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str, str]] = field(default_factory=list)
    structure: list[tuple[str, str]] = field(default_factory=list)
    lists: list[tuple[str, list[Selector]]] = field(default_factory=list)
    combinator: str = ""


@dataclass(frozen=True)
class Selector:
    """Compounds from right to left, and the weight that the cascade gives them."""

    compounds: tuple[Compound, ...]
    specificity: tuple[int, int, int]

    @property
    def key(self) -> str:
        """What an element must have for this to be worth trying: ``#id``, ``.class``, tag or *."""
        last = self.compounds[0]
        if last.id:
            return "#" + last.id
        return "." + last.classes[0] if last.classes else last.tag or "*"


def unescape(text: str) -> str:
    """CSS escapes resolved: ``d\\69 splay`` is ``display``."""
    return _ESCAPE.sub(_unescape_match, text) if "\\" in text else text


def _unescape_match(match: re.Match[str]) -> str:
    if not match[1]:
        return match[2]
    code = int(match[1], 16)
    return chr(code) if 0 < code < 0x110000 else "\ufffd"


def parse_selectors(text: str) -> list[Selector]:
    """The selectors of a comma-separated list; those that can match nothing are left out."""
    parsed = (_parse(part.strip()) for part in _split(text)[:PARTS])
    return [selector for selector in parsed if selector is not None]


def _split(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for match in re.finditer(r"[(),\[\]]", text):
        sign = match.group()
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and depth <= 0:
            parts.append(text[start : match.start()])
            start = match.end()
    return [*parts, text[start:]]


def _parse(text: str) -> Selector | None:
    text = unescape(text)
    compounds, at = [Compound()], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.end() == at or len(compounds) > PARTS:
            return None
        at = match.end()
        if match["combinator"] or match["space"]:
            compounds.append(Compound(combinator=match["combinator"] or " "))
        elif not _add(compounds[-1], match):
            return None
    ordered = compounds[::-1]
    return Selector(tuple(ordered), _specificity(ordered)) if text else None


def _add(compound: Compound, match: re.Match[str]) -> bool:
    if match["cls"]:
        compound.classes.append(match["cls"])
    elif match["id"]:
        compound.id = match["id"]
    elif match["tag"]:
        compound.tag = "" if match["tag"] == "*" else match["tag"].lower()
    elif match["attr"]:
        value = (match["value"] or "").strip("\"'")
        compound.attributes.append((match["attr"].lower(), match["op"] or "", value))
    else:
        return _add_pseudo(compound, match["pseudo"].lower(), match["args"] or "")
    return True


def _add_pseudo(compound: Compound, name: str, arguments: str) -> bool:
    if name in _STRUCTURAL:
        compound.structure.append((name, arguments.strip().lower()))
        return True
    if name in _LISTS and arguments.count("(") < 2:
        compound.lists.append((name, parse_selectors(arguments)))
        return True
    return name in ("link", "any-link", "enabled", "defined")


def _specificity(compounds: list[Compound]) -> tuple[int, int, int]:
    ids = sum(bool(c.id) for c in compounds)
    classes = sum(len(c.classes) + len(c.attributes) + len(c.structure) for c in compounds)
    return ids, classes, sum(bool(c.tag) for c in compounds)


def matches(element: Any, selector: Selector, steps: StepBudget) -> bool:
    """Whether the selector picks this element."""
    return _matches_from(element, selector.compounds, 0, steps)


def _matches_from(
    element: Any, compounds: tuple[Compound, ...], at: int, steps: StepBudget
) -> bool:
    steps.spend()
    compound = compounds[at]
    if not _fits(element, compound, steps):
        return False
    if at + 1 == len(compounds):
        return True
    walk, many = _WALKS[compound.combinator]
    other = walk(element)
    while other is not None:
        if _matches_from(other, compounds, at + 1, steps):
            return True
        other = walk(other) if many else None
    return False


def _parent(element: Any) -> Any:
    return element.getparent()


def _previous(element: Any) -> Any:
    other = element.getprevious()
    while other is not None and not isinstance(other.tag, str):
        other = other.getprevious()
    return other


_WALKS: dict[str, tuple[Callable[[Any], Any], bool]] = {
    "": (_parent, True),
    " ": (_parent, True),
    ">": (_parent, False),
    "+": (_previous, False),
    "~": (_previous, True),
}


def _fits(element: Any, compound: Compound, steps: StepBudget) -> bool:
    if compound.tag and compound.tag != element.tag:
        return False
    if compound.id and compound.id != element.get("id"):
        return False
    if compound.classes and not set(compound.classes) <= set(element.get("class", "").split()):
        return False
    return (
        all(
            name in element.attrib and _OPERATORS[operator](element.get(name), value)
            for name, operator, value in compound.attributes
        )
        and all(_matches_position(element, *structure, steps) for structure in compound.structure)
        and all(
            any(matches(element, choice, steps) for choice in choices) != (name == "not")
            for name, choices in compound.lists
        )
    )


def _matches_position(element: Any, name: str, arguments: str, steps: StepBudget) -> bool:
    if name == "root":
        return element.getparent() is None
    if name == "empty":
        return len(element) == 0 and not element.text
    if name == "nth-child":
        return _is_nth(element, arguments, steps)
    kind = element.tag if name.endswith("-of-type") else None
    is_first = name.startswith("last") or _is_end(element, kind, steps, preceding=True)
    return is_first and (name.startswith("first") or _is_end(element, kind, steps, preceding=False))


def _is_end(element: Any, kind: str | None, steps: StepBudget, *, preceding: bool) -> bool:
    """Whether no sibling (of that kind) stands on that side."""
    for position, sibling in enumerate(element.itersiblings("*", preceding=preceding)):
        if kind is None or sibling.tag == kind:
            return False
        steps.spend(int(position % SIBLINGS_LOOKED_AT == 0))
    return True


def _is_nth(element: Any, arguments: str, steps: StepBudget) -> bool:
    parent = element.getparent()
    position = 1 if parent is None else parent.index(element) + 1
    steps.spend(1 + position // SIBLINGS_A_STEP)
    match = _NTH.fullmatch({"odd": "2n+1", "even": "2n"}.get(arguments, arguments))
    if match is None:
        return False
    if match[4]:
        return position == int(match[4])
    every = int(match[1] + "1") if match[1] in ("", "+", "-") else int(match[1])
    offset = int((match[2] or "") + (match[3] or "0"))
    if every == 0:
        return position == offset
    return (position - offset) % every == 0 and (position - offset) // every >= 0
