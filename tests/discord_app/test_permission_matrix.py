"""The permission matrix: everything that can be run or pressed × everybody × every setting.

What is expected stands in ``permissions/table.py``. A refusal is private, names nothing that is
hidden, and changes nothing. ``make test`` tries a third of the cells that a setting changes, in one
server; ``make quality`` the whole product.
"""

from __future__ import annotations

import ast
from collections.abc import Awaitable, Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord
from discord import app_commands

from bot.discord_app import modals
from bot.discord_app.buttons import DYNAMIC_ITEMS
from bot.discord_app.cards.settings import SECTIONS, UNBLOCK
from bot.discord_app.client import create_bot
from bot.settings import Settings
from tests.discord_app.conftest import Room
from tests.discord_app.permissions.stage import (
    QUESTION,
    SECRET,
    Stage,
    opened,
    outcome,
    told,
)
from tests.discord_app.permissions.table import (
    ADD_ROLE,
    ASK_ROLE,
    BUTTONS,
    CHOICES,
    COMMANDS,
    DONE,
    FORM,
    FORMS,
    MANAGE,
    MENUS,
    NOT_OFFERED,
    PEOPLE,
    PRIVATELY,
    RIGHTS,
    SETTING_MENUS,
    SETTINGS,
    SUGGESTIONS,
    TEXT_BUTTONS,
    WAITS,
    Person,
    expected,
)

pytestmark = pytest.mark.quick
BOT = Path(__file__).parents[2] / "bot"
AWAY = ("elsewhere", "stranger", "guest")  # who may see nothing of the articles
CONSUMED = {"article", "waiting", "trash", "removal", "interrupted", "similar"}
PRIVATE_CARD_S = 1000  # discord.py waits for presses of one for 900 s; simcord is slow with many
SLOW = {"add", "ask", "ask here", "ask of it", "summarise", "refresh"}
EXACT = {"ask", "summarise"}  # whose answers are private where the server wants it
Press = Callable[[Stage, Person], Awaitable[Any]]


def entries() -> Iterator[tuple[str, str, Press]]:
    """Every entry point: its name, the right it needs, and how it is used."""
    for name, (right, options) in COMMANDS.items():
        yield f"/{name}", right, _command(name, dict(options))
    for name, right in MENUS.items():
        yield f"menu {name}", right, _menu(name)
    for (act, _n), (right, ids) in BUTTONS.items():
        yield f"button {act}", right, _button(act, ids)
    for name, (right, value) in CHOICES.items():
        yield f"choice {name}", right, _choice(name, value)
    for name, right in TEXT_BUTTONS.items():
        yield f"button {name}", right, _text_button(name)
    for name, value in SETTING_MENUS.items():
        yield f"setting {name}", "manage", _setting(name, value)


def _command(name: str, options: dict[str, str]) -> Press:
    async def press(stage: Stage, person: Person) -> Any:
        given: dict[str, Any] = {}
        for option, value in options.items():
            stage.made += 1
            if value == "{file}":
                text = f"Fresh {stage.made}\n\nThe tower has {stage.made} steps."
                given[option] = (f"{stage.made}.txt", text.encode())
            elif value == "{question}":
                given[option] = QUESTION
            else:
                given[option] = str(await stage.subject(value.strip("{}")))
        place = () if person == "guest" else (stage.places[person],)
        return await stage.people[person].slash(*place, name, **given)

    return press


def _menu(name: str) -> Press:
    async def press(stage: Stage, person: Person) -> Any:
        stage.made += 1
        who, place = stage.people[person], stage.places[person]
        if person == "guest":
            raise simcord.SetupError("no menus there")
        sent = await who.send(place, f"The mill has {stage.made} wheels.")
        return await who.context_menu(place, name, sent)

    return press


def _button(act: str, ids: tuple[str | int, ...]) -> Press:
    async def press(stage: Stage, person: Person) -> Any:
        numbers = [i if isinstance(i, int) else await stage.subject(i) for i in ids]
        result = await stage.press(person, act, numbers)
        if outcome(result) in (DONE, PRIVATELY, WAITS):
            for name in CONSUMED & set(ids):
                stage.subjects.pop(str(name))
        if act == "sample":
            await stage.drop_sample()
        return result

    return press


def _choice(custom_id: str, value: str) -> Press:
    async def press(stage: Stage, person: Person) -> Any:
        answer, source = stage.subjects["answer"], stage.subjects["source"]
        chosen = value.format(question=QUESTION, source=source)
        return await stage.choose(person, custom_id.format(answer=answer), chosen)

    return press


def _text_button(custom_id: str) -> Press:
    async def press(stage: Stage, person: Person) -> Any:
        return await stage.press_id(person, custom_id)

    return press


def _setting(name: str, value: str) -> Press:
    async def press(stage: Stage, person: Person) -> Any:
        return await stage.choose_setting(person, name, value)

    return press


async def _tried(
    stage: Stage, name: str, right: str, press: Press, person: Person, setting: str
) -> str:
    """What is wrong with one cell of the matrix; "" if nothing is."""
    wanted, before = expected(right, person, setting), stage.state()
    try:
        result = await press(stage, person)
        became, said = outcome(result), " ".join(told(result)) + str(result.modal)
    except simcord.SetupError:
        became, said = NOT_OFFERED, ""
    if became == PRIVATELY and right not in EXACT:
        became = DONE
    cell = f"{name} ({right}), {person}, {setting}: {became!r}, not {wanted!r}"
    if became == NOT_OFFERED:  # Discord has these commands in servers only, and one for managers
        is_one = not name.startswith(("button", "choice", "setting"))
        return "" if is_one and (person == "guest" or name == "/settings") else cell
    if person in AWAY and SECRET in said.replace(QUESTION, ""):
        return f"{name}, {person}, {setting}: {said}"
    if became != wanted:
        return f"{cell}: {said[:200]}"
    if became not in (DONE, FORM, WAITS, PRIVATELY) and stage.state() != before:
        return f"{name}, {person}, {setting}: refused, but something was changed"
    if person == "stranger" and became == DONE:
        await stage.empty_other_library()
    if right == "manage" and became == DONE:
        await stage.set(setting)
    return ""


async def _all_tried(stage: Stage, number: int, setting: str, *, whole: bool) -> list[str]:
    """What is wrong with the cells of a setting.

    Unless ``whole``, only of the rights that it changes, with a third of the people, another third
    for each entry point (a ninth, where an article is read or a question answered).
    """
    await stage.set(setting)
    changed, wrong = SETTINGS[setting][1], []
    for entry, (name, right, press) in enumerate(entries()):
        if not whole and number and right not in changed:
            continue
        one_in = 1 if whole else 9 if right in SLOW else 3
        for person_number, person in enumerate(PEOPLE):
            if (entry + person_number + number) % one_in == 0:
                wrong.append(await _tried(stage, name, right, press, person, setting))
        await stage.env.advance_time(PRIVATE_CARD_S)
    return [problem for problem in wrong if problem]


async def test_everybody_may_do_what_the_matrix_says(settings: Settings) -> None:
    async with opened(settings) as stage:
        for number, setting in enumerate(SETTINGS):
            assert await _all_tried(stage, number, setting, whole=False) == []


@pytest.mark.quality
@pytest.mark.parametrize("setting", SETTINGS)
async def test_everybody_may_do_what_the_whole_matrix_says(
    setting: str, settings: Settings
) -> None:
    async with opened(settings) as stage:
        assert await _all_tried(stage, 0, setting, whole=True) == []


# --- a form that was opened by somebody who may no longer ---------------------------------------


async def test_a_form_is_refused_once_its_opener_may_no_longer(settings: Settings) -> None:
    async with opened(settings) as stage:
        members = stage.env.backend.get_guild(stage.guild.id).members
        for entry, sentence in FORMS.items():
            person: Person = "manager" if sentence == MANAGE else "moderator"
            shown = await _button(entry[0], BUTTONS[entry][1])(stage, person)
            roles = set(members[stage.people[person].id].role_ids)
            members[stage.people[person].id].role_ids.clear()
            await stage.set({ADD_ROLE: "adding by role", ASK_ROLE: "asking by role"}.get(sentence))
            before = stage.state()
            result = await stage.people[person].submit_modal(shown, stage.filled(shown))
            assert sentence in " ".join(told(result)), entry
            assert stage.state() == before, entry
            members[stage.people[person].id].role_ids.extend(roles)
            await stage.set(None)


# --- nothing is left out of the table -----------------------------------------------------------


async def test_every_command_and_menu_of_messages_is_in_the_matrix(room: Room) -> None:
    tree = create_bot(room.app).tree
    commands = [c for c in tree.walk_commands() if isinstance(c, app_commands.Command)]
    menus = {menu.name for menu in tree.get_commands(type=discord.AppCommandType.message)}
    assert {command.qualified_name for command in commands} == set(COMMANDS)
    assert menus == set(MENUS)
    suggesting = {
        command.qualified_name: {p.name for p in command.parameters if p.autocomplete}
        for command in commands
    }
    assert {name: set(options) for name, options in SUGGESTIONS.items()} == {
        name: options for name, options in suggesting.items() if options
    }


async def test_every_button_and_menu_is_in_the_matrix(room: Room) -> None:
    assert set(room.env.bot.handlers._actions) == set(BUTTONS)
    ids = [*CHOICES, *TEXT_BUTTONS, "fn:x", *(f"fnset:{name}" for name in SETTING_MENUS)]
    for item in DYNAMIC_ITEMS:
        template = item.__discord_ui_compiled_template__
        assert any(template.fullmatch(i.format(answer=1)) for i in ids), item
    assert set(SETTING_MENUS) == {name for names in SECTIONS for name in names} | {UNBLOCK}


def test_every_menu_under_an_answer_is_in_the_matrix() -> None:
    acts = set()
    for file in (BOT / "discord_app").rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "AnswerMenu":
                acts.add(ast.literal_eval(call.args[0]))
    assert acts == {name.split(":")[1] for name in CHOICES if name.startswith("fnchoice:")}


def test_every_form_has_an_entry_point_in_the_matrix() -> None:
    forms = {name for name, each in vars(modals).items() if getattr(each, "on_submit", None)}
    assert forms == {"AddForm", "LineForm", "QuestionForm", "RoleLimitForm"}
    opening = {key for key, (right, _ids) in BUTTONS.items() if RIGHTS[right]["moderator"] == FORM}
    managing = {key for key, (right, _ids) in BUTTONS.items() if RIGHTS[right]["manager"] == FORM}
    assert opening | managing == set(FORMS)


async def test_suggestions_name_nothing_that_is_hidden(settings: Settings) -> None:
    async with opened(settings) as stage:
        for command, options in SUGGESTIONS.items():
            for person, option in product(PEOPLE[:-1], options):
                who, place = stage.people[person], stage.places[person]
                offered = str(await who.autocomplete(place, command, option, ""))
                is_title = option.startswith(("article", "title"))
                may = is_title and person not in AWAY
                assert (SECRET in offered) == may, (command, option, person)


async def test_a_mention_needs_the_right_to_ask(settings: Settings) -> None:
    async with opened(settings) as stage:
        for setting in ("nothing set", "asking by role"):
            await stage.set(setting)
            for person in PEOPLE:
                assert await stage.mention(person) == expected("ask", person, setting), person
