"""Turns a plain statement into the question that it answers: "The tower is 34 metres high."

Only sentences that begin with their subject and state what it costs, or how high, long, wide or
deep it is, in five languages. Pure patterns; whether a question is answered is tried elsewhere.
"""

from __future__ import annotations

from bot.text.lazy_pattern import lazy_pattern

_SUBJECT = r"(?P<subject>(?:{article})\s[^,.;:()\n]{{3,50}}?)"
_AMOUNT = r"(?=(?:(?:about|some|only|rund|etwa|nur|environ|unos|cerca de) )?[£$€¥]?\d)"
_SIZE = r"[\d.,]+ \p{L}+ "
# By language: the subject's article, and what follows it with the question that this answers.
_STATEMENTS = {
    "en": (
        "The",
        (
            (rf"will cost {_AMOUNT}", "What will {subject} cost?"),
            (rf"costs {_AMOUNT}", "What does {subject} cost?"),
            (rf"(?<=[^s] )cost {_AMOUNT}", "What did {subject} cost?"),
            (rf"is {_SIZE}(?P<size>high|long|wide|deep)\b", "How {size} is {subject}?"),
        ),
    ),
    "de": (
        "Der|Die|Das",
        (
            (rf"kostet {_AMOUNT}", "Was kostet {subject}?"),
            (rf"ist {_SIZE}(?P<size>hoch|lang|breit|tief)\b", "Wie {size} ist {subject}?"),
        ),
    ),
    "fr": ("Le|La", ((rf"coûte {_AMOUNT}", "Combien coûte {subject} ?"),)),
    "es": (
        "El|La",
        (
            (rf"cuesta {_AMOUNT}", "¿Cuánto cuesta {subject}?"),
            (rf"costará {_AMOUNT}", "¿Cuánto costará {subject}?"),
        ),
    ),
    "pt": ("O|A", ((rf"custa {_AMOUNT}", "Quanto custa {subject}?"),)),
}
_CLAUSE = lazy_pattern(r"\b(?:that|which|who|and|or|und|oder|et|ou|qui|que|y|e)\b")
_PATTERNS = {
    language: [
        (lazy_pattern(rf"^{_SUBJECT.format(article=article)} {follows}"), question)
        for follows, question in statements
    ]
    for language, (article, statements) in _STATEMENTS.items()
}


def question_of(sentence: str, language: str) -> str:
    """The question that a statement answers; empty if it is no plain statement."""
    for pattern, question in _PATTERNS.get(language, ()):
        match = pattern.match(sentence)
        if match and not _CLAUSE.search(match["subject"]):
            subject = match["subject"][0].lower() + match["subject"][1:]
            size = match.groupdict().get("size", "")
            return question.format(subject=subject, size=size)
    return ""
