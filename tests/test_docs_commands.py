"""Every command in the documentation is one: parsed, and as far as that takes no time, run."""

from __future__ import annotations

import argparse
import io
import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import build_parser, main
from bot.settings import describe
from tests.docs_pages import (
    PAGES,
    ROOT,
    Block,
    Command,
    blocks,
    commands_in_text,
    commands_of,
)

MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
LANGUAGES = {"sh", "text", "ini", "sql", "python"}
PLACEHOLDERS = {"ID": "1", "N": "1", "USER": "1"}  # others may be any text
NOT_SETTINGS = {"OLLAMA_CONTEXT_LENGTH"}

RUN_PAGES = ("README.md", "docs/tutorial.md", "docs/operating.md")
BEFORE: dict[str, tuple[str, ...]] = {  # what a reader of the page has
    "README.md": (),
    "docs/tutorial.md": (
        "add bot/sandbox/samples/lighthouse.md --server 1000000000000000001",  # in the sandbox
    ),
    "docs/operating.md": ("add bot/sandbox/samples --yes --server 123",),
}
NOT_RUN = {
    "chat": "takes lines from standard input (tests/test_terminal_chat.py)",
    "doctor": "starts a reader process and looks at the whole machine (tests/doctor)",
}
EXCLUDED = 5  # commands of RUN_PAGES that aren't run; see CONTRIBUTING.md
FOLDERS = re.compile(r"/(?:var|mnt)/[\w./-]+")
BACKUP = "2026-11-30T045508Z"  # stands for the newest one in its folder


class Parsed(Exception):
    """The arguments are as the parser wants them."""


def sh_blocks() -> list[Block]:
    return [block for file in PAGES for block in blocks(file) if block.language == "sh"]


def every_command() -> Iterator[Command]:
    for block in sh_blocks():
        yield from commands_of(block)
    for file in PAGES:
        yield from commands_in_text(file)


def test_every_block_names_its_language() -> None:
    strangers = [b for file in PAGES for b in blocks(file) if b.language not in LANGUAGES]
    assert strangers == []


def test_a_shell_reads_every_block_of_commands() -> None:
    script = "".join(f": {block.page}\n{block.text}" for block in sh_blocks())
    done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_every_setting_shown_in_a_block_exists() -> None:
    texts = [b.text for file in PAGES for b in blocks(file) if b.language in ("ini", "sh")]
    names = set(re.findall(r"(?<![\w-])([A-Z][A-Z_]{3,})=", "\n".join(texts)))
    assert names - {name for name, _, _ in describe()} - NOT_SETTINGS - {"ARGS"} == set()


def test_what_is_installed_or_started_with_an_option_exists() -> None:
    text = "\n".join(file.read_text("utf-8") for file in PAGES)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert set(re.findall(r"'\.\[(\w+)\]'", text)) <= project["optional-dependencies"].keys()
    profiles = re.findall(r"profiles: \[(\w+)\]", (ROOT / "compose.yaml").read_text("utf-8"))
    assert set(re.findall(r"--profile (\w+)", text)) <= set(profiles)


def test_every_command_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    parse_args = argparse.ArgumentParser.parse_args

    def parse_and_stop(*arguments: Any) -> None:
        parse_args(*arguments)
        raise Parsed

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse_and_stop)
    faults = {str(command): fault_of(command) for command in every_command()}
    assert {command: fault for command, fault in faults.items() if fault} == {}


def fault_of(command: Command) -> str:
    """Why the command can't be typed as it stands; empty if it can."""
    match command.program, fill_in(command.arguments):
        case "footnote", [] | [_] as arguments:  # only named
            return "" if {*arguments} <= names_of_commands() else "no such command"
        case "footnote", ["COMMAND", *_]:
            return ""
        case "footnote", arguments:
            return fault_in_parsing(build_parser().parse_args, arguments)
        case "make", arguments:
            return fault_of_make(arguments)
        case "python" | "python3", ["-m", module, *arguments]:
            return fault_of_module(module, arguments)
        case "pytest", arguments:
            return fault_of_pytest(arguments)
        case _:  # a program of others, which only a shell has read
            return ""


def fill_in(arguments: Sequence[str]) -> list[str]:
    """With values for what stands for one: ``ID…``, ``[--limit N]``."""
    words = (word.strip("[]").removesuffix("…") or word for word in arguments)
    return [PLACEHOLDERS.get(word, word) for word in words]


@cache
def names_of_commands() -> frozenset[str]:
    (names,) = [a.choices for a in build_parser()._actions if isinstance(a.choices, dict)]
    return frozenset({*names, "--help", "--version"})


def fault_in_parsing(parse: Callable[..., object], *arguments: object) -> str:
    """What the parser says against the arguments; ``parse`` ends with the parsing."""
    says = io.StringIO()
    try:
        with redirect_stderr(says):
            parse(*arguments)
    except Parsed:
        return ""
    except SystemExit:
        return says.getvalue().splitlines()[-1]
    return "it parses nothing"


def fault_of_make(arguments: Sequence[str]) -> str:
    """A target that isn't in the Makefile, or ``ARGS=`` that what it runs doesn't take."""
    target, *rest = [*arguments, "help"]  # alone, make takes its first target
    recipe = re.search(rf"^{target}:.*\n((?:\t.*\n)*)", MAKEFILE, re.MULTILINE)
    if not recipe:
        return "no such target"
    given = [word.removeprefix("ARGS=") for word in rest if word.startswith("ARGS=")]
    options = fill_in(shlex.split(" ".join(given)))
    if not options or options == ["…"]:
        return ""
    if module := re.search(r"python -m (bench\.\w+) \$\(ARGS\)", recipe[1]):
        return fault_of_module(module[1], options)
    return fault_of_pytest(options)


def fault_of_module(name: str, arguments: Sequence[str]) -> str:
    """A module that isn't ours, or arguments that its parser doesn't take."""
    file = ROOT / (name.replace(".", "/") + ".py")
    if not file.exists():
        return "" if name in sys.stdlib_module_names else "no such module"
    if not arguments or "parse_args()" not in file.read_text("utf-8"):
        return ""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [name, *arguments])
        return fault_in_parsing(runpy.run_path, str(file), None, "__main__")


def fault_of_pytest(arguments: Sequence[str]) -> str:
    """A path that doesn't exist, or an alternative of ``-k`` that is in no name of a test."""
    parser = argparse.ArgumentParser("pytest")
    parser.add_argument("paths", nargs="*", default=["tests/wire"])  # of `make wire`
    for option in ("-k", "-m", "-n"):
        parser.add_argument(option, default="")
    options = parser.parse_known_args(arguments)[0]
    if missing := [path for path in options.paths if not (ROOT / path).exists()]:
        return f"no {missing}"
    names = names_of_tests(tuple(options.paths))
    unknown = [word for word in options.k.split(" or ") if word not in names]
    return f"no test is called {unknown}" if unknown else ""


@cache
def names_of_tests(paths: tuple[str, ...]) -> str:
    places = [ROOT / path for path in paths]
    files = [
        file for place in places for file in (place.rglob("*.py") if place.is_dir() else [place])
    ]
    return "\n".join(
        name for file in files for name in re.findall(r"def (test_\w+)", file.read_text("utf-8"))
    )


@pytest.mark.parametrize("page", RUN_PAGES)
def test_the_commands_of_a_page_run_one_after_the_other(
    page: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "bot").symlink_to(ROOT / "bot")
    monkeypatch.chdir(tmp_path)
    for line in BEFORE[page]:
        assert main(line.split()) == 0
    printed = ""
    for block in blocks(ROOT / page):
        if block.language == "ini":
            for name, value in re.findall(r"^(\w+)=(.*?)(?: +#.*)?$", block.text, re.MULTILINE):
                monkeypatch.setenv(name, here(value, tmp_path))
        for command in commands_to_run(block):
            capsys.readouterr()
            arguments = [here(argument, tmp_path) for argument in command.arguments]
            status = main(arguments)
            printed, errors = capsys.readouterr()
            assert status == 0, f"{command}: {printed}{errors}"
        if block.language == "text" and block.is_output:
            assert printed.strip() == block.text.strip()


def commands_to_run(block: Block) -> list[Command]:
    if block.language != "sh" or block.reason:
        return []
    commands = [command for command in commands_of(block) if command.program == "footnote"]
    return [command for command in commands if command.arguments[0] not in NOT_RUN]


def here(argument: str, folder: Path) -> str:
    """With folders of the machine inside of ``folder``, and the newest backup for the page's."""
    argument = FOLDERS.sub(lambda match: f"{folder}{match[0]}", argument)
    before, separator, after = argument.partition(BACKUP)
    if not separator:
        return argument
    return f"{before}{max(place.name for place in Path(before).glob('2*Z'))}{after}"


def test_few_commands_are_excluded() -> None:
    shown = [b for page in RUN_PAGES for b in blocks(ROOT / page) if b.language == "sh"]
    commands = [c for block in shown for c in commands_of(block) if c.program == "footnote"]
    run = [command for block in shown for command in commands_to_run(block)]
    assert len(commands) - len(run) == EXCLUDED
