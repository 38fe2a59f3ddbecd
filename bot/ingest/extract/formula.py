"""Formulas as linear text: A = (1/2)·b·h, x^(n+1), √(a+b), ∑_(i=1)^n.

Reads MathML (web pages, books) and OMML (Word): trees of the same parts under different names.
What is unknown is read as the text of its parts, in order. Recursion ends at ``DEPTH``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from bot.ingest.extract.raised_text import LOWERED, RAISED

DEPTH = 60  # a formula of a page nests 10 deep
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_ATOM = re.compile(r"[-−+]?(?:\d[\d.,]*|\w+)|\(.*\)|\[.*\]|\|[^|]*\|", re.DOTALL)
_RAISED_DIGITS = re.compile(r"[-−+]?\d+")
_SPACED = re.compile(r"\s*([=≈≠<>≤≥≡∝±→⇒⇔∈])\s*")
_SKIPPED = frozenset(("annotation", "annotation-xml", "mphantom", "none", "maligngroup"))


def mathml_text(formula: Any) -> str:
    """The text of a ``<math>`` element."""
    return _tidy(_mathml(formula, 0))


def omml_text(formula: Any) -> str:
    """The text of an ``<m:oMath>`` element."""
    return _tidy(_omml(formula, 0))


def _tidy(text: str) -> str:
    return _SPACED.sub(r" \1 ", " ".join(text.split())).strip()


# --- how the parts are written -----------------------------------------------------------------


def _grouped(text: str) -> str:
    text = text.strip()
    return text if _ATOM.fullmatch(text) and _is_balanced(text) else f"({text})"


def _is_balanced(text: str) -> bool:
    """Whether the first bracket closes at the end: not so in (a)+(b)."""
    if not text.startswith("("):
        return True
    depth = 0
    for at, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return at == len(text) - 1
    return False


def _fraction(above: str, below: str) -> str:
    return f"({_grouped(above)}/{_grouped(below)})" if above or below else ""


def _power(base: str, exponent: str) -> str:
    exponent = exponent.strip()
    if not exponent:
        return base
    if exponent in ("′", "″", "‴", "∗", "*", "°", "†"):
        return base + exponent
    raised = _RAISED_DIGITS.fullmatch(exponent)
    return base + (exponent.translate(RAISED) if raised else f"^{_grouped(exponent)} ")


def _index(base: str, index: str) -> str:
    index = index.strip()
    if not index:
        return base
    lowered = _RAISED_DIGITS.fullmatch(index)
    return base + (index.translate(LOWERED) if lowered else f"_{_grouped(index)} ")


def _root(radicand: str, degree: str = "") -> str:
    return f"{degree.strip().translate(RAISED)}√({radicand.strip()})"


def _both(base: str, index: str, exponent: str) -> str:
    return _power(_index(base, index).rstrip(), exponent)


def _accent(base: str, above: str) -> str:
    return f"{base.rstrip()}{above.strip()}" if len(above.strip()) <= 1 else _power(base, above)


def _rows(rows: list[list[str]]) -> str:
    written = "; ".join(", ".join(cell.strip() for cell in row) for row in rows)
    return f"[{written}]"


# --- MathML ------------------------------------------------------------------------------------

_BY_PARTS: dict[str, Callable[..., str]] = {
    "mfrac": _fraction,
    "msup": _power,
    "msub": _index,
    "msubsup": _both,
    "munderover": _both,
    "munder": _index,
    "mover": _accent,
    "mroot": _root,
}


def _mathml(element: Any, depth: int) -> str:
    if not isinstance(element.tag, str) or depth > DEPTH:
        return ""
    name = element.tag.rpartition("}")[2].lower().rpartition(":")[2]
    if name in _SKIPPED:
        return ""
    if name in ("mn", "mi", "mtext", "ms", "mo"):
        words = " ".join("".join(element.itertext()).split())
        words = words.strip("\u2061\u2062\u2063\u2064")  # invisible operators
        return f" {words} " if name == "mtext" or (name == "mi" and len(words) > 1) else words
    parts = [_mathml(child, depth + 1) for child in element if isinstance(child.tag, str)]
    if name in _BY_PARTS and len(parts) == (3 if _BY_PARTS[name] is _both else 2):
        return _BY_PARTS[name](*parts)
    return _mathml_group(element, name, parts, depth)


def _mathml_group(element: Any, name: str, parts: list[str], depth: int) -> str:
    inner = _joined(parts)
    if name == "msqrt":
        return _root(inner)
    if name == "mfenced":
        separator = (element.get("separators", ",").strip() or ",")[:1]
        return f"{element.get('open', '(')}{separator.join(parts)}{element.get('close', ')')}"
    if name == "mtable":
        rows = [row for row in element if isinstance(row.tag, str)]
        return _rows([[_mathml(cell, depth + 2) for cell in row] for row in rows])
    if name == "mspace":
        return " "
    return inner if parts else "".join(element.itertext())


def _joined(parts: list[str]) -> str:
    """The parts in a row; two figures that follow each other stay apart."""
    text = ""
    for part in parts:
        touches = text[-1:].isdigit() and part[:1].isdigit()
        text += f" {part}" if touches else part
    return text


# --- OMML --------------------------------------------------------------------------------------


def _omml(element: Any, depth: int) -> str:
    if not isinstance(element.tag, str) or depth > DEPTH:
        return ""
    name = element.tag.removeprefix(M) if element.tag.startswith(M) else ""
    if name == "t" or element.tag.rpartition("}")[2] == "t":
        return element.text or ""
    reader = _OMML.get(name)
    if reader is not None:
        return reader(element, depth + 1)
    if name.endswith("Pr") or element.tag.endswith(("}rPr", "}instrText", "}delText")):
        return ""
    return _joined([_omml(child, depth + 1) for child in element])


def _of(element: Any, name: str, depth: int) -> str:
    child = element.find(M + name)
    return _omml(child, depth) if child is not None else ""


def _property(element: Any, path: str, default: str) -> str:
    child = element.find("/".join(M + name for name in path.split("/")))
    return child.get(f"{M}val", default) if child is not None else default


def _omml_fraction(element: Any, depth: int) -> str:
    return _fraction(_of(element, "num", depth), _of(element, "den", depth))


def _omml_power(element: Any, depth: int) -> str:
    both = (_of(element, "e", depth), _of(element, "sub", depth), _of(element, "sup", depth))
    return _both(*both)


def _omml_root(element: Any, depth: int) -> str:
    return _root(_of(element, "e", depth), _of(element, "deg", depth))


def _omml_sum(element: Any, depth: int) -> str:
    sign = _property(element, "naryPr/chr", "∫")
    limits = _both(sign, _of(element, "sub", depth), _of(element, "sup", depth))
    return f"{limits.rstrip()} {_of(element, 'e', depth)}"


def _omml_brackets(element: Any, depth: int) -> str:
    begin, end = _property(element, "dPr/begChr", "("), _property(element, "dPr/endChr", ")")
    separator = _property(element, "dPr/sepChr", "|")
    return begin + separator.join(_omml(e, depth) for e in element.findall(f"{M}e")) + end


def _omml_matrix(element: Any, depth: int) -> str:
    rows = element.findall(f"{M}mr")
    return _rows([[_omml(cell, depth) for cell in row.findall(f"{M}e")] for row in rows])


def _omml_lines(element: Any, depth: int) -> str:
    return "; ".join(_omml(line, depth).strip() for line in element.findall(f"{M}e"))


def _omml_limit(element: Any, depth: int) -> str:
    write = _index if element.tag == f"{M}limLow" else _power
    return write(_of(element, "e", depth), _of(element, "lim", depth))


def _omml_accent(element: Any, depth: int) -> str:
    return _accent(_of(element, "e", depth), _property(element, "accPr/chr", "\u0302"))


def _omml_function(element: Any, depth: int) -> str:
    return f"{_of(element, 'fName', depth).strip()} {_of(element, 'e', depth)}"


_OMML: dict[str, Callable[[Any, int], str]] = {
    "f": _omml_fraction,
    "sSup": _omml_power,
    "sSub": _omml_power,
    "sSubSup": _omml_power,
    "rad": _omml_root,
    "nary": _omml_sum,
    "d": _omml_brackets,
    "m": _omml_matrix,
    "eqArr": _omml_lines,
    "limLow": _omml_limit,
    "limUpp": _omml_limit,
    "acc": _omml_accent,
    "func": _omml_function,
}
