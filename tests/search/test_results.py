"""Results as people see them: found, counted, narrowed, marked, ordered, and nothing that is not theirs to see."""

import re
import time
import unicodedata

import pytest
import sqlalchemy as sa

from oer.accounts.services.units import change_unit
from oer.app import build_app
from oer.catalogue.models import Material
from oer.catalogue.queries import indexing
from oer.catalogue.services.changes import material_changed
from oer.catalogue.services.withdrawal import withdraw
from oer.core.installation import open_backends
from oer.files.models import Rendition
from tests.accounts.factories import make_unit
from tests.catalogue.factories import (
    make_educator,
    make_material,
    make_published,
    make_reviewer,
    make_submitted,
    replace_published,
)


def ids(response) -> list[str]:
    page = response.get_data(as_text=True)
    return re.findall(r'<h2 class="name"><a href="(?:/en)?/materials/([\w-]+)"', page)


def text_of(response) -> str:
    return response.get_data(as_text=True)


def wait_until(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_text_inside_a_file_is_found_however_it_is_typed(client, handbook):
    nfd = unicodedata.normalize("NFD", "thủy lợi")
    for typed in ("thủy lợi nội đồng", "thuỷ lợi", "thuy loi noi dong", "THUY LOI", nfd, "thuỷ loi"):
        assert ids(client.get("/search", query_string={"q": typed})) == [handbook], typed


def test_a_hit_shows_its_sentence_with_marks_in_its_own_spelling_and_opens_its_page(client, handbook):
    page = text_of(client.get("/search?q=thuy+loi+noi+dong"))
    assert "Hệ thống <mark>thuỷ lợi nội đồng</mark> gồm cống" in page
    assert f'href="/materials/{handbook}/files/1/read?q=thuy+loi+noi+dong&amp;page=2#hit">trang 2' in page


def test_a_hit_says_format_length_size_level_licence_and_unit(client, session, publish, indexed):
    unit = make_unit(session, name={"vi": "Trung tâm học tập phường"})
    publish("Thủy lợi", "Một", "Hai", "Ba", owner=make_educator(session, unit), levels=["thcs"], types=["handbook"])
    indexed()
    page = text_of(client.get("/search?q=thuy+loi"))
    facts = re.findall(r"<span[^>]*>([^<]+)</span>", page.split('<div class="meta">')[1].split("</div>")[0])
    assert '<p class="kicker">Sổ tay</p>' in page
    assert facts[:3] == ["PDF", "3 trang", facts[2]]
    assert re.fullmatch(r"\d+(,\d)? [KM]?B", facts[2])
    assert facts[3:] == ["Trung học cơ sở", "CC BY", "Trung tâm học tập phường"]


def test_titles_people_keywords_and_subjects_are_found(client, publish, indexed):
    found = publish(
        "Sức khỏe người cao tuổi",
        keywords=["dưỡng sinh"],
        creators=[{"name": "Trường Trung cấp Y tế"}],
        subjects=["bas.song"],
    )
    publish("Khác hẳn", subjects=["bas.song"])
    indexed()
    for typed in ("suc khoe", "duong sinh", "truong trung cap y te"):
        assert ids(client.get("/search", query_string={"q": typed}))[0] == found


def test_drafts_are_in_no_hit_count_facet_or_suggestion(client, session, publish, indexed):
    public = publish("Thủy lợi", levels=["thcs"])
    make_material(session, title={"vi": "Thủy lợi bí mật"}, levels=["thpt"])
    make_submitted(session, title={"vi": "Thủy lợi chờ duyệt"}, levels=["thpt"])
    indexed()
    response = client.get("/search?q=thuy+loi")
    assert ids(response) == [public]
    page = text_of(response)
    assert "1 kết quả" in page
    assert "thpt" not in page
    assert "bí mật" not in text_of(client.get("/search/suggest?q=thuy+loi"))
    everything = client.get("/api/v1/materials").get_json()
    assert everything["hits"]["total"] == 1
    assert [each["key"] for each in everything["aggregations"]["level"]["buckets"]] == ["thcs"]


def test_results_show_what_a_material_and_its_unit_are_called_now(client, session, publish, indexed):
    unit = make_unit(session, name={"vi": "Trung tâm cũ"})
    made = publish("Thủy lợi", owner=make_educator(session, unit), levels=["thcs"])
    publish("Thủy lợi hai", owner=make_educator(session, make_unit(session)))
    indexed()
    page = text_of(client.get("/search?q=thuy+loi"))
    assert page.count("Trung tâm cũ") == 2  # with the result, and among the filters
    change_unit(session, None, unit, name={"vi": "Trung tâm mới"}, kind=unit.kind, ward_code=unit.ward_code)
    material = session.scalars(sa.select(Material).where(Material.public_id == made)).one()
    material.current_version.record = material.current_version.record | {"title": {"vi": "Thủy lợi mới"}}
    material_changed(session, material)
    session.commit()
    page = text_of(client.get("/search?q=thuy+loi"))
    assert (page.count("Trung tâm cũ"), page.count("Trung tâm mới")) == (0, 2)
    assert "<mark>Thủy lợi</mark> mới" in page


def test_while_a_file_is_read_again_results_show_what_was_read_before(client, session, handbook):
    before = text_of(client.get("/search?q=thuy+loi+noi+dong"))
    known = session.scalars(sa.select(Rendition)).one()
    session.add(Rendition(blob_sha256=known.blob_sha256, extractor_version=known.extractor_version + 1))
    session.commit()
    after = text_of(client.get("/search?q=thuy+loi+noi+dong"))
    for page in (before, after):
        assert "<mark>thuỷ lợi nội đồng</mark>" in page
        assert "3 trang" in page


def test_what_was_withdrawn_is_gone_at_once_though_the_index_still_has_it(client, session, publish, indexed):
    kept, gone = publish("Thủy lợi một"), publish("Thủy lợi hai")
    indexed()
    material = session.query(Material).filter_by(public_id=gone).one()
    withdraw(session, make_reviewer(session), material, "wrong", "Sai")
    session.commit()
    response = client.get("/search?q=thuy+loi")
    assert ids(response) == [kept]
    assert "1 kết quả" in text_of(response)
    assert "hai" not in text_of(client.get("/search/suggest?q=thuy+loi"))


def test_what_was_replaced_is_masked_until_the_index_has_the_newer_version(client, session, publish, indexed):
    kept, replaced = publish("Thủy lợi một", levels=["thcs"]), publish("Thủy lợi bí mật", levels=["thpt"])
    indexed()
    material = session.query(Material).filter_by(public_id=replaced).one()
    assert set(ids(client.get("/search?q=thuy+loi"))) == {kept, replaced}
    replace_published(session, material, title={"vi": "Thủy lợi mở"})
    session.commit()
    response = client.get("/search?q=thuy+loi")
    assert ids(response) == [kept]
    assert "1 kết quả" in text_of(response)
    assert "level=thpt" not in text_of(response)
    assert "bí mật" not in text_of(client.get("/search/suggest?q=thuy+loi"))
    indexed()
    wait_until(lambda: replaced in ids(client.get("/search?q=thuy+loi+mo")))
    assert ids(client.get("/search?q=bi+mat&exact=1")) == []


def test_an_import_that_replaces_much_does_not_empty_the_catalogue(client, session, publish, indexed, monkeypatch):
    monkeypatch.setattr(indexing, "MAX_REPLACED", 2)
    made = {publish(f"Thủy lợi {number}") for number in range(3)}
    indexed()
    for material in session.scalars(sa.select(Material)).all():
        replace_published(session, material, title={"vi": "Thủy lợi mới"})
    session.commit()
    response = client.get("/search?q=thuy+loi")
    assert set(ids(response)) == made
    assert text_of(response).count("Thủy lợi</mark> mới") == 3


def test_filters_come_from_the_address_several_at_once_and_each_can_be_removed(client, publish, indexed):
    one = publish("Thủy lợi một", levels=["thcs"], types=["handbook"])
    two = publish("Thủy lợi hai", levels=["thpt"], types=["exercise"])
    publish("Thủy lợi ba", levels=["thpt"], types=["handbook"])
    indexed()
    response = client.get("/search?q=thuy+loi&level=thcs&level=thpt&type=handbook")
    assert len(ids(response)) == 2
    assert set(ids(client.get("/search?level=thcs"))) == {one}
    assert set(ids(client.get("/search?type=exercise"))) == {two}
    page = text_of(response)
    assert 'href="/search?q=thuy+loi&amp;level=thpt&amp;type=handbook">Trung học cơ sở' in page
    assert 'href="/search?q=thuy+loi&amp;level=thcs&amp;level=thpt">' in page


def test_orders_and_pages(client, publish, indexed):
    titles = [f"Bài {letter} chung" for letter in "lkjhgfedcba"]
    made = [publish(title) for title in titles]
    indexed()
    first, second = client.get("/search?q=chung&sort=title"), client.get("/search?q=chung&sort=title&page=2")
    assert ids(first) + ids(second) == made[::-1]
    assert 'start="11"' in text_of(second)
    assert ids(client.get("/search?q=chung&sort=title&page=99")) == ids(second), "beyond the last page is the last one"


def test_a_slip_is_mended_and_said_and_the_words_as_typed_are_a_link_away(client, handbook):
    page = text_of(client.get("/search", query_string={"q": "thuyr lợi nội đồnga"}))
    assert "Đang hiện kết quả cho <b>thuỷ lợi nội đồng</b>" in page
    assert "exact=1" in page
    (address,) = re.findall(r'href="([^"]*/read[^"]*)"', page)
    assert '<mark id="hit">thuỷ</mark> <mark>lợi</mark>' in text_of(client.get(address.replace("&amp;", "&")))
    literal = text_of(client.get("/search?q=thihy&exact=1"))
    assert "Đang hiện kết quả cho" not in literal


def test_a_search_can_be_followed_as_a_feed(client, handbook):
    page = text_of(client.get("/search?q=thuy+loi&format=pdf&sort=title"))
    (address,) = set(re.findall(r'href="(/search\.atom[^"]*)"', page))
    assert address == "/search.atom?q=thuy+loi&amp;format=pdf"
    assert handbook in text_of(client.get(address.replace("&amp;", "&")))


def test_an_empty_result_helps(client, handbook, publish, indexed):
    page = text_of(client.get('/search?q="cau+truc"+zzzz&level=thcs'))
    assert "Chưa tìm thấy học liệu nào" in page
    assert "bỏ “Trung học cơ sở”" in page
    for quoted in ('"cau+truc"', "“cau+truc”", "«cau+truc»", "„cau+truc“"):
        page = text_of(client.get(f"/search?q={quoted}+zzzz"))
        assert '<a href="/search?q=cau+truc+zzzz">Tìm các từ này, không cần đúng thứ tự' in page, quoted


def test_an_empty_result_names_the_nearest_words_and_the_subjects_that_may_hold_it(client, publish, indexed):
    made = publish("Trồng xoài cát", subjects=["sch.toan"], keywords=["tổ hợp", "ghép cành"])
    indexed()
    page = text_of(client.get("/search", query_string={"q": "ghepzzz xoaiqqq toán", "level": "thcs", "exact": "1"}))
    empty = page.split('<div class="empty">')[1]
    assert '<a href="/search?q=gh%C3%A9p+c%C3%A0nh">ghép cành</a>' in empty
    assert f'<a href="/materials/{made}">Trồng xoài cát</a>' in empty
    assert '<a href="/subjects/sch.toan">Toán</a>' in empty
    assert "Tìm cả những từ viết gần giống" in empty
    assert "tổ hợp" not in empty


def test_a_title_found_in_another_language_is_shown_in_the_readers_and_once(client, session, indexed):
    titles = {"vi": "Đếm tiền", "en": "Counting coins"}
    made = make_published(session, make_educator(session), title=titles).public_id
    indexed()
    for prefix, title in (("", "Đếm tiền"), ("/en", "Counting coins")):
        page = text_of(client.get(f"{prefix}/search", query_string={"q": "countzzz coinqqq đếmzz", "exact": "1"}))
        assert re.findall(rf'/materials/{made}">([^<]+)</a>', page) == [title]


def test_where_none_has_all_of_the_words_one_can_say_what_one_needs(client, handbook):
    page = text_of(client.get("/search?q=thuy+loi+khongcogica"))
    assert handbook in page
    assert 'href="/need?q=thuy+loi+khongcogica"' in page
    assert 'href="/need' not in text_of(client.get("/search?q=thuy+loi"))


def test_the_page_is_english_under_en(client, publish, indexed):
    made = publish("Thủy lợi", summary={"vi": "Tóm tắt", "en": "Irrigation of rice fields"})
    indexed()
    response = client.get("/en/search?q=irrigate+field")
    assert ids(response) == [made]
    assert "1 result for" in text_of(response)
    assert "<mark>Irrigation</mark>" not in text_of(response)
    assert "<mark>fields</mark>" in text_of(response)


def test_what_was_typed_is_escaped(client, handbook):
    for typed in ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'):
        for address in ("/search", "/en/search"):
            page = text_of(client.get(address, query_string={"q": typed}))
            assert "<script>alert" not in page
            assert "<img src=x" not in page


@pytest.fixture
def broken(installation, handbook):
    """An index whose files were damaged."""
    folder = next(installation.settings.instance_dir.glob("search/i-*"), None) or next(
        path.parent for path in installation.settings.instance_dir.rglob("*.pst")
    )
    for file in folder.glob("MAIN_*"):
        if file.is_file() and file.suffix in (".pst", ".trm"):
            file.write_bytes(file.read_bytes()[:10])


def test_a_broken_index_is_said_kindly_and_browsing_goes_on_and_it_heals(settings, queue, broken, indexed, handbook):
    # Another process, that had not opened the index before it was damaged.
    other = open_backends(settings, queue)
    client = build_app(other).test_client()
    response = client.get("/search?q=thuy+loi")
    assert response.status_code == 503
    assert "Chỉ mục tìm kiếm cần được tạo lại" in text_of(response)
    assert client.get("/api/v1/materials?q=thuy+loi").status_code == 503
    assert client.get("/search/suggest?q=thuy").get_json()["suggestions"] == []
    assert client.get("/").status_code == 200
    deadline = time.monotonic() + 60  # readers see a new generation within two seconds
    found = []
    while found != [handbook] and time.monotonic() < deadline:
        indexed()  # as the worker's sweep does: its own view of the index may be half a second old
        time.sleep(0.1)
        found = ids(client.get("/search?q=thuy+loi"))
    assert found == [handbook]
    other.database.engine.dispose()
