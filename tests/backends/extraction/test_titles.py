"""Titles that files bring: those that a program wrote by itself are none."""

import pytest

from oer.backends.extraction.titles import without_program


@pytest.mark.parametrize(
    "title",
    [
        "Lab02.docx",
        "Bài giảng chương 1.pptx",
        "Microsoft Word - x.doc",
        "Microsoft PowerPoint - Bai 3.ppt",
        "de-thi (2).pdf",
        "Presentation1",
        "PowerPoint Presentation",
        "Document1",
        "Book1",
        "Untitled-1",
        "untitled document",
        "Slide 1",
        "Bản trình bày PowerPoint",
        "Tài liệu 2",
        "Microsoft Word",
        "CamScanner 01-02-2023 10.22",
        "",
    ],
)
def test_what_a_program_wrote_is_no_title(title):
    assert without_program(title) == ""


@pytest.mark.parametrize(
    "title",
    [
        "Sổ tay",
        "Tài liệu ôn tập 2",
        "Slide bài giảng",
        "Lập trình web với Node.js",
        "Bài 1.",
        "Book of Kells",
        "Excel cho người mới",
        "TS. Doc",
        "Documents 2020 (Vol. 2)",
    ],
)
def test_what_somebody_wrote_is_one(title):
    assert without_program(title) == title


def test_what_a_program_put_before_a_title_is_left_out():
    assert without_program("Microsoft Word - Sổ tay") == "Sổ tay"
