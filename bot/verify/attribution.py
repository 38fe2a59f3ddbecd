"""Check who is said to have said something.

What a source only reports as somebody's statement must not become a fact, and a speaker that a
claim names must be in the cited sentences or the one before them. Speakers are found by English
verbs and by the words for "according to" in some languages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex

from bot.text.folding import straighten
from bot.text.lazy_pattern import lazy_pattern
from bot.verify import entities
from bot.verify.analyzed_text import Vocabulary, analyze
from bot.verify.source_gaps import is_source

# Words for doubtful or disputed statements. "Said" and "found" are left out, because a fact that
# "researchers found" may be stated without them. Nouns ("the claims") are left out, too.
DOUBT_VERBS = (
    r"alleg(?:es?|ed|edly|ing)|claim(?:s|ed|ing)?(?= (?:that|to|it|he|she|they)\b)|reportedly|"
    r"rumou?red|accus(?:e|es|ed|ing)|purported(?:ly)?|supposedly|angeblich|behauptet\w*|"
    r"presunt\w+|supuest\w+|afirm\w+|prétend\w*|якобы|утвержда\w+"
)
ATTRIBUTION_WORDS = (
    r"according to|sa(?:y|ys|id|ying)|state[sd]?|stating|report(?:s|ed|ing|edly)?|argu(?:e|es|ed)|"
    r"believ(?:e|es|ed)|think\w*|thought|suggest(?:s|ed)?|told|tells?|writ(?:es|ten)|wrote|"
    r"describe[sd]?|deny|denies|denied|denying|call(?:s|ed)|may|might|could|possibly|perhaps|word|"
    r"announce[sd]?|propose[sd]?|view|opinion|laut|zufolge|sagt\w*|según|dij\w+|dice|selon|dit|"
    r"по словам|заявил\w*|сказал\w*|сообщ\w+"
)
DOUBT_PATTERN = lazy_pattern(rf"\b(?:{DOUBT_VERBS})\b|据称|声称|据报道", regex.IGNORECASE)
# Words before a speech verb that are no speaker: "it is said", "which says".
NOT_A_SPEAKER = (
    "is", "are", "was", "were", "be", "been", "being",
    "it", "that", "which", "who", "this", "there",
)  # fmt: skip
LONGEST_SPEAKER = 6  # words before the verb
SPEECH_VERBS = (
    "said|says?|claims?|claimed|argues?|argued|stated|states|believes?|believed|told|writes|"
    "denied|denies|alleges?|alleged|suggests?|suggested|reports|reported|explains?|explained|"
    "warns?|warned|admitted|admits|confirmed|confirms|insisted|insists|announced|thinks?"
)
SPEAKERS = (
    lazy_pattern(
        r"\b(?:according to|in the words of|as (?:told|reported|stated|claimed) by|laut|gemäß|"
        r"según|selon|d'après|secondo|segundo|по словам|по данным) (?P<who>[^,.;:()]{2,80})",
        regex.IGNORECASE,
    ),
    lazy_pattern(
        rf"(?:^|[,;:.\"] |\b(?:and|but|while|as) )(?P<who>(?:[\w'.-]+ ){{1,{LONGEST_SPEAKER}}}?)"
        rf"(?:has |have |had |also )?\b(?:{SPEECH_VERBS})\b(?! by\b| to be\b)"
    ),
    lazy_pattern(rf"[,\"] (?:{SPEECH_VERBS}) (?P<who>[^,.;:()]{{2,60}})"),
)
ATTRIBUTION_PATTERN = lazy_pattern(
    rf"\b(?:{ATTRIBUTION_WORDS})\b|说|称|表示|认为|根据", regex.IGNORECASE
)


def find_dropped(
    claim: str, previous_sentence: str, cited: str, sources: Sequence[str]
) -> str | None:
    """The source's word for doubt, if the claim is stated without any attribution; else None.

    ``previous_sentence`` may attribute it instead, if its speakers are in the ``sources``.
    """
    doubt = DOUBT_PATTERN.search(straighten(cited))
    if (
        doubt is None
        or _is_attributed(claim)
        or (
            _is_attributed(previous_sentence)
            and not any(find_invented_speakers(previous_sentence, sources))
        )
    ):
        return None
    return doubt.group()


def _is_attributed(text: str) -> bool:
    return bool(DOUBT_PATTERN.search(text) or ATTRIBUTION_PATTERN.search(text))


def find_invented_speakers(claim: str, sources: Sequence[str]) -> Iterator[str]:
    """The speakers named in a straightened claim that aren't speakers in the sources."""
    vocabulary = Vocabulary(sources)
    for pattern in SPEAKERS:
        for match in pattern.finditer(claim):
            who = match["who"].strip()
            if not who or who.lower().split()[-1] in NOT_A_SPEAKER:
                continue
            words = analyze(who).content
            unknown_words = [w for w in words if w.lower not in vocabulary]
            if is_source([word.lower for word in words]):
                continue
            if not unknown_words:
                if not any(map(_is_attributed, sources)):
                    yield who  # the sources attribute nothing to anyone
            elif not all(map(entities.is_capital, unknown_words)) or any(
                _unknown_names(who, sources)
            ):
                yield who


def _unknown_names(who: str, sources: Sequence[str]) -> Iterator[str]:
    """The speaker's names that are in none of the sources. Initials match a name."""
    return (name.words for name in entities.find_unsupported(analyze(f"by {who}"), sources))
