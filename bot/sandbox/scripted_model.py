"""A scripted model, to see how a written answer streams in without having a model.

It is no language model: a server on loopback with OpenAI's protocol that repeats the sentences of
its prompt that share most words with the question, and marks them as a model would; of a text that
it is to sum up, the longest. All else that a model is asked for (suggestions, a rewritten question)
gets an empty reply, and the bot goes on without it.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from bot.answer.writing.citation_markers import SENTINEL
from bot.search.query_terms import content_terms
from bot.text.tokenize import index_terms

MODEL_NAME = "scripted"
SENTENCES = 3
WORD_S = 0.06  # some 16 words a second, as a quick model writes
NUMBERED = re.compile(r"^\[(\d+\.\d+)\] (.+)$", re.MULTILINE)
QUESTION = re.compile(r"^Question: (.+)\Z", re.MULTILINE | re.DOTALL)
ADDED = re.compile(r"(?<=\S)\s*\([^()]*\)\s*$")  # to a question: its context, or how to answer
SHARED = 0.75  # of a question's words that a sentence must have, for it to answer


@asynccontextmanager
async def scripted_model(host: str) -> AsyncIterator[str]:
    """Runs the server until the block ends; gives its address, for OPENAI_BASE_URL."""
    app = web.Application()
    app.router.add_post("/v1/chat/completions", _complete)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, 0).start()
    try:
        yield f"http://{host}:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()


def write_answer(prompt: str) -> str:
    """What the script says to a prompt: sentences of it with their marks, or nothing."""
    sentences = NUMBERED.findall(prompt)
    question = QUESTION.search(prompt)
    if question is None:  # to be summed up, or nothing that it can do
        longest = sorted(sentences, key=lambda sentence: -len(sentence[1]))[:SENTENCES]
        return "\n".join(f"{text} [{mark}]" for mark, text in sentences if (mark, text) in longest)
    question_stems = _stems(" ".join(content_terms(ADDED.sub("", question[1]))))
    shared = {mark: len(question_stems & _stems(text)) for mark, text in sentences}
    most = max(shared.values(), default=0)
    if most < SHARED * len(question_stems) or not most:
        return SENTINEL
    best = sorted(sentences, key=lambda sentence: -shared[sentence[0]])[:SENTENCES]
    return "\n".join(f"{text} [{mark}]" for mark, text in best if shared[mark] == most)


def _stems(text: str) -> set[str]:
    return {stem for _, stem in index_terms(text)}


async def _complete(request: web.Request) -> web.StreamResponse:
    body = await request.json()
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for word in re.findall(r"\s*\S+", write_answer(body["messages"][-1]["content"])):
        await response.write(_event({"content": word}))
        await asyncio.sleep(WORD_S)
    await response.write(_event({}, finish="stop"))
    await response.write(b"data: [DONE]\n\n")
    return response


def _event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    """A chunk of a streamed completion, as a server-sent event."""
    chunk = {
        "id": "scripted",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": MODEL_NAME,
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"
