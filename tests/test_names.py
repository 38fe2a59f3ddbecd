"""Words that must not come back: the house's names are standard terms, its prose plain English."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

BOT = Path(__file__).parent.parent / "bot"

# Whole names that do not say what they hold or do, also with a leading underscore.
VAGUE_NAMES = frozenset(
    {"asked", "found", "given", "held", "kept", "known", "meet", "mine", "said", "such", "told"}
    | {"there", "wanted"}
)

# Words that are no part of a name: "shelf" also forbids ``_shelf_of`` and ``TopShelf``.
PRIVATE_WORDS = frozenset(
    {"anew", "catalogue", "gesture", "gestures", "kin", "rim", "shelf", "shelve", "shelved"}
    | {"shelves", "thereof", "told", "tongue", "unsay", "upkeep", "whisper", "wish"}
)

# Phrases of docstrings, comments and messages.
PROSE = re.compile(
    r"\b(?:anew|thereof|therein|whereof|of the kind|and its kin|in vain|is nobody's|"
    r"hand(?:s|ed|ing)? (?:it |them )?in|shelve[sd]?|tongues?|gestures?|whispers?|"
    r"the library does not say|what comes nearest|can(?:not|'t) be told)\b",
    re.IGNORECASE,
)

# Where a word above is right: (path under bot/, word) → reason.
ALLOWED: dict[tuple[str, str], str] = {
    ("answer/catalog/intents.py", "handed in"): "what people may write in a question",
}

# Classes that share a name: name → reason.
SHARED_CLASS_NAMES: dict[str, str] = {}


@cache
def texts() -> dict[str, str]:
    """The code by path under ``bot``."""
    return {file.relative_to(BOT).as_posix(): file.read_text("utf-8") for file in BOT.rglob("*.py")}


# Where a node of the tree has the name that it gives to something.
NAMED: dict[type[ast.AST], str] = {
    ast.FunctionDef: "name",
    ast.AsyncFunctionDef: "name",
    ast.ClassDef: "name",
    ast.arg: "arg",
    ast.Name: "id",
    ast.Attribute: "attr",
    ast.MatchAs: "name",
}
STORE = ast.Store()


def identifiers(nodes: Sequence[ast.AST]) -> Iterator[tuple[int, str]]:
    """(line, name) of everything that a file names itself."""
    for node in nodes:
        field = NAMED.get(type(node))
        if field and isinstance(getattr(node, "ctx", STORE), ast.Store):
            name = getattr(node, field)
            if name:
                yield node.lineno, name  # type: ignore[attr-defined]


def words_of(identifier: str) -> list[str]:
    """The lower-case words of a snake_case or CamelCase name."""
    return re.findall(r"[a-z]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", identifier).lower())


def forbidden_words(identifier: str) -> set[str]:
    vague = {identifier.strip("_").lower()} & VAGUE_NAMES
    return vague | PRIVATE_WORDS.intersection(words_of(identifier))


def prose(text: str, nodes: Sequence[ast.AST]) -> Iterator[tuple[int, str]]:
    """(line, text) of comments, docstrings and all other strings."""
    if any(PROSE.search(line) for line in text.splitlines() if "#" in line):
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def violations(module: str, text: str) -> Iterator[str]:
    """ "file:line word" for each word that must not be used."""
    nodes = list(ast.walk(ast.parse(text)))
    for line, name in identifiers(nodes):
        for word in forbidden_words(name):
            if (module, word) not in ALLOWED:
                yield f"{module}:{line} {name} ({word})"
    for line, string in prose(text, nodes):
        for phrase in {match[0].lower() for match in PROSE.finditer(string)}:
            if (module, phrase) not in ALLOWED:
                yield f"{module}:{line} “{phrase}”"


def test_no_private_word_in_names_and_prose() -> None:
    assert [line for module, text in texts().items() for line in violations(module, text)] == []


def test_an_exception_is_still_needed() -> None:
    unused = [
        (module, word) for module, word in ALLOWED if word not in texts().get(module, "").lower()
    ]
    assert unused == []


def test_a_class_name_is_used_once() -> None:
    names = Counter(
        name
        for text in texts().values()
        for name in re.findall(r"^ *class (\w+)", text, re.MULTILINE)
    )
    assert {name for name, count in names.items() if count > 1} == set(SHARED_CLASS_NAMES)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("found = 1", ["found"]),
        ("def f(told): ...", ["told"]),
        ("for _kept in x: ...", ["kept"]),
        ("class TopShelf: ...", ["shelf"]),
        ("x.wish_of = 1", ["wish"]),
        ("match x:\n    case 1 as given: ...", ["given"]),
        ("match x:\n    case _: ...", []),
        ("x = f(found)", []),
        ("x = 1  # in vain", ["in vain"]),
        ('x = """A\nwhisper."""', ["whisper"]),
        ('x = "and its " "kin"', ["and its kin"]),
    ],
)
def test_a_private_word_is_found_where_it_is_written(text: str, words: list[str]) -> None:
    found = list(violations("made_up.py", text))
    assert len(found) == len(words)
    assert all(word in line for line, word in zip(found, words, strict=True))
