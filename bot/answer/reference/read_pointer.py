"""Reads what a line says of the articles that it points to.

By number or place (``positions``), or else by a description: who added or wrote them, when, their
kind, language, topic, and an order such as "the newest". Knows nothing of how a question is
answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import regex

from bot.answer.question.follow_up import ARTICLES, VERBS
from bot.answer.reference import words as w
from bot.answer.reference.pointer import Line, LineToken, Pointer, says_about
from bot.answer.reference.positions import read_numbers, read_places, read_unspaced
from bot.text.date_ranges import parse_date_ranges
from bot.text.question_words import is_question_word
from bot.text.stopwords import FUNCTION_WORDS

MAX_TOPIC_WORDS = 5
DEFINITE = ARTICLES - w.folded("a an ein eine einen un une una um uma")
AUXILIARIES = w.folded("do does did")
IN = w.folded("in from im en segun segundo dans selon laut gemäß em no na")
SPEAKS_ABOUT = w.folded("about on regarding über zu zum zur sobre acerca sur про")
OF_THEM = w.folded("of von de des entre из")
DETERMINERS_OF_SEVERAL = w.folded("die den alle all los las les")
COMPOUND_ENDINGS = (
    *("artikel", "bericht", "studie", "dokument", "text", "protokoll", "interview", "beitrag"),
)


def read_pointer(text: str, people: Sequence[str], today: date) -> Pointer | None:
    """What ``text`` says of the articles it points to; None if it points to none.

    ``people``: the names of those who added or wrote something.
    """
    dated = text
    for pattern, english in w.DAY_PATTERNS:
        dated = pattern.sub(english, dated)
    dated = w.PENULTIMATE.sub("penultimate", dated)
    line = Line(dated, people, today)
    return read_numbers(line) or read_unspaced(line) or read_places(line) or _described(line)


def _described(line: Line) -> Pointer | None:
    """ "The pdf Sam posted", "the ferry articles", "what Lena added yesterday", "el de …"."""
    person = line.find_person()
    head, plural = _find_head(line, person is not None)
    if head is None or _asks_which(line, head):
        return None
    pick, count = _pick(line, head)
    compared = any(token.used and token.word in w.NEWER | w.OLDER for token in line.tokens)
    kind = _kind(line)
    language = _language(line)
    days = next(iter(parse_date_ranges(line.text, line.today)), None)
    topic = _topic(line, head)
    is_this = any(t.word in w.THIS for t in line.tokens[max(0, head - 1) : head])
    plural = plural or count > 1
    pointer = Pointer(
        head=line.tokens[head].text,
        pick=pick,
        count=count,
        among_shown=compared,
        person=person or "",
        kind=kind,
        language=language,
        days=days,
        topic=topic,
        is_plural=plural,
        rest=line.rest(),
        around=line.around(),
    )
    if pointer.says_something or is_this:
        return pointer
    is_named = _is_definite(line, head) and _is_addressed(line, head, pointer.rest)
    return replace(pointer, is_named=True) if is_named else None


def _is_definite(line: Line, head: int) -> bool:
    """Whether a determiner stands right before the head: "the report"."""
    return head > 0 and line.tokens[head - 1].word in DEFINITE


def _is_addressed(line: Line, head: int, rest: str) -> bool:
    """Whether the line speaks of an article as such, and not of a report in the world.

    It asks nothing else, or what it says, or "in" it, or "according to" it.
    """
    before = [token.word for token in line.tokens[max(0, head - 3) : head - 1]]
    is_within = before[-1:] != [] and before[-1] in IN
    return not rest or is_within or before == ["according", "to"] or says_about(line.text)


def _find_head(line: Line, has_person: bool) -> tuple[int | None, bool]:
    """The index of the word for the articles, and whether it is several."""
    for i, token in enumerate(line.tokens):
        if token.word in ("one", "ones", "thing") and (
            not _is_pointed_at(line, i) or line.has_topic_before(i - 1)
        ):
            continue  # "is the new pump quieter than the old one"
        if _is_verb(line, i):
            continue
        if token.word in w.PLURAL or token.word in w.SINGULAR or token.word in w.KINDS:
            token.used = True
            many = token.word in w.PLURAL or token.word[:-1] in w.KINDS  # "pdfs"
            beside = (t.word for t in line.tokens[max(0, i - 2) : i])
            return i, many or not DETERMINERS_OF_SEVERAL.isdisjoint(beside)
        ending = next((e for e in COMPOUND_ENDINGS if token.word.endswith(e)), "")
        if ending and len(token.word) > len(ending) + 2:
            token.used = True
            before = line.tokens[i - 1].word if i else ""
            return i, before in ("die", "den", "alle", "beiden")
    match = w.ELLIPSIS.match(line.text)
    if match and len(line.tokens) <= MAX_TOPIC_WORDS + 3:
        return _use_opening(line, match.end()), match["many"] is not None
    typed = {t.word for t in line.tokens}
    if has_person and typed & w.ADDED and typed & w.WHATEVER:
        return next(i for i, t in enumerate(line.tokens) if t.word in w.WHATEVER), True
    return _elliptical_pick(line, has_person=has_person), False


def _is_verb(line: Line, i: int) -> bool:
    """Whether it is what somebody does: "where did she study", "what did the council report"."""
    before = [token.word for token in line.tokens[:i]]
    start = max((n for n, word in enumerate(before) if word in AUXILIARIES), default=None)
    subject = before[start + 1 :] if start is not None else []
    is_noun = any(word in DEFINITE | w.THIS or word.endswith(("'s", "’s")) for word in subject)
    is_last = i + 1 == len(line.tokens)
    return start is not None and (is_last or not is_noun) and line.tokens[i].word in w.SINGULAR


def _is_pointed_at(line: Line, i: int) -> bool:
    """Whether "the", "that" or a person stands before: not the bicycle "Cargo One"."""
    before = line.tokens[:i]
    return any(t.used or t.word in w.THIS or t.word in ("the", "which") for t in before)


def _use_opening(line: Line, end: int) -> int:
    opening = [t for t in line.tokens if t.end <= end]
    for token in opening:
        token.used = True
    return len(opening) - 1


def _elliptical_pick(line: Line, *, has_person: bool) -> int | None:
    """ "Le plus récent", "Lena's last two", "die letzten drei"."""
    for i, token in enumerate(line.tokens):
        beside = [t.word for t in (*line.tokens[max(0, i - 1) : i], *line.tokens[i + 1 : i + 2])]
        is_counted = not w.NUMBERS.keys().isdisjoint(beside)
        is_pick = token.word in w.NEWEST | w.OLDEST | w.NEWER | w.OLDER or (
            w.ORDINALS.get(token.word) == -1 and (is_counted or has_person)
        )
        others = [*line.tokens[:i], *line.tokens[i + 1 :]]
        alone = all(
            t.is_plain or t.used or t.word in w.BOTH | w.ADDED or t.word in w.NUMBERS
            for t in others
        )
        if is_pick and alone:
            return i
    return None


def _asks_which(line: Line, head: int) -> bool:
    """Whether it asks which article does something: "which article started the strike"."""
    before = {t.word for t in line.tokens[max(0, head - 2) : head]}
    has_pick = any(t.word in w.NEWEST | w.OLDEST | w.LONGEST for t in line.tokens)
    return not before.isdisjoint(w.ASKS_WHICH) and not has_pick


def _pick(line: Line, head: int) -> tuple[str, int]:
    """The order that the words beside the head name, and how many articles of it."""
    pick, count = "", 1
    for i, token in enumerate(line.tokens):
        if not _is_beside(line, i, head):
            continue
        for words, order in (
            (w.NEWEST | w.NEWER, "newest"),
            (w.OLDEST | w.OLDER, "oldest"),
            (w.LONGEST, "longest"),
        ):
            if token.word in words:
                pick, token.used = order, True
        if w.ORDINALS.get(token.word) in (1, -1) and not _is_dated(line, token):
            pick, token.used = "newest" if w.ORDINALS[token.word] == -1 else "oldest", True
        if token.word in w.BOTH and not _is_of(line, i):
            count, token.used = 2, True
    for i, token in enumerate(line.tokens):
        if pick and token.word in w.NUMBERS and _is_beside(line, i, head) and not _is_of(line, i):
            count, token.used = w.NUMBERS[token.word], True
    return pick, count


def _is_of(line: Line, i: int) -> bool:
    """Whether it is the "two" of "the older of the two"."""
    return any(t.word in OF_THEM for t in line.tokens[max(0, i - 2) : i])


def _is_beside(line: Line, i: int, head: int) -> bool:
    """Whether token ``i`` may say something of the head: not "how long did the study run"."""
    if i and is_question_word(line.tokens[i - 1].word):
        return False
    if i <= head:
        return all(t.word not in VERBS or t.word in ARTICLES for t in line.tokens[i:head])
    follows = line.tokens[i + 1 : i + 2]  # "when did the article first appear"
    return line.tokens[i].word not in w.ORDINALS or all(t.is_plain or t.used for t in follows)


def _is_dated(line: Line, token: LineToken) -> bool:
    """Whether it is the "last" of "last week"."""
    return bool(parse_date_ranges(line.text[token.start : token.start + 12], line.today))


def _kind(line: Line) -> frozenset[w.ArticleKind]:
    for token in line.tokens:
        word = token.word.removesuffix("'s")
        if word in w.KINDS:
            token.used = True
            return w.KINDS[word]
    return frozenset()


def _language(line: Line) -> str:
    for token in line.tokens:
        if not token.used and (code := w.language_of(token.word)):
            token.used = True
            return code
    return ""


def _topic(line: Line, head: int) -> str:
    """The words beside the head that say what the articles are about; they are used."""
    ending = next((e for e in COMPOUND_ENDINGS if line.tokens[head].word.endswith(e)), "")
    compound = line.tokens[head].text[: -len(ending)] if ending else ""
    if len(compound) > 2:
        return compound.removesuffix("s")
    before: list[LineToken] = []
    for i in range(head - 1, -1, -1):
        token = line.tokens[i]
        is_other = token.word in w.THIS or token.word in w.NUMBERS
        if token.is_plain or token.used or is_other or len(before) == MAX_TOPIC_WORDS:
            break
        if _breaks_before(line, i + 1):
            break  # "the fund or the town? articles differ"
        before.insert(0, token)
    after = _topic_after(line, head)
    for token in (*before, *after):
        token.used = True
    typed = [t.text for t in (*before, *after) if not t.is_plain]
    for token in line.tokens:
        token.used |= token.word in w.ADDED
    return " ".join(typed)


def _topic_after(line: Line, head: int) -> list[LineToken]:
    """The words after the head, and after "about", up to the next verb or mark."""
    topic: list[LineToken] = []
    following = line.tokens[head + 1 :]
    if following and following[0].word in w.WHERE:  # "the piece where owners talk about it"
        return following[: 2 * MAX_TOPIC_WORDS]
    n = next((n for n, t in enumerate(following) if not _tells_of_adding(t)), len(following))
    opened = n < len(following) and following[n].word in w.ABOUT
    is_open = opened or w.ELLIPSIS.match(line.text) is not None
    for token in following[:n] if opened else ():
        token.used = True
    for i, token in enumerate(following, head + 1):
        if token.word in w.ADDED or token.used:
            token.used = True
            continue
        is_article = token.is_elided or token.word in FUNCTION_WORDS - VERBS
        if is_open and (not token.is_plain or is_article):
            if any(not t.is_plain for t in topic) and token.word in SPEAKS_ABOUT:
                break  # "the interview of the market about the flood"
            if _breaks_before(line, i) or len(topic) == MAX_TOPIC_WORDS:
                break
            topic.append(token)
        elif not is_article:
            break
    return topic


def _tells_of_adding(token: LineToken) -> bool:
    """Whether it belongs to "Priya put up" or "that Lena has written"."""
    return token.used or token.word in w.ADDED | w.RELATIVE


def _breaks_before(line: Line, i: int) -> bool:
    """Whether punctuation stands before a word."""
    return i > 0 and bool(
        regex.search(r"[,;:?!]", line.text[line.tokens[i - 1].end : line.tokens[i].start])
    )
