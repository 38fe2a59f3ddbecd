"""``make pictures``: the main cards as a person sees them, into docs/pictures.

The real bot works in the sandbox's simulated Discord, a real browser draws its page. Without
Chromium nothing is drawn, and the reason is said. Playwright and Pillow are no dependencies:
``make pictures`` brings them.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from bench.tour import write_tour
from bot.app import open_app
from bot.discord_app.client import create_bot
from bot.sandbox.welcome import SAMPLES
from bot.sandbox.world import SETTLE_S, WallClock, World
from bot.settings import Settings

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
WINDOW = (760, 900)
MOST_BYTES = 300_000
FOLLOW_UP = "and when will it be lit again?"
TOUR = (
    ("Add an article", "added"),
    ("Ask a question", "answer"),
    ("Press the number: the sentence in its source", "passage"),
    ("Follow up, in a thread", "follow-up"),
)
QUESTION = "How much did the restoration of the lighthouse cost?"


def main() -> int:
    """0 also when nothing could be drawn: a machine without a browser is no failure."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None or importlib.util.find_spec("playwright") is None:
        print("No pictures: this needs Chromium, and Playwright in the same environment.")
        return 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        asyncio.run(_draw(chromium, Settings(data_dir=Path(data))))
    large = [file.name for file in FOLDER.glob("*.[pg]*") if file.stat().st_size > MOST_BYTES]
    if large:
        print(f"Larger than {MOST_BYTES // 1000} kB: {', '.join(large)}")
    return 1 if large else 0


async def _draw(chromium: str, settings: Settings) -> None:
    import simcord  # noqa: PLC0415 - an extra

    async_playwright: Any = importlib.import_module("playwright.async_api").async_playwright
    async with open_app(settings) as app, async_playwright() as playwright:
        env: Any = simcord.Env(create_bot(app), shard_count=1, settle_timeout=SETTLE_S)
        world = World(env)
        env.backend.clock = WallClock()  # the cards show today's date

        @asynccontextmanager
        async def draw(place: Any) -> AsyncIterator[Any]:
            async with env.preview(place, viewers=world.people, layout="message") as preview:
                preview._capture_manager._browser = await playwright.chromium.launch(
                    executable_path=chromium, args=["--no-sandbox"]
                )
                yield preview  # it closes the browser, too

        await env.start()
        async with draw(world.channel) as preview:
            await _scenes(world, preview)
        (thread,) = world.channel.threads
        async with draw(thread) as preview:
            followed = await world.people[0].slash(thread, "ask", question=FOLLOW_UP)
            await _picture(preview, "follow-up", followed, world.people[0])
        await env.shutdown()
    write_tour(FOLDER / "tour.gif", [(text, FOLDER / f"{name}.png") for text, name in TOUR])


async def _picture(preview: Any, name: str, shown: Any, viewer: Any) -> None:
    target = shown.response or shown.followups[-1]
    await preview.screenshot(FOLDER / f"{name}.png", viewer=viewer, target=target, viewport=WINDOW)
    print(f"docs/pictures/{name}.png")


async def _scenes(world: World, preview: Any) -> None:
    """One picture for each card that a README or a guide would show."""
    ada, grace, _ = world.people
    channel = world.channel

    picture = partial(_picture, preview)

    added = await ada.slash(
        channel, "article add", file=_file("lighthouse"), tags="harbour, restoration"
    )
    await picture("added", added, ada)
    others = await grace.slash(
        channel, "article add", file=_file("heat-pumps"), file2=_file("beekeeper"),
        file3=_file("nachtzug"),
    )  # fmt: skip
    await picture("several", others, grace)
    answer = await ada.slash(channel, "ask", question=QUESTION)
    await picture("answer", answer, ada)
    await picture("passage", await _first_footnote(ada, answer), ada)
    refusal = await ada.slash(channel, "ask", question="How tall is the Eiffel Tower?")
    await picture("refusal", refusal, ada)
    await picture("library", await ada.slash(channel, "library"), ada)
    await picture("article", await ada.slash(channel, "article show", article="1"), ada)
    await picture("remove", await grace.slash(channel, "article remove", article="2"), grace)
    listed = await ada.slash(channel, "library")
    await picture("figures", await _pressed(ada, listed, "Statistics"), ada)
    await _pressed(ada, answer, "Follow up")


async def _first_footnote(who: Any, answer: Any) -> Any:
    """Opens the first footnote under an answer."""
    return await _pressed(who, answer, next(_labels(answer.response.components, "1 · ")))


def _labels(components: Any, start: str) -> Iterator[str]:
    for component in components:
        if (label := component.get("label") or "").startswith(start):
            yield label
        yield from _labels(component.get("components", []), start)


async def _pressed(who: Any, shown: Any, label: str) -> Any:
    return await who.click(shown.response, label=label)


def _file(name: str) -> tuple[str, bytes]:
    return SAMPLES[name].file, SAMPLES[name].data()


if __name__ == "__main__":
    sys.exit(main())
