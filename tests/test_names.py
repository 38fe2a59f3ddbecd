"""Words that must not come back: the house's names are standard terms, its prose plain English."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterator
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


def package_of(file: Path) -> str:
    """The first part of the path under ``bot``: a package or a module."""
    return file.relative_to(BOT).parts[0].removesuffix(".py")


def files() -> list[Path]:
    return sorted(BOT.rglob("*.py"))


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def identifiers(file: Path) -> Iterator[tuple[int, str]]:
    """(line, name) of everything that the file names itself."""
    for node in ast.walk(tree_of(file)):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.lineno, node.name
            case ast.arg():
                yield node.lineno, node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.lineno, node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node.lineno, node.attr
            case ast.MatchAs(name=str(name)):
                yield node.lineno, name


def words_of(identifier: str) -> list[str]:
    """The lower-case words of a snake_case or CamelCase name."""
    return re.findall(r"[a-z]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", identifier).lower())


def forbidden_words(identifier: str) -> set[str]:
    vague = {identifier.strip("_").lower()} & VAGUE_NAMES
    return vague | PRIVATE_WORDS.intersection(words_of(identifier))


def prose(file: Path) -> Iterator[tuple[int, str]]:
    """(line, text) of comments, docstrings and all other strings."""
    reader = io.StringIO(file.read_text("utf-8")).readline
    for token in tokenize.generate_tokens(reader):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


@cache
def violations() -> dict[str, list[str]]:
    """Package → "file:line word" for each word that must not be used."""
    by_package: defaultdict[str, list[str]] = defaultdict(list)
    for file in files():
        module = file.relative_to(BOT).as_posix()
        for line, name in identifiers(file):
            by_package[package_of(file)] += [
                f"{module}:{line} {name} ({word})"
                for word in forbidden_words(name)
                if (module, word) not in ALLOWED
            ]
        for line, text in prose(file):
            by_package[package_of(file)] += [
                f"{module}:{line} “{phrase}”"
                for phrase in {match[0].lower() for match in PROSE.finditer(text)}
                if (module, phrase) not in ALLOWED
            ]
    return {package: lines for package, lines in by_package.items() if lines}


PACKAGES = sorted({package_of(file) for file in files()})


@pytest.mark.parametrize("package", PACKAGES)
def test_no_private_word_in_names_and_prose(package: str) -> None:
    assert violations().get(package, []) == []


def test_an_exception_is_still_needed() -> None:
    texts = {file.relative_to(BOT).as_posix(): file.read_text("utf-8") for file in files()}
    unused = [
        (module, word) for module, word in ALLOWED if word not in texts.get(module, "").lower()
    ]
    assert unused == []


def shared_class_names() -> set[str]:
    """The names that more than one class of ``bot`` has."""
    names = Counter(
        node.name
        for file in files()
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.ClassDef)
    )
    return {name for name, count in names.items() if count > 1}


def test_a_class_name_is_used_once() -> None:
    assert shared_class_names() == set(SHARED_CLASS_NAMES)
