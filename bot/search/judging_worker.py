"""The code inside a judging process: calls of functions in, what they return out, with the bot.

Once warm, it opens no connection, starts no process and writes no file (``confinement``).
"""

from __future__ import annotations

import os
import threading
from queue import SimpleQueue
from typing import BinaryIO

from threadpoolctl import threadpool_limits

from bot.child_process import calls, frames
from bot.child_process.confinement import confine, leave_network, take_over_pipes
from bot.search.sentence_encoder import encode


def main() -> None:
    """Serve requests until standard input ends."""
    requests, answers = take_over_pipes()
    settings = frames.load(frames.receive(requests))
    threadpool_limits(1, user_api="blas")  # each process has its core
    encode(["The weights are loaded once."])
    leave_network()  # needs a process of one thread
    queue: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(requests, queue), daemon=True).start()
    confine(memory_mb=settings["memory_mb"], cpu_s=None)
    frames.send(answers, frames.dump({"kind": "ready"}))
    while True:
        calls.answer(queue.get(), answers)


def _listen(stream: BinaryIO, queue: SimpleQueue[bytes]) -> None:
    """Queue the bot's requests, in a thread: so the process exits with the bot."""
    try:
        while True:
            queue.put(frames.receive(stream))
    finally:
        os._exit(0)
