"""Jupyter notebooks: texts, code and outputs, as text and as pictures."""

import base64
import io
import json

import pytest

from oer.backends.extraction import media_types as types
from oer.backends.extraction.formats.image import read_data_uri
from oer.backends.extraction.protocol import Damaged
from tests.backends.extraction.document_factories import png

PICTURE = base64.b64encode(png()).decode()


def notebook(*cells, **more):
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}, ensure_ascii=False)


def markdown(source, **more):
    return {"cell_type": "markdown", "metadata": {}, "source": source, **more}


def code(source, *outputs):
    return {"cell_type": "code", "metadata": {}, "execution_count": 1, "source": source, "outputs": outputs}


def shown(**data):
    return {"output_type": "display_data", "metadata": {}, "data": {key.replace("_", "/"): data[key] for key in data}}


@pytest.mark.parametrize(
    ("cell", "html"),
    [
        (markdown(["# Vòng lặp\n", "một **hai**"]), "<h1>Vòng lặp</h1>\n<p>một <strong>hai</strong></p>"),
        (code("if a < b:\n    x()"), "<pre><code>if a &lt; b:\n    x()</code></pre>"),
        (code("", {"output_type": "stream", "text": ["một\n", "\x1b[31mhai\x1b[0m\n"]}), "<pre>một\nhai</pre>"),
        (code("", shown(text_plain="<5>")), "<pre>&lt;5&gt;</pre>"),
        (code("", shown(text_html=["<p>xin ", "chào<script>x()</script>"], text_plain="x")), "<p>xin chào</p>"),
        (code("", {"output_type": "error", "ename": "ValueError", "evalue": "sai"}), "<pre>ValueError: sai</pre>"),
    ],
)
def test_a_cell_is_shown_as_what_it_is(read_here, cell, html):
    assert html in read_here(notebook(cell), types.NOTEBOOK).html


def test_a_formula_of_a_notebook_is_mathml(read_here):
    found = read_here(notebook(markdown("$\\frac{a}{b}$")), types.NOTEBOOK)
    assert "<mfrac>" in found.html
    assert found.texts == ["a/b"]


@pytest.mark.parametrize(
    "cell",
    [
        code("", shown(image_png=f"{PICTURE[:60]}\n{PICTURE[60:]}\n", text_plain="hình vẽ")),
        code("", shown(image_png=[f"{PICTURE[:60]}\n", PICTURE[60:]])),
        markdown("![hình](attachment:a.png)", attachments={"a.png": {"image/png": PICTURE}}),
        markdown(f"![hình](data:image/png;base64,{PICTURE})"),
    ],
    ids=["output", "output in lines", "attachment", "data"],
)
def test_pictures_of_a_notebook_are_read_out_of_it_by_their_place(read_here, cell):
    content = notebook(markdown("đ"), cell)
    found = read_here(content, types.NOTEBOOK)
    name = found.html.partition("member:")[2].partition('"')[0]
    assert read_data_uri(io.BytesIO(content.encode()), name) == ("image/png", png())


def test_a_picture_of_a_notebook_that_cannot_be_decoded_is_not_shown(read_here):
    broken = base64.b64encode(b"no picture").decode()
    assert "member:" not in read_here(notebook(code("x", shown(image_png=broken))), types.NOTEBOOK).html


def test_a_place_that_is_no_picture_gives_none():
    assert read_data_uri(io.BytesIO(b"[1, 2]"), "json-0-6.png") is None


def test_a_notebook_of_version_3_is_read(read_here):
    old = {
        "worksheets": [
            {
                "cells": [
                    {"cell_type": "heading", "level": 2, "source": ["Bài cũ"]},
                    {"cell_type": "code", "input": ["1 + 1"], "outputs": [{"output_type": "pyout", "text": ["2"]}]},
                ]
            }
        ],
        "nbformat": 3,
    }
    assert read_here(json.dumps(old), types.NOTEBOOK).html == "<h2>Bài cũ</h2><pre><code>1 + 1</code></pre><pre>2</pre>"


@pytest.mark.parametrize("content", ["{", "[1]", '{"cells": ' + "[" * 100_000])
def test_what_is_no_notebook_is_damaged(read_here, content):
    with pytest.raises(Damaged):
        read_here(content, types.NOTEBOOK)


def test_a_notebook_of_odd_values_has_no_text(read_here):
    odd = notebook(1, {"cell_type": "code", "outputs": [1, {"data": 5}, {"data": {"text/plain": {}}}], "source": 5})
    assert not "".join(read_here(odd, types.NOTEBOOK).texts)
