"""What is said of an answer on its way: how many are ahead, what is read, looked for and checked.

Knows nothing of where it is shown; what a model looks for is shown as it is, to be escaped.
"""

from __future__ import annotations

from bot.records import SearchResult
from bot.strings import _, ngettext


def ahead_line(ahead: int) -> str:
    """How many questions are answered before this one; at least 1."""
    return ngettext(
        "{n:,} question ahead of yours", "{n:,} questions ahead of yours", ahead
    ).format(n=ahead)


def reading_line(findings: SearchResult) -> str:
    """How many passages are read, of how many."""
    return _("Reading {read} passages of {total:,} …").format(
        read=len(findings.hits), total=findings.passages_in_scope
    )


def looking_line(words: str) -> str:
    """What the model looks for."""
    return _("Looking for: {words} …").format(words=words)


def checking_line(sentences: int) -> str:
    """How many sentences are compared with their sources."""
    return ngettext("Checking {n:,} sentence …", "Checking {n:,} sentences …", sentences).format(
        n=sentences
    )
