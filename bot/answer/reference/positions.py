"""Reads a pointer that counts: "#5", "articles 3 and 5", "the second one", "both of them"."""

from __future__ import annotations

import regex

from bot.answer.reference import words as w
from bot.answer.reference.pointer import Around, Line, Pointer
from bot.text.date_ranges import parse_date_ranges
from bot.text.stopwords import FUNCTION_WORDS

NUMBER = regex.compile(r"\d{1,9}")
NOUNS_TOO = frozenset(("name", "list", "show"))  # beside commands
MAX_RANGE = 50
JOINS = w.folded("and und et y e и with mit con avec")  # two numbers


def read_numbers(line: Line) -> Pointer | None:
    """ "#5", "article 5", "articles 3 and 5", "no. 16"; "compare 4 and 12"."""
    ids: list[int] = []
    commanded = bool(line.tokens) and all(
        t.is_plain or NUMBER.fullmatch(t.word) or t.word in w.NUMBERED for t in line.tokens
    )
    has_command = any(t.word in w.COMMANDS and t.word not in FUNCTION_WORDS for t in line.tokens)
    naming = False
    for i, token in enumerate(line.tokens):
        digits = NUMBER.search(token.word)
        number = _number(line, i)
        marked = token.word[0] in "#" or token.word.startswith("n°")
        if marked and digits:
            ids.append(int(digits[0]))
            token.used = naming = True
        elif token.word in w.NUMBERED:
            after = line.tokens[i + 1] if i + 1 < len(line.tokens) else None
            naming = after is not None and _number(line, i + 1) is not None
            token.used = naming or (after is not None and after.word in w.NUMBERED)
        elif _counts_sentences(line, i):
            continue
        elif number is not None and (naming or (commanded and has_command)):
            ids += [*range(ids[-1] + 1, number), number] if _ends_range(line, i, ids) else [number]
            token.used = True
            if _is_of_something(line, i):
                return None
        elif naming and token.word in w.RANGE and _number(line, i + 1) is not None:
            token.used = True
        elif token.word not in JOINS:
            naming = False
    return (
        Pointer(tuple(ids), is_plural=len(ids) > 1, rest=line.rest(), around=line.around())
        if ids
        else None
    )


def _number(line: Line, i: int) -> int | None:
    """The number that token ``i`` is; in words only after an "article"."""
    if i >= len(line.tokens):
        return None
    word = line.tokens[i].word
    if NUMBER.fullmatch(word):
        return int(word)
    named = line.tokens[max(0, i - 2) : i]
    is_article = any(token.word in w.SINGULAR | w.PLURAL for token in named)
    return w.NUMBERS.get(word) if is_article and named[-1].word in w.NUMBERED else None


def _ends_range(line: Line, i: int, ids: list[int]) -> bool:
    """Whether number ``i`` is the 7 of "4 to 7" or "4-7"."""
    number = _number(line, i)
    if not ids or number is None or not ids[-1] < number < ids[-1] + MAX_RANGE:
        return False
    before = line.tokens[i - 1]
    joins = line.text[before.end : line.tokens[i].start].strip()
    return before.word in w.RANGE or (before.used and joins in ("-", "–"))


def _counts_sentences(line: Line, i: int) -> bool:
    """Whether it is the number of "in 3 sentences"."""
    after = line.tokens[i + 1].word if i + 1 < len(line.tokens) else ""
    return bool(NUMBER.fullmatch(line.tokens[i].word)) and after in w.SENTENCES


def _is_of_something(line: Line, i: int) -> bool:
    """Whether the number is followed by "of the treaty", "du règlement", "of chapter"."""
    after = line.tokens[i + 1 : i + 3]
    return len(after) == 2 and after[0].word in w.OF


def read_unspaced(line: Line) -> Pointer | None:
    """The same in Chinese and Japanese, which write no spaces: "記事5", "两篇", "最新の記事"."""
    if match := w.UNSPACED_NUMBER.search(line.text):
        return Pointer(
            (int(match[1] or match[2]),), rest=line.without(match), around=_around(line, match)
        )
    if match := w.UNSPACED_ORDINAL.search(line.text):
        place = int(match[1]) if match[1] else w.CHINESE_DIGITS.index(match[2]) + 1
        return Pointer(places=(place,), rest=line.without(match), around=_around(line, match))
    if match := w.UNSPACED_BOTH.search(line.text):
        return Pointer(
            places=(1, 2), is_plural=True, rest=line.without(match), around=_around(line, match)
        )
    for pattern, pick in ((w.UNSPACED_NEWEST, "newest"), (w.UNSPACED_OLDEST, "oldest")):
        if (match := pattern.search(line.text)) and regex.search("記事|文章|篇", line.text):
            return Pointer(pick=pick, rest=line.without(match), around=_around(line, match))
    return None


def _around(line: Line, match: regex.Match[str]) -> Around:
    return line.text[: match.start()], line.text[match.end() :]


def read_places(line: Line) -> Pointer | None:
    """ "The second one", "first and third", "both", "all of them": of the list just shown."""
    if line.find_person() is not None or parse_date_ranges(line.text, line.today):
        return None
    places: list[int] = []
    for i, token in enumerate(line.tokens):
        if token.word in w.ORDINALS and _stands_alone(line, i) and not _counts(line, i):
            places.append(w.ORDINALS[token.word])
            token.used = True
    if places:
        _use_heads(line)
        return Pointer(
            places=tuple(places), is_plural=len(places) > 1, rest=line.rest(), around=line.around()
        )
    both = [i for i, t in enumerate(line.tokens) if t.word in w.BOTH or _is_both(line, i)]
    if both and _stands_alone(line, both[0]) and not line.has_topic_before(both[0]):
        line.tokens[both[0]].used = True
        return Pointer(places=(1, 2), is_plural=True, rest=line.rest(), around=line.around())
    if match := regex.search(r"\ball of (?:them|these)\b|\balle davon\b", line.text):
        for token in line.tokens:
            token.used |= match.start() <= token.start < match.end()
        return Pointer(places=(0,), is_plural=True, rest=line.rest(), around=line.around())
    return None


def _counts(line: Line, i: int) -> bool:
    """Whether a number stands beside it: "the last two", "los dos últimos"."""
    beside = (*line.tokens[max(0, i - 1) : i], *line.tokens[i + 1 : i + 2])
    return any(token.word in w.NUMBERS for token in beside)


def _is_both(line: Line, i: int) -> bool:
    """ "les deux", "os dois", "the two"."""
    before = line.tokens[i - 1].word if i else ""
    return w.NUMBERS.get(line.tokens[i].word) == 2 and before in ("les", "os", "los", "the")


def _stands_alone(line: Line, i: int) -> bool:
    """Whether no noun of the world follows, nor a topic stands before: not "second place"."""
    after = i + 1
    while after < len(line.tokens) and line.tokens[after].word in w.NUMBERS:
        after += 1
    if after < len(line.tokens):
        follows = line.tokens[after]
        is_head = follows.word in w.SINGULAR | w.PLURAL
        return is_head or (
            follows.is_plain and follows.word not in NOUNS_TOO and not line.has_topic_before(i)
        )
    return not line.has_topic_before(i)


def _use_heads(line: Line) -> None:
    """Count the "article" of "the second article" as a part of the pointer."""
    for i, token in enumerate(line.tokens):
        if token.used and i + 1 < len(line.tokens):
            follows = line.tokens[i + 1]
            follows.used |= follows.word in w.SINGULAR | w.PLURAL
