from collections import Counter

from oer.vocabularies import Scheme, vocabularies
from oer.vocabularies.places import former_names, names_of_place


def test_the_168_places_are_there_with_their_kinds() -> None:
    kinds = Counter(place.facts["type"] for place in vocabularies().places)
    assert kinds == {"phuong": 113, "xa": 54, "dac_khu": 1} or sum(kinds.values()) == 168
    assert sorted(kinds.values()) == [1, 54, 113]
    assert all(len(place.code) == 5 and place.code.isdigit() for place in vocabularies().places)


def test_two_places_that_look_alike_without_marks_stay_two() -> None:
    places = vocabularies().places
    assert places.labels("25807")["vi"] == "Xã Thanh An"
    assert places.labels("27676")["vi"] == "Xã Thạnh An"


def test_every_place_knows_the_districts_and_the_province_that_it_lay_in() -> None:
    assert former_names("25760") == [
        {"vi": "Thành phố Thủ Dầu Một"},
        {"vi": "Thành phố Tân Uyên"},
        {"vi": "Tỉnh Bình Dương (cũ)", "en": "Former Binh Duong Province"},
    ]
    assert all(len(former_names(place.code)) >= 2 for place in vocabularies().places)
    assert not [name for place in vocabularies().places for name in names_of_place(place.code) if ";" in name]
    assert former_names("nowhere") == names_of_place("nowhere") == []


def test_subjects_have_two_levels() -> None:
    subjects = vocabularies().subjects
    assert len(subjects.tops()) == 14
    assert subjects.with_parents(["dig.an-toan"]) == ["dig.an-toan", "dig"]
    assert all(term.parent is None or subjects.terms[term.parent].parent is None for term in subjects)


def test_every_term_has_both_languages() -> None:
    for scheme in vars(vocabularies()).values():
        if isinstance(scheme, Scheme):
            assert all(term.labels.get("vi") and term.labels.get("en") for term in scheme), scheme.name


def test_every_licence_is_explained_in_plain_words() -> None:
    assert all(term.facts["means_vi"] and term.facts["means_en"] for term in vocabularies().licences)


def test_every_type_has_its_counter_data_type() -> None:
    allowed = {"Article", "Audiovisual", "Book_Segment", "Dataset", "Image", "Interactive_Resource", "Other", "Report",
               "Software", "Sound", "Thesis_or_Dissertation"}  # fmt: skip
    assert {term.facts["counter"] for term in vocabularies().types} <= allowed


def test_an_unknown_code_stands_for_itself() -> None:
    assert vocabularies().subjects.labels("retired") == {"vi": "retired"}
