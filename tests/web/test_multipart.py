"""Forms with files are read part by part, as they arrive."""

import io
import tracemalloc

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.test import EnvironBuilder, encode_multipart

from oer.core.errors import Invalid, TooLarge, UnsupportedType
from oer.web.multipart import MAX_FIELD_BYTES, MAX_PARTS, body_stream, form_parts

app = Flask(__name__)
BOUNDARY = "b0undary"


def body_of(**fields) -> bytes:
    return encode_multipart(fields, boundary=BOUNDARY)[1]


def read(body: bytes, content_type: str = f"multipart/form-data; boundary={BOUNDARY}") -> list[tuple]:
    with app.test_request_context("/", method="POST", data=body, content_type=content_type):
        return [(part.name, part.file_name, b"".join(iter(part.read, b""))) for part in form_parts()]


def file(content: bytes, name: str = "bài.pdf"):
    return FileStorage(io.BytesIO(content), name)


def test_fields_and_files_come_in_their_order():
    body = body_of(token="abc", files=file(b"\r\n--b0und\r\n\x00tail"), after="Đề thi")
    assert read(body) == [
        ("token", None, b"abc"),
        ("files", "bài.pdf", b"\r\n--b0und\r\n\x00tail"),
        ("after", None, "Đề thi".encode()),
    ]


def test_what_is_not_read_is_passed_over():
    body = body_of(files=file(b"x" * 700_000), after="1")
    with app.test_request_context(
        "/", method="POST", data=body, content_type=f"multipart/form-data; boundary={BOUNDARY}"
    ):
        assert [part.name for part in form_parts()] == ["files", "after"]


@pytest.mark.parametrize("cut", [10, 60, 200, 1000])
def test_a_form_that_is_cut_off_is_refused(cut):
    body = body_of(files=file(b"x" * 2000))
    with pytest.raises(Invalid) as caught:
        read(body[:cut])
    assert caught.value.code == "cut_off"


@pytest.mark.parametrize(
    "content_type", ["application/json", "multipart/form-data", "multipart/form-data; boundary=", ""]
)
def test_what_is_no_form_with_files_is_refused(content_type):
    with pytest.raises(UnsupportedType):
        read(b"{}", content_type)


def test_a_field_has_an_end():
    body = body_of(name="x" * (MAX_FIELD_BYTES + 1))
    with (
        app.test_request_context(
            "/", method="POST", data=body, content_type=f"multipart/form-data; boundary={BOUNDARY}"
        ),
        pytest.raises(TooLarge),
    ):
        [part.text() for part in form_parts()]


def test_a_field_is_text_whatever_came():
    body = body_of(name="MARK").replace(b"MARK", b"a\0\xffb")
    with app.test_request_context(
        "/", method="POST", data=body, content_type=f"multipart/form-data; boundary={BOUNDARY}"
    ):
        assert [part.text() for part in form_parts()] == ["a\ufffdb"]


def test_a_form_has_an_end():
    body = body_of(**{f"f{number}": "" for number in range(MAX_PARTS + 1)})
    with pytest.raises(RequestEntityTooLarge):
        read(body)


def test_a_form_without_its_boundary_is_not_collected():
    with pytest.raises(RequestEntityTooLarge):
        read(b"x" * 3_000_000)


def test_neither_a_form_nor_a_body_of_any_length_is_held_in_memory():
    size = 60 * 1024**2
    head, tail = body_of(files=file(b"SPLIT")).split(b"SPLIT")

    class Long:
        left = size

        def __init__(self):
            self.head, self.tail = io.BytesIO(head), io.BytesIO(tail)

        def read(self, count=-1):
            if block := self.head.read(count):
                return block
            block = b"a" * min(count, self.left)
            self.left -= len(block)
            return block or self.tail.read(count)

    environ = EnvironBuilder(method="POST").get_environ() | {"wsgi.input": Long(), "wsgi.input_terminated": True}
    environ["CONTENT_TYPE"] = f"multipart/form-data; boundary={BOUNDARY}"
    tracemalloc.start()
    with app.request_context(environ):
        assert sum(len(block) for part in form_parts() for block in iter(part.read, b"")) == size
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 1024**2


def test_a_body_larger_than_forms_may_be_can_be_read_as_it_is():
    app.config["MAX_CONTENT_LENGTH"] = 10
    try:
        with app.test_request_context("/", method="POST", data=b"x" * 100):
            assert body_stream().read() == b"x" * 100
    finally:
        app.config["MAX_CONTENT_LENGTH"] = None
