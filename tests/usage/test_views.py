import json

import pytest

from oer.usage.providers import PeopleProvider, people_provider, register_people
from oer.usage.spool import Spool, spool_files
from oer.usage.views import EXTENSION, record_event, record_search
from tests.usage.cases import CHROME

KEY = "abcde-fghij"
BROWSER = {"User-Agent": CHROME}


@pytest.fixture
def client(fresh_app):
    fresh_app.add_url_rule(f"/materials/{KEY}", "test.view", lambda: record_event("view", KEY) or "page")
    for kind in ("read", "download"):
        path = f"/materials/{KEY}/files/1/{kind}"
        fresh_app.add_url_rule(path, f"test.{kind}", lambda kind=kind: record_event(kind, KEY, format="pdf") or kind)
    fresh_app.add_url_rule("/found", "test.search", lambda: record_search("học liệu", 3) or "results")
    fresh_app.add_url_rule("/found/2", "test.more", lambda: record_search("học liệu", 3, page=2) or "results")
    return fresh_app.test_client()


def noted(installation):
    lines = [line for file in spool_files(installation.settings.spool_dir) for line in file.lines(0, 1000)]
    return [json.loads(line.text) for line in lines]


def test_a_visit_is_one_line_without_the_address_of_its_visitor(client, installation):
    client.get(f"/materials/{KEY}?from=zalo", headers=BROWSER, environ_base={"REMOTE_ADDR": "203.0.113.77"})
    (line,) = noted(installation)
    assert {key: line[key] for key in "kiual"} == {
        "k": "view", "i": KEY, "u": f"/materials/{KEY}", "a": CHROME, "l": "vi",
    }  # fmt: skip
    assert len(line["v"]) == 24
    everything = b"".join(path.read_bytes() for path in installation.settings.instance_dir.rglob("*") if path.is_file())
    assert b"203.0.113.77" not in everything


def test_the_same_visitor_has_the_same_key_in_both_languages_and_another_has_another(client, installation):
    for path, address in (("", "203.0.113.1"), ("/en", "203.0.113.1"), ("", "203.0.113.2")):
        client.get(f"{path}/materials/{KEY}", headers=BROWSER, environ_base={"REMOTE_ADDR": address})
    first, english, other = noted(installation)
    assert first["v"] == english["v"] != other["v"]
    assert (first["u"], english["l"]) == (english["u"], "en")


def test_reading_and_downloading_a_file_have_the_files_own_address(client, installation):
    client.get(f"/materials/{KEY}/files/1/read", headers=BROWSER)
    client.get(f"/materials/{KEY}/files/1/download", headers=BROWSER)
    assert [(line["k"], line["f"], line["u"]) for line in noted(installation)] == [
        ("read", "pdf", f"/materials/{KEY}/files/1"),
        ("download", "pdf", f"/materials/{KEY}/files/1"),
    ]


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Purpose": "prefetch"}, {"Purpose": "prefetch"}, {"X-Moz": "prefetch"}, {"Range": "bytes=5000-"}],
    ids=str,
)
def test_what_no_person_asked_for_is_not_noted(client, installation, headers):
    assert client.get(f"/materials/{KEY}/files/1/download", headers=BROWSER | headers).status_code == 200
    assert noted(installation) == []


def test_head_is_no_use_and_a_range_from_the_first_byte_is_one(client, installation):
    client.head(f"/materials/{KEY}", headers=BROWSER)
    client.get(f"/materials/{KEY}/files/1/download", headers=BROWSER | {"Range": "bytes=0-1"})
    assert [line["k"] for line in noted(installation)] == ["download"]


@pytest.mark.parametrize(
    ("referrer", "via"),
    [
        ("http://localhost/search?q=so", "search"),
        ("http://localhost/en/search?q=so", "search"),
        ("http://localhost/", "other"),
        ("http://elsewhere.example/search", "other"),
        ("http://[broken", "other"),
        ("", None),
    ],
)
def test_it_is_noted_whether_the_page_before_was_a_result_list(client, installation, referrer, via):
    client.get(f"/materials/{KEY}", headers=BROWSER | {"Referer": referrer})
    assert noted(installation)[0].get("r") == via


def test_a_new_result_list_is_a_search_and_its_further_pages_are_none(client, installation):
    client.get("/found?q=1", headers=BROWSER)
    client.get("/found/2?q=1", headers=BROWSER)
    (line,) = noted(installation)
    assert (line["k"], line["q"], line["h"]) == ("search", "học liệu", 3)


@pytest.mark.parametrize("value", ["x" * 8000, "\x1b[31m", "=1+1"], ids=len)
def test_a_hostile_header_is_one_short_line(client, installation, value):
    client.get(f"/materials/{KEY}", headers={"User-Agent": value, "Referer": value})
    (line,) = noted(installation)
    assert len(line["a"]) <= 512
    (file,) = spool_files(installation.settings.spool_dir)
    assert len(file.lines(0, 1)[0].text) < 4096


def test_a_full_disk_fails_no_request(client, installation, monkeypatch):
    def no_room(*_given, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("oer.usage.spool.os.write", no_room)
    monkeypatch.setattr("oer.usage.visitors.tempfile.mkstemp", no_room)
    assert client.get(f"/materials/{KEY}", headers=BROWSER).status_code == 200
    spool, _ = client.application.extensions[EXTENSION]
    assert isinstance(spool, Spool)
    assert spool.lost == 1


class SignedInAs:
    """Has the pages of this test seen by an account, without a sign-in of its own."""

    def __init__(self, monkeypatch, number):
        account = type("Account", (), {"id": number})()
        monkeypatch.setattr("oer.usage.views._account", lambda _environ: account)
        monkeypatch.setattr("oer.usage.views.sign_in_token", lambda: f"token of {number}")


@pytest.fixture
def source():
    before = people_provider()
    yield register_people
    register_people(before)


def test_a_signed_in_person_has_a_session_and_without_consent_no_key_of_their_own(
    client, installation, monkeypatch, source
):
    source(PeopleProvider())
    SignedInAs(monkeypatch, 7)
    client.get(f"/materials/{KEY}", headers=BROWSER)
    client.get(f"/materials/{KEY}", headers={"User-Agent": "another browser"})
    first, second = noted(installation)
    assert first["v"] == second["v"]
    assert len(first["s"]) == 24
    assert "p" not in first
    assert "token" not in json.dumps(first)


def test_a_person_who_agreed_is_known_by_their_pseudonym(client, installation, monkeypatch, source):
    source(PeopleProvider(key_of=lambda _session, account, day: f"pseudonym-{account.id}-{day.year > 2000}"))
    SignedInAs(monkeypatch, 7)
    client.get(f"/materials/{KEY}", headers=BROWSER)
    assert noted(installation)[0]["p"] == "pseudonym-7-True"


def test_what_the_staff_look_at_is_no_use(client, installation, monkeypatch, source):
    source(PeopleProvider(is_staff=lambda account: account.id == 7))
    SignedInAs(monkeypatch, 7)
    client.get(f"/materials/{KEY}", headers=BROWSER)
    SignedInAs(monkeypatch, 8)
    client.get(f"/materials/{KEY}", headers=BROWSER)
    assert len(noted(installation)) == 1
