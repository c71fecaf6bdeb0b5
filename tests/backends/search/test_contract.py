"""What every search engine must do. Nothing here knows which engine it is."""

import random

import pytest

from oer.backends.search import (
    FacetCount,
    Health,
    IndexMissing,
    Phrase,
    Query,
    SearchIndex,
    Sort,
    open_search_index,
)
from oer.vietnamese.keys import analyse
from tests.backends.search.making import document, phrase, query, word


def ids(index: SearchIndex, asked: Query) -> list[str]:
    return [hit.id for hit in index.search(asked).hits]


def test_an_index_that_was_never_built_says_so(index_url):
    index = open_search_index(index_url)
    assert index.state().health is Health.MISSING
    with pytest.raises(IndexMissing):
        index.search(query("toán"))
    with pytest.raises(IndexMissing):
        index.put([document("a", "Toán")])


def test_a_document_is_found_by_its_title_its_people_and_its_text(index):
    index.put([document("a", "Đại số tuyến tính", "Ma trận và định thức", people="Trường Đại học")])
    for typed in ("đại số", "định thức", "truong", "dai hoc ma tran"):
        assert ids(index, query(typed)) == ["a"]


@pytest.mark.parametrize("typed", ["tích phân", "tich phan", "TÍCH PHÂN", "ti\u0301ch pha\u0302n", "tích phan"])
def test_words_are_found_however_their_marks_are_typed(index, typed):
    index.put([document("a", "Tích phân"), document("b", "Đạo hàm")])
    assert ids(index, query(typed)) == ["a"]


def test_the_spelling_that_was_typed_comes_first(index):
    index.put([document(name, title) for name, title in zip("abcd", ("Bao", "Báo", "Bảo", "Bão"), strict=True)])
    assert ids(index, query("bảo"))[0] == "c"
    assert sorted(ids(index, query("bảo"))) == ["a", "b", "c", "d"]
    assert len(ids(index, query("bao"))) == 4


def test_a_word_is_as_informative_as_the_spelling_that_was_typed_is_rare(index):
    back = [document(f"back{number}", body=f"quay lại bến {number}") for number in range(15)]
    boats = [document(f"boat{number}", body=f"đò đi xa {number}") for number in range(8)]
    index.put([*back, *boats, document("driver", body="học lái xe")])
    assert ids(index, query("lái đò"))[0] == "driver"
    assert ids(index, query("lai do"))[0].startswith("boat")


def test_putting_again_replaces_and_removing_removes(index):
    index.put([document("a", "Cũ"), document("b", "Cũ")])
    index.put([document("a", "Mới", revision="2")])
    assert ids(index, query("cũ")) == ["b"]
    assert ids(index, query("mới")) == ["a"]
    index.remove(["b", "unknown"])
    assert ids(index, query("cũ")) == []
    assert index.contents() == {"a": "2"}
    assert index.state().documents == 1


def test_the_last_of_two_documents_of_one_id_in_a_batch_wins(index):
    index.put([document("a", "Một"), document("a", "Hai")])
    assert index.search(Query()).total == 1
    assert ids(index, query("hai")) == ["a"]


def test_a_failing_batch_changes_nothing(index):
    index.put([document("a", "Một")])

    def documents():
        yield document("b", "Hai")
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        index.put(documents())
    assert index.contents() == {"a": ""}
    index.put([document("c", "Ba")])
    assert set(index.contents()) == {"a", "c"}


def test_a_hit_names_its_best_page(index):
    pages = ["Lời nói đầu", "Đắp bờ bao quanh ruộng", "Thủy lợi nội đồng gồm cống và mương", "Phụ lục"]
    index.put([document("a", "Sổ tay", pages)])
    (hit,) = index.search(query("thuỷ lợi nội đồng")).hits
    assert hit.location is not None
    assert (hit.location.page, hit.location.anchor, hit.location.word) == (3, "page=3", 0)
    (by_title,) = index.search(query("sổ tay")).hits
    assert by_title.location is None


def test_a_hit_names_further_places_a_paragraph_apart(index):
    pages = ["cống đập " * 2 + "lúa " * 100 + "cống đập", "ruộng", "đập cống"]
    index.put([document("a", "Sách", pages)])
    (hit,) = index.search(query("cống đập")).hits
    assert hit.location is not None
    places = [(each.anchor, each.word) for each in (hit.location, *hit.others)]
    assert sorted(places) == [("page=1", 0), ("page=1", 104), ("page=3", 0)]
    assert places[-1] == ("page=3", 0), "the words follow one another in the others"


def test_a_long_section_is_searched_to_its_end_and_says_where(index):
    index.put([document("a", "Sách", "lúa " * 5000 + "cống đập " + "ruộng " * 3000)])
    (hit,) = index.search(query("cống đập")).hits
    assert hit.location is not None
    assert hit.location.word == 5000


def test_words_may_stand_on_different_pages(index):
    index.put([document("a", "Sổ tay", ["cống", "mương"]), document("b", "Khác", ["cống", "ruộng"])])
    answer = index.search(query("cống mương", partial_matches=False))
    assert [hit.id for hit in answer.hits] == ["a"]


def test_choices_excluded_words_and_phrases(index):
    index.put(
        [
            document("a", "Trồng lúa nước"),
            document("b", "Trồng rau sạch"),
            document("c", "Nước sạch và lúa"),
        ]
    )
    assert sorted(ids(index, Query(must=[[word("lúa"), word("rau")]]))) == ["a", "b", "c"]
    assert sorted(ids(index, Query(must=[[word("lúa")]], must_not=[word("trong")]))) == ["c"]
    assert ids(index, Query(must=[[phrase("lua nuoc")]])) == ["a"]
    assert ids(index, Query(must=[[phrase("nước lúa")]])) == []
    assert sorted(ids(index, Query(must_not=[phrase("nước sạch")]))) == ["a", "b"]


def test_phrases_are_found_wherever_their_words_follow_one_another_and_nowhere_else(index):
    rng = random.Random(5)
    words = ["lúa", "rau", "nước", "đất", "đat"]
    pages = {f"{n}": [" ".join(rng.choices(words, k=rng.randint(0, 9))) for _ in range(3)] for n in range(90)}
    for some in (range(60), range(60, 90)):
        index.put([document(f"{n}", "Sổ tay", pages[f"{n}"]) for n in some])
    index.remove([f"{n}" for n in range(0, 90, 7)])
    left = {n: texts for n, texts in pages.items() if int(n) % 7}
    for typed, meant in (
        ("lúa rau", ["lúa rau"]),
        ("dat lua", ["đất lúa", "đat lúa"]),
        ("nước đất rau", ["nước đất rau"]),
    ):
        having = {n for n, texts in left.items() for text in texts for each in meant if f" {each} " in f" {text} "}
        assert set(ids(index, Query(must=[[phrase(typed)]], limit=90))) == having
        assert set(ids(index, Query(must_not=[phrase(typed)], limit=90))) == set(left) - having
        either = Query(must=[[phrase(typed), phrase("rau rau")]], limit=90)
        assert set(ids(index, either)) == having | {n for n in left for text in left[n] if "rau rau" in text}


def test_a_phrase_of_no_words_is_found_nowhere(index):
    index.put([document("a", "Lúa nước")])
    assert ids(index, Query(must=[[Phrase(())]])) == []
    assert ids(index, Query(must_not=[Phrase(())])) == ["a"]


def test_marks_typed_in_a_phrase_must_be_there(index):
    index.put([document("a", "Bảo tàng"), document("b", "Bao tang")])
    assert ids(index, Query(must=[[phrase("bảo tàng")]])) == ["a"]
    assert sorted(ids(index, Query(must=[[phrase("bao tang")]]))) == ["a", "b"]


def test_a_character_that_is_none_keeps_neither_its_document_nor_others_out(index):
    index.put([document("a", "Toán \ud800 cao cấp", "Ma trận \udfff"), document("b", "Toán")])
    assert set(ids(index, query("toán"))) == {"a", "b"}
    assert ids(index, query("ma trận")) == ["a"]
    assert {each.id for each in index.suggest("toan")} == {"a", "b"}


def test_facets_count_exactly_and_filter_each_other(index):
    index.put(
        [
            document("a", "Toán", facets={"level": ["1", "2"], "format": ["pdf"]}),
            document("b", "Toán", facets={"level": ["2"], "format": ["video"]}),
            document("c", "Văn", facets={"level": ["3"], "format": ["pdf"]}),
        ]
    )
    asked = query("toán", facets=("level", "format", "unheard"))
    assert index.search(asked).facets == {
        "level": [FacetCount("2", 2), FacetCount("1", 1)],
        "format": [FacetCount("pdf", 1), FacetCount("video", 1)],
        "unheard": [],
    }
    filtered = index.search(query("toán", facets=("level", "format"), filters={"format": {"video"}}))
    assert filtered.total == 1
    assert filtered.facets["level"] == [FacetCount("2", 1)]
    # The other values of a facet that is filtered by can still be chosen.
    assert {each.code for each in filtered.facets["format"]} == {"pdf", "video"}
    either = index.search(Query(filters={"level": {"1", "3"}}))
    assert sorted(hit.id for hit in either.hits) == ["a", "c"]
    nothing = index.search(Query(filters={"level": {"9"}}, facets=("level",)))
    assert nothing.total == 0
    assert FacetCount("9", 0) in nothing.facets["level"]


def test_of_each_facet_the_most_frequent_codes_are_counted_and_those_filtered_by(index):
    index.put(
        [document(f"{code}{n}", "Toán", facets={"level": [code]}) for code in "abc" for n in range(ord(code) - 96)]
    )
    some = index.search(query("toán", facets=("level",), codes_per_facet=1))
    assert some.facets["level"] == [FacetCount("c", 3)]
    filtered = index.search(query("toán", facets=("level",), filters={"level": {"a", "x"}}, codes_per_facet=1))
    assert filtered.facets["level"] == [FacetCount("c", 3), FacetCount("a", 1), FacetCount("x", 0)]


def test_a_place_says_where_a_word_shortly_before_it_begins(index):
    text = " ".join(["đất"] * 120 + ["lúa"] + ["đất"] * 2000 + ["rau"])
    index.put([document("a", "Sổ tay", text)])
    for typed, at in (("lúa", 120), ("rau", 2121)):
        (hit,) = index.search(query(typed)).hits
        assert hit.location.word == at
        number, character = hit.location.offset
        assert at - 100 < number <= at - 20
        assert len(text[:character].split()) == number


def test_what_is_excluded_is_in_no_hit_count_or_suggestion(index):
    index.put([document("a", "Toán cao cấp", facets={"level": ["1"]}), document("b", "Toán", facets={"level": ["1"]})])
    answer = index.search(query("toán", excluded={"a"}, facets=("level",)))
    assert (answer.total, answer.full_matches, [hit.id for hit in answer.hits]) == (1, 1, ["b"])
    assert answer.facets["level"] == [FacetCount("1", 1)]
    assert [each.text for each in index.suggest("toan", excluded={"a"})] == ["Toán"]


def test_orders(index):
    index.put(
        [
            document("a", "Ăn uống", newest=30),
            document("b", "An toàn", newest=10),
            document("c", "Ẩm thực", newest=20),
            document("d", "Bánh", newest=40),
        ]
    )
    assert ids(index, Query(sort=Sort.TITLE)) == ["b", "a", "c", "d"]
    assert ids(index, Query(sort=Sort.NEWEST)) == ["d", "a", "c", "b"]
    assert ids(index, Query(sort=Sort.MOST_USED, usage={"c": 5, "b": 7, "gone": 9}))[:2] == ["b", "c"]
    # Without words there is nothing to be relevant to.
    assert ids(index, Query()) == ids(index, Query(sort=Sort.NEWEST))


def test_pages_of_hits_stay_put(index):
    index.put([document(f"m{number:03}", f"Bài {number}", "cùng một bài") for number in range(73)])
    whole = ids(index, query("bài", limit=100))
    assert len(whole) == 73
    parts = [hit for start in range(0, 80, 10) for hit in ids(index, query("bài", offset=start, limit=10))]
    assert parts == whole
    assert index.search(query("bài", offset=10**9)).hits == []


def test_where_none_has_all_words_the_informative_ones_are_enough(index):
    index.put([document("a", "Thủy lợi nội đồng", "cống mương"), document("b", "Khác")])
    answer = index.search(query("thủy lợi nội đồng zzzqq"))
    assert ([hit.id for hit in answer.hits], answer.full_matches) == (["a"], 0)
    assert index.search(query("thủy lợi nội đồng zzzqq", partial_matches=False)).total == 0


def test_suggestions_begin_with_what_is_typed(index):
    index.put(
        [
            document("a", "Giáo trình tích phân", people="Trường Trung cấp"),
            document("b", "Tích phân nâng cao", people="Trường Trung cấp"),
            document("c", "Đạo hàm"),
        ]
    )
    found = index.suggest("tich ph")
    assert [each.text for each in found] == ["Tích phân nâng cao", "Giáo trình tích phân"]
    (school,) = index.suggest("truo")
    assert (school.kind, school.text, school.count) == ("person", "Trường Trung cấp", 2)
    assert [each.text for each in index.suggest("ti", limit=1)] == ["Tích phân nâng cao"]
    assert index.suggest("ti", kinds={"person"}) == []
    assert index.suggest("") == []
    index.remove(["b"])
    assert [each.text for each in index.suggest("tich ph")] == ["Giáo trình tích phân"]


def test_marks_that_were_typed_choose_the_suggestions(index):
    index.put(
        [
            document("a", "Pháp luật và công dân"),
            document("b", "Cách nhận ra lừa đảo"),
            document("c", "Luật chơi, lừa đảo"),
            document("d", "Lua dao viet khong dau"),
        ]
    )
    typed = " ".join(analyse("lừa").exact)
    spelled = ["Luật chơi, lừa đảo", "Cách nhận ra lừa đảo", "Lua dao viet khong dau"]
    assert sorted(each.text for each in index.suggest("lua", spelled=typed)) == sorted(spelled)
    assert index.suggest("lua", spelled=typed)[-1].text == spelled[-1]
    # Where nothing is spelled like this, anything is better than nothing.
    index.remove(["b", "c", "d"])
    assert [each.text for each in index.suggest("lua", spelled=typed)] == ["Pháp luật và công dân"]


def test_a_whole_word_is_suggested_before_a_beginning_of_one_whoever_bears_it(index):
    index.put([document(str(each), f"Bài {each}", people="Pháp luật và công dân") for each in range(400)])
    index.put([document("x", "Bị lừa qua mạng")])
    assert [each.text for each in index.suggest("lua")] == ["Bị lừa qua mạng", "Pháp luật và công dân"]


def test_a_rebuild_replaces_everything_and_keeps_what_came_meanwhile(index, index_url):
    index.put([document("old", "Cũ"), document("kept", "Giữ")])
    other = open_search_index(index_url)

    def documents():
        yield document("kept", "Giữ")
        other.put([document("late", "Đến sau")])
        other.remove(["kept"])
        assert ids(index, query("cũ")) == ["old"]  # searching goes on in the old one
        yield document("new", "Mới")

    before = index.state().generation
    index.rebuild(documents())
    assert set(index.contents()) == {"late", "new"}
    assert index.state().generation != before


def test_another_process_reading_sees_a_commit_within_two_seconds(index, index_url, wait_until):
    reader = open_search_index(index_url)
    assert reader.search(Query()).total == 0
    index.put([document("a", "Toán")])
    wait_until(lambda: reader.search(Query()).total == 1, seconds=2)


def test_telex_left_in_a_word_is_read_where_the_word_is_unknown(index):
    index.put([document("a", "Tiếng Việt"), document("b", "seen")])
    answer = index.search(query("tieengs vieejt"))
    assert [hit.id for hit in answer.hits] == ["a"]
    assert [(each.typed, each.read_as) for each in answer.corrections] == [("tieengs", "tiếng"), ("vieejt", "việt")]
    assert index.search(query("seen")).corrections == []


def test_a_whole_line_of_telex_is_read(index):
    index.put([document("a", "Công dân số: tự tin và an toàn trên mạng"), document("b", "Ban công")])
    answer = index.search(query("coong daan soos: tuwj tin vaf an toanf treen mangj"))
    assert [hit.id for hit in answer.hits] == ["a"]
    read = " ".join(each.read_as for each in answer.corrections)
    assert read == "công dân số tự và toàn trên mạng"
    assert index.search(query("ban coong")).hits[0].id == "b"


@pytest.mark.parametrize(
    ("typed", "read_as"), [("tíhc phân", "tích"), ("tihc phan", "tich"), ("tích phaan", "phân"), ("tích phâxn", "phân")]
)
def test_a_typo_is_corrected_and_named(index, typed, read_as):
    index.put([document("a", "Tích phân"), document("b", "Đạo hàm")])
    answer = index.search(query(typed))
    assert [hit.id for hit in answer.hits] == ["a"]
    assert [each.read_as for each in answer.corrections] == [read_as]
    literal = index.search(query(typed, correct_typos=False))
    assert literal.corrections == []


def test_a_word_that_is_known_is_never_read_as_another(index):
    index.put([document("a", "Tích phân"), document("b", "Tóc dài")])
    assert index.search(query("tóc phân")).corrections == []


def test_of_several_corrections_the_one_that_occurs_next_to_its_neighbour_is_taken(index):
    index.put([document("a", "Ma trận nghịch đảo"), *(document(f"m{number}", "Trán cao") for number in range(9))])
    (correction,) = index.search(query("ma trnậ")).corrections
    assert correction.folded == "tran"
    assert index.search(query("ma trnậ")).hits[0].id == "a"


def test_phrases_are_found_among_many_documents_and_not_across_fields(index):
    index.put(
        [
            *(document(f"m{number:04}", "Cống", "đập và cống") for number in range(1200)),
            document("right", "Khác", "một đập cống lớn"),
            document("apart", "Đập", "cống"),
            document("twice", "Khác", "cống cống"),
        ]
    )
    assert ids(index, Query(must=[[phrase("đập cống")]])) == ["right"]
    assert ids(index, Query(must=[[phrase("cong cong")]])) == ["twice"]
    assert index.search(Query(must=[[phrase("và cống")]])).total == 1200


def test_a_document_that_cannot_be_written_harms_nothing(index):
    index.put([document("a", "Một")])
    for fault in ({"newest": "yesterday"}, {"revision": None}):
        with pytest.raises((AttributeError, ValueError)):
            index.put([document("b", "Hai"), document("c", "Ba", **fault)])
    assert index.state().health is Health.READY
    assert ids(index, query("một")) == ["a"]
    assert ids(index, query("hai")) == ids(index, query("ba")) == []
