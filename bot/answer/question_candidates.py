"""Questions that a reader may ask of an article, made from its text without a model.

What it asks itself (a FAQ), headings that ask, what it states in so many words (``stated_facts``),
the people whom it introduces, and the days to come of which it tells. In the article's language,
not the reader's: a question in another one is found less well. Whether the article answers them is
tried elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from bot.answer.question.follow_up import content_words
from bot.answer.stated_facts import question_of
from bot.records import Article, StoredPassage
from bot.search.answer_type import SPEECH_VERB
from bot.structure import HEADING_SEPARATOR
from bot.text.dates import DATE, DateMention, read_date
from bot.text.folding import fold
from bot.text.language import detect_language
from bot.text.lazy_pattern import lazy_pattern
from bot.text.names import CAPITALIZED
from bot.text.question_words import QUESTION_WORDS
from bot.text.scripts import UNSPACED

MIN_CONTENT_WORDS = 2  # of a question: "What happened?" could stand in any article
MAX_PEOPLE, MAX_DAYS = 2, 1
WHO_IS = {
    "en": "Who is {topic}?",
    "de": "Wer ist {topic}?",
    "fr": "Qui est {topic} ?",
    "es": "¿Quién es {topic}?",
    "pt": "Quem é {topic}?",
    "it": "Chi è {topic}?",
    "nl": "Wie is {topic}?",
}
WHAT_HAPPENS = {
    "en": "What happens on {topic}?",
    "de": "Was passiert am {topic}?",
    "fr": "Que se passe-t-il le {topic} ?",
    "es": "¿Qué pasa el {topic}?",
    "pt": "O que acontece em {topic}?",
    "it": "Che cosa succede il {topic}?",
    "nl": "Wat gebeurt er op {topic}?",
}
_OWN_QUESTION = lazy_pattern(r"^[\p{Lu}\p{Lo}¿][^\n?？]{8,78}[?？]$", regex.MULTILINE)
_ASKS = lazy_pattern(rf"(?:{'|'.join(QUESTION_WORDS)})\b", regex.IGNORECASE)
_NUMBERED = lazy_pattern(r"^[\d.()]+\s+")
# "Do you read e-books?" was asked of someone else; it is no question to the library.
_ADDRESSES = lazy_pattern(
    r"\b(?:you|yours?|Sie|Ihr(?:e[mnrs]?)?|du|dein(?:e[mnrs]?)?|vous|vos|votre|tu|ton|ta|tes|usted(?:es)?"
    r"|você|вы|вас|вам|ваш\w*)\b|[您你]|あなた"
)
_PERSON = lazy_pattern(rf"(?<!\p{{Lu}}[\w'’-]* )(?<![\w'’-]){CAPITALIZED}(?: {CAPITALIZED}){{1,2}}")
_COMPOUND = lazy_pattern(r"-\p{Ll}")  # "American-educated Wren"
_DETERMINER = r"(?:(?:the|der|die|el|la|le|l['’]|o|a) ?)?"
_ROLE = r"\p{Ll}{2,}(?:er|or|ist|ian|man|woman|eur|euse|ista|dora?|ora)"
_WHO = "who|whose|der|die|qui|quien|que"
_STATES = "is|was|has|runs?|leads|led|ist|war|hat|leitet|es|era|est|était|é|foi|è|was"


@dataclass(frozen=True, slots=True)
class CandidateQuestion:
    """``must_say``: what a sentence that answers has to match, if that can be said."""

    text: str
    must_say: regex.Pattern[str] | None = None


def question_candidates(
    article: Article, passages: Sequence[StoredPassage]
) -> Iterator[CandidateQuestion]:
    """The article's own questions, then those about its people and days."""
    text = "\n".join(passage.text for passage in passages)
    headings = list(dict.fromkeys(filter(None, map(_last_heading, passages))))
    yield from map(CandidateQuestion, _own_questions(text, headings))
    language = (article.language or detect_language(text))[:2]
    if language not in WHO_IS:
        return
    sentences = list(_statements(passages))
    for sentence in sentences:
        if question := question_of(sentence, language):
            yield CandidateQuestion(question, lazy_pattern(regex.escape(sentence)))
    for name in _people(text)[:MAX_PEOPLE]:
        yield CandidateQuestion(WHO_IS[language].format(topic=name), _introduces(name))
    for day in _days(article, sentences)[:MAX_DAYS]:
        yield CandidateQuestion(
            WHAT_HAPPENS[language].format(topic=day), lazy_pattern(regex.escape(day))
        )


def _own_questions(text: str, headings: Sequence[str]) -> Iterator[str]:
    """What the article asks, and what its headings tell: "How to book"."""
    of_headings = [heading for heading in headings if heading.endswith(("?", "？"))]
    for question in (*of_headings, *_OWN_QUESTION.findall(text)):
        is_enough = UNSPACED.search(question) or len(content_words(question)) >= MIN_CONTENT_WORDS
        if is_enough and not _ADDRESSES.search(question):
            yield question
    yield from (
        f"{heading}?" for heading in headings if _ASKS.match(heading) and heading not in of_headings
    )


def _last_heading(passage: StoredPassage) -> str:
    """The heading right above a passage, without its number."""
    heading = passage.heading.split(HEADING_SEPARATOR)[-1].strip(" .:")
    return _NUMBERED.sub("", heading)


def _people(text: str) -> list[str]:
    """The people who speak in the text or are said to be somebody, the most frequent first."""
    counted = Counter(match[0] for match in _PERSON.finditer(text))
    names = [name for name, _ in counted.most_common() if not _COMPOUND.search(name)]
    people = [name for name in names if _speaks(name, text)]
    return [name for name in people if _introduces(name).search(text)]


def _speaks(name: str, text: str) -> bool:
    """Whether a verb of saying, "who" or a role stands beside the name."""
    escaped = regex.escape(name)
    if regex.search(rf"\b{_ROLE},? {escaped}\b|{escaped}, (?:{_WHO})\b", text):
        return True
    beside = regex.findall(rf"(\w+) {_DETERMINER}{escaped}|{escaped} (\w+)", text)
    return any(SPEECH_VERB.fullmatch(fold(word.lower())) for pair in beside for word in pair)


def _introduces(name: str) -> regex.Pattern[str]:
    """What says who somebody is: "the engineer Ada Wren", "Ada Wren, 61,", "Ada Wren runs"."""
    escaped = regex.escape(name)
    return lazy_pattern(
        rf"\b{_ROLE},? {escaped}\b"
        rf"|{escaped}(?:,| \() ?(?:\d\d\b|\p{{Ll}}{{2,}})"
        rf"|{escaped} (?:{_STATES})\b"
    )


def _statements(passages: Sequence[StoredPassage]) -> Iterator[str]:
    """The sentences of prose."""
    for passage in passages:
        for sentence in passage.sentences:
            quote = passage.quote(sentence)
            if sentence.kind == "paragraph" and quote.endswith((".", "!")):
                yield quote


def _days(article: Article, sentences: Sequence[str]) -> list[str]:
    """The days to come when the article was published, as its sentences write them."""
    published = (article.published or article.added)[:10]
    dates = (
        (match[0].strip(), read_date(match))
        for sentence in sentences
        for match in DATE.finditer(sentence)
    )
    return list(dict.fromkeys(text for text, date in dates if _iso_day(date) > published))


def _iso_day(date: DateMention | None) -> str:
    """YYYY-MM-DD of a date that is certain; else empty."""
    if date is None or date.year is None or (len(date.months), len(date.days)) != (1, 1):
        return ""
    (month,), (day,) = date.months, date.days
    return f"{date.year}-{month:02}-{day:02}"
