"""What is taken and what is refused, before any row is written (misuse 1-9, 12, 16, 19-20)."""

import io

import pytest

from oer.core.errors import Invalid, NoSpace, OerError, TooLarge, Unavailable, Unprocessable, UnsupportedType
from oer.files.models import ScanState
from tests.backends.extraction import archive_factories as archives
from tests.backends.extraction.pdf_factories import encrypted_pdf
from tests.files.factories import FixedScanner, a_pdf, receiving, spooled


def refused(storage, content, name, error, code, **options):
    with pytest.raises(error) as caught, receiving(storage, content, name, **options):
        pass
    assert caught.value.code == code
    assert str(caught.value)
    assert list(storage.contents()) == []
    assert spooled(storage) == []
    return caught.value


def test_a_received_file_is_in_the_store_with_its_type_and_clean_name(storage):
    with receiving(storage, a_pdf(), "../Đề\r\n thi.pdf") as received:
        assert received.name == "Đề thi.pdf"
        assert received.media_type == "application/pdf"
        assert received.size == len(a_pdf())
        assert b"".join(storage.read(received.sha256)) == a_pdf()
    assert spooled(storage) == []


def test_an_empty_file_is_refused(storage):
    refused(storage, b"", "a.pdf", Unprocessable, "empty_file")


def test_exactly_the_limit_is_taken_and_one_byte_more_is_not(storage):
    with receiving(storage, a_pdf(), limit=len(a_pdf())) as received:
        assert received.size == len(a_pdf())
    storage.delete(received.sha256)
    error = refused(storage, a_pdf(), "a.pdf", TooLarge, "too_large", limit=len(a_pdf()) - 1)
    assert error.status == 413


def test_an_upload_of_another_length_than_announced_is_refused(storage):
    refused(storage, a_pdf(), "a.pdf", Invalid, "cut_off", expected=len(a_pdf()) + 1)


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"<html><body>hello</body></html>", "html_named.pdf", "type_mismatch"),
        (b"MZ\x90\0" + bytes(200), "exe_named.pdf", "type_mismatch"),
        (b"MZ\x90\0" + bytes(200), "exe_named.txt", "type_mismatch"),
        (b"MZ\x90\0" + bytes(200), "virus.exe", "type_unknown"),
        (bytes(100), "nothing", "type_unknown"),
    ],
)
def test_what_is_not_what_it_says_is_of_the_wrong_type(storage, content, name, code):
    assert refused(storage, content, name, UnsupportedType, code).status == 415


def test_a_mismatch_says_what_the_file_is(storage):
    error = refused(storage, a_pdf(), "bài.docx", UnsupportedType, "type_mismatch")
    assert error.values == {"named": "DOCX", "found": "PDF", "right": "pdf"}


@pytest.mark.parametrize(
    ("content", "name", "kind", "advice"),
    [
        (b"8BPS" + bytes(60), "poster.psd", "Tệp của chương trình đồ họa", "PNG"),
        (b"\x1a\x45\xdf\xa3" + bytes(60), "phim.mkv", "Phim", "MP4"),
        (b"MZ" + bytes(60), "cai-dat.exe", "Chương trình", "địa chỉ"),
    ],
)
def test_a_refusal_names_what_came_and_what_is_taken_and_what_to_do(storage, content, name, kind, advice):
    values = refused(storage, content, name, UnsupportedType, "type_unknown").values
    assert values["ending"] == name.rpartition(".")[2]
    assert kind in values["kind"]["vi"]
    assert advice in values["advice"]["vi"]
    for language in ("vi", "en"):
        assert all(each in values["taken"][language] for each in ("PDF", "DOCX", "PPSX", "RAR", "H5P"))
        assert values["kind"][language]
        assert values["advice"][language]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (a_pdf(), "de.cuong", ("cuong", "PDF", ".pdf")),
        (b"\x01\x02" * 40, "bai.qqq", ("qqq", "ZIP")),
        (b"\x01\x02" * 40, "bai", ("PDF", "ZIP")),
        (b"\x01\x02" * 40, "bai.pdf", ("PDF",)),
    ],
)
def test_a_refusal_of_what_nobody_knows_says_what_to_do(storage, content, name, said):
    code = "type_mismatch" if name.endswith("pdf") else "type_unknown"
    error = refused(storage, content, name, UnsupportedType, code)
    assert all(each in str(error) for each in said)
    assert "H5P" in error.values["taken"]["vi"]


@pytest.mark.parametrize(
    ("given", "name"),
    [("TS. Trần Văn B - Giáo trình", "TS. Trần Văn B - Giáo trình.pdf"), ("bai", "bai.pdf"), ("v1.2", "v1.2.pdf")],
)
def test_a_name_without_an_ending_gets_that_of_its_kind(storage, given, name):
    with receiving(storage, a_pdf(), given) as received:
        assert received.name == name


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (archives.flat_bomb, "archive_limit"),
        (archives.nested_bomb, "archive_limit"),
        (archives.quoted_overlap, "archive_limit"),
        (archives.one_big_member, "archive_limit"),
        (archives.many_entries, "archive_limit"),
        (archives.symlink, "archive_unsafe"),
        (lambda: archives.raw_zip([archives.member("../slip", b"x")]), "archive_unsafe"),
        (lambda: archives.raw_zip([archives.member("a", b"x")] * 2), "archive_unsafe"),
        (lambda: archives.zip_of({"a": "x" * 999})[:50], "damaged"),
    ],
)
def test_a_hostile_archive_is_refused(storage, make, code):
    refused(storage, make(), "tài liệu.zip", Unprocessable, code)


@pytest.mark.parametrize(("make", "name"), [(encrypted_pdf, "a.pdf"), (archives.encrypted, "a.zip")])
def test_what_wants_a_password_is_taken(storage, make, name):
    with receiving(storage, make(), name) as received:
        assert received.size


def test_malware_is_refused_and_named(storage):
    scanner = FixedScanner("infected", "Eicar")
    error = refused(storage, a_pdf(), "a.pdf", Unprocessable, "malware", scanner=scanner)
    assert error.values == {"finding": "Eicar"}


@pytest.mark.parametrize(
    ("verdict", "state"),
    [("clean", ScanState.CLEAN), ("unavailable", ScanState.WAITING), ("unscanned", ScanState.UNSCANNED)],
)
def test_what_the_scanner_says_is_kept_and_its_silence_does_not_stop_saving(storage, verdict, state):
    with receiving(storage, a_pdf(), scanner=FixedScanner(verdict)) as received:
        assert received.scan_state is state


def test_a_client_that_goes_away_leaves_nothing(storage):
    class Cut(io.RawIOBase):
        def read(self, size=-1):
            raise ConnectionResetError

    from oer.backends.scanning import NoScanner
    from oer.files.services.ingest import receive

    with pytest.raises(ConnectionResetError), receive(storage, NoScanner(), Cut(), "a.pdf", limit=10):
        pass
    assert spooled(storage) == []


@pytest.mark.parametrize(
    ("broken", "error", "status"),
    [("NoSpace", NoSpace, 507), ("StoreFailed", OerError, 500), ("StorageError", Unavailable, 503)],
)
def test_a_store_that_cannot_take_it_says_so(storage, monkeypatch, broken, error, status):
    from oer.backends import storage as stores

    def fail(*_, **__):
        raise getattr(stores, broken)("no")

    monkeypatch.setattr(storage, "keep", fail)
    with pytest.raises(error) as caught, receiving(storage, a_pdf()):
        pass
    assert caught.value.status == status
    assert spooled(storage) == []
