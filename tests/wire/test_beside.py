"""Commands in a terminal beside the running bot: what reads, what writes, and what is left over."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import stat
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.model_server import HANG, Reply, broken, model_server
from tests.test_metrics import get
from tests.wire.bot_process import Bot
from tests.wire.discord_server import GUILD_ID, Discord
from tests.wire.test_ends import says
from tests.wire.test_first_day import MARS, add

QUESTION = "Who heads the Russian fund?"
TYPED = f"{QUESTION}\n1\n".encode()
HEADS = "Kirill Dmitriev heads the Russian Direct Investment Fund."


class Terminal:
    """``footnote`` on the bot's data folder, in a process of its own."""

    def __init__(self, folder: Path, server: str = str(GUILD_ID)):
        self.folder, self.server = folder, server

    async def __call__(self, *words: str, typed: bytes = b"") -> tuple[int, str, str]:
        """Exit status, standard output and standard error."""
        process = await self.start(*words)
        out, err = await process.communicate(typed)
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()

    async def start(self, *words: str) -> Process:
        """The process of a command."""
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "--data", str(self.folder), *words),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
        )

    async def document(self, *words: str) -> tuple[int, Any]:
        """Exit status and the one document."""
        status, out, _err = await self(*words, "--server", self.server, "--json")
        return status, json.loads(out)


@asynccontextmanager
async def running(bot: Bot) -> AsyncIterator[Bot]:
    """A bot with settings of its own, stopped at the end of the block."""
    await bot.start()
    try:
        yield bot
    finally:
        await bot.stop()


@pytest.fixture
def terminal(bot: Bot, tmp_path: Path) -> Terminal:
    return Terminal(tmp_path / "data")


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "mars.txt"
    path.write_bytes(MARS)
    return path


@pytest.mark.wire
async def test_what_reads_works_beside_the_bot(discord: Discord, terminal: Terminal) -> None:
    await add(discord)
    assert [a["id"] for a in (await terminal.document("list"))[1]["articles"]] == [1]
    assert (await terminal.document("show", "1"))[1]["title"] == "Joint Mars mission floated"
    assert (await terminal.document("search", "Russian fund"))[1]["hits"]
    assert (await terminal.document("usage"))[0] == 0
    assert (await terminal.document("review"))[1]["never_cited"]


@pytest.mark.wire
async def test_what_writes_goes_through_the_bot_with_the_same_output(
    discord: Discord, bot: Bot, terminal: Terminal, article: Path
) -> None:
    status, added = await terminal.document("add", str(article), str(article), "no.txt")
    assert status == 1
    rows = [(row["source"], row["status"]) for row in added["articles"]]
    assert rows == [(str(article), "added"), (str(article), "duplicate"), ("no.txt", "refused")]
    assert "can't be read: No such file" in added["articles"][2]["reason"]

    asked = await discord.slash("ask", question=QUESTION)
    await discord.until(lambda: HEADS in discord.text_of(asked))  # the bot's index has it

    status, out, err = await terminal("ask", QUESTION, "--server", terminal.server)
    assert (status, out.startswith(f"{HEADS}¹"), err) == (0, True, "")
    assert (await terminal.document("cite", "1"))[1]["quote"] == HEADS
    status, out, _err = await terminal("chat", "--server", terminal.server, typed=TYPED)
    assert (status, out.count("> ")) == (0, 2)
    assert json.loads((await terminal("forget", "7", "--json"))[1])["forgotten"]["answers"] == 0
    assert (await terminal.document("remove", "9"))[0] == 1
    assert (await terminal.document("summarise", "9"))[1]["error"]["code"] == "article_not_found"
    assert bot.log.count("command add") == 1


async def test_an_article_that_the_operator_removes_is_taken_out_of_posted_answers(
    discord: Discord, terminal: Terminal
) -> None:
    await add(discord)
    asked = await discord.slash("ask", question=QUESTION)
    await discord.until(lambda: HEADS in discord.text_of(asked))
    assert (await terminal.document("remove", "1"))[1] == {"removed": [1]}
    await discord.until(lambda: HEADS not in discord.text_of(asked))


@pytest.mark.wire
async def test_the_socket_is_the_owners_alone_and_one_that_is_left_over_is_replaced(
    bot: Bot, terminal: Terminal, article: Path
) -> None:
    path = terminal.folder / "commands.sock"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    await bot.end(signal.SIGKILL)
    assert path.exists()
    assert (await terminal.document("add", str(article)))[0] == 0  # takes the lock itself
    await bot.start()
    assert (await terminal.document("remove", "1"))[1] == {"removed": [1]}
    assert "command remove" in bot.log
    assert await bot.end() == 0
    assert not path.exists()


@pytest.mark.wire
async def test_whoever_else_connects_harms_nothing(bot: Bot, terminal: Terminal) -> None:
    for sent in (b"", b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\2\0\0\0\0[]", b"\xff" * 99):
        stranger = socket.socket(socket.AF_UNIX)
        stranger.connect(str(terminal.folder / "commands.sock"))
        stranger.sendall(sent)
        stranger.close()
    assert (await terminal.document("remove", "9"))[0] == 1


@pytest.mark.wire
async def test_a_command_of_another_version_is_refused(bot: Bot, terminal: Terminal) -> None:
    other = "import bot; bot.__version__ = '9.9'; from bot.__main__ import main; main()"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", other),
        *("--data", str(terminal.folder), "forget", "7"),
        stderr=PIPE,
    )
    _out, err = await process.communicate()
    assert b"Restart the bot" in err


@pytest.mark.wire
async def test_a_long_path_of_the_data_folder_is_no_obstacle(
    discord: Discord, tmp_path: Path, article: Path
) -> None:
    folder = tmp_path / ("long" * 30)
    async with running(Bot(discord, tmp_path, {"DATA_DIR": str(folder)})) as bot:
        assert (await Terminal(folder).document("add", str(article)))[0] == 0
        assert "command add" in bot.log


@pytest.mark.wire
async def test_a_question_that_a_new_article_of_the_operator_answers_is_answered(
    discord: Discord, terminal: Terminal, article: Path
) -> None:
    asked = await discord.slash("ask", question=QUESTION)
    await discord.until(lambda: "no articles here yet" in discord.text_of(asked))
    assert (await terminal.document("add", str(article)))[0] == 0
    await discord.until(says(discord, HEADS))


@pytest.mark.wire
async def test_a_command_ends_with_the_bot_and_says_so(
    discord: Discord, tmp_path: Path, article: Path
) -> None:
    async with model_server() as model:
        asked = asyncio.Event()

        def hang(prompt: str) -> Reply:
            if QUESTION in prompt:
                asked.set()
            return broken(HANG)

        model.answers = hang
        settings = {"OPENAI_BASE_URL": model.url, "OPENAI_MODEL": "m", "MODEL_SLOTS": "unlimited"}
        terminal = Terminal(tmp_path / "data")
        async with running(Bot(discord, tmp_path, settings)) as bot:
            await terminal.document("add", str(article))
            asking = asyncio.ensure_future(terminal("ask", QUESTION, "--server", terminal.server))
            await asked.wait()
            assert await bot.end() == 0
            status, _out, err = await asking
            assert (status, "The bot is stopping" in err) == (1, True)


@pytest.mark.wire
async def test_ctrl_c_cancels_the_command_in_the_bot_too(
    discord: Discord, tmp_path: Path, article: Path
) -> None:
    async with model_server() as model:
        model.answers = lambda prompt: broken(HANG)
        settings = {"OPENAI_BASE_URL": model.url, "OPENAI_MODEL": "m", "MODEL_SLOTS": "unlimited"}
        terminal = Terminal(tmp_path / "data")
        async with running(Bot(discord, tmp_path, settings)):
            await terminal.document("add", str(article))
            process = await terminal.start("ask", QUESTION, "--server", terminal.server)
            assert process.stderr is not None
            await process.stderr.readuntil(b"In the meantime")  # the quotes, while it writes
            (request,) = [r for r in model.requests if QUESTION in str(r.body)]
            process.send_signal(signal.SIGINT)
            await request.gone.wait()
            assert b"Stopped." in await process.stderr.read()
            assert await process.wait() == 130


@pytest.mark.wire
async def test_health_readiness_and_figures_of_the_running_bot(
    discord: Discord, tmp_path: Path, unused_tcp_port: int
) -> None:
    settings = {"METRICS_PORT": str(unused_tcp_port), "LOG_FORMAT": "json"}
    async with running(Bot(discord, tmp_path, settings)) as bot:
        await add(discord)
        for path, text in (
            ("/healthz", "ok"),
            ("/readyz", "ready"),
            ("/metrics", 'footnote_additions_total{outcome="added"} 1.0'),
        ):
            assert text in (await get(unused_tcp_port, path))[1]
    lines = [json.loads(line) for line in bot.log.splitlines()]
    (addition,) = [line for line in lines if line.get("event") == "addition"]
    assert (addition["outcome"], addition["server"]) == ("added", str(GUILD_ID))


@pytest.mark.wire
async def test_the_doctor_beside_the_bot_finds_all_well(
    discord: Discord, bot: Bot, terminal: Terminal
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.wire.launch", discord.url),
        *("--data", str(terminal.folder), "doctor", "--json"),
        env={**os.environ, "DISCORD_TOKEN": "token"},  # noqa: TID251 - of the child
        stdout=PIPE,
    )
    out, _err = await process.communicate()
    checks = {check["check"]: check for check in json.loads(out)["checks"]}
    assert process.returncode == 0, checks
    assert "is running" in checks["bot"]["detail"]
    assert "in 1 server" in checks["discord"]["detail"]
    assert {check["state"] for check in checks.values()} == {"ok"}
