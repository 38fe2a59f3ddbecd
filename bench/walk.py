"""Walks through the sandbox as a person would, in a real browser, and keeps a picture of each step.

    make walk [ARGS="--width 390"]

With the sandbox's scripted model and an empty library: what the welcome message invites to, small
talk, a summary, a thread, a comparison, a page that changes after it was cited, approval by a
moderator, what only the board sees, privacy, settings and review. Fails where a card does not say
what it must. The pictures in ``build/walk/WIDTH`` are to be looked at, not compared. Needs Chromium
and Playwright.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import re
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from bot.sandbox.site import ADDRESS

FOLDER = Path(__file__).parent.parent / "build" / "walk"
HEIGHT = 1_100
STEP_MS = 60_000.0
COMPOSER = "#channel-composer-input"
LOOKED_UP_MS = 1_500.0
REDRAWN_MS = 400.0  # the page looks for changes every 250 ms
OPEN = re.compile(r"Open (http\S+)")
PAGE = re.compile(r"http://127\.0\.0\.1:\d+/tidal-mill")


class Person:
    """Somebody at the sandbox's page: types, presses, looks."""

    def __init__(self, page: Any, folder: Path):
        self.page = page
        self._folder = folder
        self._seen = 0
        self._too_long: Any = importlib.import_module("playwright.async_api").TimeoutError

    async def become(self, name: str) -> None:
        await self.page.get_by_label("Viewing as").select_option(label=name)
        await self._settled()

    async def press(self, label: str) -> None:
        """The newest button of this name, which may be in a form."""
        await self._settled()
        await self.page.get_by_role("button", name=label).last.click()
        await self._settled()

    async def choose(self, placeholder: str, option: str) -> None:
        """From the newest select that invites with these words."""
        await self._settled()
        await self.page.get_by_text(placeholder, exact=True).last.click()
        await self._settled()  # the page asks the server for what can be chosen
        await self.page.get_by_role("option", name=option, exact=True).last.click()
        await self._settled()

    async def say(self, text: str) -> None:
        await self._settled()
        box = self.page.locator(COMPOSER)
        await box.fill(text)
        await box.press("Enter")
        await self._settled()

    async def command(self, name: str, *required: str, **options: str) -> None:
        """Runs a command; what is required is typed in its order, the rest by its name."""
        await self._settled()
        box = self.page.locator(COMPOSER)
        await box.fill(f"/{name}")
        await self._looked_up()
        await box.press("Enter")
        for value in required:
            await self._type(value)
        for option, value in options.items():
            await self.page.locator(".command-popup").get_by_text(option, exact=True).click()
            await self._type(value)
        await self.page.locator("#send-message").click()  # Enter would choose a further option
        await self._settled()

    async def _type(self, value: str) -> None:
        await self._looked_up()
        await self.page.keyboard.type(value)
        matching = self.page.get_by_text(f"matching {value}")
        with suppress(self._too_long):  # an option without suggestions
            await matching.last.wait_for(timeout=2 * LOOKED_UP_MS)
        await self._looked_up()
        await self.page.keyboard.press("Enter")
        await self._looked_up()

    async def _looked_up(self) -> None:
        """Until the page has asked the bot what could be meant."""
        await self.page.wait_for_timeout(LOOKED_UP_MS)

    async def sees(self, words: str, name: str) -> None:
        """Waits for words, and takes a picture."""
        await self.page.get_by_text(words).last.wait_for(timeout=STEP_MS)
        await self._settled()
        self._seen += 1
        file = self._folder / f"{self._seen:02}-{name}.png"
        await self.page.screenshot(path=file)
        print(file.name)

    async def _settled(self) -> None:
        """Until nothing is being done: presses fail while the page works."""
        await self.page.wait_for_timeout(REDRAWN_MS)
        status = self.page.locator("#action-status", has_text="…")
        await status.wait_for(state="hidden", timeout=STEP_MS)
        await self.page.wait_for_timeout(REDRAWN_MS)


async def add_and_ask(person: Person) -> None:
    await person.sees("Welcome to Footnote", "welcome")
    await person.press("A lighthouse is restored")
    await person.sees("Skerry Light to shine again", "added")
    await person.press("How much did the restoration cost?")
    await person.sees("checked against its source", "answer")
    await person.press("1 · Skerry Light")
    await person.sees("jump to message", "passage")
    await person.press("👎")
    await person.choose("Choose …", "Something is missing")
    await person.sees("Thanks! I recorded", "rated")
    await person.press("Heat pumps in old houses")
    await person.sees("eat pumps", "added-too")


async def talk(person: Person) -> None:
    await person.say("@Footnote hello")
    await person.sees("Hello! What would you like", "hello")
    await person.say("@Footnote how much did the bandstand in Lindow cost?")
    await person.sees("find a clear answer", "not-found")
    await person.command("summarise", "1")
    await person.sees("Summary", "summary")
    await person.say("@Footnote compare article 1 and article 2")
    await person.sees("in: ", "comparison")
    await person.command("help")
    await person.sees("What I can do for you", "help")
    await person.command("privacy")
    await person.sees("What I keep, and who sees it", "privacy")


async def follow_up(person: Person) -> None:
    await person.say("@Footnote who led the appeal?")
    await person.sees("Joan Petrie", "who")
    await person.press("Follow up")
    await person.say("@Footnote and when will it be lit again?")
    await person.sees("21 June 2025", "thread")
    await person.page.locator("button", has_text="Reply").last.click()
    await person.page.get_by_role("dialog").locator("textarea").fill("what do tickets cost?")
    await person.press("Submit")
    await person.sees("£6", "replied")
    await person.command("go", "library")
    await person.sees("Add articles, ask questions", "back")


async def change_a_page(person: Person) -> None:
    await person.command("article add", url=ADDRESS)
    await person.sees("Tidal mill grinds flour again", "page-added")
    await person.say("@Footnote what did the work on the tidal mill cost?")
    await person.sees("£310,000", "page-asked")
    browser = await person.page.context.new_page()
    link = await person.page.get_by_role("link", name="looks like this").first.get_attribute("href")
    await browser.goto(link)
    await browser.get_by_role("button").click()
    await person.page.bring_to_front()  # closing the other page may wait for ever
    await person.press("Open")
    await person.press("Refresh")
    await person.sees("version 2", "page-refreshed")
    await person.sees("Source changed since", "page-changed")


async def moderate(person: Person) -> None:
    await person.become("grace (moderator)")
    await person.command("settings")
    await person.sees("Who may add articles", "settings")
    await person.choose("No approval needed", "board")
    await person.become("ada")
    await person.press("A beekeeper is interviewed")
    await person.sees("waits for a moderator", "waits")
    await person.become("grace (moderator)")
    await person.command("go", "board")
    await person.sees("An article waits for approval", "approval")
    await person.press("Approve")
    await person.sees("was approved by", "approved")
    await person.command("go", "library")
    await person.command("library")
    await person.sees("The library ·", "library")
    await person.press("Statistics")
    await person.sees("Ratings of answers", "statistics")
    await person.press("Back to the list")
    await person.press("Review")
    await person.sees("Found wrong by readers", "review")


async def keep_to_the_board(person: Person) -> None:
    await person.become("lena (board)")
    await person.command("go", "board")
    await person.say("The treasurer, Ida Moreau, leaves on 3 March.")
    await person.command("apps", "Add to library", "The treasurer")
    await person.sees("This waits for a moderator", "board-waits")
    await person.become("grace (moderator)")
    await person.press("Approve")
    await person.sees("was approved by", "board-approved")
    await person.become("lena (board)")
    await person.say("@Footnote when does the treasurer leave?")
    await person.sees("3 March", "board-answer")
    await person.command("go", "library")
    await person.become("ada")
    await person.say("@Footnote when does the treasurer leave?")
    await person.sees("find a clear answer", "board-hidden")


STORIES: tuple[Callable[[Person], Awaitable[None]], ...] = (
    add_and_ask,
    talk,
    follow_up,
    change_a_page,
    moderate,
    keep_to_the_board,
)


@asynccontextmanager
async def sandbox() -> AsyncIterator[str]:
    """A sandbox of its own; gives the address of its page."""
    with tempfile.TemporaryDirectory() as data:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "sandbox", "--scripted-model", "--port", "0",
            "--data", data, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert process.stdout is not None
        try:
            found = None
            while found is None:
                line = await process.stdout.readline()
                if not line:
                    raise RuntimeError("The sandbox did not start.")
                found = OPEN.search(line.decode())
            yield found[1]
        finally:
            process.terminate()
            await process.wait()


async def walk(width: int, folder: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    async_playwright: Any = importlib.import_module("playwright.async_api").async_playwright
    async with async_playwright() as playwright, sandbox() as address:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = await browser.new_context(viewport={"width": width, "height": HEIGHT})
        page = await context.new_page()
        page.set_default_timeout(STEP_MS)
        await page.goto(address)
        person = Person(page, folder)
        try:
            for story in STORIES:
                await story(person)
        finally:
            await page.screenshot(path=folder / "last.png")
            await browser.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=1_000)
    arguments = parser.parse_args()
    pictures = FOLDER / str(arguments.width)
    pictures.mkdir(parents=True, exist_ok=True)
    asyncio.run(walk(arguments.width, pictures))
