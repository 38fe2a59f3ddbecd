"""Prints how much of real web pages is kept, beside trafilatura and readability-lxml.

    python -m bench.pages [DIR] [--worst N]

DIR holds benchmark.jsonl and eval.jsonl with their pages (default: ../shared/data/pages; its NOTE
says where they come from and how they are counted). On the first, word F1 is the mean over pages of
the F1 of the multisets of lower-case words; on the second, segment F1 is over all segments that a
reader should keep or leave out. Refused pages count as empty. A page is halved when less than half
the words are kept that trafilatura keeps. Rules and numbers are fitted by looking at one half of
the pages only (by a hash of the address); the other half is printed apart. --worst lists the pages
of that first half that are read worst.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import lxml.html
import trafilatura
from readability import Document as ReadabilityDocument

from bot.errors import ArticleRefused
from bot.ingest.extract.charset import decode
from bot.ingest.extract.extract import extract
from bot.ingest.extract.html.html import declared_charset
from bot.text.normalize import normalize

DEFAULT = Path(__file__).parent.parent.parent / "shared" / "data" / "pages"
HALVED_WORDS = 20  # of trafilatura's: shares of less say nothing
PROCESSES = 2
_WORD = re.compile(r"\w+")


class Page(NamedTuple):
    """A page and what should be kept: its text, or segments that must or must not be."""

    file: Path
    url: str
    text: str
    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]

    @property
    def looked_at(self) -> bool:
        """Whether the page is of the half that rules are fitted on."""
        return hashlib.sha256(self.url.encode()).digest()[0] % 2 == 0


@dataclass(frozen=True)
class Reading:
    """What one reader kept of a page; ``refusal`` says why it kept nothing."""

    text: str
    refusal: str = ""


Reader = Callable[[bytes, str], Reading]


def read_by_footnote(data: bytes, url: str) -> Reading:
    """As the bot does, without the process around it."""
    try:
        return Reading(extract(data, "page.html", address=url).text)
    except ArticleRefused as refusal:
        return Reading("", refusal.message)


def read_by_trafilatura(data: bytes, url: str) -> Reading:
    """As it comes, but for the readers' comments, which no page of either set wants."""
    return Reading(trafilatura.extract(data, url=url, include_comments=False) or "")


def read_by_readability(data: bytes, url: str) -> Reading:
    """Its summary's text; the charset is ours, because its own fails on some pages."""
    try:
        text = decode(data, declared_charset(data)).text
        summary = ReadabilityDocument(text, url=url).summary(html_partial=True)
        return Reading(" ".join(lxml.html.fromstring(summary).itertext()))
    except Exception as error:  # noqa: BLE001 - whatever it raises on a page, it keeps nothing
        return Reading("", repr(error))


READERS: dict[str, Reader] = {
    "Footnote": read_by_footnote,
    f"trafilatura {trafilatura.__version__}": read_by_trafilatura,
    "readability-lxml": read_by_readability,
}


def main() -> None:
    """Reads every page with every reader."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--worst", type=int, default=0)
    options = parser.parse_args()
    if not (options.folder / "benchmark.jsonl").is_file():
        sys.exit(f"{options.folder} holds no benchmark.jsonl: name a folder that does.")
    sets = {name: load(options.folder, name) for name in ("benchmark", "eval")}
    pages = [page for part in sets.values() for page in part]
    readings = read_all(pages)
    halves = {"looked at": True, "only counted": False}
    print("| pages | reader | F1 | refused | halved |\n|---|---|---|---|---|")
    for name, part in sets.items():
        print_figures(f"{name}, all {len(part)}", part, readings)
        for half, looked_at in halves.items():
            chosen = [page for page in part if page.looked_at == looked_at]
            print_figures(f"{name}, {half}: {len(chosen)}", chosen, readings)
    if options.worst:
        print_worst([page for page in pages if page.looked_at], readings, options.worst)


def load(folder: Path, name: str) -> list[Page]:
    """The pages of one list."""
    lines = (folder / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [
        Page(
            folder / row["file"],
            row["url"],
            row.get("text", ""),
            tuple(row.get("with", ())),
            tuple(row.get("without", ())),
        )
        for row in map(json.loads, lines)
    ]


Readings = dict[str, dict[Path, Reading]]


def read_all(pages: Sequence[Page]) -> Readings:
    """What each reader keeps of each page, by the reader's name and the page's file."""
    with ProcessPoolExecutor(PROCESSES) as pool:
        return {
            name: dict(
                zip(
                    (p.file for p in pages),
                    pool.map(partial(_read, name), pages, chunksize=8),
                    strict=True,
                )
            )
            for name in READERS
        }


def _read(name: str, page: Page) -> Reading:
    return READERS[name](gzip.decompress(page.file.read_bytes()), page.url)


def print_figures(label: str, pages: Sequence[Page], readings: Readings) -> None:
    """One row for each reader."""
    reference = readings[list(READERS)[1]]
    for name, own in readings.items():
        texts = [own[page.file].text for page in pages]
        score = word_f1(pages, texts) if pages[0].text else segment_f1(pages, texts)
        refused = sum(bool(own[page.file].refusal) for page in pages)
        halved = sum(is_halved(own[page.file].text, reference[page.file].text) for page in pages)
        shares = f"{refused} ({refused / len(pages):.1%}) | {halved} ({halved / len(pages):.1%})"
        print(f"| {label} | {name} | {score:.4f} | {shares} |")


def is_halved(text: str, reference: str) -> bool:
    """Whether a text has less than half the words of the reference; a refused one has none."""
    words, of = len(_WORD.findall(text)), len(_WORD.findall(reference))
    return of >= HALVED_WORDS and 0 < words < of / 2


def word_f1(pages: Sequence[Page], texts: Sequence[str]) -> float:
    """The mean over pages of the F1 of their multisets of words."""
    scores = [_page_f1(page, text) for page, text in zip(pages, texts, strict=True)]
    return sum(scores) / len(scores)


def _page_f1(page: Page, text: str) -> float:
    kept, wanted = (Counter(_WORD.findall(words.lower())) for words in (text, page.text))
    common = (kept & wanted).total()
    return 2 * common / (kept.total() + wanted.total()) if common else 0.0


def segment_f1(pages: Sequence[Page], texts: Sequence[str]) -> float:
    """The F1 over all segments of all pages."""
    right = wrong = wanted = 0
    for page, text in zip(pages, texts, strict=True):
        right += _kept(page.wanted, text)
        wrong += _kept(page.unwanted, text)
        wanted += len(page.wanted)
    return 2 * right / (right + wrong + wanted)


def _kept(segments: Iterable[str], text: str) -> int:
    plain = _plain(text)
    return sum(_plain(segment) in plain for segment in segments)


def _plain(text: str) -> str:
    """In one line, without what nobody sees, such as soft hyphens."""
    return " ".join(normalize(text).split())


def print_worst(pages: Sequence[Page], readings: Readings, number: int) -> None:
    """The pages that Footnote reads worst, with what is wrong."""
    own = readings["Footnote"]

    def score(page: Page) -> float:
        text = own[page.file].text
        return _page_f1(page, text) if page.text else segment_f1([page], [text])

    for page in sorted(pages, key=score)[:number]:
        print(
            f"{score(page):.3f} {page.file.parent.name}/{page.file.name} {page.url}",
            own[page.file].refusal,
        )


if __name__ == "__main__":
    main()
