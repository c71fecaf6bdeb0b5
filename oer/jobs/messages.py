"""How a job waits in the queue: as JSON. Huey's own way is pickle: whoever can write into the queue runs code by it."""

import json
from typing import Any

from huey.registry import Message
from huey.serializer import Serializer


class JsonMessages(Serializer):  # type: ignore[misc]
    """Writes and reads Huey's messages. Raises ValueError for anything else, which the worker logs and passes over."""

    def _serialize(self, data: Message) -> bytes:
        return json.dumps(data._asdict()).encode()

    def _deserialize(self, data: bytes) -> Message:
        values: Any = json.loads(data)
        if not isinstance(values, dict) or not values.keys() <= set(Message._fields):
            raise ValueError("no message of the queue")
        return Message(**{**values, "args": tuple(values.get("args") or ())})
