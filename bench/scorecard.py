"""``make scorecard``: everything that can be measured offline, into docs/scorecard.md.

    python -m bench.scorecard [--only NAME …] [--print]

Runs one command after another and keeps what each prints, with the command, the day, the versions
and the machine. With ``--only`` the other sections stay as they were. What needs ../shared/data is
left out, and said, where that is not here. Takes about an hour on two idle cores; nothing else
should run beside it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.evaluate.scorecard import describe_machine

ROOT = Path(__file__).parent.parent
FILE = ROOT / "docs" / "scorecard.md"
SHARED = "../shared/data"
HEADING = "## "
LIMIT_S = 3_600


@dataclass(frozen=True)
class Section:
    """A heading, and the command (of this checkout's Python) whose output stands under it."""

    name: str
    title: str
    module: str
    arguments: str = ""

    @property
    def command(self) -> str:
        program = "footnote" if self.module == "bot" else f"python -m {self.module}"
        return f"{program} {self.arguments}".strip()


SECTIONS = (
    Section("public", "Public sets, beside other engines", "bot", f"scorecard {SHARED}"),
    Section("everyday", "Everyday questions", "bench.everyday", "--set everyday"),
    Section("tables", "Cells of tables", "bench.everyday", "--set tables"),
    Section("lists", "Whole lists", "bench.everyday", "--set lists"),
    Section("company", "Briefs on companies", "bench.everyday", "--set company"),
    Section("several", "Several searches, threads, twelve languages", "bench.several", "--peer"),
    Section("conversations", "Conversations", "bench.conversations"),
    Section("references", "References to articles", "bench.article_references"),
    Section("small-talk", "Small talk", "bench.small_talk"),
    Section("summaries", "Summaries without a model", "bench.summaries"),
    Section("disagreements", "Disagreements", "bench.disagreements"),
    Section("claims", "Checks, on claims labelled by people", "bench.claims"),
    Section("speed", "Speed and size, on one core", "bench.figures"),
    Section("burst", "120 questions at once, on a loopback Discord", "bench.load", "--burst 120"),
    Section("workers", "Encoder processes", "bench.rerank_workers", "--rounds 3"),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", choices=[section.name for section in SECTIONS])
    parser.add_argument("--print", action="store_true", help="print it instead of writing it")
    arguments = parser.parse_args()
    chosen = [s for s in SECTIONS if not arguments.only or s.name in arguments.only]
    measured = read_sections(FILE.read_text("utf-8")) if FILE.exists() else {}
    for section in chosen:
        began = time.monotonic()
        measured[section.title] = _section(section)
        sys.stderr.write(f"{section.name}: {time.monotonic() - began:.0f} s\n")
        if arguments.print:
            sys.stdout.write(measured[section.title] + "\n\n")
        else:  # after each, so that what was measured is there if it is stopped
            FILE.write_text(card(measured), "utf-8")
    return 0


def read_sections(text: str) -> dict[str, str]:
    """The sections of a scorecard by their titles, each with its heading."""
    _, *sections = text.split(f"\n{HEADING}")
    return {each.partition("\n")[0]: (HEADING + each).strip() for each in sections}


def card(measured: Mapping[str, str]) -> str:
    """The whole file: the sections in their order, without those that are measured no longer."""
    head = ("# Scorecard", describe_machine() + ". Made by `make scorecard`.")
    known = [measured[s.title] for s in SECTIONS if s.title in measured]
    return "\n\n".join([*head, *known]) + "\n"


def _section(section: Section) -> str:
    day = datetime.now(UTC).date()
    head = f"{HEADING}{section.title}\n\n`{section.command}` · {day}"
    if SHARED in section.arguments and not (ROOT / SHARED).is_dir():
        return f"{head}\n\nNot measured: {SHARED} is not here."
    command = [sys.executable, "-m", section.module, *section.arguments.split()]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [""])[-1]
        return f"{head}\n\nNot measured: it ended with status {done.returncode} ({last})."
    return f"{head}\n\n{_as_markdown(done.stdout.strip())}"


def _as_markdown(output: str) -> str:
    """Tables as they are, under a heading of their own level; other output as code."""
    lines = output.splitlines()
    if any(line.startswith("|") for line in lines):
        return "\n".join(f"##{line}" if line.startswith("#") else line for line in lines)
    return f"```text\n{output}\n```"


if __name__ == "__main__":
    sys.exit(main())
