"""Searching within a file, without marks and without scripts, and citing a place of it."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from oer.core.installation import Installation
from tests.reading.factories import publish_files, sample
from tests.reading.test_downloads import noted

BOOK = "\n\n".join(
    f"# Phần {number}\n\nMá đứng bếp. Dầu ăn để xa lửa, phần {number} nói. Ma nào đứng bếp?\n\n"
    + "Một câu khác nữa. " * 400
    for number in range(1, 5)
)


@pytest.fixture
def book(session: Session, installation: Installation) -> str:
    material = publish_files(session, installation, ("bếp.md", BOOK.encode()))
    return f"/materials/{material.public_id}/files/1"


def hits_of(page: str) -> list[tuple[str, str, str]]:
    """The address, place and sentence of each hit."""
    found = re.findall(r'<li><a href="([^"]+)" rel="nofollow">(.*?)</a> <span[^>]*>(.*?)</span></li>', page)
    return [
        (unescape(href), re.sub("<[^>]+>", "", place), re.sub("<[^>]+>", "", words)) for href, place, words in found
    ]


def test_words_without_marks_find_sentences_that_have_all_of_them_with_a_link_to_the_place(
    client: FlaskClient, book: str
) -> None:
    hits = hits_of(client.get(f"{book}/find?q=lua dau an").text)
    assert [(place, words) for _, place, words in hits] == [
        (f"Phần {number}", f"Dầu ăn để xa lửa, phần {number} nói.") for number in range(1, 5)
    ]
    page = client.get(hits[2][0]).text
    assert re.search(r'<mark id="hit">Dầu</mark> <mark>ăn</mark> để xa <mark>lửa</mark>, phần 3 nói', page)


def test_each_of_two_hits_on_a_page_has_a_place_of_its_own(client: FlaskClient, book: str) -> None:
    hits = [each for each in hits_of(client.get(f"{book}/find?q=bep").text) if each[1] == "Phần 2"]
    assert [words for _, _, words in hits] == ["Má đứng bếp.", "Ma nào đứng bếp?"]
    pages = [client.get(address).text for address, _, _ in hits]
    assert 'Má đứng <mark id="hit">bếp</mark>' in pages[0]
    assert 'Ma nào đứng <mark id="hit">bếp</mark>' in pages[1]


def test_marks_that_were_typed_count_unless_nothing_is_spelled_so(client: FlaskClient, book: str) -> None:
    assert {words for _, _, words in hits_of(client.get(f"{book}/find?q=má bếp").text)} == {"Má đứng bếp."}
    page = client.get(f"{book}/find?q=mả bếp").text
    assert "đây là những chỗ viết khác dấu" in page
    assert {words for _, _, words in hits_of(page)} == {"Má đứng bếp.", "Ma nào đứng bếp?"}
    assert "Không tìm thấy trong bài này" in client.get(f"{book}/find?q=khủng long").text
    for empty in ("", "?q=", "?q=+", "?q=%22%21"):
        assert client.get(f"{book}/find{empty}").status_code == 200


def test_of_more_hits_than_are_shown_the_rest_follows(client: FlaskClient, book: str) -> None:
    page = client.get(f"{book}/find?q=cau khac").text
    hits = hits_of(page)
    further = unescape(re.search(r'href="([^"]+)" rel="nofollow">Tìm tiếp', page)[1])
    assert {place for _, place, _ in hits} == {"Phần 1"}
    assert {place for _, place, _ in hits_of(client.get(further).text)} == {"Phần 2"}
    beyond = client.get(f"{book}/find?q=cau khac&page={10**20}")  # no number of a database is as large
    assert (beyond.status_code, hits_of(beyond.text)) == (200, [])


def test_markup_in_what_is_looked_for_or_found_is_only_text(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    text = "Mã <script>alert(1)</script> là chữ."
    material = publish_files(session, installation, ("a.txt", text.encode()))
    page = client.get(f"/materials/{material.public_id}/files/1/find", query_string={"q": 'ma"><script>'}).text
    assert "<script>alert" not in page
    assert '"><script>"' not in page
    assert [words for _, _, words in hits_of(client.get(f"/materials/{material.public_id}/files/1/find?q=ma").text)]


def test_what_is_said_in_a_recording_is_found_with_its_time(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    vtt, transcript = sample("cuoc-goi-la.vi.vtt"), sample("cuoc-goi-la.transcript.md")
    both = publish_files(
        session, installation, sample("cuoc-goi-la.mp3"), (*vtt, "captions"), (*transcript, "transcript")
    )
    captions = publish_files(session, installation, sample("cuoc-goi-la.mp3"), (*vtt, "captions"))
    for material in (both, captions):
        hits = hits_of(client.get(f"/materials/{material.public_id}/files/1/find?q=cup may").text)
        assert hits
        assert all(re.fullmatch(r"Nghe từ \d+:\d\d", place) for _, place, _ in hits)
        assert re.search(r"\?q=cup\+may&t=\d+#player$", hits[0][0])
        assert all("cúp máy" in words.lower() for _, _, words in hits)


def test_searching_in_a_file_is_no_use_of_it_and_what_does_not_open_is_not_searched(
    client: FlaskClient, session: Session, installation: Installation, book: str
) -> None:
    client.get(f"{book}/find?q=bep")
    assert noted(installation) == []
    picture = publish_files(session, installation, sample("chao-ban-diec.mp4"), ("a.zip", b"PK\x05\x06" + bytes(18)))
    assert client.get(f"/materials/{picture.public_id}/files/2/find?q=a").status_code == 404
    assert client.get(f"/materials/{picture.public_id}/files/9/find?q=a").status_code == 404


def test_a_page_is_cited_in_both_languages_with_its_number_and_address(
    client: FlaskClient, installation: Installation, book: str
) -> None:
    page = client.get(f"{book}/cite?page=3").text
    vietnamese, english = (unescape(each) for each in re.findall(r"<textarea [^>]*>(.*?)</textarea>", page, re.DOTALL))
    assert re.search(r", phần 3 \(.*Phần 3.*\)\. http://[^/]+/materials/\S+/files/1/read\?page=3\.", vietnamese)
    assert re.search(r", part 3 .*/en/materials/\S+/files/1/read\?page=3\.", english)
    assert [event["k"] for event in noted(installation)] == ["cite"]
    assert client.get(f"{book}/cite?page=99").status_code == 404
    assert f'href="{book}/cite?page=2"' in client.get(f"{book}/read?page=2").text


def test_a_moment_of_a_recording_is_cited_with_its_time(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    material = publish_files(session, installation, sample("cuoc-goi-la.mp3"))
    path = f"/materials/{material.public_id}/files/1/cite"
    page = client.get(f"{path}?t=96").text
    assert "từ 1:36" in page
    assert "from 1:36 on" in page
    assert "read?t=96" in page
    assert client.get(f"{path}?t=-5").status_code == client.get(f"{path}?t=99999999999").status_code == 200
