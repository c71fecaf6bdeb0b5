"""The parts of a multipart form as they arrive: no file is held in memory or written twice."""

import sys
from collections.abc import Iterator

from flask import request
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from oer.backends.storage import Arriving, Readable
from oer.core.errors import Invalid, TooLarge, UnsupportedType
from oer.core.i18n import N_

READ_BLOCK_BYTES = 256 * 1024
MAX_PARTS = 1000
MAX_FIELD_BYTES = 100_000
_NOT_A_FORM = N_("This is not a form with files.")
_CUT_OFF = N_("The upload broke off before its end. Please try again.")
_LONG_FIELD = N_("A field of this form is too long.")


class FormPart:
    """A field or a file of a form. It can be read once, before the next part is requested."""

    def __init__(self, form: "_MultipartReader", event: Field | File) -> None:
        self.name = event.name or ""
        self.file_name = event.filename if isinstance(event, File) else None
        self._form = form
        self._more = True

    def read(self, size: int = -1, /) -> bytes:  # noqa: ARG002 (a block is as small as any caller wants)
        """Return a block of the part's content, b"" at its end. Raises Invalid if the form ends before it does."""
        while self._more:
            event = self._form.next_event()
            if not isinstance(event, Data):
                raise Invalid(_NOT_A_FORM, code="not_a_form")
            self._more = event.more_data
            if event.data:
                return event.data
        return b""

    def text(self) -> str:
        """Return the whole of a short part as text, without NUL. Raises TooLarge above MAX_FIELD_BYTES."""
        content = b""
        while block := self.read():
            content += block
            if len(content) > MAX_FIELD_BYTES:
                raise TooLarge(_LONG_FIELD)
        return content.decode("utf-8", "replace").replace("\0", "")


class _MultipartReader:
    def __init__(self, stream: Readable, boundary: bytes) -> None:
        self._stream = stream
        # Content is handed on at once, so what is held is a preamble or headers: a few blocks are plenty.
        self._decoder = MultipartDecoder(boundary, max_form_memory_size=4 * READ_BLOCK_BYTES, max_parts=MAX_PARTS)

    def next_event(self) -> Event:
        try:
            while isinstance(event := self._decoder.next_event(), NeedData):
                self._decoder.receive_data(self._stream.read(READ_BLOCK_BYTES) or None)
        except ValueError as error:
            raise Invalid(_CUT_OFF, code="cut_off") from error
        return event

    def parts(self) -> Iterator[FormPart]:
        while not isinstance(event := self.next_event(), Epilogue):
            if isinstance(event, Field | File):
                part = FormPart(self, event)
                yield part
                while part.read():
                    continue


def form_parts() -> Iterator[FormPart]:
    """Yield the parts of this request's form as they arrive. Nothing may have accessed `request.form` before.

    The size is not limited here; each reader sets a limit. Raises UnsupportedType for a body that is not
    multipart/form-data, Invalid with code cut_off when it ends too soon, RequestEntityTooLarge for more than 1,000
    parts or for headers without an end.
    """
    kind, options = parse_options_header(request.headers.get("Content-Type", ""))
    boundary = options.get("boundary", "")
    if kind != "multipart/form-data" or not boundary:
        raise UnsupportedType(_NOT_A_FORM, code="not_a_form")
    return _MultipartReader(body_stream(), boundary.encode("latin-1", "replace")).parts()


def body_stream() -> Readable:
    """Return this request's body as a stream of any length: the reader sets the limit."""
    arrived = request.environ["wsgi.input"]
    if isinstance(arrived, Arriving):
        return arrived  # as it is, so that the store can take its file over
    request.max_content_length = sys.maxsize  # None would mean the application's limit for forms
    stream: Readable = request.stream
    return stream
