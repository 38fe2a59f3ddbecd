"""Say in words how an answer's sentences were checked."""

from __future__ import annotations

from bot.answer_records import Answer, AnswerSentence
from bot.strings import _, language_name, ngettext


def checked_words(answer: Answer) -> str:
    """ "4 sentences, each checked against its source", without a full stop."""
    cited = len(answer.cited_sentences)
    unchecked = cited - answer.supported_count
    if not unchecked:
        return ngettext(
            "{n} sentence, checked against its source",
            "{n} sentences, each checked against its source",
            cited,
        ).format(n=cited)
    is_unknown = any(s.checked == "unknown_language" for s in answer.cited_sentences)
    if is_unknown:
        message = ngettext(
            "{checked} of {n} checked; {rest} not checked: I only compare figures, names "
            "and single words in {language}",
            "{checked} of {n} checked; {rest} not checked: I only compare figures, names "
            "and single words in {language}",
            unchecked,
        )
    else:
        message = ngettext(
            "{checked} of {n} checked; {rest} not: its source is in {language}",
            "{checked} of {n} checked; {rest} not: their sources are in {language}",
            unchecked,
        )
    codes = {s.source_language for s in answer.cited_sentences if s.checked != "yes"}
    unnamed = _("this language") if is_unknown else _("another language")
    code = codes.pop() if len(codes) == 1 else ""
    return message.format(
        checked=answer.supported_count,
        n=cited,
        rest=unchecked,
        language=language_name(code) if code else unnamed,
    )


def mark_unchecked(sentence: AnswerSentence) -> str:
    """What stands behind a sentence that no rule could check; else empty."""
    unchecked = _("not checked")
    return f" ({unchecked})" if sentence.checked == "unknown_language" else ""
