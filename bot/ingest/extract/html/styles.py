"""The CSS cascade: which declarations of a page's own styles win for an element.

tinycss2 parses the style sheets and cssselect2 matches their selectors; here are the cascade
(importance, specificity, order) over what can hide text or raise it, the conditions and variables,
as a browser 1,280 pixels wide would resolve them, and a bound: every step of matching is counted,
so hostile style sheets end in TooComplex instead of hours. Selectors that need a mouse, a state or
a pseudo-element match nothing. External style sheets are not fetched. What is visible is decided
in ``hidden_text``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from cssselect2 import ElementWrapper, Matcher, compile_selector_list
from tinycss2 import parse_blocks_contents, parse_stylesheet, serialize

VIEWPORT_PX = 1_280
STEPS = 4_000_000  # measured: 5 s on a busy core
STEPS_A_TOKEN = 5  # to parse a sheet; none of the 521 pages of bench.pages has over 315,224
STEPS_A_CHARACTER = 10  # to compile a selector
STEPS_A_CHILD = 10  # to list them for :has()
DECLARATIONS_A_STEP = 2  # the winners are found faster than the rules that match
SIBLINGS_A_STEP = 10  # siblings are compared faster than selectors
SELECTOR_CHARACTERS = 1_000
VALUE_CHARACTERS = 1_000  # of a declaration; the beginning says what it is
NESTING = 8  # of @media, @supports, nested rules and variables
PROPERTIES = frozenset(
    (
        *("animation", "animation-name", "background-color", "background-image", "bottom", "clip"),
        *("clip-path", "color", "content-visibility", "display", "filter", "font-size", "height"),
        *("left", "letter-spacing", "margin-left", "margin-top", "max-height", "max-width"),
        *("opacity", "overflow", "position", "right", "scale", "text-indent", "top", "transform"),
        *("translate", "vertical-align", "visibility", "-webkit-text-fill-color", "width", "zoom"),
    )
)
_SHORTHANDS = frozenset(("background", "font", "inset", "margin", "overflow-x", "overflow-y"))

# Of data in addresses (megabytes, in pages that were saved whole) and of numbers, all but the
# beginning: tinycss2 fails on 4,300 digits.
_OVERLONG = re.compile(r"(?<=base64,)[\w+/=]+|(?<=\d{30})\d+")
_TOKEN = re.compile(r"[-\w]+|\s+")
_VARIABLE = re.compile(r"var\(\s*(--[-\w]+)\s*(?:,([^()]*))?\)")
_WIDTH_LIMIT = re.compile(r"(min|max)-width\s*:\s*([\d.]+)\s*(px|em|rem)")
_FONT_SIZE = re.compile(r"(0|[\d.]+(?:px|r?em|ex|ch|pt|%|vw|vh))(?:/|\Z)")
_CONDITIONAL = ("media", "supports", "layer", "container", "scope")
_UNSEEN_MEDIA = re.compile(r"\bprint\b|\bspeech\b|prefers-[-a-z]+\s*:\s*(?!no-preference|light)")
# What cssselect2 raises on selectors that are wrong, unknown to it, or nested too deeply.
_UNUSABLE = (
    *(ValueError, NotImplementedError, AttributeError, SyntaxError, RecursionError, MemoryError),
)

Declared = tuple[str, str, bool]  # property, value in lower case, whether it is important
Origin = int | str  # the number of the rule, or an element's own style as written


class TooComplex(Exception):
    """A page's styles take too long."""


@dataclass
class StepBudget:
    """Counts the work on styles, over a whole page."""

    left: int

    def spend(self, steps: int = 1) -> None:
        self.left -= steps
        if self.left < 0:
            raise TooComplex


class Element(ElementWrapper):  # type: ignore[misc] # cssselect2 has no types
    """An element as selectors see it; what walks over many others is counted."""

    steps: StepBudget
    in_disabled_fieldset = False  # cssselect2's own raises a DeprecationWarning

    def children(self) -> list[Element]:
        """The child elements, uncounted."""
        children: list[Element] = list(super().iter_children())
        for child in children:
            child.steps = self.steps
        return children

    def iter_children(self) -> Iterator[Element]:
        self.steps.spend(STEPS_A_CHILD * len(self.etree_children))
        yield from self.children()

    @property
    def ancestors(self) -> Iterator[Element]:
        return self._walk("parent")

    @property
    def previous_siblings(self) -> Iterator[Element]:
        return self._walk("previous")

    def _walk(self, direction: str) -> Iterator[Element]:
        other = getattr(self, direction)
        while other is not None:
            self.steps.spend()
            yield other
            other = getattr(other, direction)

    @property
    def etree_siblings(self) -> list[Any]:
        self.steps.spend(len(self._siblings) // SIBLINGS_A_STEP)
        return self._siblings

    @etree_siblings.setter
    def etree_siblings(self, siblings: list[Any]) -> None:
        self._siblings = siblings


class CascadedStyle(dict[str, str]):
    """Winning declarations by property, values in lower case, and where each stands."""

    def __init__(self) -> None:
        super().__init__()
        self.origins: dict[str, Origin] = {}

    def declare(self, origin: Origin, declared: Iterable[Declared]) -> None:
        """Declarations that win over those so far."""
        for name, value, _ in declared:
            self[name], self.origins[name] = value, origin


class _Matcher(Matcher):  # type: ignore[misc] # cssselect2 has no types
    """Counts the selectors that it tries."""

    @staticmethod
    def add_relevant_selectors(element: Element, selectors: Any, relevant: Any) -> None:
        element.steps.spend(len(selectors))
        Matcher.add_relevant_selectors(element, selectors, relevant)


class Styles:
    """A page's style sheets, queried element by element; ignored if they take too many steps."""

    def __init__(self, sheets: Iterable[str], steps: int = STEPS):
        self._steps = StepBudget(steps)
        self._matcher = _Matcher()
        self._variables: dict[str, str] = {}
        self.too_complex = False  # whether the style sheets took too long, and were ignored
        try:
            self._read(sheets)
        except TooComplex:
            self._give_up()

    def _read(self, sheets: Iterable[str]) -> None:
        rules: list[tuple[list[str], list[Declared]]] = []
        for sheet in sheets:
            sheet = _OVERLONG.sub("", sheet)
            self._steps.spend(STEPS_A_TOKEN * len(_TOKEN.sub(".", sheet)))
            nodes = parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)
            rules += ((s, _declared(nodes)) for s, nodes in _rules(nodes, None))
        for _, declared in rules:
            self._variables |= {name: value for name, value, _ in declared if name[:2] == "--"}
        numbers = count()
        for selectors, declared in rules:
            if long_forms := self._long_forms(declared):
                for selector in selectors:
                    self._add(selector, (next(numbers), long_forms))

    def _add(self, selector: str, rule: tuple[Origin, list[Declared]]) -> None:
        self._steps.spend(STEPS_A_CHARACTER * len(selector))
        try:
            (compiled,) = compile_selector_list(selector)
        except _UNUSABLE:
            return
        if compiled.pseudo_element is None:
            self._matcher.add_selector(compiled, rule)

    def _give_up(self) -> None:
        self.too_complex = True
        self._matcher = _Matcher()

    def root(self, tree: Any) -> Element:
        """The root of an lxml tree, which must not change as long as its elements are used."""
        element: Element = Element.from_html_root(tree)
        element.steps = self._steps
        return element

    def declarations_for(self, element: Element) -> CascadedStyle:
        """The winning declarations for an element."""
        try:
            rules = [rule for *_, rule in self._matcher.match(element)]
            self._steps.spend(sum(len(declared) for _, declared in rules) // DECLARATIONS_A_STEP)
        except TooComplex:
            self._give_up()
            rules = []
        if inline := element.etree_element.get("style"):
            rules.append(
                (
                    inline,
                    self._long_forms(
                        _declared(
                            parse_blocks_contents(_OVERLONG.sub("", inline), skip_comments=True)
                        )
                    ),
                )
            )
        style = CascadedStyle()
        for turn in (False, True):
            for origin, declared in rules:
                style.declare(origin, [d for d in declared if d[2] == turn])
        return style

    def _long_forms(self, declared: Iterable[Declared]) -> list[Declared]:
        """What a rule sets in the end: of several values of a property, the last."""
        last = {
            (long_form, important): (long_form, long_value, important)
            for name, value, important in declared
            for long_form, long_value in _long_forms(name, self._resolved(value))
            if long_form in PROPERTIES
        }
        return list(last.values())

    def _resolved(self, value: str) -> str:
        for _ in range(NESTING):
            if "var(" not in value or len(value) > VALUE_CHARACTERS:
                break
            value = _VARIABLE.sub(lambda v: self._variables.get(v[1], v[2] or "unknown"), value)
        return value.strip()[:VALUE_CHARACTERS]


def _rules(
    nodes: Iterable[Any], around: list[str] | None, depth: int = 0
) -> Iterator[tuple[list[str], list[Any]]]:
    """Selectors and contents of rules, conditions that hold resolved, nested rules unfolded."""
    for node in nodes if depth < NESTING else ():
        selectors = around
        if node.type == "qualified-rule":
            selectors = _nested(_selectors(node.prelude), around)
        elif node.type != "at-rule" or node.content is None or not _holds(node):
            continue
        inner = parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
        if selectors:
            yield selectors, inner
        yield from _rules(inner, selectors, depth + 1)


def _selectors(prelude: Iterable[Any]) -> list[str]:
    parts: list[list[Any]] = [[]]
    for token in prelude:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return [serialize(part).strip() for part in parts]


def _nested(selectors: list[str], around: list[str] | None) -> list[str]:
    if around is not None:
        outer = f":is({','.join(around)})"
        selectors = [
            s.replace("&", outer) if "&" in s else f"{outer} {s}"
            for s in selectors
            if (s.count("&") + 1) * len(outer) <= SELECTOR_CHARACTERS
        ]
    return [selector for selector in selectors if len(selector) <= SELECTOR_CHARACTERS]


def _holds(rule: Any) -> bool:
    condition = serialize(rule.prelude).lower()
    if rule.lower_at_keyword == "supports":
        return "not" not in condition.split()
    if rule.lower_at_keyword == "media":
        return any(_query_holds(query) for query in condition.split(","))
    return rule.lower_at_keyword in _CONDITIONAL


def _query_holds(query: str) -> bool:
    if _UNSEEN_MEDIA.search(query):
        return "not" in query.split()
    for side, number, unit in _WIDTH_LIMIT.findall(query):
        pixels = float(number) * (1 if unit == "px" else 16)
        if (side == "min" and pixels > VIEWPORT_PX) or (side == "max" and pixels < VIEWPORT_PX):
            return False
    return True


def _declared(nodes: Iterable[Any]) -> list[Declared]:
    return [
        (name, serialize(t for t in node.value if t.type != "comment").lower(), node.important)
        for node in nodes
        if node.type == "declaration"
        and ((name := node.lower_name) in PROPERTIES or name in _SHORTHANDS or name[:2] == "--")
    ]


def _long_forms(name: str, value: str) -> list[tuple[str, str]]:
    """A shorthand as what it sets, as far as hiding goes."""
    words = value.split()
    if name == "background":
        return [("background-color", value), ("background-image", value)]
    if name == "font":
        return [("font-size", match[1]) for match in map(_FONT_SIZE.match, words) if match]
    if name in ("margin", "inset") and words:
        top, left = words[0], words[-1] if len(words) != 3 else words[1]
        prefix = "margin-" if name == "margin" else ""
        return [(prefix + "top", top), (prefix + "left", left)]
    return [("overflow" if name.startswith("overflow-") else name, value)]
