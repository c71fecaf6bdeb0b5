"""Sound and film: players, captions, what is said."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from oer.core.installation import Installation
from oer.files.models import Blob, ScanState
from tests.backends.extraction.test_captions import SUBRIP
from tests.reading.factories import publish_files, sample
from tests.reading.test_downloads import noted


@pytest.fixture
def lesson(session: Session, installation: Installation) -> str:
    vtt, transcript = sample("cuoc-goi-la.vi.vtt"), sample("cuoc-goi-la.transcript.md")
    material = publish_files(
        session, installation, sample("cuoc-goi-la.mp3"), (*vtt, "captions"), (*transcript, "transcript")
    )
    return f"/materials/{material.public_id}"


def test_a_player_loads_nothing_before_it_is_played(
    client: FlaskClient, installation: Installation, lesson: str
) -> None:
    page = client.get(f"{lesson}/files/1/read").text
    assert re.search(r'<audio [^>]*preload="none"', page)
    source = re.search(r'<source src="([^"]+)"', page)[1]
    assert [event["k"] for event in noted(installation)] == ["player"]
    played = client.get(source, headers={"Range": "bytes=0-"})
    assert (played.status_code, played.mimetype) == (206, "audio/mpeg")
    client.get(source, headers={"Range": "bytes=1000-"})
    assert [event["k"] for event in noted(installation)] == ["player", "play"]


def test_what_is_said_can_be_read(client: FlaskClient, lesson: str) -> None:
    page = client.get(f"{lesson}/files/1/read?q=cuoc goi").text
    assert "Bản chữ" in page
    assert "<mark>" in page


def test_a_transcript_keeps_its_headings_and_its_times_move_the_player(client: FlaskClient, lesson: str) -> None:
    page = client.get(f"{lesson}/files/1/read").text
    assert re.search(r'<h\d>Cuộc gọi thứ nhất|<h\d>[^<]*<a href="[^"]*\?t=\d+#player" data-time="\d+"', page)
    assert not re.search(r"\[\d+:\d\d\]", page)


def test_words_found_in_captions_or_a_transcript_open_the_player_at_their_time(
    client: FlaskClient, lesson: str
) -> None:
    for position in (2, 3):
        answer = client.get(f"{lesson}/files/{position}/timestamp?q=cong+an")
        assert answer.status_code == 302
        assert re.fullmatch(rf"{lesson}/files/1/read\?q=[^&]+&t=\d+#player", answer.headers["Location"])
        page = client.get(answer.headers["Location"]).text
        second = re.search(r"t=(\d+)#", answer.headers["Location"])[1]
        assert f'#t={second}"' in page
        assert "<mark>" in page
    assert client.get(f"{lesson}/files/2/timestamp").headers["Location"] == f"{lesson}/files/1/read#player"
    assert client.get(f"{lesson}/files/1/timestamp?q=x").headers["Location"] == f"{lesson}/files/1/read?q=x"
    earlier = client.get(f"{lesson}/files/2/moment?q=cong+an")  # an address of earlier versions
    assert earlier.headers["Location"] == client.get(f"{lesson}/files/2/timestamp?q=cong+an").headers["Location"]
    assert client.get(f"{lesson}/files/9/timestamp?q=x").status_code == 404


def test_captions_alone_are_shown_with_their_times(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    srt = ("bai.srt", SUBRIP.encode(), "captions")
    material = publish_files(session, installation, sample("cuoc-goi-la.mp3"), srt)
    page = client.get(f"/materials/{material.public_id}/files/1/read").text
    assert "Ngắt cầu dao" in page
    assert re.search(r'href="[^"]*\?t=62#player" data-time="62.0"', page)
    assert "#t=62" in client.get(f"/materials/{material.public_id}/files/1/read?t=62").text
    vtt = client.get(f"/materials/{material.public_id}/files/2/captions.vtt")
    assert vtt.mimetype == "text/vtt"
    assert vtt.text.startswith("WEBVTT\n\n00:00:01.500 --> 00:00:03.000\nXin chào các bạn\n")


def test_captions_that_were_read_before_they_were_damaged_are_not_sent(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    srt = ("bai.srt", SUBRIP.encode(), "captions")
    material = publish_files(session, installation, sample("cuoc-goi-la.mp3"), srt)
    path = f"/materials/{material.public_id}/files/2/captions.vtt"
    assert client.get(path).text == client.get(path).text
    blob = session.get(Blob, material.current_version.files[1].blob_sha256)
    blob.scan_state = ScanState.INFECTED
    session.commit()
    assert client.get(path).status_code == 410


def test_only_captions_are_captions(client: FlaskClient, lesson: str) -> None:
    assert client.get(f"{lesson}/files/1/captions.vtt").status_code == 404
    assert client.get(f"{lesson}/files/3/play").status_code == 404
    assert client.get(f"{lesson}/files/1/show").status_code == 404


def test_opening_a_reader_is_one_use_and_turning_its_pages_is_none(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    material = publish_files(session, installation, sample("bep-nha-gon-gang.epub"))
    read = f"/materials/{material.public_id}/files/1/read"
    for _ in range(2):  # the second time from the kept page
        client.get(read, headers={"Referer": f"http://localhost/materials/{material.public_id}"})
        client.get(f"{read}?page=2", headers={"Referer": f"http://localhost{read}"})
        client.get(f"{read}?page=3", headers={"Referer": f"http://localhost{read}?page=2"})
    events = noted(installation)
    assert [event["k"] for event in events] == ["read", "read"]
    assert {event["u"] for event in events} == {f"/materials/{material.public_id}/files/1"}
    assert {event["f"] for event in events} == {"ebook"}
