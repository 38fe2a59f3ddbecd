"""The command line: ``footnote COMMAND …`` (``footnote --help`` lists the commands).

Only parses arguments. Each command imports what it needs when it runs, so that ``--help`` is fast.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from bot import __version__
from bot.service.dates import is_date

Subparsers = Any  # argparse's type for this is private
STOPPED = 130  # the exit status for Ctrl-C in shells
LIBRARY_COMMANDS = (
    *("add", "refresh", "ask", "chat", "cite", "search", "list", "show", "remove", "usage"),
    *("reembed", "forget", "summarise", "review", "export", "import"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    arguments = build_parser().parse_args(argv)
    try:
        return _run(arguments)
    except KeyboardInterrupt:  # also during the imports of a command
        sys.stderr.write("Stopped.\n")
        return STOPPED


def _run(arguments: argparse.Namespace) -> int:
    from bot.errors import FootnoteError  # noqa: PLC0415
    from bot.settings import load_env_file  # noqa: PLC0415
    from bot.terminal import execute, report_error  # noqa: PLC0415
    from bot.terminal.start import report_settings  # noqa: PLC0415

    try:
        if arguments.command != "doctor":  # which reports all about them
            load_env_file()
            report_settings(arguments)
        if arguments.command in LIBRARY_COMMANDS:
            return execute(arguments)
        return _run_other(arguments)
    except FootnoteError as error:
        return report_error(error, as_document=getattr(arguments, "json", False))


def _run_other(arguments: argparse.Namespace) -> int:
    if arguments.command == "eval":
        from bot.evaluate.command import run_eval  # noqa: PLC0415

        return run_eval(arguments)
    if arguments.command == "scorecard":
        from bot.evaluate.scorecard import run_scorecard  # noqa: PLC0415

        return run_scorecard(arguments)
    if arguments.command == "doctor":
        from bot.doctor import run_doctor  # noqa: PLC0415

        return run_doctor(arguments)
    if arguments.command == "why":
        from bot.terminal.why import run_why  # noqa: PLC0415

        return run_why(arguments)
    if arguments.command in ("backup", "restore"):
        from bot.terminal.backup import run_backup, run_restore  # noqa: PLC0415

        return (run_backup if arguments.command == "backup" else run_restore)(arguments)
    if arguments.command == "migrate":
        from bot.terminal.move import run_migrate  # noqa: PLC0415

        return run_migrate(arguments)
    from bot.settings import settings_in  # noqa: PLC0415

    settings = settings_in(arguments.data)
    if arguments.command == "run" and settings.discord_token:
        from bot.discord_app.serve import run_bot  # noqa: PLC0415

        return run_bot(settings)
    from bot.sandbox import run_sandbox  # noqa: PLC0415

    return run_sandbox(
        settings,
        port=arguments.port,
        requested=arguments.command == "sandbox",
        scripted=arguments.scripted_model,
    )


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="footnote",
        description="A research library that cites the exact sentences behind every answer.",
    )
    parser.add_argument("--version", action="version", version=f"footnote {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    # --data is accepted before and after the command
    for target, default in ((parser, None), (common, argparse.SUPPRESS)):
        target.add_argument(
            "--data", metavar="DIR", default=default, help="data folder (default: DATA_DIR)"
        )
    server = argparse.ArgumentParser(add_help=False, parents=[common])
    server.add_argument(
        "--server", default="local", metavar="ID", help="the library of this Discord server"
    )
    library = argparse.ArgumentParser(add_help=False, parents=[server])
    library.add_argument("--json", action="store_true", help="print one JSON document")
    _library_commands(commands, library, server)
    forget = commands.add_parser(
        "forget", parents=[common], help="erase a person from all libraries"
    )
    forget.add_argument("user", type=_positive, metavar="USER", help="their Discord user id")
    forget.add_argument("--json", action="store_true", help="print one JSON document")
    _evaluation(commands, common)
    _backups(commands, common)
    doctor = commands.add_parser(
        "doctor",
        parents=[common],
        help="check settings, token, files, machine and model, and say what to do",
    )
    doctor.add_argument("--no-exam", action="store_true", help="skip the test of ten questions")
    doctor.add_argument("--json", action="store_true", help="print one JSON document")
    why = commands.add_parser(
        "why",
        parents=[server],
        help="what happened: by the reference of an error, or an answer's id",
    )
    why.add_argument("id", metavar="ID", help="a reference such as 3f9a1c, or an answer's number")
    why.add_argument("--json", action="store_true", help="print one JSON document")
    run = commands.add_parser(
        "run", parents=[common], help="start the bot, or without a token the sandbox"
    )
    sandbox = commands.add_parser(
        "sandbox", parents=[common], help="start the sandbox: a channel in your browser"
    )
    for command in (run, sandbox):
        command.add_argument(
            "--port",
            type=int,
            default=8799,
            help="port of the sandbox; 0 picks a free one (default 8799)",
        )
        command.add_argument(
            "--scripted-model",
            action="store_true",
            help="in the sandbox: answers written by a script, to see how one arrives",
        )
    return parser


def _library_commands(
    commands: Subparsers, library: argparse.ArgumentParser, server: argparse.ArgumentParser
) -> None:
    add = commands.add_parser("add", parents=[library], help="add articles")
    add.add_argument(
        "source",
        nargs="+",
        metavar="SOURCE",
        help="a file, a folder, a web address, or - for text from standard input",
    )
    add.add_argument("--title", help="use this title instead of the detected one")
    add.add_argument("--published", type=_day, metavar="DATE", help="publication date (YYYY-MM-DD)")
    add.add_argument("--yes", action="store_true", help="don't ask before adding a folder's files")
    add.add_argument(
        "--keep-similar", action="store_true", help="also store near-duplicates of other articles"
    )
    refresh = commands.add_parser(
        "refresh", parents=[library], help="check the articles' web pages for changes"
    )
    refresh.add_argument("id", type=int, nargs="*", help="only these articles (default: all)")
    _questions(commands, library, server)
    summarise = commands.add_parser("summarise", parents=[library], help="sum up articles")
    summarise.add_argument("id", type=int, nargs="+", metavar="ID", help="the article's id")
    summarise.add_argument(
        "--sentences", type=_positive, metavar="N", help="this many sentences (of each article)"
    )
    summarise.add_argument("--quotes", action="store_true", help="without a model")
    review = commands.add_parser(
        "review", parents=[library], help="what readers found wrong, and what had no answer"
    )
    review.add_argument(
        "--export", metavar="DIR", help="also write it as a folder that footnote eval replays"
    )
    _open_form(commands, library)
    search = commands.add_parser("search", parents=[library], help="find passages")
    search.add_argument("question", help="what to find passages for")
    search.add_argument("-k", type=_positive, default=10, help="how many passages (default 10)")
    articles = commands.add_parser(
        "list", parents=[library], help="list the articles, newest first"
    )
    articles.add_argument(
        "--outdated", action="store_true", help="only those that an older version of Footnote read"
    )
    show = commands.add_parser("show", parents=[library], help="print an article's stored text")
    show.add_argument("id", type=int, help="the article's id")
    show.add_argument("--version", type=_positive, help="print this version (default: the newest)")
    remove = commands.add_parser("remove", parents=[library], help="erase articles permanently")
    remove.add_argument("id", type=int, nargs="+", help="the article's id")
    usage = commands.add_parser(
        "usage", parents=[library], help="show what the questions cost, by day"
    )
    usage.add_argument("--days", type=_positive, default=30, help="number of days (default 30)")
    usage.add_argument("--users", action="store_true", help="also by person")
    commands.add_parser(
        "reembed",
        parents=[library],
        help="embed passages without a vector, after changing EMBEDDING_MODEL; finish the index",
    )


def _questions(
    commands: Subparsers, library: argparse.ArgumentParser, server: argparse.ArgumentParser
) -> None:
    ask = commands.add_parser("ask", parents=[library], help="ask a question")
    ask.add_argument("question", help="what you would like to know")
    _question_options(ask)
    chat = commands.add_parser(
        "chat", parents=[server], help="ask question after question; follow-ups are understood"
    )
    chat.set_defaults(json=False)
    _question_options(chat)
    cite = commands.add_parser(
        "cite", parents=[library], help="open a footnote of the last answer in its passage"
    )
    cite.add_argument("n", type=_positive, metavar="N", help="the footnote's number")


def _question_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--after",
        action="append",
        default=[],
        metavar="EARLIER",
        help="an earlier question of the conversation (repeatable, oldest first)",
    )
    parser.add_argument("--quotes", action="store_true", help="answer with quotes, without a model")
    parser.add_argument(
        "--everywhere",
        action="store_true",
        help="search every article, also if the question names some of them",
    )
    parser.add_argument(
        "--article",
        type=int,
        action="append",
        metavar="ID",
        help="search only this article (repeatable)",
    )
    parser.add_argument("--tag", default="", metavar="T", help="search only articles with this tag")
    parser.add_argument(
        "--since",
        type=_day,
        default="",
        metavar="DATE",
        help="search only articles published (or added) since this day",
    )


def _evaluation(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    evaluation = commands.add_parser(
        "eval",
        parents=[common],
        help="evaluate search and answers on questions with known answers",
    )
    evaluation.add_argument(
        "dir", metavar="DIR", help="folder with documents.jsonl and questions.jsonl"
    )
    evaluation.add_argument(
        "--limit", type=_positive, metavar="N", help="only the first N questions"
    )
    evaluation.add_argument("--answers", action="store_true", help="also answer the questions")
    evaluation.add_argument(
        "--history", action="store_true", help="ask each question after those of its history"
    )
    evaluation.add_argument(
        "--thorough",
        action="store_true",
        help="also measure thorough search with scripted models: an oracle, a liar, and others",
    )
    evaluation.add_argument(
        "--judges",
        action="store_true",
        help="also measure the second opinion (SUPPORT=model) with scripted judges",
    )
    evaluation.add_argument("--run", metavar="FILE", help="write each question's hits to this file")
    evaluation.add_argument(
        "--against", metavar="FILE", help="compare with a file written by --run"
    )
    evaluation.add_argument("--json", action="store_true", help="print one JSON document")
    scorecard = commands.add_parser(
        "scorecard", help="what Footnote is worth on question sets, beside other search engines"
    )
    scorecard.add_argument("dir", metavar="DIR", help="a set as for eval, or a folder of sets")
    scorecard.add_argument(
        "--limit", type=_positive, metavar="N", help="only the first N questions of each"
    )


def _open_form(commands: Subparsers, library: argparse.ArgumentParser) -> None:
    export = commands.add_parser(
        "export", parents=[library], help="write the library as a folder of Markdown files"
    )
    export.add_argument("dir", metavar="DIR", help="a new folder")
    importing = commands.add_parser("import", parents=[library], help="add an exported library")
    importing.add_argument("dir", metavar="DIR", help="a folder that export wrote")
    importing.add_argument(
        "--whole-server",
        action="store_true",
        help="show every article to the whole server, not only where its channel is seen",
    )


def _backups(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    backup = commands.add_parser(
        "backup", parents=[common], help="back up all libraries, also while the bot is running"
    )
    backup.add_argument("--to", metavar="DIR", help="into this folder (default: BACKUP_DIR)")
    restore = commands.add_parser(
        "restore", parents=[common], help="replace libraries by those of a backup (stop the bot)"
    )
    restore.add_argument(
        "backup", metavar="FILE", help="a backup's folder, or the file of one library in it"
    )
    restore.add_argument(
        "--server", metavar="ID", help="only the library of this server, or what the file becomes"
    )
    migrate = commands.add_parser(
        "migrate", parents=[common], help="copy all libraries into PostgreSQL (stop the bot)"
    )
    migrate.add_argument(
        "--to", metavar="URL", required=True, help="the database: postgresql://user@host/database"
    )
    for command in (backup, restore, migrate):
        command.add_argument("--json", action="store_true", help="print one JSON document")


def _day(value: str) -> str:
    """A day, month or year in ISO format; empty for no limit."""
    if value and not is_date(value):
        message = "must be a day, a month or a year: 2025-03-01, 2025-03 or 2025"
        raise argparse.ArgumentTypeError(message)
    return value


def _positive(value: str) -> int:
    try:
        number = int(value)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError("must be a whole number, 1 or more")
    return number


if __name__ == "__main__":
    sys.exit(main())
