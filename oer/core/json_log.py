"""Logs for machines: one JSON object a line, with the id of the request that a line belongs to."""

import logging
from contextvars import ContextVar
from typing import TextIO

from pythonjsonlogger.json import JsonFormatter

TEXT_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_FIELDS = "%(levelname)s %(name)s %(message)s %(process)d %(threadName)s %(request_id)s"
_NAMES = {"levelname": "level", "name": "logger", "threadName": "thread"}
request_id: ContextVar[str] = ContextVar("request_id", default="")


class _WithRequestId(logging.Filter):
    """Gives every record the id of the request that its thread is answering; empty outside of requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


def log_handler(log_format: str, stream: TextIO | None = None) -> logging.Handler:
    """Return a handler that writes to a stream (else to standard error): `text` for people, `json` for machines."""
    handler = logging.StreamHandler(stream)
    handler.addFilter(_WithRequestId())
    if log_format == "json":
        handler.setFormatter(JsonFormatter(_FIELDS, rename_fields=_NAMES, timestamp=True, json_ensure_ascii=False))
    else:
        handler.setFormatter(logging.Formatter(TEXT_FORMAT))
    return handler


def configure_logging(log_format: str, level: str) -> None:
    """Have this process log to standard error."""
    logging.basicConfig(handlers=[log_handler(log_format)], level=level)
