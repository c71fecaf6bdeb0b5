"""Statements of finished courses: given to whoever ticked every part, verified by anybody, forged ones refused."""

import base64
import gzip
import io
import json
import re
from dataclasses import replace

import pypdfium2
import pytest
import sqlalchemy as sa
from joserfc import jwt
from joserfc.jwk import KeySet

from oer.accounts.models import Purpose
from oer.accounts.services.consents import give_consent, withdraw_consent
from oer.accounts.services.personal_data import erase_account
from oer.app import build_app
from oer.catalogue.services.collections import hide_collection
from oer.core.errors import Conflict, Invalid, NotFound
from oer.learning.jobs import make_statement_key
from oer.learning.models import CompletionStatement, StatementKey
from oer.learning.seals import Forged, key_from, new_code, read_code, read_seal, was_made_here
from oer.learning.services import statements as services
from oer.learning.services.shelf import finish_material, unfinish_material
from oer.learning.services.statements import Verdict, give_statement, make_key, take_back, verify_code
from tests.accounts.browsing import Browser
from tests.accounts.factories import make_account
from tests.catalogue.factories import make_collection, make_educator, make_published

NAME = "Nguyễn Thị Ánh Tuyết"
SECRET = "a secret of these tests that nobody could guess"


@pytest.fixture
def learner(session):
    account = make_account(session)
    give_consent(session, account, Purpose.HISTORY, "test")
    return account


@pytest.fixture
def course(session):
    parts = [make_published(session) for _ in range(2)]
    return make_collection(session, *parts, title={"vi": "Nhà yên, xóm lành", "en": "A safe home"})


def finish(session, account, course):
    for item in course.items:
        finish_material(session, account.id, item.material.public_id)


@pytest.fixture
def made(session, settings, learner, course):
    """A statement that was given, with its code."""
    finish(session, learner, course)
    found = give_statement(session, settings, learner, course, NAME)
    session.flush()
    return found


def test_a_learner_finishes_a_course_and_anybody_verifies_the_statement(session, client, installation, learner, course):
    email, public_id = learner.email, course.public_id
    ids = [item.material.public_id for item in course.items]
    session.commit()
    browser = Browser(client)
    browser.sign_in(email)
    own = f"/collections/{public_id}"
    asked = browser.get(f"{own}/statement")
    assert "Còn 2 phần chưa đánh dấu học xong" in asked.text
    for each in ids:
        assert f"{own}/statement" not in browser.get(own).text
        browser.send("/shelf/finished", page=own, material=each, next=own)
    assert f'href="{own}/statement"' in browser.get(own).text
    assert browser.send(f"{own}/statement", name=NAME).status_code == 422, "without consent there is none"
    assert browser.send(f"{own}/statement", name=" ", agree="y").status_code == 422
    answer = browser.send(f"{own}/statement", name=f"  {NAME} ", agree="y")
    assert answer.status_code == 303
    page = browser.get(answer.headers["Location"]).text
    address = re.search(r'href="http://localhost(/statements/[^"]+)"', page)[1]
    stranger = build_app(installation).test_client()
    for language, title in (("", "Nhà yên, xóm lành"), ("/en", "A safe home")):
        shown = stranger.get(language + address)
        assert shown.status_code == 200
        assert NAME in shown.text
        assert title in shown.text
        assert email not in shown.text
        assert 'content="noindex"' in shown.text
    assert "Tự khai" in stranger.get(address).text
    code = address.rpartition("/")[2]
    typed = Browser(stranger).send("/statements", text=code.upper().replace("-", " "))
    assert typed.status_code == 200
    assert NAME in typed.text
    assert "Nhà yên, xóm lành" in browser.get("/shelf/statements").text


def text_of(answer):
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    pdf = pypdfium2.PdfDocument(answer.data)
    assert len(pdf) == 1
    return pdf[0].get_textpage().get_text_range()


def test_the_pdf_says_in_both_languages_what_is_stated_and_where_to_verify_it(session, client, learner, made):
    code, email = made.code, learner.email
    session.commit()
    browser = Browser(client)
    browser.sign_in(email)
    vietnamese, english = (
        text_of(browser.get(f"{lang}/shelf/statements/{code}/statement.pdf")) for lang in ("", "/en")
    )
    for words in (
        NAME,
        "Nhà yên, xóm lành",
        "Bản ghi nhận học xong khóa học",
        "Tự khai",
        f"http://localhost/statements/{code}",
    ):
        assert words in vietnamese, words
    for words in (NAME, "A safe home", "Self-declared", "no degree", f"http://localhost/en/statements/{code}"):
        assert words in english, words
    assert "phụ trách" not in vietnamese, "no setting names anybody"
    again = browser.get(f"/shelf/statements/{code}/statement.pdf")
    assert again.data == browser.get(f"/shelf/statements/{code}/statement.pdf").data


def test_who_stands_behind_the_site_is_named_where_a_setting_names_them(session, settings, learner, course):
    finish(session, learner, course)
    behind = replace(settings, responsible_agency="Sở Giáo dục và Đào tạo")
    made = give_statement(session, behind, learner, course, NAME)
    assert verify_code(session, settings, made.code).statement.issuer == {"vi": "Sở Giáo dục và Đào tạo"}


@pytest.mark.parametrize("name", ["", "  ", "a" * 101, "王小明", "ណារិន"])
def test_a_name_that_is_missing_too_long_or_cannot_be_printed_is_refused(session, settings, learner, course, name):
    finish(session, learner, course)
    with pytest.raises(Invalid) as refused:
        give_statement(session, settings, learner, course, name)
    assert refused.value.field == "name"


def test_letters_that_nobody_sees_are_no_part_of_a_name(session, settings, learner, course):
    finish(session, learner, course)
    made = give_statement(session, settings, learner, course, "A\u202en \u200bBình")
    assert verify_code(session, settings, made.code).statement.name == "An Bình"


def test_there_is_none_without_every_tick_and_one_for_each_course(session, settings, learner, course):
    parts = [item.material.public_id for item in course.items]
    finish_material(session, learner.id, parts[0])
    with pytest.raises(Conflict):
        give_statement(session, settings, learner, course, NAME)
    finish_material(session, learner.id, parts[1])
    first = give_statement(session, settings, learner, course, NAME)
    with pytest.raises(Conflict):
        give_statement(session, settings, learner, course, "Tên khác")
    take_back(session, learner, first.code)
    assert give_statement(session, settings, learner, course, "Tên khác").code != first.code
    unfinish_material(session, learner, parts[0])
    with pytest.raises(Conflict):
        give_statement(session, settings, learner, make_collection(session, public=False), NAME)


def test_a_statement_outlives_its_course_and_the_history(session, settings, learner, course, made):
    hide_collection(session, make_educator(session), course)
    withdraw_consent(session, learner, Purpose.HISTORY)
    assert verify_code(session, settings, made.code).verdict is Verdict.VALID


# Forged, changed, taken back, erased


def test_a_code_that_was_never_given_is_refused_and_one_that_is_no_more_is_told_from_it(
    client, session, settings, learner, made
):
    code, account = made.code, learner
    take_back(session, account, code)
    session.commit()
    gone = client.get(f"/statements/{code}")
    assert gone.status_code == 410
    assert NAME not in gone.text
    assert "không còn" in gone.text
    for forged in (
        f"{code[:-1]}{'0' if code[-1] != '0' else '1'}",
        new_code("another secret"),
        "abc",
        "0000-" * 7 + "0000",
    ):
        answer = client.get(f"/statements/{forged}")
        assert answer.status_code == 404, forged
        assert "Chưa từng có" in answer.text


def test_an_erased_account_leaves_no_statement_and_verifying_says_that_it_is_no_more(
    session, settings, client, learner, made
):
    code = made.code
    erase_account(session, learner.id, learner.id)
    session.commit()
    assert session.scalars(sa.select(CompletionStatement)).all() == []
    session.rollback()
    assert client.get(f"/statements/{code}").status_code == 410


def unpacked(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def packed(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def changed_payload(signed, **said):
    header, payload, signature = signed.split(".")
    return ".".join((header, packed(json.dumps({**json.loads(unpacked(payload)), **said}).encode()), signature))


def test_a_row_that_was_changed_in_the_database_is_refused(session, settings, client, made):
    code, seal = made.code, made.seal
    made.seal = changed_payload(seal, name="Một Người Khác")
    session.commit()
    answer = client.get(f"/statements/{code}")
    assert answer.status_code == 422
    assert "Một Người Khác" not in answer.text
    assert "không phải bản thật" in answer.text


def test_the_seal_of_another_statement_is_none_for_this_one(session, settings, made):
    other = make_account(session)
    give_consent(session, other, Purpose.HISTORY, "test")
    course = make_collection(session, make_published(session))
    finish(session, other, course)
    theirs = give_statement(session, settings, other, course, "Người Kia")
    theirs.seal = made.seal
    assert verify_code(session, settings, theirs.code).verdict is Verdict.CHANGED


WAYS = ("another key", "own key in the header", "no algorithm", "another algorithm", "cut off", "not canonical")


@pytest.mark.parametrize("way", WAYS)
def test_what_our_keys_did_not_sign_is_forged(session, settings, made, way):
    keys = {each["kid"]: each for each in services.published_keys(session)}
    header, payload, signature = made.seal.split(".")
    theirs = key_from("the secret of somebody else, quite long", "salt")
    told = json.loads(unpacked(header))
    statement = read_seal(made.seal, keys)
    forged = {
        "another key": lambda: statement.sealed(theirs),
        "own key in the header": lambda: _signed_with(theirs, {**told, "jwk": theirs.public}, payload),
        "no algorithm": lambda: f"{packed(json.dumps({**told, 'alg': 'none'}).encode())}.{payload}.",
        "another algorithm": lambda: f"{packed(json.dumps({**told, 'alg': 'HS256'}).encode())}.{payload}.{signature}",
        "cut off": lambda: made.seal[:-2],
        "not canonical": lambda: made.seal + "=",
    }[way]()
    with pytest.raises(Forged):
        read_seal(forged, keys)


def _signed_with(key, header, payload):
    begin = f"{packed(json.dumps(header).encode())}.{payload}"
    return f"{begin}.{packed(key.private.sign(begin.encode()))}"


def test_nobody_fetches_or_takes_back_the_statement_of_another(session, client, made):
    code = made.code
    email = make_account(session).email
    session.commit()
    browser = Browser(client)
    browser.sign_in(email)
    own = f"/shelf/statements/{code}"
    for path in (own, f"{own}/statement.pdf", f"{own}/badge.jwt"):
        assert browser.get(path).status_code == 404, path
    assert browser.send(f"{own}/take-back", page="/shelf").status_code == 404
    with pytest.raises(NotFound):
        take_back(session, make_account(session), code)


# Codes and keys


def test_codes_are_read_as_people_type_them_and_say_that_they_are_ours():
    code = new_code(SECRET)
    assert re.fullmatch(r"([0-9a-hjkmnp-tv-z]{4}-){7}[0-9a-hjkmnp-tv-z]{4}", code)
    for typed in (
        code.upper(),
        code.replace("-", " "),
        f" {code} ",
        code.replace("-", ""),
        code.replace("0", "o").replace("1", "l"),
    ):
        assert read_code(typed) == code
    assert was_made_here(SECRET, code)
    assert not was_made_here("another", code)
    assert len({new_code(SECRET) for _ in range(100)}) == 100
    assert read_code("x" * 31) is read_code("") is read_code("ngày mai thế nào") is None


def test_after_the_key_or_the_secret_changed_old_statements_stay_valid_and_new_ones_have_another_key(
    session, settings, learner, made
):
    make_key(session, settings.secret_key)
    assert verify_code(session, settings, made.code).verdict is Verdict.VALID
    elsewhere = replace(settings, secret_key="another secret, as long as the one before it")
    assert verify_code(session, elsewhere, made.code).verdict is Verdict.VALID
    other = make_collection(session, make_published(session))
    finish(session, learner, other)
    give_statement(session, elsewhere, learner, other, NAME)
    assert len({each["kid"] for each in services.published_keys(session)}) == 3
    assert all("d" not in each for each in services.published_keys(session))


def test_the_worker_makes_the_key_once(session, installation):
    make_statement_key(installation)
    make_statement_key(installation)
    assert session.scalar(sa.select(sa.func.count()).select_from(StatementKey)) == 1


# Badges, verified by joserfc, which signs nothing here


@pytest.fixture
def badge(session, client, learner, made):
    """(a browser, the badge as it is downloaded, the statement's code)."""
    code, email = made.code, learner.email
    session.commit()
    browser = Browser(client)
    browser.sign_in(email)
    answer = browser.get(f"/en/shelf/statements/{code}/badge.jwt")
    assert answer.mimetype == "application/vc+jwt"
    return browser, answer.text, code


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_an_independent_library_verifies_the_badge_with_the_published_keys(badge):
    browser, text, code = badge
    published = browser.get("/statements/keys").json
    header = json.loads(unpacked(text.partition(".")[0]))
    assert set(header) == {"alg", "kid", "typ"}
    [one] = [browser.get(header["kid"].removeprefix("http://localhost")).json]
    assert one in published["keys"]
    assert "d" not in one
    keys = KeySet.import_key_set({"keys": [{**one, "kid": header["kid"]}]})
    told = jwt.decode(text, keys, algorithms=["EdDSA"]).claims
    assert told["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert told["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert (told["iss"], told["jti"], told["sub"]) == (
        told["issuer"]["id"],
        told["id"],
        told["credentialSubject"]["id"],
    )
    assert told["id"] == f"http://localhost/statements/{code}"
    assert told["credentialSubject"]["identifier"][0]["identityHash"] == NAME
    assert told["credentialSubject"]["achievement"]["name"] == "A safe home"
    assert "self-declared" in told["credentialSubject"]["achievement"]["criteria"]["narrative"]
    assert browser.get(told["issuer"]["id"].removeprefix("http://localhost")).json["id"] == told["iss"]
    with pytest.raises(Exception, match="bad_signature"):
        jwt.decode(changed_payload(text, name="x"), keys, algorithms=["EdDSA"])


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_programs_learn_from_the_status_list_that_a_badge_was_taken_back(session, badge):
    browser, text, code = badge
    status = json.loads(unpacked(text.split(".")[1]))["credentialStatus"]
    assert not is_set(browser, status)
    browser.send(f"/shelf/statements/{code}/take-back", page=f"/shelf/statements/{code}")
    assert is_set(browser, status)


def is_set(browser, status):
    answer = browser.get(status["statusListCredential"].removeprefix("http://localhost"))
    keys = browser.get("/statements/keys").json
    header = json.loads(unpacked(answer.text.partition(".")[0]))
    key = {**keys["keys"][0], "kid": header["kid"]}
    listed = jwt.decode(answer.text, KeySet.import_key_set({"keys": [key]}), algorithms=["EdDSA"]).claims
    bits = gzip.GzipFile(fileobj=io.BytesIO(unpacked(listed["credentialSubject"]["encodedList"][1:]))).read()
    assert len(bits) * 8 >= 131_072
    place = int(status["statusListIndex"])
    return bool(bits[place // 8] & (0x80 >> place % 8))


def test_a_badge_is_verified_here_too_and_a_changed_or_forged_one_refused(session, badge):
    browser, text, code = badge
    assert NAME in browser.send("/statements", text=f"{text[:300]}\n{text[300:]}").text
    subject = json.loads(unpacked(text.split(".")[1]))["credentialSubject"]
    subject["identifier"][0]["identityHash"] = "Một Người Khác"
    changed = changed_payload(text, credentialSubject=subject)
    for forged in (changed, text[:-4] + "AAAA", "a.b.c", "..", text.replace(".", "..")):
        answer = browser.send("/statements", text=forged)
        assert answer.status_code in (404, 422), forged
        assert NAME not in answer.text
        assert "Một Người Khác" not in answer.text
    browser.send(f"/shelf/statements/{code}/take-back", page=f"/shelf/statements/{code}")
    assert browser.send("/statements", text=text).status_code == 410
