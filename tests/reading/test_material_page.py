"""The page of a material."""

import html
import json
import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from oer.accounts.models import Role, RoleGrant
from oer.catalogue.models import Material
from oer.catalogue.services.drafts import new_version
from oer.catalogue.services.files import add_file
from oer.catalogue.services.review import publish, submit_for_review
from oer.catalogue.services.withdrawal import withdraw
from oer.core.clock import now
from oer.core.ids import new_public_id
from oer.usage.models import DailyUsage
from tests.accounts.factories import make_account, make_unit
from tests.catalogue.factories import (
    make_blob,
    make_collection,
    make_educator,
    make_material,
    make_published,
    make_rendition,
    make_reviewer,
    make_submitted,
)


@pytest.fixture
def material(session: Session) -> Material:
    make_rendition(session, make_blob(session), "Trang một", "Trang hai", facts={"pages": 2})
    made = make_published(
        session,
        title={"vi": "Sổ tay thủy lợi", "en": "Irrigation handbook"},
        summary={"vi": "Giữ nước cho ruộng nhỏ."},
        levels=["xmc"],
        time_required="PT3H",
        outcomes={"vi": ["Chọn vị trí cống"]},
        prerequisites={"vi": ["Biết đọc"]},
        keywords=["ruộng"],
        accessibility={"features": ["taggedPDF"], "hazards": [], "summary": {"vi": "Đọc được bằng máy"}},
    )
    session.commit()
    return made


def page_of(client: FlaskClient, material: Material, prefix: str = "") -> str:
    answer = client.get(f"{prefix}/materials/{material.public_id}")
    assert answer.status_code == 200
    return answer.text


def brief_of(page: str) -> list[tuple[str, str]]:
    """The rows of the label: heading and value, without markup."""
    label = page[page.index('class="panel brief"') :]
    rows = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", label[: label.index("</dl>")], re.DOTALL)
    return [(heading, re.sub(r"<[^>]+>", "", value)) for heading, value in rows]


def test_a_page_says_what_for_whom_how_long_who_looked_at_it_and_what_one_may_do(
    client: FlaskClient, material: Material
) -> None:
    page, day = page_of(client, material), local_day(material.published_at)
    assert re.search(r'class="kicker">([^<]*)<', page)[1] == "Sổ tay"
    assert brief_of(page) == [
        ("Thời lượng", "khoảng 3 giờ, 2 trang"),
        ("Dành cho ai", "Mọi người dân"),
        ("Kiểm tra", f"{day}, do người kiểm tra của kho"),
        ("Giấy phép", "Bạn được sao chép, sửa và dùng cả cho mục đích kinh doanh, chỉ cần ghi nguồn. CC BY"),
    ]
    for text in (
        "Giữ nước cho ruộng nhỏ.",
        "Chọn vị trí cống",
        "Biết đọc",
        "Đọc được bằng máy",
        "ruộng",
        "Tải về, 7 B",
    ):
        assert text in page


def test_a_page_says_for_whom_its_reviewer_spoke_and_never_who_it_was(client: FlaskClient, session: Session) -> None:
    unit = make_unit(session, name={"vi": "Trung tâm học tập cộng đồng"})
    educator, reviewer = make_educator(session, unit), make_account(session, Role.REVIEWER, unit=unit, name="Chị Bảy")
    made = make_submitted(session, educator)
    publish(session, reviewer, made)
    session.commit()
    page = page_of(client, made)
    assert dict(brief_of(page))["Kiểm tra"].endswith(", do người kiểm tra của Trung tâm học tập cộng đồng")
    assert "Chị Bảy" not in page
    # Whoever is given a role later did not speak for it then; and an import was reviewed by nobody.
    session.execute(sa.update(RoleGrant).values(granted_at=now() + timedelta(days=1)))
    made.page_revision += 1
    session.commit()
    assert dict(brief_of(page_of(client, made)))["Kiểm tra"].endswith(", do người khác với người đưa lên")
    made.current_version.submitted_at, made.page_revision = None, made.page_revision + 1
    session.commit()
    assert dict(brief_of(page_of(client, made)))["Đã đăng"] == local_day(made.published_at)


def local_day(moment: datetime) -> str:
    return f"{moment.astimezone(ZoneInfo('Asia/Ho_Chi_Minh')):%-d/%-m/%Y}"


def test_what_is_inside_leads_to_its_place_in_the_reader(client: FlaskClient, session: Session) -> None:
    outline = [{"title": f"Chương {number}", "level": 1 + number % 2, "page": number} for number in range(1, 13)]
    outline.insert(1, {"title": "Mục <b>", "level": 2, "page": 1})
    made_rendition = make_rendition(session, make_blob(session), *["chữ"] * 12, facts={"pages": 12, "outline": outline})
    made = make_published(session)
    session.commit()
    page, read = page_of(client, made), f"/materials/{made.public_id}/files/1/read"
    inside = page[page.index('id="inside"') : page.index("</section>", page.index('id="inside"'))]
    links = re.findall(r'href="([^"]*)">([^<]*)</a>', inside)
    assert links[:3] == [
        (f"{read}#heading-1", "Chương 1"),
        (f"{read}#heading-2", "Mục &lt;b&gt;"),
        (f"{read}?page=2#heading-1", "Chương 2"),
    ]
    assert len(links) == 13
    assert "Xem thêm 7 mục" in inside
    made_rendition.facts, made.page_revision = {"pages": 12, "outline": outline[:1]}, 9
    session.commit()
    assert 'id="inside"' not in page_of(client, made), "one entry would only repeat the title"


def test_what_is_said_can_be_read_from_the_page_of_a_recording(client: FlaskClient, session: Session) -> None:
    owner = make_educator(session)
    made = make_material(session, owner, content=None)
    for number, (name, media_type, role) in enumerate(
        [
            ("loi.mp3", "audio/mpeg", "content"),
            ("loi.vtt", "text/vtt", "captions"),
            ("loi.txt", "text/plain", "transcript"),
        ]
    ):
        blob = make_blob(session, f"{number}".encode(), media_type)
        make_rendition(session, blob, "Xin chào")
        add_file(session, made, blob.sha256, name, role=role)
    submit_for_review(session, owner, made)
    publish(session, make_reviewer(session), made)
    session.commit()
    page = page_of(client, made)
    assert f'href="/materials/{made.public_id}/files/1/read#transcript">Đọc bản chữ</a>' in page
    assert f'href="/materials/{made.public_id}/files/3/read">' in page
    assert f'href="/materials/{made.public_id}/files/2/read"' not in page


def test_what_one_can_do_afterwards_is_a_list_that_a_script_makes_one_to_tick(
    client: FlaskClient, material: Material
) -> None:
    page = page_of(client, material)
    assert f'data-ticks="{material.public_id}">\n<li>Chọn vị trí cống</li>' in page
    assert "/static/ticks.js" in page
    assert "checkbox" not in page, "without the script there is nothing to be ticked, so nothing is lost"


ODD_TITLES = [
    "Âu",
    "Nước " * 60,
    "Ngắtcầudaotrướckhisửa" * 14,
    "AN TOÀN ĐIỆN TRONG NHÀ " * 10,
    "សុវត្ថិភាពអគ្គិសនី",
    "用电安全手册：家里的电",
    "السلامة الكهربائية في المنزل",
    '<b>Điện</b> & "nhà"',
]


@pytest.mark.parametrize("title", ODD_TITLES)
def test_any_title_is_whole_on_its_page_and_on_its_cover(client: FlaskClient, session: Session, title: str) -> None:
    title = title.strip()[:300]
    made = make_published(session, title={"vi": title})
    session.commit()
    page = page_of(client, made)
    assert html.unescape(re.search(r'<h1[^>]* lang="vi">(.*?)</h1>', page)[1]) == title
    assert page.count("<b>Điện</b>") == 0


def test_a_page_of_a_material_of_which_little_is_known_has_no_empty_parts(
    client: FlaskClient, session: Session
) -> None:
    bare = dict.fromkeys(("subjects", "types", "audiences", "summary", "creators"))
    made = make_published(session)
    version = made.current_version
    version.record = {name: value for name, value in version.record.items() if name not in bare}
    session.commit()
    page = page_of(client, made)
    assert [heading for heading, _ in brief_of(page)] == ["Kiểm tra", "Giấy phép"]
    for absent in ('class="kicker"', 'class="lead"', 'id="outcomes"', 'id="courses"', "None"):
        assert absent not in page
    assert '<svg class="cv cv-booklet"' in page


def test_a_hundred_authors_are_all_named_once_and_few_at_first(client: FlaskClient, session: Session) -> None:
    names = [f"Nguyễn Thị {number}" for number in range(100)]
    made = make_published(session, creators=[{"name": name} for name in names])
    session.commit()
    page = page_of(client, made)
    made_by = page[page.index("<dt>Biên soạn</dt>") : page.index("</dd>", page.index("<dt>Biên soạn</dt>"))]
    assert made_by.count("Nguyễn", 0, made_by.index("và 90 người nữa")) == 10
    assert re.findall(r">(Nguyễn Thị \d+)<", made_by) == names


def test_a_page_names_the_place_and_what_it_belonged_to_before(client: FlaskClient, session: Session) -> None:
    made = make_published(session, title={"vi": "Khu chợ cũ"}, place="25760")
    session.commit()
    page = page_of(client, made, "/en")
    fact = page[page.index("<dt>Place</dt>") :]
    fact = fact[: fact.index("</dd>")]
    assert '<a href="/en/search?place=25760">Binh Duong Ward</a>' in fact
    assert '<span lang="vi">Thành phố Thủ Dầu Một</span>, <span lang="vi">Thành phố Tân Uyên</span>' in fact
    assert "Former Binh Duong Province" in fact
    assert "trước ngày 1/7/2025: " in page_of(client, made)


def test_it_opens_and_downloads_in_the_language_of_its_address(client: FlaskClient, material: Material) -> None:
    page = page_of(client, material, "/en")
    assert "Irrigation handbook" in page
    assert "Read now" in page
    assert f'href="/en/materials/{material.public_id}/files/1/read"' in page
    assert f'href="/en/materials/{material.public_id}/files/1/download"' in page
    assert 'lang="vi">' in page  # the summary, which is in Vietnamese alone


def test_it_tells_machines_the_same(client: FlaskClient, material: Material) -> None:
    page = page_of(client, material)
    found = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page)[1])
    assert found["@type"] == ["LearningResource", "TextDigitalDocument"]
    assert found["name"] == "Sổ tay thủy lợi"
    assert found["@id"] == f"http://localhost/materials/{material.public_id}"
    assert found["encoding"][0]["contentUrl"].endswith("/files/1/download")
    assert f'<link rel="canonical" href="http://localhost/materials/{material.public_id}">' in page
    assert '<meta property="og:title" content="Sổ tay thủy lợi">' in page


def test_when_it_was_first_published_is_what_its_author_says_on_the_page_and_for_machines(
    client: FlaskClient, session: Session
) -> None:
    public_id = make_published(session, published_on="2019-03-15").public_id
    session.commit()
    page = client.get(f"/materials/{public_id}").text
    assert "<dt>Ngày xuất bản đầu tiên</dt><dd>15/3/2019" in page
    assert '"datePublished":"2019-03-15"' in page


def test_days_for_machines_are_those_of_the_city(client: FlaskClient, session: Session) -> None:
    material = make_published(session)
    material.first_published_at = datetime(2026, 3, 14, 17, 30, tzinfo=UTC)  # half past midnight in the city
    public_id = material.public_id
    session.commit()
    assert '"datePublished":"2026-03-15"' in client.get(f"/materials/{public_id}").text


@pytest.mark.parametrize("change", [str.upper, lambda text: text.replace("-", ""), lambda text: text.replace("1", "I")])
def test_an_id_that_was_misread_leads_to_the_one_that_was_meant(
    client: FlaskClient, session: Session, material: Material, change
) -> None:
    material.public_id = next(each for each in iter(new_public_id, None) if "1" in each and each != each.upper())
    session.commit()
    other = change(material.public_id)
    answer = client.get(f"/en/materials/{other}?q=a")
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"/en/materials/{material.public_id}?q=a"


@pytest.mark.parametrize("public_id", ["nothing", "00000-00000", "a" * 500, "..%2f..%2fetc"])
def test_an_unknown_id_is_404(client: FlaskClient, material: Material, public_id: str) -> None:
    assert client.get(f"/materials/{public_id}").status_code == 404


def test_a_draft_looks_like_nothing(client: FlaskClient, session: Session) -> None:
    draft = make_material(session, title={"vi": "Bí mật"})
    session.commit()
    answer, nothing = client.get(f"/materials/{draft.public_id}"), client.get("/materials/zzzzz-zzzzz")
    assert answer.status_code == nothing.status_code == 404
    assert answer.text.replace(draft.public_id, "") == nothing.text.replace("zzzzz-zzzzz", "")


def test_a_new_draft_of_a_published_material_changes_nothing_for_readers(
    client: FlaskClient, session: Session, material: Material
) -> None:
    before = page_of(client, material)
    version = new_version(session, make_educator(session), material)
    version.record = {**version.record, "title": {"vi": "Nháp mới"}}
    session.commit()
    assert page_of(client, material) == before
    assert client.get(f"/materials/{material.public_id}?version=2").status_code == 404


def test_what_was_withdrawn_leaves_a_tombstone(client: FlaskClient, session: Session, material: Material) -> None:
    page_of(client, material)
    page_of(client, material)
    withdraw(session, make_reviewer(session), material, "outdated", "Đã có bản mới")
    session.commit()
    answer = client.get(f"/en/materials/{material.public_id}")
    assert answer.status_code == 410
    for text in ("Irrigation handbook", "Out of date", "Đã có bản mới", "Withdrawn on"):
        assert text in answer.text
    assert "Giữ nước cho ruộng nhỏ" not in answer.text
    for path in ("/share", "/cover.webp", "/cover.png", "/qr.svg"):
        assert client.get(f"/materials/{material.public_id}{path}").status_code == 410


def test_the_tombstone_of_personal_data_repeats_none(client: FlaskClient, session: Session) -> None:
    material = make_published(session, title={"vi": "Số điện thoại của bà A"})
    withdraw(session, make_reviewer(session), material, "privacy", "Có số điện thoại của bà A")
    session.commit()
    answer = client.get(f"/materials/{material.public_id}")
    assert answer.status_code == 410
    assert "bà A" not in answer.text


def test_a_material_knows_its_place_in_a_course(client: FlaskClient, session: Session, material: Material) -> None:
    educator = make_educator(session)
    before = make_published(session, educator, title={"vi": "Bài trước"})
    after = make_published(session, educator, title={"vi": "Bài sau"})
    make_collection(session, before, material, after, title={"vi": "Làm ruộng"})
    session.commit()
    page = page_of(client, material)
    assert "Làm ruộng" in page
    assert "Phần 2/3" in page
    assert f'href="/materials/{before.public_id}"' in page
    assert f'href="/materials/{after.public_id}"' in page


def test_related_materials_are_named_while_they_are_in_service(
    client: FlaskClient, session: Session, material: Material
) -> None:
    relations = [
        {"type": "translationOfWork", "target": material.public_id},
        {"type": "references", "target": "https://example.org/nguon"},
    ]
    other = make_published(session, relations=relations)
    session.commit()
    assert f'href="/materials/{material.public_id}"' in page_of(client, other)
    assert "https://example.org/nguon" in page_of(client, other)
    withdraw(session, make_reviewer(session), material, "outdated", "cũ")
    session.commit()
    assert material.public_id not in page_of(client, other)


def test_a_relation_is_shown_from_both_ends_and_once(client: FlaskClient, session: Session, material: Material) -> None:
    relations = [{"type": "translationOfWork", "target": material.public_id}]
    other = make_published(session, title={"en": "Home electrics"}, language=["en"], relations=relations)
    session.commit()
    assert f'href="/en/materials/{other.public_id}"' in page_of(client, material, "/en")
    assert "Has translation: " in page_of(client, material, "/en")
    assert "(English)" in page_of(client, material, "/en")
    back = [{"type": "workTranslation", "target": other.public_id}]
    both = make_published(session, title={"vi": "Cả hai"}, relations=back)
    session.commit()
    assert page_of(client, other).count(f'href="/materials/{both.public_id}"') == 1
    withdraw(session, make_reviewer(session), other, "outdated", "cũ")
    session.commit()
    assert other.public_id not in page_of(client, material, "/en")


def test_a_link_alone_says_where_it_leads(client: FlaskClient, session: Session) -> None:
    material = make_published(session, content=None, source_url="https://example.org/bai-hoc?a=1")
    session.commit()
    page = page_of(client, material, "/en")
    assert 'href="https://example.org/bai-hoc?a=1"' in page
    assert "is on another site: example.org" in page
    assert "Download" not in page


def test_why_a_file_does_not_open_is_said(client: FlaskClient, session: Session) -> None:
    from oer.files.models import RenditionState

    make_rendition(session, make_blob(session, b"locked"), state=RenditionState.ENCRYPTED)
    material = make_published(session, content=b"locked")
    session.commit()
    page = page_of(client, material, "/en")
    assert "protected by a password" in page
    assert "Read now" not in page
    assert f'href="/en/materials/{material.public_id}/files/1/download"' in page


def test_text_whose_extraction_ends_after_publication_shows_at_once(client: FlaskClient, session: Session) -> None:
    material = make_published(session, content=b"slow")
    session.commit()
    assert "Đọc ngay" not in page_of(client, material)
    assert "Đọc ngay" not in page_of(client, material)
    make_rendition(session, make_blob(session, b"slow"), "Trang một")
    session.commit()
    assert "Đọc ngay" in page_of(client, material)


def test_markup_in_a_record_is_only_text(client: FlaskClient, session: Session) -> None:
    evil = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    material = make_published(
        session, title={"vi": evil}, summary={"vi": evil}, keywords=[evil[:90]], creators=[{"name": evil}]
    )
    session.commit()
    page = page_of(client, material)
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    described = page.count('<script type="application/ld+json">')
    assert page.count("</script>") == described + page.count("<script src=")


def test_citing_and_sharing(client: FlaskClient, material: Material) -> None:
    page = client.get(f"/en/materials/{material.public_id}/share").text
    address = f"http://localhost/materials/{material.public_id}"
    assert f"Irrigation handbook. {address}. Licence: CC BY 4.0." in page
    assert "https://zalo.me/share?" in page
    assert "mailto:?subject=Irrigation%20handbook" in page
    code = client.get(f"/materials/{material.public_id}/qr.svg")
    assert code.headers["Content-Type"] == "image/svg+xml"
    assert code.data.startswith(b"<svg")


def test_everybody_sees_how_often_it_was_viewed_and_downloaded_and_since_when(
    client: FlaskClient, session: Session, material: Material
) -> None:
    assert "Use</dt>" not in page_of(client, material, "/en")
    for day, views, downloads in ((1, 7, 0), (2, 5, 3)):
        row = {"format": "all", "item": material.public_id, "method": "Regular"}
        session.add(DailyUsage(day=date(2026, 3, day), views=views, downloads=downloads, **row))
    material.page_revision += 1
    session.commit()
    use = page_of(client, material, "/en").split("Use</dt>")[1].split("</dd>")[0]
    assert "12 views, 3 downloads" in use
    assert "since 1 Mar 2026" in use
