"""People's names as bylines print them: one, or several in a row.

A name is two to six words with a capital (and the small words between them), or letters of a
script that has no capitals after a label. A host name, an address or a sentence is none.
"""

from __future__ import annotations

import regex

NAME_CHARACTERS = 80
NAMES = 20  # of one document; a paper of a thousand authors has "et al."
_WORD = r"(?:(?:\p{Lu}\p{L}{0,3}\.-?){1,3}|\p{Lu}[\p{L}\p{M}'’\-]*)"
_PARTICLE = (
    r"(?:d[aeiou]s?|del|dell[ao]|dei|du|v[ao]n|von|der|den|des|te[rn]|zu[rm]?|l[aeo]s?|els?|al"
    r"|bin|ibn|bint|a[fv]|of|y|e|i|'t|op|st)"
)
_NAME = regex.compile(
    rf"{_WORD}(?:[ \u00a0](?:{_PARTICLE}[ \u00a0]){{0,3}}(?:d['’])?{_WORD}){{0,5}}"
)
_AND = r"(?:and|und|y|e|et|i|en|og|och|и|ja|with|mit|con|avec|com)"
_NEXT = regex.compile(rf"\s*(?:[,;&/]\s*(?:{_AND}\s)?|\s{_AND}\s)\s*")
_JOINED = regex.compile(rf"\s{_AND}\s")
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}ー々・\p{Hangul}]"
UNSPACED_NAME = regex.compile(rf"{_UNSPACED}{{1,12}}(?:[ \u3000]{_UNSPACED}{{1,12}}){{0,3}}")
_ORGANISATION = regex.compile(r"(?:館|部|社|会|局|課|室|院|所|学|校|庁|省|団|班|新聞|센터|부)$")
_SUFFIX = regex.compile(r"(?<=..)\s?(?:記者|编辑|記|氏|さん|先生|著|기자|씨|记者)$")
_INVERTED = regex.compile(r"([^,]{2,60}),\s?([^,]{1,60})")
_GENERATION = regex.compile(r"(?:jr|sr|i{2,3}|iv|ph\.?d|m\.?d|dr|inc|ltd|llc|gmbh)\.?", regex.I)
_HOST = regex.compile(r"(?:https?://)?(?:[\w-]+\.)+\p{L}{2,24}(?:/\S*)?")
# What stands after a name and has capitals, too: "Jane Doe, Staff Writer", "… University of …".
_ROLE = regex.compile(
    r"\b(?:staff|writer|editor|report[eé]r|correspond|korrespond|director|direct(?:eur|rice)|diretor"
    r"|manager|officer|head|chief|chef|professor|fellow|analyst|engineer|team|universi|institut"
    r"|departm|faculty|redakt|redac|rédact|leiter|referent|journalist|period[ií]st|jornalist"
    r"|secret[aá]r|responsable|agency|news|press|college|school|society|ltd|inc|gmbh)",
    regex.I,
)
_NO_NAME = regex.compile(
    r"(?:admin(?:istrator)?|staff|team|redaktion|redacci[oó]n|redação|rédaction|redazione|editor"
    r"|editors|newsroom|webmaster|publisher|agenc(?:y|ie)|guest|anonymous|author|unknown|n/a|none|null|by|user)s?",
    regex.I,
)


def read_names(text: str, *, labelled: bool) -> tuple[tuple[str, ...], str]:
    """The names that a text begins with, and what follows them.

    ``labelled`` after "Author:" also takes a single word, and words that are common.
    """
    names: list[str] = []
    rest = text.lstrip()
    while len(names) < NAMES and (match := _NAME.match(rest)):
        names += _split_joined(match[0])
        rest = rest[match.end() :]
        following = _NEXT.match(rest)
        if following is None or not _is_next(rest[following.end() :]):
            break
        rest = rest[following.end() :]
    if not names or not all(is_name(name, labelled=labelled) for name in names):
        return (), text
    return tuple(map(_tidy, names)), rest


def _split_joined(text: str) -> list[str]:
    """Two names with "y" or "e" between them; "Ortega y Gasset" is one."""
    parts = _JOINED.split(text)
    return parts if all(" " in part for part in parts) else [text]


def _is_next(text: str) -> bool:
    """Whether another name begins here, not a role or a place."""
    match = _NAME.match(text)
    return match is not None and " " in match[0] and is_name(match[0], labelled=False)


def is_name(name: str, *, labelled: bool) -> bool:
    """Whether it is no more likely something else."""
    if is_host(name) or _NO_NAME.fullmatch(name) or len(name) > NAME_CHARACTERS:
        return False
    return labelled or (" " in name and _ROLE.search(name) is None)


def _tidy(name: str) -> str:
    """Without a full stop at the end; in small letters where all were capitals."""
    name = name.rstrip(".") if regex.search(r"\p{Ll}{2}\.$", name) else name
    long = regex.sub(r"\b\p{L}\b", "", name)
    return name.title() if long.isupper() and len(long) > 3 else name


def read_unspaced_name(text: str) -> str:
    """The name that a text begins with, in a script without spaces or capitals, or ""."""
    match = UNSPACED_NAME.match(text.lstrip())
    if match is None:
        return ""
    words = match[0].split()
    people = [word for word in words if not _ORGANISATION.search(word)]
    if len(people) > 1 and all(len(word) <= 3 for word in people[:2]):
        people = [" ".join(people[:2])]  # the family's name and the given one
    return _SUFFIX.sub("", people[0]) if people else ""


def is_host(text: str) -> bool:
    """Whether a text is a web address or the name of a host."""
    return _HOST.fullmatch(text.strip()) is not None


def is_account(text: str) -> bool:
    """Whether it is a role or an account's name, as programs fill in: "admin", "j_smith", "kj"."""
    text = text.strip()
    if _NO_NAME.fullmatch(text) or "@" in text:
        return True
    return " " not in text and (not regex.search(r"\p{Lu}|\p{Lo}", text) or "_" in text)


def natural_order(name: str) -> str:
    """ "Feld, Nora", which is one person, as "Nora Feld"."""
    match = _INVERTED.fullmatch(name.strip())
    if match is None or _GENERATION.fullmatch(match[2].strip()):
        return name.strip()
    return f"{match[2].strip()} {match[1].strip()}"


def join_names(names: list[str] | tuple[str, ...]) -> str:
    """The names, each once, as one text."""
    unique = list(dict.fromkeys(" ".join(name.split()) for name in names if name.strip()))
    return ("; " if any("," in name for name in unique) else ", ").join(unique)
