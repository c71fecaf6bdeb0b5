"""One name of a thing finds texts that have another one of it; what was typed counts more."""

import pytest

from oer.search.other_names import OtherNames, names_in, shipped_lines, shipped_names
from oer.search.query_parser import parse_query
from tests.search.test_honest_lists import above_and_below
from tests.search.test_results import ids, text_of

# The usual author of tests is called after the city.
AUTHOR = [{"name": "Tổ biên soạn"}]


@pytest.fixture
def materials(publish, indexed):
    made = {
        "city": publish("Xe buýt", "Các tuyến xe buýt của Thành phố Hồ Chí Minh.", creators=AUTHOR),
        "short": publish("Tàu điện", "Tuyến số 1 của TPHCM.", creators=AUTHOR),
        "words": publish("Sổ tay", "Thành quả của phố nghề; hồ nước; ông Chí và bà Minh.", creators=AUTHOR),
        "fire": publish("Khi nhà có cháy", "Gọi 114, bò thấp dưới khói.", creators=AUTHOR),
        "run": publish("Tập chạy bộ", "Chạy chậm, ăn chay.", creators=AUTHOR),
        "machine": publish("Máy biết học", "Trí tuệ nhân tạo là gì?", creators=AUTHOR),
        "in_capitals": publish("Trợ lý mới", "Trợ lý AI viết thay bạn.", creators=AUTHOR),
        "who": publish("Hỏi ai", "Ai cũng hỏi được. Cần hỏi ai?", creators=AUTHOR),
        "table": publish("Sổ chi tiêu", "Ghi vào bảng tính mỗi ngày.", creators=AUTHOR),
        "tax": publish("Hóa đơn", "Thuế giá trị gia tăng là 10 phần trăm.", creators=AUTHOR),
        "things": publish("Đồ vật trong nhà", "Vật liệu bền.", creators=AUTHOR),
    }
    indexed()
    return made


@pytest.fixture
def asked(client):
    def ask(text, **more):
        return client.get("/search", query_string={"q": text, **more})

    return ask


def test_an_abbreviation_finds_what_its_full_name_finds(asked, materials):
    city = {materials["city"], materials["short"]}
    for text in ("TPHCM", "tphcm", "TP.HCM", "TP HCM", "Thành phố Hồ Chí Minh", "thanh pho ho chi minh"):
        above, _ = above_and_below(asked(text))
        assert set(above) - {materials["words"]} == city, text


def test_what_was_typed_comes_before_its_other_names(asked, materials):
    assert ids(asked("TPHCM"))[0] == materials["short"]
    assert ids(asked("Thành phố Hồ Chí Minh"))[0] == materials["city"]


def test_another_name_is_its_words_side_by_side_in_its_spelling(asked, materials):
    assert materials["words"] not in ids(asked("TPHCM"))
    assert ids(asked("hỏa hoạn")) == [materials["fire"]]


def test_names_may_be_typed_without_diacritics_or_in_telex(asked, materials):
    assert ids(asked("hoa hoan")) == ids(asked("hoar hoanj")) == [materials["fire"]]


def test_a_name_in_telex_is_read_too(asked, publish, indexed):
    found = publish("Điện trong nhà", "Có người bị điện giật: ngắt cầu dao trước.")
    indexed()
    assert ids(asked("ddieenj giaatj")) == [found]  # a name, and none of its others is in any text


def test_a_syllable_without_diacritics_is_no_name_that_has_some(asked, materials):
    assert parse_query("chay", shipped_names()).other_names == ()
    assert [name.text for name in parse_query("cháy", shipped_names()).other_names] == ["hỏa hoạn"]


def test_the_other_names_of_one_word_leave_those_beside_it(asked, materials):
    assert ids(asked("chi tiêu Excel")) == [materials["table"]]


def test_ai_in_capitals_is_not_who(asked, materials):
    above, below = above_and_below(asked("AI"))
    assert above[0] == materials["in_capitals"]
    assert set(above) == {materials["in_capitals"], materials["machine"]}
    assert below == [materials["who"]]


def test_who_is_not_ai(asked, materials):
    assert parse_query("ai", shipped_names()).other_names == ()
    above, below = above_and_below(asked("hỏi ai"))
    assert above == [materials["who"]]
    assert materials["machine"] not in above + below


def test_artificial_intelligence_finds_ai_and_not_who(asked, materials):
    above, below = above_and_below(asked("trí tuệ nhân tạo"))
    assert above == [materials["machine"], materials["in_capitals"]]
    assert below == []


def test_an_abbreviation_that_looks_like_a_syllable_is_one_in_capitals_alone(asked, materials):
    assert ids(asked("VAT"))[0] == materials["tax"]
    assert materials["tax"] not in ids(asked("vat lieu"))
    assert parse_query("DO VAT TRONG NHA", shipped_names()).other_names == ()


def test_a_name_that_texts_have_otherwise_is_no_typing_error(asked, publish, indexed):
    publish("Bài hát Cxyz", "Cxyz.")
    found = publish("Luật mới", "Căn cước công dân.")
    indexed()
    assert ids(asked("CCCD")) == [found]


def test_the_page_says_what_it_searched_for_besides_and_can_be_asked_not_to(asked, materials):
    page = text_of(asked("hỏa hoạn"))
    assert "Đã tìm cả: cháy." in page
    assert ids(asked("TPHCM", exact="1")) == [materials["short"]]
    assert "Đã tìm cả" not in text_of(asked("TPHCM", exact="1"))


def test_the_sentence_that_is_shown_has_the_other_name_marked(asked, materials):
    assert "<mark>cháy</mark>" in asked("hỏa hoạn").text


def test_a_quoted_name_is_meant_as_it_is(asked, materials):
    assert parse_query('"trí tuệ nhân tạo"', shipped_names()).other_names == ()


def test_there_are_many_names_and_no_line_of_the_file_is_lost():
    assert len(shipped_lines()) >= 200
    names = [name.exact for line in shipped_lines() for name in names_in(line)]
    for text in ("UBND", "HĐND", "SGK", "THCS", "THPT", "GDTX", "TTHTCĐ", "BHYT", "BHXH", "CCCD", "VNeID", "CNTT"):
        assert parse_query(text.lower(), shipped_names()).other_names, text
    assert len(names) >= 500


@pytest.mark.parametrize("line", ["", "# UBND = Ủy ban", "UBND", "UBND =", "= =", "hoà = hòa"])
def test_a_line_that_names_nothing_twice_is_none(line):
    assert names_in(line) == ()


def test_the_longest_name_is_meant():
    names = OtherNames.of(["lừa đảo = scam", "lừa đảo qua mạng = phishing"])
    assert [name.text for name in parse_query("bị lừa đảo qua mạng", names).other_names] == ["phishing"]
