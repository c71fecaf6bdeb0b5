"""Practising without an account and without scripts, and how educators write what is practised."""

import html
import re
from io import BytesIO

import pytest
import sqlalchemy as sa

from oer.catalogue.models import Version
from oer.catalogue.queries.materials import find_material
from oer.catalogue.services.drafts import new_version
from oer.catalogue.services.review import publish, submit_for_review
from oer.core.db import Base
from oer.core.seen import ChangedMeanwhile
from oer.learning.qti_reading import read_qti
from oer.learning.qti_writing import write_qti
from oer.learning.self_checks import EXAMPLE, parse
from oer.learning.services.practice import set_self_check
from tests.accounts.browsing import Browser
from tests.accounts.factories import make_unit
from tests.catalogue.factories import make_educator, make_material, make_published, make_reviewer

EVIL = '<script>alert(1)</script>"onload="x'


def published_with(session, text, owner=None):
    owner = owner or make_educator(session)
    material = make_material(session, owner)
    set_self_check(session, material, text)
    submit_for_review(session, owner, material)
    publish(session, make_reviewer(session), material)
    public_id = material.public_id
    session.commit()
    return public_id


class Reader:
    """Sends the form that a page shows, as a browser without scripts does."""

    def __init__(self, client, path):
        self.client, self.path, self.page = client, path, client.get(path)

    def send(self, **fields):
        kept = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', self.page.text))
        kept["csrf_token"] = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.page.text)[1]
        self.page = self.client.post(self.path, data={**kept, **fields})
        return self.page.text


ANSWERS = [{"a": "0"}, {"a": ["0", "1"]}, {"a": "2.7"}, {"a": "ho chi minh"}, {"a0": "0", "a1": "1"}]


def test_a_round_is_practised_to_its_end_and_nothing_of_it_is_kept(session, client, installation):
    text = EXAMPLE["vi"].replace("= Thành phố Hồ Chí Minh", "= Hồ Chí Minh")
    public_id = published_with(session, text)
    path = f"/materials/{public_id}/practice"
    assert f'href="{path}"' in client.get(f"/materials/{public_id}").text
    counts, events = _counts(session), _events(installation)
    assert len(events) == 1  # the view of the material's own page
    reader = Reader(client, path)
    assert "Câu 1 trên 6" in reader.page.text
    for answer in ANSWERS:
        marked = reader.send(answer="1", **answer)
        assert ">Đúng rồi<" in marked
        reader.send()
    marked = reader.send(answer="1", a0="1", a1="0", a2="2")
    assert ">Chưa đúng<" in marked
    assert "gần đúng" not in marked.lower()
    assert "Bạn trả lời" in marked
    assert "Đáp án đúng" in marked
    end = reader.send()
    assert "Xong 6 câu" in end
    assert "Bạn nhớ được 5 câu" in end
    assert "Làm gì trước, làm gì sau?" in end
    assert _counts(session) == counts
    assert _events(installation) == events


def test_practising_waits_for_nobody_who_writes(session, client):
    reader = Reader(client, f"/materials/{published_with(session, EXAMPLE['vi'])}/practice")
    session.add(make_unit(session))
    session.flush()  # holds the write lock of the database
    assert ">Đúng rồi<" in reader.send(answer="1", a="0")
    session.rollback()


def _counts(session):
    found = {
        table.name: session.scalar(sa.select(sa.func.count()).select_from(table))
        for table in Base.metadata.sorted_tables
    }
    session.rollback()
    return found


def _events(installation):
    return [line for path in installation.settings.spool_dir.glob("*.jsonl") for line in path.read_text().splitlines()]


def test_a_wrong_choice_is_marked_beside_the_right_one_with_why_and_where_to_read(session, client):
    reader = Reader(client, f"/materials/{published_with(session, EXAMPLE['vi'])}/practice")
    marked = reader.send(answer="1", a="2")
    rows = re.findall(r'<li class="marked([^"]*)">(.*?)</li>', marked)
    assert [(classes, "Đáp án đúng" in row, "Bạn chọn" in row) for classes, row in rows] == [
        (" right", True, False),
        ("", False, False),
        (" mine", False, True),
    ]
    assert "Hộp không rửa được mới là rác khác." in marked
    assert "Trang 4: nhóm tái chế" in marked


def test_who_does_not_know_sees_the_answer_and_who_sends_nothing_is_asked_again(session, client):
    reader = Reader(client, f"/materials/{published_with(session, EXAMPLE['vi'])}/practice")
    again = reader.send(answer="1")
    assert reader.page.status_code == 422
    assert "Chưa có câu trả lời" in again
    assert ">Đây là đáp án<" in reader.send(skip="1")
    assert "Câu 2 trên 6" in reader.send()


def test_a_round_of_an_older_version_begins_anew(session, client):
    reader = Reader(client, f"/materials/{published_with(session, EXAMPLE['vi'])}/practice")
    reader.send(skip="1")
    assert "Câu 1 trên 6" in reader.send(of="7")


def test_the_other_language_shows_the_same_question(session, client):
    reader = Reader(client, f"/materials/{published_with(session, EXAMPLE['vi'])}/practice")
    reader.send(skip="1")
    reader.path = f"/en{reader.path}"
    assert "Question 2 of 6" in reader.send(in_language="en")


def test_more_than_six_questions_are_practised_in_turns(session, client):
    public_id = published_with(session, "".join(f"? Câu hỏi {n}\n= {n}\n\n" for n in range(8)))
    reader = Reader(client, f"/materials/{public_id}/practice")
    for _ in range(6):
        reader.send(skip="1")
        end = reader.send()
    following = re.search(r'href="(/materials/[^"]+/practice\?start=6)"', end)[1]
    assert "Câu hỏi 6" in client.get(following).text


def test_questions_are_text_wherever_they_are_shown(session, client):
    text = f"? {EVIL}\n(x) {EVIL}\n( ) b {EVIL}\n! {EVIL}\n@ {EVIL}\n\n"
    text += f"? g\n{EVIL} -> {EVIL}\nb -> {EVIL}\n\n? h\n= {EVIL}\n"
    owner = make_educator(session)
    email = owner.email
    public_id = published_with(session, text, owner)
    path = f"/materials/{public_id}/practice"
    reader = Reader(client, path)
    pages = [reader.page.text, reader.send(answer="1", a="1"), reader.send(), reader.send(skip="1"), reader.send()]
    pages += [reader.send(answer="1", a=EVIL), reader.send()]
    assert "Xong 3 câu" in pages[-1]
    new_version(session, owner, find_material(session, public_id))
    session.commit()
    browser = Browser(client)
    browser.sign_in(email)
    pages += [browser.get(f"/my{path}").text, browser.send(f"/my{path}", text=text, do="preview").text]
    for page in pages:
        assert "<script>alert" not in page
        assert '"onload="' not in page
    assert all("&lt;script&gt;alert" in page for page in pages[:1] + pages[-2:])


def test_a_material_without_questions_has_no_practice(session, client):
    public_id = make_published(session).public_id
    session.commit()
    assert client.get(f"/materials/{public_id}/practice").status_code == 404
    assert "/practice" not in client.get(f"/materials/{public_id}").text


def test_each_version_keeps_its_questions(session):
    owner = make_educator(session)
    material = find_material(session, published_with(session, "? Cũ\n= a\n", owner))
    new_version(session, owner, material)
    assert material.draft.self_check == "? Cũ\n= a\n"
    set_self_check(session, material, "? Mới\n= b")
    session.commit()
    first, second = session.scalars(
        sa.select(Version).where(Version.material_id == material.id).order_by(Version.number)
    )
    assert (first.self_check, second.self_check) == ("? Cũ\n= a\n", "? Mới\n= b\n")


def test_what_another_window_saved_is_not_overwritten(session):
    material = make_material(session)
    set_self_check(session, material, "? A\n= a")
    with pytest.raises(ChangedMeanwhile):
        set_self_check(session, material, "? B\n= b", seen="")


@pytest.fixture
def writing(session, client):
    owner = make_educator(session)
    public_id, email = make_material(session, owner).public_id, owner.email
    session.commit()
    browser = Browser(client)
    browser.sign_in(email)
    return public_id, browser, f"/my/materials/{public_id}/practice"


def saved(session, public_id):
    session.rollback()
    found = session.scalars(sa.select(Version.self_check).where(Version.material.has(public_id=public_id))).one()
    session.rollback()
    return found


def test_an_educator_previews_and_saves_questions(session, writing):
    public_id, browser, path = writing
    previewed = browser.send(path, text=EXAMPLE["vi"], do="preview")
    assert previewed.status_code == 200
    assert "Đáp án đúng" in previewed.text
    assert saved(session, public_id) == ""
    assert browser.send(path, text=EXAMPLE["vi"]).status_code == 303
    assert parse(saved(session, public_id)) == parse(EXAMPLE["vi"])
    assert "Làm gì trước" in browser.get(path).text
    assert browser.send(path, text="  ").status_code == 303
    assert saved(session, public_id) == ""


def test_faults_are_shown_with_what_was_typed_and_nothing_is_saved(session, writing):
    public_id, browser, path = writing
    for act in ({}, {"do": "preview"}):
        refused = browser.send(path, text="? Gì\n(x) Có <b>\n", **act)
        assert refused.status_code == 422
        assert "Dòng 1: Câu hỏi này cần ít nhất hai đáp án." in refused.text
        assert "(x) Có &lt;b&gt;" in refused.text
    assert saved(session, public_id) == ""


def test_gift_is_added_to_what_is_written_and_given_out_again(session, writing):
    public_id, browser, path = writing
    taken = browser.send(path, text="? Một\n= a", gift="Hai? {=b ~c}\n\nBa? {}", do="import").text
    assert "Đã thêm 1 câu hỏi" in taken
    assert "Dòng 3: Đã bỏ một câu hỏi tự luận." in taken
    assert "? Hai?\n(x) b\n( ) c" in taken
    assert saved(session, public_id) == ""
    browser.send(path, text="? Một\n= a")
    sent = browser.get(f"{path}.gift")
    assert sent.mimetype == "text/plain"
    assert sent.text == "[plain]Một {\n=a\n}\n"
    assert browser.send(path, text="", gift=" ", do="import").status_code == 422


def test_qti_is_added_to_what_is_written_and_given_out_again(session, writing):
    public_id, browser, path = writing
    content = write_qti(parse(EXAMPLE["vi"]), "2.1", "vi")
    taken = browser.send(path, text="? Một\n= a", qti=(BytesIO(content), "goi.zip"), do="import-qti")
    assert taken.status_code == 200
    assert "Đã thêm 6 câu hỏi" in taken.text
    assert "? Một\n= a\n\n? Hộp cơm" in html.unescape(taken.text)
    assert saved(session, public_id) == ""
    browser.send(path, text=EXAMPLE["vi"])
    for version in ("2.1", "3.0"):
        sent = browser.get(f"{path}-qti-{version}")
        assert sent.mimetype == "application/zip"
        assert read_qti(sent.data, "a.zip").questions == parse(EXAMPLE["vi"])
        one = browser.get(f"{path}-qti-{version}?question=3")
        assert one.mimetype == "application/xml"
        assert read_qti(one.data, "a.xml").questions == parse(EXAMPLE["vi"])[2:3]
        for wrong in ("0", "7", "x", "-1", ""):
            assert browser.get(f"{path}-qti-{version}?question={wrong}").status_code == 404
    assert browser.get(f"{path}-qti-1.2").status_code == 404


def test_what_of_a_qti_file_is_not_taken_in_is_named_by_file_and_line_and_what_was_typed_stays(writing):
    _public_id, browser, path = writing
    evil = f"<assessmentItem><itemBody><p>{'<b>x</b>' * 3}</p></itemBody></assessmentItem>".encode()
    name = '<script>alert(1)</script>"onload="x.xml'
    taken = browser.send(path, text="? Một\n= a", qti=(BytesIO(evil), name), do="import-qti")
    assert "dòng 1: Đây không phải câu hỏi QTI 2.1 hay 3.0." in taken.text
    assert "Chưa thêm được câu hỏi nào." in taken.text
    assert "<script>alert" not in taken.text
    for content in (b"", b"%PDF", b"PK\x03\x04"):
        refused = browser.send(path, text="? Một <b>\n= a", qti=(BytesIO(content), "a.zip"), do="import-qti")
        assert refused.status_code == 422
        assert "? Một &lt;b&gt;" in refused.text


def test_a_reviewer_sees_the_questions_with_their_answers(session, client):
    owner, reviewer = make_educator(session), make_reviewer(session)
    material = make_material(session, owner)
    set_self_check(session, material, EXAMPLE["vi"])
    submit_for_review(session, owner, material)
    public_id, email = material.public_id, reviewer.email
    session.commit()
    assert client.get(f"/materials/{public_id}/practice").status_code == 404
    browser = Browser(client)
    browser.sign_in(email)
    page = browser.get(f"/review/{public_id}").text
    assert "Hộp cơm bằng nhựa" in page
    assert "2,7 kWh (± 0,1)" in page
    address = re.search(r'href="(/materials/[^"]+/practice\?version=1)"', page)[1]
    assert "Câu 1 trên 6" in browser.get(address).text
