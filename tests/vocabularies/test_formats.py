"""The format of a file follows from its media type."""

import pytest

from oer.vocabularies import vocabularies


@pytest.mark.parametrize(
    ("media_type", "code"),
    [
        ("application/pdf", "pdf"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "document"),
        ("text/csv", "spreadsheet"),
        ("text/markdown", "text"),
        ("image/svg+xml", "image"),
        ("audio/ogg", "audio"),
        ("video/mp4", "video"),
        ("application/octet-stream", "other"),
        ("text/vtt", "text"),
        ("application/vnd.ms-excel.sheet.macroEnabled.12", "spreadsheet"),
        ("", "other"),
    ],
)
def test_a_media_type_has_a_format(media_type, code):
    assert vocabularies().format_of(media_type) == code
    assert code in vocabularies().formats


def test_no_media_type_is_of_two_formats():
    named = [each for term in vocabularies().formats for each in term.facts["media_types"]]
    assert len(named) == len(set(named))
