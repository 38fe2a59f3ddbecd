"""The client for model servers, and the only user of the openai SDK.

``client`` sends requests, ``dialect`` learns which parameters a server accepts, ``chunks`` parses
its stream, ``error_translation`` turns its errors into ours, ``profile`` keeps what is known of its
models.
"""

from bot.llm.chunks import Chunk, FinishReason
from bot.llm.client import EmbeddingResponse, Model, ModelServer
from bot.llm.dialect import Message, Schema
from bot.llm.error_translation import RATE_LIMIT_S, TextsRefused, translate_error
from bot.llm.metering import Meter, NoMeter
from bot.llm.profile import Profiles

__all__ = [
    "RATE_LIMIT_S",
    "Chunk",
    "EmbeddingResponse",
    "FinishReason",
    "Message",
    "Meter",
    "Model",
    "ModelServer",
    "NoMeter",
    "Profiles",
    "Schema",
    "TextsRefused",
    "translate_error",
]
