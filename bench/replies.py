"""How much of what real small models wrote is read: sentences, and those with marks of their own.

    python -m bench.replies [--texts]

Reads ``../shared/data/replies``: texts of small models, in two ways of asking. Which passages they
were shown is not recorded; the numbers tell that there were 12 at most, each with 12 sentences or
more, so every mark within that counts as one that stands for something.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from bot.answer.writing.sentence_stream import SentenceStream
from bot.records import Sentence, StoredPassage, Submitter

REPLIES = Path(__file__).parents[2] / "shared" / "data" / "replies" / "replies.jsonl"
PASSAGES, SENTENCES = 12, 20
WIDTH = 10  # characters of a sentence


def find(passage: int, sentence: int) -> tuple[StoredPassage, Sentence] | None:
    """A passage of blank sentences for every number that may have been shown."""
    if not (1 <= passage <= PASSAGES and 1 <= sentence <= SENTENCES):
        return None
    sentences = tuple(Sentence(i * WIDTH, (i + 1) * WIDTH - 1) for i in range(SENTENCES))
    found = StoredPassage(
        id=passage, article_id=passage, version_id=passage, version=1, title="", url=None,
        author=None, published=None, submitter=Submitter(), added="", position=0, start=0,
        end=SENTENCES * WIDTH, page=None, heading="", text="x" * SENTENCES * WIDTH,
        sentences=sentences,
    )  # fmt: skip
    return found, sentences[sentence - 1]


def main() -> None:
    """Prints a line for each model and way of asking."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", action="store_true", help="print what was read")
    arguments = parser.parse_args()
    if not REPLIES.is_file():
        print("skipped: ../shared/data/replies is not there")
        return
    counts: dict[tuple[str, str], Counter[str]] = {}
    for line in REPLIES.read_text("utf-8").splitlines():
        reply = json.loads(line)
        count = counts.setdefault((reply["model"], reply["variant"]), Counter())
        stream = SentenceStream(find)
        written = stream.feed(reply["text"])
        written += stream.finish_truncated() if reply["finish"] == "length" else stream.finish()
        count["replies"] += 1
        count["sentences"] += len(written)
        count["cited"] += sum(bool(one.spans) for one in written)
        count["offered"] += sum(bool(one.candidate_spans) for one in written)
        count["refused"] += stream.refused
        if arguments.texts:
            print(f"\n{reply['model']} {reply['variant']}: {reply['q']}")
            for one in written:
                print(f"  {len(one.spans)} {len(one.candidate_spans)} {one.text}")
    for (model, variant), count in sorted(counts.items()):
        print(f"{model} {variant}: " + ", ".join(f"{n} {what}" for what, n in count.items()))


if __name__ == "__main__":
    main()
