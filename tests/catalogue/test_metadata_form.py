"""The form that describes a draft: half filled from the file, kept as typed when something is wrong."""

import re

import pytest
import sqlalchemy as sa

from oer.accounts.models import Role
from oer.catalogue.models import Material, VersionState
from oer.catalogue.services.drafts import set_metadata
from oer.catalogue.services.files import add_file
from oer.files.models import Rendition, RenditionState
from tests.accounts.factories import make_account, make_unit
from tests.catalogue.factories import BY, make_blob, make_educator, make_material, make_rendition, record

SEEN = re.compile(r'name="seen" value="([^"]*)"')
TYPED = {
    "title_vi": "An toàn điện",
    "summary_vi": "Ngắt cầu dao.",
    "subjects-0": "bas.song",
    "types-0": "guide",
    "language-0": "vi",
    "audiences": ["all"],
    "licence": BY,
    "creators-0-name": "Trung tâm học tập cộng đồng",
    "creators-0-role": "author",
    "source_url": "https://example.org/bai",
}


@pytest.fixture
def educator(session):
    return make_educator(session)


def draft_of(session, educator, *contents, **kept) -> str:
    material = make_material(session, educator, content=None)
    set_metadata(session, educator, material, record(**{**dict.fromkeys(record()), **kept}))
    for name, facts in contents:
        blob = make_blob(session, name.encode())
        add_file(session, material, blob.sha256, name)
        state = RenditionState.WAITING if facts is None else RenditionState.OK
        make_rendition(session, blob, "text", state=state, facts=facts or {})
    return material.public_id


def kept(session, public_id):
    session.rollback()
    found = session.scalar(sa.select(Material).where(Material.public_id == public_id)).newest_version
    state, values = found.state, found.record
    session.rollback()
    return state, values


def address(public_id) -> str:
    return f"/my/materials/{public_id}/describe"


FACTS = {"title": "Cẩm nang an toàn điện", "language": "vi", "pages": 12, "duration": 5400.0}
OFFERED = re.compile(r'name="offered" value="([^"]*)"')


def pressed(browser, public_id, accept, **typed):
    """The answer to a press of "Use it" on the page as it is."""
    page = browser.get(address(public_id)).text
    seen = {"seen": SEEN.search(page)[1], "offered": OFFERED.search(page)[1]}
    return browser.send(address(public_id), accept=accept, **{**seen, **typed})


def test_what_the_file_says_is_offered_beside_the_inputs_and_not_in_them(session, educator, as_account):
    public_id = draft_of(session, educator, ("an_toan.pdf", FACTS))
    page = as_account(educator).get(address(public_id)).text
    assert '<span class="sug">Cẩm nang an toàn điện</span>' in page
    assert 'value="Cẩm nang an toàn điện"' not in page
    assert '<option selected value="vi">' not in page
    assert 'name="creators-0-name" type="text" value="Người' in page


def test_a_suggestion_is_not_saved_unasked(session, educator, as_account):
    public_id = draft_of(session, educator, ("an_toan.pdf", FACTS))
    assert (
        pressed(as_account(educator), public_id, [], **{**TYPED, "title_vi": "", "language-0": ""}).status_code == 303
    )
    assert not {"title", "language", "time_required"} & {*kept(session, public_id)[1]}


def test_one_suggestion_is_taken_over_by_a_press(session, educator, as_account):
    public_id = draft_of(session, educator, ("an_toan.pdf", FACTS))
    answer = pressed(as_account(educator), public_id, "title", summary_vi="Ngắt cầu dao.")
    assert (answer.status_code, answer.headers["Location"]) == (303, address(public_id))
    saved = kept(session, public_id)[1]
    assert (saved["title"], saved["summary"]) == ({"vi": "Cẩm nang an toàn điện"}, {"vi": "Ngắt cầu dao."})
    assert "language" not in saved


def test_all_suggestions_are_taken_over_by_one_press_and_none_over_what_was_typed(session, educator, as_account):
    public_id = draft_of(session, educator, ("an_toan.pdf", FACTS))
    pressed(as_account(educator), public_id, "all", title_vi="Tên tôi viết")
    saved = kept(session, public_id)[1]
    assert saved["title"] == {"vi": "Tên tôi viết"}
    assert (saved["language"], saved["time_required"]) == (["vi"], "PT1H30M")


def test_a_suggestion_that_is_another_one_by_now_is_not_taken_over(session, educator, as_account):
    public_id = draft_of(session, educator, ("an_toan.pdf", FACTS))
    browser = as_account(educator)
    offered = OFFERED.search(browser.get(address(public_id)).text)[1]
    rendition = session.scalar(sa.select(Rendition))
    rendition.facts = {**FACTS, "title": "Nhan đề khác"}
    session.commit()
    answer = browser.send(address(public_id), accept="all", offered=offered)
    saved = kept(session, public_id)[1]
    assert "title" not in saved
    assert saved["language"] == ["vi"], "what is as it was shown is taken over"
    assert "vừa thay đổi" in browser.get(answer.headers["Location"]).text


def test_an_accepted_suggestion_is_kept_though_something_else_is_faulty(session, educator, as_account):
    public_id = draft_of(session, educator, ("an_toan.pdf", FACTS))
    answer = pressed(as_account(educator), public_id, "title", hours="nhiều")
    assert answer.status_code == 422
    assert 'value="Cẩm nang an toàn điện"' in answer.text
    assert kept(session, public_id)[1]["title"] == {"vi": "Cẩm nang an toàn điện"}


@pytest.mark.parametrize("made_up", ["no-such", "title:x", "all:all", "licence", "", ":", "__class__"])
def test_what_nobody_offered_cannot_be_pressed(session, educator, as_account, made_up):
    public_id = draft_of(session, educator, ("an_toan.pdf", FACTS))
    assert pressed(as_account(educator), public_id, made_up).status_code == 303
    assert not {"licence", "no-such", "__class__"} & {*kept(session, public_id)[1]}


@pytest.mark.parametrize("facts", [{}, None])
def test_a_file_that_says_nothing_of_itself_offers_its_name(session, educator, as_account, facts):
    public_id = draft_of(session, educator, ("so_tay-2.pdf", facts))
    page = as_account(educator).get(address(public_id)).text
    assert '<span class="sug">so tay 2</span>' in page
    assert ("Xem lại</a>" in page) == (facts is None), "who comes too early may look again"


def test_an_english_file_offers_an_english_title(session, educator, as_account):
    public_id = draft_of(session, educator, ("a.pdf", {"title": "Safety", "language": "en"}))
    pressed(as_account(educator), public_id, "title")
    assert kept(session, public_id)[1]["title"] == {"en": "Safety"}


def test_what_was_typed_before_is_not_in_question(session, educator, as_account):
    public_id = draft_of(session, educator, ("a.pdf", {"title": "From the file"}), title={"vi": "Typed"})
    page = as_account(educator).get(address(public_id)).text
    assert 'value="Typed"' in page
    assert "From the file" not in page


def autosave(browser, public_id, **typed):
    page = browser.get(address(public_id)).text
    values = {"seen": SEEN.search(page)[1], "csrf_token": browser.token(address(public_id)), **typed}
    return browser.client.post(address(public_id), data=values, headers={"X-Autosave": "1"})


def test_what_is_typed_is_saved_meanwhile(session, educator, as_account):
    public_id = draft_of(session, educator)
    browser = as_account(educator)
    answer = autosave(browser, public_id, title_vi="Đang viết", hours="nhiều")
    assert answer.status_code == 200
    assert "Đã lưu lúc" in answer.json["words"]
    assert kept(session, public_id)[1]["title"] == {"vi": "Đang viết"}
    assert answer.json["seen"] == SEEN.search(browser.get(address(public_id)).text)[1]


def test_a_second_window_is_told_while_it_types_and_overwrites_nothing(session, educator, as_account):
    public_id = draft_of(session, educator)
    browser = as_account(educator)
    seen = SEEN.search(browser.get(address(public_id)).text)[1]
    autosave(browser, public_id, title_vi="Cửa sổ một")
    answer = autosave(browser, public_id, title_vi="Cửa sổ hai", seen=seen)
    assert answer.status_code == 409
    assert "Tên" in answer.json["words"]
    assert kept(session, public_id)[1]["title"] == {"vi": "Cửa sổ một"}


def test_saving_meanwhile_wants_the_token_of_the_form(session, educator, as_account):
    public_id = draft_of(session, educator)
    answer = autosave(as_account(educator), public_id, title_vi="x", csrf_token="made up")
    assert answer.status_code == 400
    assert kept(session, public_id)[1] == {}


def test_a_form_is_saved_as_a_record(session, educator, as_account):
    unit = educator.grants[0].unit.code
    public_id = draft_of(session, educator)
    more = {
        "title_en": "Electrical safety",
        "creators-1-name": "Nguồn mở",
        "creators-1-role": "editor",
        "creators-1-orcid": "0000-0002-1825-0097",
        "creators-2-name": "",
        "creators-2-role": "author",
        "unit": unit,
        "keywords": "điện, an toàn ,, ",
        "hours": "1",
        "minutes": "",
        "age_from": "18",
        "outcomes_vi": "Biết ngắt cầu dao\n\nBiết gọi thợ",
        "levels": ["thcs", "thpt"],
        "features": ["captions"],
        "accessibility_vi": "Có phụ đề",
        "published_on": "2026-03",
        "place": "26506",
    }
    answer = as_account(educator).send(address(public_id), **TYPED, **more)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/my/materials/{public_id}")
    assert kept(session, public_id)[1] == {
        "title": {"vi": "An toàn điện", "en": "Electrical safety"},
        "summary": {"vi": "Ngắt cầu dao."},
        "creators": [
            {"name": "Trung tâm học tập cộng đồng", "role": "author"},
            {"name": "Nguồn mở", "role": "editor", "orcid": "0000-0002-1825-0097"},
        ],
        "unit": unit,
        "subjects": ["bas.song"],
        "levels": ["thcs", "thpt"],
        "types": ["guide"],
        "audiences": ["all"],
        "language": ["vi"],
        "keywords": ["điện", "an toàn"],
        "licence": BY,
        "time_required": "PT1H",
        "typical_age": "18-",
        "outcomes": {"vi": ["Biết ngắt cầu dao", "Biết gọi thợ"]},
        "accessibility": {"features": ["captions"], "summary": {"vi": "Có phụ đề"}},
        "source_url": "https://example.org/bai",
        "published_on": "2026-03",
        "place": "26506",
    }


def test_what_the_form_cannot_show_stays(session, educator, as_account):
    hidden = {
        "title": {"vi": "A", "fr": "Titre"},
        "time_required": "P6W",
        "relations": [{"type": "isBasedOn", "target": "https://example.org"}],
        "outcomes": {"fr": ["Savoir"]},
    }
    public_id = draft_of(session, educator, **hidden)
    as_account(educator).send(address(public_id), **TYPED)
    values = kept(session, public_id)[1]
    assert values["title"] == {"vi": "An toàn điện", "fr": "Titre"}
    assert {name: values[name] for name in ("time_required", "relations", "outcomes")} == {
        name: hidden[name] for name in ("time_required", "relations", "outcomes")
    }


def test_saving_the_form_as_it_stands_changes_nothing(session, educator, as_account):
    values = record(
        subjects=["bas.song", "bas.tinh", "sch.ngu-van"],
        types=["guide", "quiz"],
        typical_age="-5",
        time_required="PT90M",
    )
    public_id = draft_of(session, educator, **{**values, "time_required": "PT1H30M"})
    browser = as_account(educator)
    typed = {**TYPED, "title_vi": values["title"]["vi"], "summary_vi": values["summary"]["vi"], "source_url": ""}
    typed |= {"subjects-0": "bas.song", "subjects-1": "bas.tinh", "subjects-2": "sch.ngu-van"}
    typed |= {"types-0": "guide", "types-1": "quiz", "age_to": "5", "hours": "1", "minutes": "30"}
    typed |= {"creators-0-name": values["creators"][0]["name"]}
    browser.send(address(public_id), **typed)
    assert kept(session, public_id)[1] == {**values, "time_required": "PT1H30M"}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"source_url": "javascript:alert(1)"}, "source_url"),
        ({"creators-0-orcid": "1234"}, "creators-0-orcid"),
        ({"creators-0-name": "", "creators-0-affiliation": "Trường"}, "creators-0-name"),
        ({"age_from": "50", "age_to": "20"}, "age_from"),
        ({"hours": "nhiều"}, "hours"),
        ({"published_on": "hôm qua"}, "published_on"),
        ({"title_vi": "x" * 301}, "title_vi"),
        ({"subjects-0": "no-such"}, "subjects"),
        ({"unit": "no-such-unit"}, "unit"),
        ({"licence": "free"}, "licence"),
    ],
)
def test_a_fault_is_shown_at_its_field_and_everything_stays_as_typed(session, educator, as_account, wrong, field):
    public_id = draft_of(session, educator)
    answer = as_account(educator).send(address(public_id), **{**TYPED, "keywords": "giữ lại", **wrong})
    assert answer.status_code == 422
    assert 'class="error"' in answer.text
    at = answer.text.index(f'id="{field}"')
    assert 'class="error"' in answer.text[at - 900 : at + 400]
    for typed in (wrong.get("title_vi", "An toàn điện"), "Ngắt cầu dao.", "giữ lại"):
        assert typed in answer.text
    summary = answer.text[answer.text.index('id="errors"') :]
    assert f'href="#{field}"' in summary[: summary.index("</div>")]
    saved = kept(session, public_id)[1]
    assert (saved["summary"], saved["keywords"]) == ({"vi": "Ngắt cầu dao."}, ["giữ lại"])
    assert not {"source_url", "typical_age", "time_required", "published_on", "unit"} & {*wrong} & {*saved}


def summary_of(answer):
    said = answer.text[answer.text.index('id="errors"') :]
    return said[: said.index("</div>")]


def test_all_faults_are_named_at_once_with_their_fields(session, educator, as_account):
    public_id = draft_of(session, educator)
    wrong = {
        "hours": "nhiều",
        "creators-0-orcid": "1234",
        "creators-1-affiliation": "Trường",
        "creators-1-role": "editor",
        "unit": "no-such-unit",
        "published_on": "hôm qua",
        "summary_vi": "",
    }
    answer = as_account(educator).send(address(public_id), **{**TYPED, **wrong}, submit="1")
    assert answer.status_code == 422
    said = summary_of(answer)
    names = ("Giờ: ", "Tác giả hoặc người tham gia 1, Mã ORCID", "Tác giả hoặc người tham gia 2, Tên", "Đơn vị đăng: ")
    for name in (*names, "Tóm tắt tiếng Việt: "):
        assert name in said, said
    assert said.count('href="#hours"') == 1
    assert kept(session, public_id)[0] == VersionState.DRAFT


def test_of_a_person_the_faulty_part_alone_is_not_saved(session, educator, as_account):
    public_id = draft_of(session, educator, creators=[{"name": "Người trước"}])
    wrong = {"creators-0-orcid": "1234", "creators-1-name": "Nguồn mở", "creators-1-role": "editor"}
    assert as_account(educator).send(address(public_id), **TYPED, **wrong).status_code == 422
    assert kept(session, public_id)[1]["creators"] == [
        {"name": TYPED["creators-0-name"], "role": "author"},
        {"name": "Nguồn mở", "role": "editor"},
    ]


def test_what_was_right_before_stays_where_a_field_is_faulty(session, educator, as_account):
    before = {"title": {"vi": "Tên cũ"}, "time_required": "PT2H", "accessibility": {"hazards": ["none"]}}
    public_id = draft_of(session, educator, **before)
    wrong = {"title_vi": "x" * 301, "hours": "nhiều", "hazards": ["none"], "features": ["no-such"]}
    assert as_account(educator).send(address(public_id), **{**TYPED, **wrong}).status_code == 422
    saved = kept(session, public_id)[1]
    assert {name: saved[name] for name in before} == before


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("15/03/2026", "2026-03-15"),
        ("1/3/2026", "2026-03-01"),
        ("1.3.2026", "2026-03-01"),
        ("03/2026", "2026-03"),
        ("2026", "2026"),
    ],
)
def test_dates_are_typed_as_people_write_them(session, educator, as_account, typed, written):
    public_id = draft_of(session, educator)
    browser = as_account(educator)
    assert browser.send(address(public_id), **TYPED, published_on=typed).status_code == 303
    assert kept(session, public_id)[1]["published_on"] == written
    shown = "/".join(reversed(written.split("-")))
    assert f'value="{shown}"' in browser.get(address(public_id)).text


def test_two_tabs_that_change_different_fields_keep_both_changes(session, educator, as_account):
    public_id = draft_of(session, educator, title={"vi": "Tên cũ"}, keywords=["cũ"])
    browser = as_account(educator)
    seen = SEEN.search(browser.get(address(public_id)).text)[1]
    old = {**TYPED, "title_vi": "Tên cũ", "keywords": "cũ", "summary_vi": "", "source_url": ""}
    assert browser.send(address(public_id), **{**old, "title_vi": "Tên mới"}).status_code == 303
    again = browser.send(address(public_id), **{**old, "keywords": "mới"}, seen=seen)
    assert again.status_code == 303
    saved = kept(session, public_id)[1]
    assert (saved["title"], saved["keywords"]) == ({"vi": "Tên mới"}, ["mới"])
    assert "cửa sổ khác" in browser.get(again.headers["Location"]).text


@pytest.mark.parametrize("made_up", ["x:y", ":", "__class__:x files:x"])
def test_parts_that_a_form_made_up_are_passed_over(session, educator, as_account, made_up):
    public_id = draft_of(session, educator, title={"vi": "Tên cũ"})
    browser = as_account(educator)
    seen = SEEN.search(browser.get(address(public_id)).text)[1]
    assert browser.send(address(public_id), **TYPED, seen=f"{seen} {made_up}").status_code == 303
    assert kept(session, public_id)[1]["title"]["vi"] == TYPED["title_vi"]


def test_the_second_tab_does_not_overwrite_what_the_first_has_changed(session, educator, as_account):
    public_id = draft_of(session, educator, title={"vi": "Tên cũ"}, keywords=["cũ"])
    browser = as_account(educator)
    seen = SEEN.search(browser.get(address(public_id)).text)[1]
    first = {**TYPED, "title_vi": "Tên của tab một", "keywords": "một"}
    assert browser.send(address(public_id), **first).status_code == 303
    second = {**TYPED, "title_vi": "Tên của tab hai", "keywords": "cũ"}
    answer = browser.send(address(public_id), **second, seen=seen)
    assert answer.status_code == 409
    assert "Tên của tab một" in answer.text
    assert 'value="Tên của tab hai"' in answer.text
    assert kept(session, public_id)[1]["title"] == {"vi": "Tên của tab một"}
    again = browser.send(address(public_id), **second, seen=SEEN.search(answer.text)[1])
    assert again.status_code == 303
    saved = kept(session, public_id)[1]
    assert (saved["title"], saved["keywords"]) == ({"vi": "Tên của tab hai"}, ["một"])


def test_a_form_whose_token_has_expired_keeps_what_was_typed(session, educator, as_account):
    public_id = draft_of(session, educator)
    browser = as_account(educator)
    answer = browser.client.post(address(public_id), data={**TYPED, "csrf_token": "expired"})
    assert answer.status_code == 400
    assert "An toàn điện" in answer.text
    assert kept(session, public_id)[1] == {}


def test_another_person_can_be_added_without_losing_anything(session, educator, as_account):
    public_id = draft_of(session, educator)
    page = as_account(educator).send(address(public_id), **TYPED, more="creators")
    assert page.status_code == 200
    assert 'name="creators-1-name"' in page.text
    assert "An toàn điện" in page.text


def test_saving_and_submitting_is_one_step(session, educator, as_account, mails):
    public_id = draft_of(session, educator)
    make_account(session, Role.REVIEWER)
    assert as_account(educator).send(address(public_id), **TYPED, submit="1").status_code == 303
    assert kept(session, public_id)[0] == VersionState.IN_REVIEW
    assert [template for _, template, _ in mails()] == ["material_submitted"]


def test_what_is_missing_is_told_and_what_is_there_is_saved(session, educator, as_account):
    public_id = draft_of(session, educator)
    browser = as_account(educator)
    answer = browser.send(address(public_id), title_vi="An toàn điện", submit="1")
    assert answer.status_code == 422
    for field in ("summary_vi", "subjects", "types", "language", "audiences", "licence", "source_url"):
        assert f'href="#{field}"' in answer.text
    state, values = kept(session, public_id)
    assert (state, values["title"]) == ("draft", {"vi": "An toàn điện"})


def test_asking_for_a_review_too_early_leads_to_what_is_missing(session, educator, as_account):
    public_id = draft_of(session, educator, ("a.pdf", {}))
    browser = as_account(educator)
    answer = browser.send(f"/my/materials/{public_id}/submit", page=f"/my/materials/{public_id}")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{address(public_id)}?check=1")
    assert 'href="#summary_vi"' in browser.get(answer.headers["Location"]).text


def test_an_administrator_may_choose_among_all_units(session, as_account):
    unit = make_unit(session, name={"vi": "Trường Xa", "en": "Far School"})
    admin = make_account(session, Role.ADMIN)
    public_id = draft_of(session, admin)
    code = unit.code
    assert f'value="{code}">Trường Xa' in as_account(admin).get(address(public_id)).text


def test_changing_the_language_in_the_middle_of_the_form_takes_along_what_was_typed(session, educator, as_account):
    public_id = draft_of(session, educator, title={"vi": "Tên cũ"})
    browser = as_account(educator)
    page = browser.get(address(public_id)).text
    button = re.search(r'<button [^>]*form="typed" name="in_language" value="en" formaction="([^"]+)"', page)
    assert button.start() > page.index("</form>"), "the Enter key presses the first button of a form"
    assert button[1] == f"/en{address(public_id)}"
    seen = SEEN.search(page)[1]
    answer = browser.send(button[1], page=address(public_id), **TYPED, in_language="en", hours="nhiều", seen=seen)
    assert answer.status_code == 200
    for typed in ('value="An toàn điện"', "Ngắt cầu dao.", 'value="nhiều"', "Title in Vietnamese", f'value="{seen}"'):
        assert typed in answer.text
    assert 'class="error' not in answer.text
    assert kept(session, public_id)[1] == {"title": {"vi": "Tên cũ"}}
