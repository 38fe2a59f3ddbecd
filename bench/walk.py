"""Walks through the sandbox as a person would, in a real browser, and keeps a picture of each step.

    python -m bench.walk FOLDER [--footnote .venv/bin/footnote] [--width 1100]

hello → three articles → a summary → a question → a footnote → two follow-ups in a thread → a
comparison → 👎 and what was wrong → the library, its statistics and its review → help. Fails if a
card does not say what it must.

Needs Chromium and Playwright (``pip install playwright``), which may be in another environment
than Footnote: only the command is started.
"""

from __future__ import annotations

import argparse
import importlib
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HEIGHT = 1000
STEP_MS, QUIET_MS = 20_000, 1_500
ATTEMPTS = 10
COMPOSER = "#channel-composer-input"
SEND = "#channel-composer button[type=submit]"
FOOTNOTE = Path(__file__).parent.parent / ".venv" / "bin" / "footnote"


SAMPLES = (
    ("A lighthouse is restored", "Skerry Light"),
    ("Heat pumps in old houses", "eat pumps"),
    ("A beekeeper is interviewed", "beekeeper|Wilk"),
)


class Walk:
    """A browser on the sandbox's page. ``folder``: of the pictures."""

    def __init__(self, page: Any, folder: Path):
        self.page, self.folder = page, folder
        self.steps = 0

    def say(self, text: str, expect: str) -> None:
        """Writes a message, and waits for a card that says something."""
        self._type(text)
        box = self.page.locator(COMPOSER)
        for _ in range(ATTEMPTS):  # while the page is busy with something else, nothing is sent
            box.press("Enter")
            self.page.wait_for_timeout(QUIET_MS)
            if not box.input_value():
                break
        self.see(expect)

    def run(self, command: str, expect: str) -> None:
        """Runs a slash command without options."""
        self._type(command)
        self.page.wait_for_timeout(QUIET_MS)
        self.page.keyboard.press("Enter")  # chooses it
        self.page.wait_for_timeout(QUIET_MS)
        self.page.locator(SEND).last.click()
        self.see(expect)

    def view_as(self, name: str) -> None:
        """Goes on as another member."""
        self.page.locator("select").first.select_option(label=name)
        self.page.wait_for_timeout(QUIET_MS)

    def press(self, label: str, expect: str) -> None:
        """Presses the newest button with a label."""
        self.page.get_by_role("button", name=re.compile(label)).last.click()
        self.see(expect)

    def choose(self, option: str) -> None:
        """Chooses from the newest select."""
        self.page.get_by_role("combobox").last.click()
        self.page.get_by_role("option", name=option).last.click()
        self.see(option)

    def see(self, text: str) -> None:
        """Waits for the text to stand on the page, and draws it."""
        self.page.locator("#channel-timeline").get_by_text(re.compile(text)).last.wait_for(
            timeout=STEP_MS
        )
        self.page.wait_for_timeout(QUIET_MS)
        self.steps += 1
        self.page.screenshot(path=self.folder / f"{self.steps:02}.png")
        print(f"{self.steps:02}.png {text}")

    def _type(self, text: str) -> None:
        box = self.page.locator(COMPOSER)
        box.click()
        self.page.keyboard.type(text)


def walk(steps: Walk) -> None:
    """All steps."""
    steps.see("Welcome to Footnote")
    steps.say("@Footnote hello", "There are no articles here yet")
    for label, title in SAMPLES:
        steps.press(label, f"{title}.*\\d+ passages?|{title}")
    steps.say("@Footnote summarise article 1", "in: Skerry Light")
    steps.say("@Footnote How much did the restoration cost?", "Quoted from the sources")
    steps.press("^1 · ", "Open article|in context")
    steps.press("Follow up", "Who paid|Ask|mention me")
    steps.say("@Footnote who paid for it?", "Understood as")
    steps.say("@Footnote why?", "why")
    steps.say("@Footnote compare article 1 and article 2", "Quoted from the sources")
    steps.press("👎", "What was wrong")
    steps.choose("Wrong source")
    steps.view_as("grace (moderator)")
    steps.run("/library", "The library · 3 articles")
    steps.press("Statistics", "Library statistics")
    steps.press("Back to the list", "The library · 3 articles")
    steps.press("^Review$", "Found wrong by readers")
    steps.run("/help", "What you can do here|Ask")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--footnote", type=Path, default=FOOTNOTE)
    parser.add_argument("--width", type=int, default=1100)
    arguments = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        sync_playwright: Any = importlib.import_module("playwright.sync_api").sync_playwright
    except ImportError:
        chromium = None
    if chromium is None:
        print("No walk: this needs Chromium, and Playwright in this environment.")
        return 0
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        command = [arguments.footnote, "sandbox", "--port", "0", "--data", data]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sandbox:
            try:
                browser = playwright.chromium.launch(
                    executable_path=chromium, args=["--no-sandbox"]
                )
                page = browser.new_page(viewport={"width": arguments.width, "height": HEIGHT})
                page.goto(_address(sandbox))
                walk(Walk(page, arguments.folder))
                browser.close()
            finally:
                sandbox.terminate()
                sandbox.communicate()  # what it says while it stops
    return 0


def _address(sandbox: subprocess.Popen[str]) -> str:
    assert sandbox.stdout is not None
    for line in sandbox.stdout:
        if found := re.search(r"http://\S+", line):
            return found[0]
    raise RuntimeError("the sandbox did not start")


if __name__ == "__main__":
    sys.exit(main())
