"""The permission matrix: entry points × people × settings.

Every command, menu, button, form and list of suggestions needs one *right*; a right says what
becomes of it for each person, and a setting what it changes about that. So the whole matrix is
``expected(right, person, setting)`` for each entry point. Nothing here asks the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Person = Literal[
    "manager",  # may manage the server, and no messages
    "moderator",  # may manage messages
    "adder",  # added the article, asked the question, has the card
    "member",
    "editor",  # has the role that some settings name
    "former",  # managed and moderated when the card was posted, and no longer
    "elsewhere",  # can't read the channel of the article
    "stranger",  # a member of another server, pressing a button with the same ids
    "guest",  # in a direct message
]
PEOPLE: tuple[Person, ...] = get_args(Person)
IN_SERVER = PEOPLE[:-2]

# What becomes of a press. A refusal is the beginning of its sentence.
DONE, FORM, WAITS, HIDDEN = "done", "form", "waits for approval", "hidden"
PRIVATELY = "done, privately"
NOT_OFFERED = "not offered"  # Discord doesn't show the command
SERVERS_ONLY = "Every server has its own library"
CHANGE = "You can't change this article"
REMOVE = "You can't remove this article. Only the person"
REMOVE_HERE = "You can't remove this article. In this server"
ERASE = "You can't erase this article now"
RESTORE = "Only those who can manage messages where an article"
DECIDE = "Only those who can manage messages where this article"
WITHDRAW = "Only the person who added this can withdraw"
SUBMITTED = "Only the person who added this, or a moderator"
SHARE = "Only the person who asked can share"
DECLINE = "Only the person who asked can decline"
STOP = "Only the person who asked, or a moderator"
MANAGE = "Only those who can manage the server may do this"
REVIEW = "Only those who can manage the server can open"
ADD_ROLE = "Only members with certain roles may add"
ADD_ELSEWHERE = "Articles aren't added in this channel"
ASK_ROLE = "Only members with certain roles may ask"
LIMIT = "You may ask 1 question a day"
REFRESH = "New texts need a moderator's approval"
AGAIN = "This button no longer works"
REFUSALS = (
    *(SERVERS_ONLY, CHANGE, REMOVE, REMOVE_HERE, ERASE, RESTORE, DECIDE, WITHDRAW, SUBMITTED),
    *(SHARE, DECLINE, STOP, MANAGE, REVIEW, ADD_ROLE, ADD_ELSEWHERE, ASK_ROLE, LIMIT, REFRESH),
    AGAIN,
)
HIDING = (  # what is said of what a person may not see: the same as of what there isn't
    "here that you can see",
    "is no longer in the library, or you can't see it here",
    "can't be restored anymore",
    "no longer waits for approval",
    "no longer available",
    "I couldn't find an article with that title",
    "Not everyone here can read this article",
    "I've lost track of this one",
)

Row = dict[str, str]  # by person


def row(others: str, **people: str) -> Row:
    """What becomes of a right, for each person."""
    away = {"stranger": HIDDEN, "elsewhere": HIDDEN, "guest": SERVERS_ONLY}
    everybody: Row = dict.fromkeys(PEOPLE, others)
    return everybody | away | people


def anywhere(others: str, **people: str) -> Row:
    """The same for a right that has nothing to do with an article."""
    return row(others, stranger=others, elsewhere=others) | people


RIGHTS: Mapping[str, Row] = {
    "none": anywhere(DONE, guest=DONE),  # puts a card away
    "be here": anywhere(DONE),
    "open a form": anywhere(FORM),
    "read": row(DONE),
    "add": anywhere(DONE),
    "ask": anywhere(DONE),
    "ask here": anywhere(DONE),  # privately or not, as the card is
    "ask of it": row(DONE),
    "summarise": row(DONE),
    "change": row(CHANGE, moderator=FORM, adder=FORM),
    "refresh": row(CHANGE, moderator=DONE, adder=DONE),
    "remove": row(REMOVE, moderator=DONE, adder=DONE),
    "restore": row(REMOVE, moderator=DONE, adder=DONE),
    "erase": row(ERASE, moderator=DONE),
    "restore together": row(RESTORE, moderator=DONE),
    "decide": row(DECIDE, manager=DONE, moderator=DONE),
    "decide in a form": row(DECIDE, manager=FORM, moderator=FORM),
    "withdraw": row(WITHDRAW, adder=DONE),
    "keep": anywhere(SUBMITTED, adder=DONE, stranger=HIDDEN),
    "drop": anywhere(SUBMITTED, adder=DONE, stranger=HIDDEN),
    "share": row(SHARE, adder=DONE),
    "not be notified": row(DECLINE, adder=DONE, elsewhere=DECLINE),
    "stop": anywhere(STOP, moderator=DONE, adder=DONE),
    "ask again": anywhere(AGAIN, adder=DONE, guest=AGAIN),
    "manage": anywhere(MANAGE, manager=DONE),
    "manage in a form": anywhere(MANAGE, manager=FORM),
    "review": anywhere(REVIEW, manager=DONE),
}

OWN = IN_SERVER  # whom a setting of the server concerns


def _own(others: str, **people: str) -> dict[str, str]:
    concerned: Row = dict.fromkeys(OWN, others)
    return concerned | people


_ASKING = ("ask", "ask here", "ask of it", "summarise", "ask again")
_ASK_BY_ROLE = _own(ASK_ROLE, manager=DONE, editor=DONE)
# What waits, or is in the trash, is set aside once it is approved or restored.
_SET_ASIDE = ("read", "ask of it", "summarise", "change", "refresh", "remove", "erase", "share")

SETTINGS: Mapping[str, tuple[Mapping[str, str], Mapping[str, Mapping[str, str]]]] = {
    # what is set (see ``Stage.value``), and what that changes about a right
    "nothing set": ({}, {}),
    "adding by role": (
        {"add_roles": "editors"},
        {
            "add": _own(ADD_ROLE, manager=DONE, editor=DONE),
            "keep": _own(ADD_ROLE, manager=SUBMITTED, editor=SUBMITTED),
        },
    ),
    "adding in a channel": (
        {"add_channels": "side"},
        {"add": _own(ADD_ELSEWHERE, manager=DONE), "keep": _own(ADD_ELSEWHERE, manager=SUBMITTED)},
    ),
    "approval": (
        {"approval_channel": "side"},
        {
            "add": _own(WAITS, manager=DONE, moderator=DONE),
            "refresh": {"adder": REFRESH},
            "keep": {"adder": WAITS},
        },
    ),
    "removal by moderators": (
        {"removal": "moderators"},
        {
            right: _own(REMOVE_HERE, moderator=DONE, elsewhere=HIDDEN)
            for right in ("remove", "restore")
        },
    ),
    "asking by role": (
        {"ask_roles": "editors"},
        dict.fromkeys(_ASKING[:2], _ASK_BY_ROLE)
        | {right: _ASK_BY_ROLE | {"elsewhere": HIDDEN} for right in _ASKING[2:4]}
        | {"ask again": {"adder": ASK_ROLE}},
    ),
    "private answers": (
        {"visibility": "private"},
        {"ask": _own(PRIVATELY), "summarise": _own(PRIVATELY, elsewhere=HIDDEN)},
    ),
    "quotes only": ({"answers": "quotes"}, {}),
    "a limit, reached": (
        {"questions_per_day": "1"},
        {right: _own(LIMIT, manager=DONE) for right in _ASKING[:2]}
        | {right: _own(LIMIT, manager=DONE, elsewhere=HIDDEN) for right in _ASKING[2:4]}
        | {"ask again": {"adder": LIMIT}},
    ),
    "a limit by role, reached": (
        {"role_questions": "editors"},
        {right: {"editor": LIMIT} for right in _ASKING[:4]},
    ),
    "a library elsewhere": (
        {"library_channels": "side"},
        {right: _own(HIDDEN) for right in _SET_ASIDE}
        | {"add": _own(ADD_ELSEWHERE), "keep": _own(ADD_ELSEWHERE)},
    ),
    "announcements": ({"announcements": "side"}, {}),
    "no alerts": ({"alerts": ""}, {}),
    "a language chosen": ({"language": "en"}, {}),
    "kept for a week": ({"kept_days": "7"}, {}),
}


def expected(right: str, person: Person, setting: str) -> str:
    """What becomes of a press."""
    return SETTINGS[setting][1].get(right, {}).get(person) or RIGHTS[right][person]


# --- what needs which right ------------------------------------------------------------------

# Commands, with their options. "{article}" and so on are subjects: see ``Stage.subject``.
COMMANDS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "ask": ("ask", {"question": "{question}"}),
    "summarise": ("summarise", {"article": "{source}"}),
    "last": ("be here", {}),
    "help": ("be here", {}),
    "library": ("be here", {}),
    "settings": ("manage", {}),
    "privacy": ("be here", {}),
    "article add": ("add", {"file": "{file}"}),
    "article show": ("read", {"article": "{source}"}),
    "article remove": ("remove", {"article": "{source}"}),
}
MENUS = {"Add to library": "add", "Ask about this": "open a form"}
SUGGESTIONS = {  # by command: its options with suggestions
    "ask": ("article", "tag"),
    "summarise": ("article", "article2", "article3"),
    "article show": ("article",),
    "article remove": ("article",),
    "library": ("title", "tag"),
}
Ids = tuple[str | int, ...]
# Buttons: act and number of ids, as in ``Handlers``.
BUTTONS: Mapping[tuple[str, int], tuple[str, Ids]] = {
    ("c", 2): ("read", ("answer", 1)),
    ("t", 2): ("read", ("answer", 1)),
    ("l", 1): ("be here", (0,)),
    ("r", 1): ("remove", ("article",)),
    ("x", 0): ("none", ()),
    ("open", 1): ("read", ("source",)),
    ("stats", 0): ("be here", ()),
    ("review", 0): ("review", ()),
    ("leaf", 2): ("read", ("source", 0)),
    ("rename", 2): ("change", ("source", 2)),
    ("tags", 2): ("change", ("source", 2)),
    ("refresh", 1): ("refresh", ("page",)),
    ("remove", 1): ("remove", ("source",)),
    ("restore", 1): ("restore", ("trash",)),
    ("back", 1): ("restore together", ("removal",)),
    ("erase", 1): ("erase", ("source",)),
    ("wipe", 1): ("erase", ("article",)),
    ("try", 2): ("ask of it", ("source", 1)),
    ("sum", 1): ("ask of it", ("source",)),
    ("keep", 1): ("keep", ("similar",)),
    ("drop", 1): ("drop", ("similar",)),
    ("follow", 1): ("read", ("answer",)),
    ("share", 1): ("share", ("private",)),
    ("noalert", 1): ("not be notified", ("open",)),
    ("stop", 1): ("stop", ("running",)),
    ("newask", 0): ("open a form", ()),
    ("reply", 1): ("open a form", ("answer",)),
    ("everywhere", 1): ("ask of it", ("answer",)),
    ("pick", 2): ("ask of it", ("answer", "source")),
    ("newadd", 0): ("open a form", ()),
    ("newbrowse", 0): ("be here", ()),
    ("again", 1): ("ask again", ("interrupted",)),
    ("helpful", 1): ("read", ("answer",)),
    ("wrong", 1): ("read", ("answer",)),
    ("unsupported", 1): ("read", ("answer",)),
    ("down", 1): ("read", ("answer",)),
    ("approve", 1): ("decide", ("waiting",)),
    ("decline", 1): ("decide in a form", ("waiting",)),
    ("preview", 1): ("decide", ("waiting",)),
    ("block", 1): ("decide in a form", ("waiting",)),
    ("withdraw", 1): ("withdraw", ("waiting",)),
    ("mydata", 0): ("be here", ()),
    ("forgetme", 0): ("be here", ()),
    ("keepme", 0): ("none", ()),
    ("sample", 0): ("add", ()),
    ("checkup", 0): ("be here", ()),
    ("settings", 1): ("manage", (1,)),
    ("setlog", 1): ("manage", (1,)),
    ("rolelimit", 0): ("manage in a form", ()),
    ("eraseme", 1): ("be here", (0,)),  # last: the adder's articles have no adder then
}
# Menus and buttons with text in their ids. What is chosen is a subject, or the value itself.
CHOICES: Mapping[str, tuple[str, str]] = {
    "fnmenu:open": ("read", "{source}"),
    "fnchoice:cite:{answer}": ("read", "1"),
    "fnchoice:next:{answer}": ("ask here", "{question}"),
    "fnchoice:why:{answer}": ("read", "outdated"),
    "fnlist:sort:newest::": ("be here", "oldest"),
    "fnlist:tag:newest::": ("be here", "*"),
}
TEXT_BUTTONS = {"fn:page:0:newest::": "be here", "fnfind:newest::": "open a form"}
# Menus of the settings, with what is chosen.
SETTING_MENUS: Mapping[str, str] = {
    "add_roles": "editors",
    "add_channels": "side",
    "approval_channel": "side",
    "removal": "moderators",
    "ask_roles": "editors",
    "visibility": "private",
    "answers": "quotes",
    "questions_per_day": "5",
    "library_channels": "side",
    "announcements": "side",
    "alerts": "false",
    "language": "de",
    "kept_days": "7",
    "unblock": "0",
}
# Forms: who fills one in who may no longer, what it says then.
FORMS: Mapping[tuple[str, int], str] = {
    ("rename", 2): CHANGE,
    ("tags", 2): CHANGE,
    ("decline", 1): DECIDE,
    ("block", 1): DECIDE,
    ("rolelimit", 0): MANAGE,
    ("newask", 0): ASK_ROLE,
    ("reply", 1): ASK_ROLE,
    ("newadd", 0): ADD_ROLE,
}
