"""What the text of a file offers for its description, and the materials that are near to it."""

import shutil

import pytest
import sqlalchemy as sa

from oer.app import open_installation
from oer.catalogue import first_draft
from oer.catalogue.models import Material, Version
from oer.catalogue.queries.nearest import forget_catalogued, neighbours, same_content
from oer.catalogue.queries.suggestions import suggestions_for
from oer.catalogue.services.files import add_file
from oer.catalogue.services.review import publish, submit_for_review
from oer.catalogue.services.withdrawal import withdraw
from oer.config import Settings
from oer.files.jobs import sketch_older_texts
from oer.files.likeness import keep_sketch
from oer.files.models import TextSketch, TextSketchKey
from tests.catalogue.factories import (
    make_blob,
    make_educator,
    make_material,
    make_published,
    make_rendition,
    make_reviewer,
)

WASTE = """Phân loại rác tại nguồn

Mỗi nhà chia rác thành ba nhóm: rác thực phẩm, rác tái chế và rác còn lại. Bài này chỉ cách đặt thùng trong bếp.

Học xong, bạn có thể:
- Kể tên ba nhóm rác
- Đặt đúng thùng rác cho từng nhóm;
- Giảm túi ni lông khi đi chợ

Rác thực phẩm ủ thành phân. Rác tái chế rửa sạch, để khô rồi giao cho người thu gom. Túi ni lông dùng lại nhiều lần.
Chất thải nguy hại như pin, bóng đèn để riêng. Rác còn lại buộc kín, bỏ đúng giờ. Mỗi tuần cân lại thùng rác một lần."""
BOOK = """Câu lạc bộ đọc sách ở thư viện phường

Mỗi tháng câu lạc bộ đọc chung một cuốn truyện của một nhà văn Việt Nam. Người lớn và trẻ em cùng nghe, cùng kể lại.
Thư viện mở cửa buổi tối. Sách mượn về nhà hai tuần. Ai cũng có thể giới thiệu một cuốn sách cho cả nhóm cùng đọc."""


def filed(session, material, text, name="bai.md"):
    """Give a material a file with this text, as it is once it has been read."""
    blob = make_blob(session, text.encode(), "text/markdown")
    add_file(session, material, blob.sha256, name)
    make_rendition(session, blob, text, facts={"language": "vi"})
    keep_sketch(session, blob.sha256, [text])
    return material


def public(session, text, **fields):
    educator = make_educator(session)
    material = filed(session, make_material(session, educator, content=None, **fields), text)
    submit_for_review(session, educator, material)
    publish(session, make_reviewer(session), material)
    forget_catalogued()
    return material


def draft(session, text, owner=None, **fields):
    return filed(session, make_material(session, owner, content=None, **fields), text).draft


def offered(session, version):
    return {name: each.value for name, each in suggestions_for(session, version).offered.items()}


def test_a_text_offers_title_summary_outcomes_and_subject(session):
    found = offered(session, draft(session, WASTE))
    assert found["title"] == {"vi": "Phân loại rác tại nguồn"}
    assert found["summary"]["vi"].startswith("Mỗi nhà chia rác thành ba nhóm")
    assert found["outcomes"] == {
        "vi": ["Kể tên ba nhóm rác", "Đặt đúng thùng rác cho từng nhóm", "Giảm túi ni lông khi đi chợ"]
    }
    assert found["subjects"] == ["env.rac-thai"]
    assert found["language"] == ["vi"]


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("", ""),
        ("© 2020. Giữ bản quyền. Cấm sao chép dưới mọi hình thức, kể cả một phần của tài liệu này.", ""),
        ("MỤC LỤC\n1. Chương một\n2. Chương hai", ""),
        (
            "Tên\n\nGiới thiệu\n\nCuốn sổ này giúp cả nhà ghi lại số tiền đã chi mỗi ngày. Rất dễ dùng.",
            "Cuốn sổ này giúp",
        ),
        ("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35.", ""),
    ],
)
def test_a_summary_is_running_text_or_nothing(text, summary):
    found = first_draft.summary_in(text)
    assert found.startswith(summary) if summary else found == ""


def test_a_line_that_a_page_broke_is_no_sentence_of_its_own():
    text = (
        "Người nấu ăn trong nhà là người quyết định nhiều hơn ta vẫn tưởng\nvề sức khỏe của cả nhà. Việc ấy học được."
    )
    assert first_draft.summary_in(text).endswith("tưởng về sức khỏe của cả nhà. Việc ấy học được.")


@pytest.mark.parametrize(
    "text", ["Mục tiêu", "Mục tiêu\n\n- Chỉ một dòng\n\nVăn bản.", "Mục tiêu\n" + "- " + "x" * 300]
)
def test_outcomes_are_a_list_or_nothing(text):
    assert first_draft.outcomes_in(text) == []


@pytest.mark.parametrize(
    "text", ["(" * 5000, "- " * 9000, "Mục tiêu\n" * 3000, "A. " * 7000, "á" * 30_000, "\n" * 30_000]
)
def test_odd_texts_cost_no_time_and_break_nothing(text):
    first_draft.summary_in(text)
    first_draft.outcomes_in(text)
    first_draft.title_in(text)
    first_draft.keywords_in(text, ["phân loại"], ["tên"])


def test_keywords_are_those_in_use_that_the_text_says_and_what_it_repeats(session):
    public(session, WASTE + "\nMột câu nữa.", subjects=["env.rac-thai"], keywords=["túi ni lông", "ủ phân", "Toán"])
    found = offered(session, draft(session, WASTE))
    assert "túi ni lông" in found["keywords"]
    assert "Toán" not in found["keywords"], "a syllable of the text is no subject of it"


def test_what_is_nearest_is_about_the_same(session):
    waste = public(session, WASTE.replace("Mỗi nhà", "Từng nhà"), subjects=["env.rac-thai"])
    public(session, BOOK, subjects=["cul.doc-sach"])
    found = neighbours(session, draft(session, WASTE[:400]))
    assert found[0].public_id == waste.public_id
    assert len(found) == 1 or found[0].nearness > 3 * found[1].nearness


def test_what_a_neighbour_is_catalogued_as_is_suggested(session):
    public(session, WASTE.replace("Mỗi nhà", "Từng nhà"), subjects=["env.khi-hau"], levels=["thcs"])
    near = suggestions_for(session, draft(session, WASTE)).offered
    assert near["subjects"].value == ["env.khi-hau"]
    assert near["subjects"].alternatives[0] == "env.rac-thai"
    assert near["levels"].value == ["thcs"]


def test_drafts_and_what_was_withdrawn_are_no_neighbours(session):
    draft(session, WASTE.replace("Mỗi", "Từng"))
    gone = public(session, WASTE.replace("Mỗi nhà", "Nhà nào cũng"))
    withdraw(session, make_reviewer(session), gone, "outdated", "Trùng.")
    forget_catalogued()
    assert neighbours(session, draft(session, WASTE)) == []


def test_nearly_the_same_text_is_told_with_how_much(session):
    there = public(session, WASTE)
    changed = WASTE.replace("một lần.", "hai lần, vào tối chủ nhật.")
    found = same_content(session, draft(session, changed))
    assert [(each.public_id, each.is_public) for each in found] == [(there.public_id, True)]
    assert 0.7 <= found[0].likeness < 1


def test_the_same_text_in_another_form_is_nearly_the_same(session):
    there = public(session, WASTE)
    found = same_content(session, draft(session, WASTE.upper().replace("\n", "  \n")))
    assert [each.public_id for each in found] == [there.public_id]
    assert found[0].likeness == 0.99, "the bytes are other ones"


def test_another_text_about_the_same_is_no_double(session):
    public(session, WASTE)
    other = "Rác thực phẩm và rác tái chế để riêng. " + BOOK
    assert same_content(session, draft(session, other)) == []


def test_a_draft_of_somebody_else_is_not_told_of_and_an_own_one_is(session):
    educator = make_educator(session)
    draft(session, WASTE)
    own = draft(session, WASTE + " Thêm một câu.", educator)
    found = same_content(session, draft(session, WASTE + " Và một câu khác.", educator))
    assert [(each.public_id, each.is_public) for each in found] == [(own.material.public_id, False)]


def test_the_educator_is_told_before_submitting_and_the_reviewer_when_deciding(session, as_account):
    there = public(session, WASTE, title={"vi": "Bài gốc về rác"})
    educator = make_educator(session)
    again = draft(session, WASTE + " Thêm một câu.", educator).material
    hidden = draft(session, WASTE + " Bản nháp riêng.", title={"vi": "Nháp của người khác"})
    public_id, link = again.public_id, f'/materials/{there.public_id}">Bài gốc về rác</a>'
    pages = [f"/my/materials/{public_id}{rest}" for rest in ("", "/files", "/describe")]
    for page in map(as_account(educator).get, pages):
        assert link in page.text
        assert "nội dung giống nhau" in page.text
        assert hidden.material.public_id not in page.text
    submit_for_review(session, educator, again)
    decision = as_account(make_reviewer(session)).get(f"/review/{public_id}").text
    assert link in decision
    assert "Tác giả đã được báo điều này." in decision
    assert "Nếu bạn chủ ý như vậy" not in decision


def test_short_texts_are_no_doubles(session):
    public(session, "Ngắt cầu dao trước khi sửa.")
    assert same_content(session, draft(session, "Ngắt cầu dao trước khi sửa!")) == []


def test_texts_that_were_read_before_there_were_sketches_get_one(session, installation):
    blob = make_blob(session, b"older")
    make_rendition(session, blob, WASTE)
    make_rendition(session, make_blob(session, b"picture"), state="no_text")
    session.commit()
    sketch_older_texts(installation)
    assert session.scalars(sa.select(TextSketch.blob_sha256)).all() == [blob.sha256]
    assert session.scalar(sa.select(sa.func.count()).select_from(TextSketchKey)) == 16


def test_subjects_of_the_samples_are_among_the_first_three_without_themselves(sample_instance, tmp_path):
    shutil.copytree(sample_instance, tmp_path / "instance")
    installation = open_installation(Settings(instance_dir=tmp_path / "instance"))
    found = []
    with installation.database.reading() as session:
        for version in session.scalars(sa.select(Version).join(Material, Material.current_version_id == Version.id)):
            near = suggestions_for(session, version).offered.get("subjects")
            first = [*near.value, *near.alternatives] if near else []
            assert len(first) <= 3
            found.append(version.record["subjects"][0] in first)
    installation.database.engine.dispose()
    assert len(found) >= 16
    assert sum(found) >= 0.8 * len(found)


def test_a_published_material_is_no_neighbour_of_itself(session):
    material = public(session, WASTE)
    assert neighbours(session, material.current_version) == []
    assert make_published(session).current_version is not None


@pytest.mark.parametrize(
    ("title", "grades", "subjects"),
    [
        ("Ngữ văn 6: kể lại một trải nghiệm", ["lop-6"], ["ngu-van"]),
        ("Ôn tập Toán lớp 11", ["lop-11"], ["toan"]),
        ("Trò chơi cho lớp lá mầm non", ["mam-non"], []),
        ("Toán quanh ta", [], []),
        ("Công nghệ sạch cho nhà phố", [], []),
    ],
)
def test_grade_and_school_subject_are_read_off_what_a_file_is_called(session, title, grades, subjects):
    found = offered(session, draft(session, f"{title}\n\nBài này dành cho người mới bắt đầu, tự học được ở nhà."))
    assert (found.get("grades", []), found.get("school_subjects", [])) == (grades, subjects)
