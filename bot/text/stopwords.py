"""Function words by language (ISO 639-1). Knows nothing of how they are used."""

from __future__ import annotations

from bot.text.folding import fold

# Words that a search ignores, by the language of the question. Other languages have none.
STOP_WORDS = {
    "en": frozenset(
        [
            *("a", "about", "above", "after", "again", "against", "all", "also", "am", "an"),
            *("and", "any", "are", "aren't", "as", "at", "be", "because", "been", "before"),
            *("being", "below", "between", "both", "but", "by", "can", "can't", "could", "did"),
            *("didn't", "do", "does", "doesn't", "doing", "don", "don't", "down", "during"),
            *("each", "either", "else", "ever", "few", "for", "from", "further", "get", "gets"),
            *("got", "had", "has", "have", "having", "he", "her", "here", "hers", "herself"),
            *("him", "himself", "his", "how", "how's", "i", "if", "in", "into", "is", "isn't"),
            *("it", "it's", "its", "itself", "just", "know", "let", "let's", "like", "made"),
            *("make", "many", "may", "me", "might", "more", "most", "much", "must", "my"),
            *("myself", "no", "nor", "not", "of", "off", "on", "once", "one", "only", "or"),
            *("other", "our", "ours", "out", "over", "own", "please", "said", "same", "say"),
            *("says", "shall", "she", "should", "so", "some", "such", "tell", "than", "that"),
            *("that's", "the", "their", "theirs", "them", "themselves", "then", "there"),
            *("there's", "these", "they", "this", "those", "through", "to", "too", "under"),
            *("until", "up", "upon", "us", "very", "was", "wasn't", "we", "were", "weren't"),
            *("what", "what's", "when", "when's", "where", "where's", "whether", "which", "while"),
            *("who", "who's", "whom", "whose", "why", "will", "with", "within", "without"),
            *("won't", "would", "yes", "yet", "you", "your", "yours"),
        ]
    ),
    "de": frozenset(
        [
            *("aber", "als", "am", "an", "auch", "auf", "aus", "bei", "das", "dem", "den"),
            *("der", "des", "die", "ein", "eine", "einem", "einen", "einer", "es", "für"),
            *("haben", "hat", "hatte", "im", "in", "ist", "mit", "nach", "nicht", "oder"),
            *("sich", "sind", "um", "und", "vom", "von", "wann", "war", "waren", "warum"),
            *("was", "welche", "welcher", "welches", "wer", "werden", "wie", "wird", "wo"),
            *("wurde", "wurden", "zu", "zum", "zur"),
        ]
    ),
    "fr": frozenset(
        [
            *("au", "aux", "avec", "ce", "ces", "cette", "comment", "dans", "de", "des", "du"),
            *("elle", "elles", "est", "et", "il", "ils", "la", "le", "les", "ou", "où", "par"),
            *("pour", "pourquoi", "quand", "que", "quel", "quelle", "quelles", "quels", "qui"),
            *("quoi", "se", "sont", "sur", "un", "une", "étaient", "était"),
        ]
    ),
    "es": frozenset(
        [
            *("al", "como", "con", "cuál", "cuáles", "cuándo", "cuánto", "cuántos", "cómo"),
            *("de", "del", "dónde", "el", "en", "era", "es", "fue", "fueron", "la", "las"),
            *("lo", "los", "o", "para", "por", "que", "quién", "quiénes", "qué", "se", "son"),
            *("su", "sus", "una", "unas", "unos", "y"),
        ]
    ),
    "ar": frozenset(
        [
            *("أن", "أو", "أي", "أين", "أيضا", "إلى", "إن", "التي", "الذي", "الذين", "بعد", "بين"),
            *("تلك", "ثم", "حتى", "خلال", "ذلك", "عن", "عند", "على", "في", "قبل", "قد", "كان"),
            *("كانت", "كل", "كم", "كيف", "لا", "لقد", "لم", "لماذا", "لن", "ما", "ماذا", "متى"),
            *("مع", "من", "منذ", "هذا", "هذه", "هل", "هم", "هو", "هي", "و", "وقد", "ولا", "يكون"),
        ]
    ),
    "ru": frozenset(
        [
            *("а", "бы", "был", "была", "были", "было", "в", "во", "вот", "все", "вы", "где"),
            *("да", "его", "ее", "ему", "же", "за", "и", "из", "к", "как", "какая", "какие"),
            *("какое", "какой", "когда", "кто", "меня", "мне", "на", "не", "но", "о", "он"),
            *("она", "от", "по", "почему", "с", "сколько", "со", "так", "то", "ты", "у", "что"),
            *("это", "я"),
        ]
    ),
}
STOP_TOKENS = {code: words | {fold(word) for word in words} for code, words in STOP_WORDS.items()}
"""The same as they are written and folded, by language."""
FUNCTION_WORDS = frozenset[str]().union(*STOP_TOKENS.values())
# Enough function words of other languages to detect them.
EXTRA_FUNCTION_WORDS = {
    "it": frozenset(
        [
            *("che", "chi", "come", "con", "dei", "del", "della", "delle", "di", "dove", "gli"),
            *("il", "lo", "non", "per", "perché", "quale", "quando", "quanto", "si", "sono"),
            *("una", "è"),
        ]
    ),
    "pt": frozenset(
        [
            *("a", "ao", "com", "como", "da", "das", "do", "dos", "em", "foi", "na", "no", "não"),
            *("o", "onde", "os", "para", "qual", "quando", "quanto", "que", "quem", "são", "um"),
            *("uma", "é"),
        ]
    ),
    "nl": frozenset(
        [
            *("aan", "als", "bij", "dat", "de", "een", "en", "er", "het", "hoeveel", "met"),
            *("niet", "ook", "op", "te", "van", "voor", "waar", "waarom", "wanneer", "wat"),
            *("welke", "wie", "zijn"),
        ]
    ),
}
EXTRA_STOP_TOKENS = {
    code: words | {fold(word) for word in words} for code, words in EXTRA_FUNCTION_WORDS.items()
}
