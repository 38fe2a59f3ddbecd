"""The wheel stands alone: built, installed elsewhere, it answers from there."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = tmp_path.glob("footnote_bot-*.whl")
    return built


def test_the_wheel_installed_elsewhere_answers(wheel: Path, tmp_path: Path) -> None:
    place, data = tmp_path / "site", tmp_path / "data"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    # The first process compiles what it imports, for all: each would take seconds.
    environment = {"PYTHONPATH": str(place), "PATH": "/usr/bin:/bin"}

    def footnote(*arguments: str, text: str = "") -> str:
        command = [sys.executable, "-m", "bot", *arguments, "--data", str(data)]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, input=text, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = "import bot, bot.prompts; print(bot.__file__, bot.prompts.INSIDE_WHEEL.is_dir())"
    told = subprocess.run(
        [sys.executable, "-c", where], cwd=tmp_path, env=environment, capture_output=True, text=True
    ).stdout
    assert told.split() == [str(place / "bot" / "__init__.py"), "True"]
    footnote("add", "-", text="Bread in Aldwick is baked at four in the morning.")
    assert "baked at four in the morning.¹" in footnote("ask", "When is bread baked in Aldwick?")
