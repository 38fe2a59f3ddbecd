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


# One process: each would read the whole program anew.
SESSION = """
import sys
import bot, bot.prompts
from bot.__main__ import main

print(bot.__file__, bot.prompts.INSIDE_WHEEL.is_dir())
assert main(["add", sys.argv[1], "--data", "data"]) == 0
assert main(["ask", "When is bread baked in Aldwick?", "--data", "data"]) == 0
"""


def test_the_wheel_installed_elsewhere_answers(wheel: Path, tmp_path: Path) -> None:
    place, article = tmp_path / "site", tmp_path / "bread.txt"
    article.write_text("Bread in Aldwick is baked at four in the morning.")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    done = subprocess.run(
        [sys.executable, "-c", SESSION, str(article)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(place), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{place / 'bot' / '__init__.py'} True\n")
    assert "baked at four in the morning.¹" in done.stdout
