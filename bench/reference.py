"""Writes the reference in docs/reference from the code: commands, settings and metrics.

    python -m bench.reference

``tests/test_reference.py`` fails when a page is not what the code says.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import discord
from discord import app_commands
from prometheus_client.metrics import MetricWrapperBase

from bot.__main__ import build_parser
from bot.discord_app.commands import CommandTree, add_commands
from bot.discord_app.serve import watch
from bot.metrics import Metrics
from bot.settings import describe

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
GENERATED = "<!-- Written by `python -m bench.reference`: change the code, not this page. -->"
GENERAL_OPTIONS = ("--data", "--server", "--json", "--help")


def pages() -> dict[str, str]:
    """The text of each page, by the name of its file."""
    return {
        "terminal.md": _page("Commands in a terminal", _terminal()),
        "discord.md": _page("Commands on Discord", _discord()),
        "settings.md": _page("Settings", _settings()),
        "metrics.md": _page("Metrics", _metrics()),
    }


def _page(title: str, lines: Iterator[str]) -> str:
    return "\n".join([f"# {title}", "", GENERATED, "", *lines]).rstrip() + "\n"


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


# --- the terminal ------------------------------------------------------------------------------


def _terminal() -> Iterator[str]:
    yield (
        "`footnote COMMAND …`. `--data DIR` names the data folder, `--server ID` a Discord "
        "server's library, and `--json` prints one JSON document ([fields](../json.md))."
    )
    for name, help_text, parser in _subcommands(build_parser()):
        yield from ("", f"## footnote {name}", "", _sentence(help_text))
        if rows := list(_arguments(parser)):
            yield ""
            yield from _table(("argument", "what it does"), iter(rows))


def _subcommands(
    parser: argparse.ArgumentParser,
) -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    (commands,) = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    parsers = cast(dict[str, argparse.ArgumentParser], commands.choices)
    for choice in commands._choices_actions:
        yield str(choice.dest), choice.help or "", parsers[str(choice.dest)]


def _arguments(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    for action in parser._actions:
        if set(GENERAL_OPTIONS).isdisjoint(action.option_strings):
            value = "" if action.nargs == 0 else str(action.metavar or action.dest.upper())
            names = " ".join(filter(None, [", ".join(action.option_strings), value]))
            yield f"`{names}`", _sentence(action.help or "")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "." * (not text.endswith("."))


# --- Discord -----------------------------------------------------------------------------------


def _discord() -> Iterator[str]:
    tree = CommandTree(discord.Client(intents=discord.Intents.none()))
    add_commands(tree, cast(Any, _Anything()))
    yield "What the commands do, and who may use them: [using Footnote in Discord](../discord.md)."
    for command in tree.walk_commands():
        if isinstance(command, app_commands.Command):
            yield from ("", f"## /{command.qualified_name}", "", f"{command.description}.")
            if command.parameters:
                yield ""
                rows = ((f"`{p.name}`", _describe(p)) for p in command.parameters)
                yield from _table(("option", "what it does"), rows)
    menus = tree.get_commands(type=discord.AppCommandType.message)
    yield from ("", "## In a message's menu, under Apps", "")
    yield from (f"- *{menu.name}*" for menu in menus)


def _describe(parameter: app_commands.Parameter) -> str:
    text = f"{parameter.description}{'' if parameter.description.endswith('?') else '.'}"
    if parameter.choices:
        text += f" One of: {', '.join(choice.name for choice in parameter.choices)}."
    return text + (" Required." if parameter.required else "")


class _Anything:
    """Stands in for the handlers, which only a press of a button would call."""

    def __getattr__(self, name: str) -> _Anything:
        return self


# --- settings ----------------------------------------------------------------------------------


def _settings() -> Iterator[str]:
    yield "Environment variables, also from `.env` ([.env.example](../../.env.example))."
    yield ""
    rows = ((f"`{n}`", f"`{d}`" if d else "", f"{doc}.") for n, d, doc in describe())
    yield from _table(("setting", "default", "what it does"), rows)


# --- metrics -----------------------------------------------------------------------------------


def _metrics() -> Iterator[str]:
    metrics = Metrics()
    watch(metrics, cast(Any, _Anything()), cast(Any, _Anything()))
    collectors = list(metrics.registry._collector_to_names)
    yield (
        "`http://127.0.0.1:METRICS_PORT/metrics`, for Prometheus ([how to use them]"
        "(../operating.md#metrics)). No server, person or text is a label."
    )
    yield ""
    own = [each for each in collectors if isinstance(each, MetricWrapperBase)]
    yield from _table(("metric", "what it counts"), (_metric(each) for each in own))
    yield ""
    yield "Also `process_…` (memory, CPU, open files, start) and `python_info`."


def _metric(metric: MetricWrapperBase) -> tuple[str, str]:
    total = "_total" * (metric._type == "counter")
    labels = f"{{{', '.join(metric._labelnames)}}}" if metric._labelnames else ""
    return f"`{metric._name}{total}{labels}`", f"{metric._documentation}."


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
