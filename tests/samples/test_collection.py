"""The sample collection as a whole: valid lines, all subjects, groups and formats, within the size agreed on."""

import re

import pytest
import yaml

from oer.backends.extraction.extracting import extract
from oer.backends.extraction.media_types import DOCX, ODP, ODT
from oer.catalogue.schemas.record import parse_record
from oer.learning.self_checks import parse
from oer.vocabularies import vocabularies
from tests.samples.collection import FILES, SAMPLES, materials, names, role

MATERIALS = materials()
EACH = pytest.mark.parametrize("material", MATERIALS, ids=lambda material: material["identifier"])
PUBLISHER = "Kho học liệu mở Thành phố Hồ Chí Minh"
MARKED = re.compile("[ăâđêôơưáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ]", re.IGNORECASE)


def _asked(text):
    return bool(text) and len(text.split()) >= 3


@EACH
def test_a_line_is_a_record_in_canonical_form(material):
    assert set(material) <= {"identifier", "metadata", "files", "content"}
    parsed = parse_record(material["metadata"])
    for field, value in parsed.items():
        if field != "accessibility":
            assert material["metadata"][field] == value, field


@EACH
def test_a_material_is_described_in_both_languages(material):
    metadata = material["metadata"]
    for field in ("title", "summary", "outcomes"):
        assert set(metadata[field]) == {"vi", "en"}, field
    assert _asked(metadata["title"]["vi"])
    assert _asked(metadata["title"]["en"])
    assert MARKED.search(metadata["title"]["vi"])
    assert len(metadata["summary"]["vi"]) > 120
    assert len(metadata["summary"]["en"]) > 120
    assert set(metadata["accessibility"]["summary"]) == {"vi", "en"}
    assert metadata["accessibility"]["access_mode"]
    assert metadata["accessibility"]["features"]
    assert metadata["accessibility"]["hazards"] == ["none"]
    for field in ("keywords", "time_required", "typical_age", "levels", "types", "audiences", "language"):
        assert metadata[field], field


@EACH
def test_a_material_is_signed_by_the_project_and_free(material):
    metadata = material["metadata"]
    assert metadata["licence"] == "https://creativecommons.org/licenses/by/4.0/"
    assert metadata["creators"] == [{"name": PUBLISHER, "role": "author"}]
    assert metadata["unit"] in [
        unit["code"] for unit in yaml.safe_load((SAMPLES / "units.yaml").read_text("utf-8"))["units"]
    ]


@EACH
def test_subjects_of_a_material_are_of_the_second_level(material):
    subjects = vocabularies().subjects
    assert all(subjects.terms[code].parent for code in material["metadata"]["subjects"])
    assert len(material["metadata"]["subjects"]) <= 3


@EACH
def test_every_file_named_is_there(material):
    assert names(material) or material.get("content")
    for name in names(material):
        assert (FILES / name).stat().st_size > 0, name


def test_no_file_lies_there_unnamed():
    named = [name for material in MATERIALS for name in names(material)]
    assert sorted(named) == sorted(path.name for path in FILES.iterdir())


def test_identifiers_are_given_once():
    identifiers = [material["identifier"] for material in MATERIALS]
    assert len(set(identifiers)) == len(identifiers)


def test_all_files_together_stay_under_ten_megabytes():
    assert sum(path.stat().st_size for path in FILES.iterdir()) < 10_000_000


def test_captions_and_transcripts_stand_beside_what_is_heard():
    for material in MATERIALS:
        roles = {role(name, material) for name in names(material)}
        if any(name.endswith((".mp3", ".mp4", ".ogg")) for name in names(material)):
            assert {"captions", "transcript"} <= roles, material["identifier"]
            assert "captions" in material["metadata"]["accessibility"]["features"]


def test_relations_point_at_materials_of_the_collection():
    known = {material["identifier"] for material in MATERIALS}
    found = yaml.safe_load((SAMPLES / "relations.yaml").read_text("utf-8"))["relations"]
    assert found
    for relation in found:
        assert {relation["from"], relation["to"]} <= known
        assert relation["type"] in vocabularies().relations


def test_every_subject_of_the_city_has_a_material():
    subjects = vocabularies().subjects
    found = {subjects.terms[code].parent for material in MATERIALS for code in material["metadata"]["subjects"][:1]}
    assert found == {term.code for term in subjects.tops()}
    assert len(MATERIALS) >= 14


def test_every_group_that_the_city_names_and_every_other_group_has_a_material():
    found = {code for material in MATERIALS for code in material["metadata"]["audiences"]}
    assert found == set(vocabularies().audiences.terms)


def test_every_format_is_there():
    found = {name.rpartition(".")[2] for material in MATERIALS for name in names(material)}
    formats = "pdf docx odt pptx odp xlsx epub html md txt png mp3 mp4 vtt zip"
    assert found == set(formats.split())
    assert any(material.get("content") for material in MATERIALS)


def test_two_materials_are_in_english_as_well():
    both = [material for material in MATERIALS if {"vi", "en"} <= set(material["metadata"]["language"])]
    assert len(both) >= 2
    for material in both:
        languages = [each.get("language") for each in material["files"] if isinstance(each, dict)]
        assert languages.count("en") == languages.count("vi") > 0


def test_courses_name_materials_of_the_collection_once_and_in_parts():
    known = {material["identifier"] for material in MATERIALS}
    courses = yaml.safe_load((SAMPLES / "collections.yaml").read_text("utf-8"))["collections"]
    assert len(courses) >= 2
    for course in courses:
        inside = [identifier for part in course["parts"] for identifier in part["materials"]]
        assert len(inside) == len(set(inside)) >= 4
        assert set(inside) <= known
        for words in (course["title"], course["summary"], *(part["title"] for part in course["parts"])):
            assert set(words) == {"vi", "en"}


def facts_of(material, name):
    return next(each for each in material["files"] if isinstance(each, dict) and each["name"] == name)


@EACH
def test_files_have_titles_that_people_read_where_there_are_several(material):
    shown = [name for name in names(material) if role(name, material) != "cover"]
    if len(shown) + bool(material.get("content")) > 1:
        for name in shown:
            title = facts_of(material, name)["title"]
            assert set(title) == {"vi", "en"}, name
            assert not any(name.rpartition(".")[0] in text for text in title.values()), name


def test_what_a_machine_speaks_says_so():
    spoken = [name for material in MATERIALS for name in names(material) if name.endswith((".mp3", ".mp4"))]
    assert len(spoken) == 3
    for material in MATERIALS:
        for name in set(spoken) & set(names(material)):
            assert "máy" in facts_of(material, name)["description"]["vi"]
            assert "eSpeak NG" in facts_of(material, name)["description"]["en"]
            assert "giọng đọc máy" in material["metadata"]["accessibility"]["summary"]["vi"]


def test_every_word_of_a_poster_is_in_its_description_in_its_language():
    material = next(each for each in MATERIALS if each["identifier"] == "mau-07-thoat-nan-chay")
    sources = SAMPLES / "sources" / material["identifier"] / "poster.yaml"
    for name, code in (("co-chay-nhung-phut-dau.png", "vi"), ("fire-the-first-minutes.png", "en")):
        description = facts_of(material, name)["description"]
        assert set(description) == {code}
        said = set(re.findall(r"\w+", description[code]))
        written = yaml.safe_load(sources.read_text("utf-8"))[code]
        signs = {step.pop("sign") for step in written["steps"]}  # drawn, not written
        assert signs
        assert set(re.findall(r"\w+", " ".join(_texts(written)))) <= said


def _texts(value):
    if isinstance(value, dict):
        value = list(value.values())
    return [text for each in value for text in _texts(each)] if isinstance(value, list) else [str(value)]


def test_every_course_has_a_light_drawing_without_a_foreign_part():
    for course in yaml.safe_load((SAMPLES / "collections.yaml").read_text("utf-8"))["collections"]:
        drawing = (SAMPLES / "pictures" / course["picture"]).read_text("utf-8")
        assert len(drawing) < 15_000
        assert not re.search(r"<script|<image|https?://(?!www\.w3\.org/2000/svg)", drawing)


@pytest.mark.parametrize("name", ["buoi-hoc-cho-nguoi-lon.odp", "phieu-kiem-tra-an-toan.docx", "di-lam-thu-tuc.odt"])
def test_tables_have_heads_as_readers_of_files_find_them(name):
    found = extract(FILES / name, {"odp": ODP, "docx": DOCX, "odt": ODT}[name.rpartition(".")[2]])
    tables = re.findall(r"<table.*?</table>", "".join(page.html for page in found.pages), re.DOTALL)
    assert tables
    assert all("<th" in each for each in tables)


def test_lists_to_tick_have_boxes():
    for name in ("ke-hoach-thoat-nan-cua-nha.md", "home-escape-plan.md"):
        assert (FILES / name).read_text("utf-8").count("- [ ] ") == 6


@pytest.mark.parametrize("path", sorted((SAMPLES / "self_checks").glob("*.txt")), ids=lambda path: path.stem)
def test_questions_are_about_a_material_of_the_collection_and_say_where_to_read_again(path):
    assert path.stem in {material["identifier"] for material in MATERIALS}
    questions = parse(path.read_text(encoding="utf-8"))
    assert len(questions) >= 5
    assert all(question.again for question in questions)
