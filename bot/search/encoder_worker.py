"""The code inside an encoder process: sentences in, their vectors out, until the bot ends.

Once warm, it opens no connection, starts no process and writes no file (``confinement``).
"""

from __future__ import annotations

import os
import threading
from queue import SimpleQueue
from typing import BinaryIO

from threadpoolctl import threadpool_limits

from bot.child_process import frames
from bot.child_process.confinement import confine, leave_network, take_over_pipes
from bot.search.sentence_encoder import encode


def main() -> None:
    """Serve requests until standard input ends."""
    requests, answers = take_over_pipes()
    settings = frames.load(frames.receive(requests))
    threadpool_limits(1, user_api="blas")  # each process has its core
    encode(["The weights are loaded once."])
    leave_network()  # needs a process of one thread
    queue: SimpleQueue[list[str]] = SimpleQueue()
    threading.Thread(target=_listen, args=(requests, queue), daemon=True).start()
    confine(memory_mb=settings["memory_mb"], cpu_s=None)
    frames.send(answers, frames.dump({"kind": "ready"}))
    while True:
        frames.send(answers, encode(queue.get()).tobytes())


def _listen(stream: BinaryIO, queue: SimpleQueue[list[str]]) -> None:
    """Queue the bot's requests, in a thread: so the process exits with the bot."""
    try:
        while True:
            queue.put(frames.load(frames.receive(stream))["texts"])
    finally:
        os._exit(0)
