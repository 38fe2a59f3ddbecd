"""The only door to a model's server, and to the openai SDK.

``client`` asks it, ``dialect`` learns what it takes, ``chunks`` reads what it streams, ``failures``
puts its errors into words, ``profile`` keeps what is known of its models.
"""

from bot.llm.chunks import Chunk
from bot.llm.client import EmbeddingResponse, Model, ModelServer
from bot.llm.dialect import Message
from bot.llm.error_translation import RATE_LIMIT_S, TextsRefused, translate_error
from bot.llm.metering import Meter, NoMeter
from bot.llm.profile import Profiles

__all__ = [
    "RATE_LIMIT_S",
    "Chunk",
    "EmbeddingResponse",
    "Message",
    "Meter",
    "Model",
    "ModelServer",
    "NoMeter",
    "Profiles",
    "TextsRefused",
    "translate_error",
]
