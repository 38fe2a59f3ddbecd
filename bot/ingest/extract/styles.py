"""The CSS cascade: which declarations of a page's own styles win for an element.

A small cascade (importance, specificity, order) over what can hide text or raise it, as a
browser 1,280 pixels wide would resolve them. External style sheets are not fetched. What is
visible is decided in ``hidden_text``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from bot.ingest.extract.selectors import (
    PARTS,
    Selector,
    StepBudget,
    TooTangled,
    matches,
    parse_selectors,
    unescape,
)

VIEWPORT_PX = 1_280
STEPS_A_RULE = 30  # no page gets beyond 50,000 rules
RULE_LENGTH = 1_000  # declarations of one rule, to order them by
NESTING = 8  # of @media, @supports and nested rules
PROPERTIES = frozenset(
    (
        *("animation", "animation-name", "background-color", "background-image", "bottom", "clip"),
        *("clip-path", "color", "content-visibility", "display", "filter", "font-size", "height"),
        *(
            "left",
            "letter-spacing",
            "margin-left",
            "margin-top",
            "max-height",
            "max-width",
            "opacity",
            "overflow",
        ),
        *("position", "right", "scale", "text-indent", "top", "transform", "translate"),
        *("vertical-align", "visibility", "-webkit-text-fill-color", "width", "zoom"),
    )
)
_SHORTHANDS = frozenset(("background", "font", "inset", "margin", "overflow-x", "overflow-y"))

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_STRING = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'")
_BRACE = re.compile(r"[{}]")
_VARIABLE = re.compile(r"var\(\s*(--[-\w]+)\s*(?:,([^()]*))?\)")
_WIDTH_LIMIT = re.compile(r"(min|max)-width\s*:\s*([\d.]+)\s*(px|em|rem)")
_FONT_SIZE = re.compile(r"(0|[\d.]+(?:px|r?em|ex|ch|pt|%|vw|vh))(?:/|\Z)")
_CONDITIONAL = ("@media", "@supports", "@layer", "@container", "@scope")
_UNSEEN_MEDIA = re.compile(r"\bprint\b|\bspeech\b|prefers-[-a-z]+\s*:\s*(?!no-preference|light)")
Rank = tuple[bool, tuple[int, int, int, int], int]


class Styles:
    """A page's style sheets, queried element by element."""

    def __init__(self, sheets: Iterable[str]):
        self._steps = StepBudget()
        self._rules: dict[str, list[tuple[Selector, int, str]]] = {}
        self._variables: dict[str, str] = {}
        self._count = 0
        self.tangled = False  # whether the style sheets took too long, and were ignored
        try:
            self._read(sheets)
        except TooTangled:
            self._give_up()

    def _read(self, sheets: Iterable[str]) -> None:
        for sheet in sheets:
            plain = _COMMENT.sub("", _STRING.sub(_drop_punctuation, sheet))
            self._steps.spend(NESTING * plain.count("{"))
            for prelude, body in _rules(plain, ""):
                self._learn(prelude, body)

    def _learn(self, prelude: str, body: str) -> None:
        for name, value, _ in _declarations(body):
            if name.startswith("--"):
                self._variables[name] = value
        if not any(n in PROPERTIES or n in _SHORTHANDS for n, _, _ in _declarations(body)):
            return
        for selector in parse_selectors(prelude):
            self._count += 1
            self._steps.spend(STEPS_A_RULE)
            self._rules.setdefault(selector.key, []).append((selector, self._count, body))

    def _give_up(self) -> None:
        self.tangled = True
        self._rules.clear()

    def declarations_for(self, element: Any) -> dict[str, str]:
        """The winning declarations for an element, by property; values in lower case."""
        return {name: value for name, (_, value) in self._winners(element).items()}

    def origin(self, element: Any, name: str) -> str | int | None:
        """Where an element's declaration of a property stands: the number of the rule, or the
        element's own style as written; None if nothing declares it.
        """
        if name not in (winners := self._winners(element)):
            return None
        _, weight, order = winners[name][0]
        return str(element.get("style")) if weight[0] else order // RULE_LENGTH

    def _winners(self, element: Any) -> dict[str, tuple[Rank, str]]:
        if not self._rules and not element.attrib:
            return {}
        winners: dict[str, tuple[Rank, str]] = {}
        try:
            self._match(element, winners)
        except TooTangled:
            self._give_up()
            winners.clear()
        inline = element.get("style")
        if inline:
            self._apply(winners, _COMMENT.sub("", inline), (1, 0, 0, 0), 0)
        return winners

    def _match(self, element: Any, winners: dict[str, tuple[Rank, str]]) -> None:
        for key in _keys(element) if self._rules else ():
            for selector, order, body in self._rules.get(key, ()):
                if matches(element, selector, self._steps):
                    self._apply(winners, body, (0, *selector.specificity), order)

    def _apply(
        self,
        winners: dict[str, tuple[Rank, str]],
        body: str,
        weight: tuple[int, int, int, int],
        order: int,
    ) -> None:
        for position, (name, value, important) in enumerate(_declarations(body)):
            rank = (important, weight, order * RULE_LENGTH + position)
            for property_name, property_value in _long_forms(name, self._resolved(value)):
                if property_name in PROPERTIES and (
                    property_name not in winners or winners[property_name][0] <= rank
                ):
                    winners[property_name] = (rank, property_value)

    def _resolved(self, value: str) -> str:
        for _ in range(NESTING):
            if "var(" not in value or len(value) > 1_000:
                break
            value = _VARIABLE.sub(lambda v: self._variables.get(v[1], v[2] or "unknown"), value)
        return value.strip()


def _drop_punctuation(match: re.Match[str]) -> str:
    return re.sub("[{};]", "", match.group())


def _keys(element: Any) -> Iterator[str]:
    if element.get("id"):
        yield "#" + element.get("id")
    for name in set(element.get("class", "").split()):
        yield "." + name
    yield element.tag
    yield "*"


def _rules(css: str, prefix: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Selectors and declarations, conditions that hold resolved, nested rules unfolded."""
    for prelude, body in _blocks(css):
        name = prelude.split(None, 1)[0].split("(")[0].lower() if prelude else ""
        if name.startswith("@"):
            if name in _CONDITIONAL and depth < NESTING and _holds(name, prelude):
                if prefix and "{" not in body:
                    yield prefix, body
                yield from _rules(body, prefix, depth + 1)
            continue
        selector = _join_selectors(prefix, prelude)
        yield selector, _own_declarations(body)
        if "{" in body and depth < NESTING:
            yield from _rules(body, selector, depth + 1)


def _blocks(css: str) -> Iterator[tuple[str, str]]:
    depth, start, opened, prelude = 0, 0, 0, ""
    for match in _BRACE.finditer(css):
        if match.group() == "{":
            if depth == 0:
                prelude = css[start : match.start()].rpartition(";")[2].strip()
                opened = match.end()
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                yield prelude, css[opened : match.start()]
                start = match.end()
    if depth:  # a sheet that was cut off: browsers close what is open
        yield prelude, css[opened:]


def _own_declarations(body: str) -> str:
    """The declarations of a rule, without those of the rules nested in it."""
    if "{" not in body:
        return body
    own, depth, start = [], 0, 0
    for match in _BRACE.finditer(body):
        if match.group() == "{":
            if depth == 0:
                own.append(body[start : match.start()].rpartition(";")[0])
            depth += 1
        else:
            depth = max(0, depth - 1)
            start = match.end()
    return ";".join([*own, body[start:]])


def _join_selectors(prefix: str, prelude: str) -> str:
    if not prefix:
        return prelude
    return ",".join(
        part.replace("&", outer) if "&" in part else f"{outer} {part}"
        for part in prelude.split(",")[:PARTS]
        for outer in prefix.split(",")[:NESTING]
    )


def _holds(name: str, prelude: str) -> bool:
    condition = prelude[len(name) :].lower()
    if name == "@supports":
        return "not" not in condition.split()
    return name != "@media" or any(_query_holds(query) for query in condition.split(","))


def _query_holds(query: str) -> bool:
    if _UNSEEN_MEDIA.search(query):
        return "not" in query.split()
    for side, number, unit in _WIDTH_LIMIT.findall(query):
        pixels = float(number) * (1 if unit == "px" else 16)
        if (side == "min" and pixels > VIEWPORT_PX) or (side == "max" and pixels < VIEWPORT_PX):
            return False
    return True


def _declarations(body: str) -> Iterator[tuple[str, str, bool]]:
    for part in body.split(";"):
        name, colon, value = part.partition(":")
        if colon:
            value = unescape(value).strip().lower()
            bare = re.sub(r"\s*!\s*important\s*$", "", value)
            yield unescape(name).strip().lower(), bare, bare != value


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
