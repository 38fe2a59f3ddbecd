"""Every error has a code, and docs/refusals.md lists it with its cause and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bot import errors

PAGE = (Path(__file__).parent.parent / "docs" / "refusals.md").read_text("utf-8")


def subclasses(kind: type[errors.FootnoteError]) -> Iterator[type[errors.FootnoteError]]:
    for child in kind.__subclasses__():
        yield child
        yield from subclasses(child)


def listed() -> dict[str, tuple[str, str]]:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)
    return {code: (cause, advice) for code, cause, advice in rows}


def test_every_error_is_listed_with_cause_and_advice() -> None:
    codes = {
        kind.code for kind in subclasses(errors.FootnoteError) if kind.__module__ == "bot.errors"
    }
    assert set(listed()) == codes
    assert all(len(cause) > 10 and len(advice) > 5 for cause, advice in listed().values())


def test_the_tree_at_the_top_of_the_module_draws_every_error() -> None:
    drawn = set(re.findall(r"[├└]── (\w+)", errors.__doc__ or ""))
    assert drawn == {
        kind.__name__
        for kind in subclasses(errors.FootnoteError)
        if kind.__module__ == "bot.errors"
    }
