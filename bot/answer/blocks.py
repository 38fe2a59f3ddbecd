"""Items of lists and rows of tables: which of them a question asks for.

Of a table, the rows that say most of what was asked; of a list, all items if its heading is what
was asked for, or else those that say it themselves. Pure functions of values.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import regex

from bot.records import Candidate
from bot.search.question_analysis import analyze
from bot.search.sentence_context import CELL
from bot.search.sentence_signals import KeywordMatcher
from bot.structure import ITEMS
from bot.text.periods import find_periods
from bot.text.row_calendar import calendar_words
from bot.text.tokenize import split_words

LISTED = frozenset(("list_item", "code"))  # code stands between the steps of a list
MIN_COMPOUND_PART = 5  # letters: "Basis" in "Basistarif"
PERIOD = -1  # stands for the period, among the indices of keywords
ROW_REACH = 3.0  # log odds below the best row of a table, of one that says more of the question
LIST_LEAD = 1.0  # log odds that an item may lack if its heading says more of the question
LIST_REACH = 2.0  # the same for a list beside a sentence, if its heading is what was asked
SECTION_REACH = 3.0  # the same if they stand under the same heading
SAME_QUESTION = 0.4  # agreement of a reply's question with the one asked, 0 … 1
PART_OF_ROW = regex.compile(r"[-–—·•↳]\s*\p{L}")
STEP = regex.compile(r"\d{1,3}[.)]\s")
MOST_ALONE = 0.5  # of what the heading says of the question, as much may one item say itself


def is_part(candidate: Candidate) -> bool:
    """Whether it is an item, a row or code."""
    return candidate.sentence.kind in ITEMS


def is_in_block_of(candidate: Candidate, other: Candidate) -> bool:
    """Whether both are items of one list, or rows of one table."""
    kinds = {candidate.sentence.kind, other.sentence.kind}
    return (
        kinds <= ITEMS
        and (len(kinds) == 1 or kinds == LISTED)
        and candidate.passage.version_id == other.passage.version_id
        and candidate.context == other.context
    )


def narrow_rows(question: str, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The candidates without the rows of which another in their table says more of the question.

    A row says what stands in its cells and above its section: the words of its other headers hold
    for all rows.
    """
    matcher = _RowMatcher(question)
    rows = [c for c in candidates if c.sentence.kind == "table_row"]
    says = {id(row): matcher.said_by(row) for row in rows}
    tables: dict[tuple[int, int], list[Candidate]] = {}
    for row in rows:
        tables.setdefault(_table_of(row), []).append(row)
    dropped: set[int] = set()
    for table in tables.values():
        best = max(row.log_odds for row in table)
        near = [says[id(row)] for row in table if best - row.log_odds <= ROW_REACH]
        dropped |= {id(row) for row in table if any(says[id(row)] < more for more in near)}
    return tuple(c for c in candidates if id(c) not in dropped and not _lacks_code(c, candidates))


def _lacks_code(item: Candidate, candidates: Sequence[Candidate]) -> bool:
    """Whether another item of its list, nearly as likely, says more of the question's codes."""
    return any(
        other.signals["code_unsaid"] < item.signals["code_unsaid"]
        and is_in_block_of(item, other)
        and item.log_odds - other.log_odds <= LIST_LEAD
        for other in candidates
    )


class _RowMatcher:
    """What of a question a row can say: its keywords, by index, and the period that it names."""

    def __init__(self, question: str):
        analyzed = analyze(question)
        self._words = [keyword.word for keyword in analyzed.keywords]
        self._matcher = KeywordMatcher(analyzed)
        self._periods = find_periods(question)

    def said_by(self, row: Candidate) -> frozenset[int]:
        """The keywords that a row or its section says, also as a part of a compound."""
        words = {*_row_words(row), *calendar_words(row.text)}
        long = tuple(word for word in words if len(word) >= MIN_COMPOUND_PART)
        compounds = {i for i, word in enumerate(self._words) if long and word.startswith(long)}
        named = find_periods(row.text) if self._periods else ()
        is_of_period = any(one.shares(other) for one in named for other in self._periods)
        return self._matcher.matches_in(words) | compounds | ({PERIOD} if is_of_period else set())


def _row_words(row: Candidate) -> Iterable[str]:
    sections = [c.text for c in row.context if c.kind == "table_header" and CELL not in c.text]
    return (word for text in (*sections, _whole_of(row), row.text) for word in split_words(text))


def _whole_of(row: Candidate) -> str:
    """The label of the row that a row is a part of: "Revenue", of which "– Marine" is one."""
    if not PART_OF_ROW.match(row.text):
        return ""
    passage = row.passage
    rows = [s for s in passage.sentences if s.kind == "table_row" and s.start < row.sentence.start]
    wholes = [passage.quote(s) for s in rows if not PART_OF_ROW.match(passage.quote(s))]
    return wholes[-1].split(CELL)[0] if wholes else ""


def _table_of(row: Candidate) -> tuple[int, int]:
    """The article's version and where its table's header stands."""
    headers = [c.start for c in row.context if c.kind == "table_header" and CELL in c.text]
    return row.passage.version_id, min(headers, default=row.passage.start)


def announced_first(ranked: Sequence[Candidate]) -> list[Candidate]:
    """The candidates, with an item first whose heading says more of the question than the best's.

    Only an item of the same article, and nearly as likely.
    """
    best = ranked[0]
    if best.sentence.kind not in LISTED:
        return list(ranked)
    near = [
        c
        for c in ranked
        if c.sentence.kind in LISTED
        and c.passage.version_id == best.passage.version_id
        and best.log_odds - c.log_odds <= LIST_LEAD
    ]
    first = max(near, key=lambda c: (round(_covered(c), 2), c.log_odds))
    return [first, *(c for c in ranked if c is not first)]


def _covered(item: Candidate) -> float:
    """The share of the question that an item says with its headings."""
    return item.signals["own"] + item.signals["lent"]


def announced_list(
    best: Candidate, ranked: Sequence[Candidate], *, is_open: bool
) -> Candidate | None:
    """The likeliest item of a list in the best sentence's article whose heading was asked for.

    Unless the question ``is_open``, the item says more of it with its heading than the best does.
    """
    for candidate in ranked:
        if (
            candidate.sentence.kind in LISTED
            and candidate.passage.version_id == best.passage.version_id
            and best.log_odds - candidate.log_odds <= _reach(best, candidate)
            and candidate.signals["lent"] > candidate.signals["titled"]
            and (is_open or _covered(candidate) > _covered(best))
        ):
            return candidate
    return None


def _reach(best: Candidate, item: Candidate) -> float:
    headings = [part for part in item.context if part.kind == "heading"]
    return SECTION_REACH if headings and headings[-1] in best.context else LIST_REACH


def reply_opening(best: Candidate, candidates: Sequence[Candidate]) -> Candidate:
    """The first sentence of the reply that the best one is part of, if its question was asked.

    "Yes, two at most" opens the reply of which "In July dogs pay 3 euros" matches better.
    """
    if best.signals["reply"] < SAME_QUESTION:
        return best
    beside = [
        c
        for c in candidates
        if c.context == best.context and c.passage.version_id == best.passage.version_id
    ]
    return min(beside, key=lambda c: c.sentence.start)


def asks_for_list(item: Candidate, *, is_open: bool) -> bool:
    """Whether all of an item's list was asked for: its heading says more of the question.

    ``is_open``: the question asks for more than a single fact, which needs a heading of the list's
    own. The item of a list without one, if it is no step, may say none of it.
    """
    signals = item.signals
    has_own_heading = signals["lent"] > signals["titled"]
    if item.sentence.kind not in LISTED or not signals["lent"] or not (is_open or has_own_heading):
        return False
    may_say_some = is_open and (has_own_heading or bool(STEP.match(item.text)))
    return signals["alone"] <= (MOST_ALONE * signals["lent"] if may_say_some else 0.0)
