"""What was typed with diacritics is meant so; what fits less well stands below a line that says so."""

import pytest

from tests.search.test_results import ids, text_of

LINE = "Dưới đây chỉ có một số từ"


def above_and_below(response):
    page = text_of(response)
    above, line, _ = page.partition(LINE)
    found = ids(response)
    cut = above.count('<h2 class="name">')
    return (found[:cut], found[cut:]) if line else (found, [])


@pytest.fixture
def materials(publish, indexed):
    made = {
        "scam": publish("Nhận biết lừa đảo qua điện thoại", "Kẻ lừa đảo giả danh công an."),
        "switch": publish("An toàn điện trong nhà", "Ngắt cầu dao trước khi sửa. Lúa được đào lên."),
        "training": publish("Đào tạo nghề trồng lúa", "Khóa đào tạo ngắn hạn."),
        "english": publish("Học tiếng Anh qua bài hát", "Mỗi ngày một bài."),
        "budget": publish("Chi tiêu trong gia đình", "Chụp ảnh hóa đơn, học cách ghi; có tiếng kêu khi hết tiền."),
        "water": publish("Thuỷ lợi nội đồng", "Cống và kênh."),
    }
    indexed()
    return made


def test_a_word_typed_with_diacritics_is_no_other_word(client, materials):
    above, below = above_and_below(client.get("/search", query_string={"q": "lừa đảo"}))
    assert above == [materials["scam"]]
    # Both words in other spellings: less than what was asked for, and said to be so.
    assert set(below) == {materials["switch"], materials["training"]}


def test_some_of_the_words_are_those_that_were_typed(client, materials):
    found = ids(client.get("/search", query_string={"q": "lừa đảo chuyển khoản"}))
    assert found == [materials["scam"]]  # and none that has "lúa" and "đào" instead


def test_among_words_with_diacritics_one_without_is_meant_so(client, materials):
    above, _ = above_and_below(client.get("/search", query_string={"q": "học tiếng Anh"}))
    assert above == [materials["english"]]


def test_a_word_that_nobody_spells_without_diacritics_is_only_half_typed(client, materials):
    above, _ = above_and_below(client.get("/search", query_string={"q": "thuỷ loi"}))
    assert above == [materials["water"]]


def test_without_diacritics_every_spelling_is_as_good(client, materials):
    above, _ = above_and_below(client.get("/search", query_string={"q": "lua dao"}))
    assert set(above) == {materials["scam"], materials["switch"], materials["training"]}


def test_the_line_stands_only_where_something_is_on_both_sides(client, materials):
    assert LINE not in text_of(client.get("/search", query_string={"q": "thuỷ lợi"}))
    assert LINE not in text_of(client.get("/search", query_string={"q": "lừa gạt trên mạng"}))
    assert LINE not in text_of(client.get("/search"))


def test_a_long_question_brings_what_answers_it_and_not_everything(client, materials):
    found = ids(client.get("/search", query_string={"q": "bị lừa đảo qua điện thoại phải làm sao"}))
    assert found[0] == materials["scam"]
    assert materials["english"] not in found
    assert materials["water"] not in found


def test_words_that_most_texts_have_are_together_no_reason_to_be_found(client, publish, indexed):
    shocked = publish("Bị điện giật", "Phải làm sao? Ngắt cầu dao trước.")
    for number in range(12):
        publish(f"Bài {number}", "Bị mất điện thì phải đợi, không biết vì sao. Làm gì cũng được.")
    indexed()
    assert ids(client.get("/search", query_string={"q": "bị điện giật phải làm sao"})) == [shocked]


def test_a_number_alone_is_not_what_was_asked_for(client, publish, indexed):
    publish("Bảng cộng", "19 cộng 1 là 20.")
    for number in range(5):
        publish(f"Thơ {number}", "Trăng lên.")
    indexed()
    assert ids(client.get("/search", query_string={"q": "covid19"})) == []


def test_words_side_by_side_on_one_page_of_a_book_come_before_words_all_over_another(client, publish, indexed):
    far = ["Học cách ghi. Học sinh học bài; anh chị học cùng, tiếng chuông reo, ảnh đẹp."] * 5
    book = publish("Sổ tay", *far, "Chị Loan học tiếng Anh mười lăm phút mỗi ngày, cạnh những trang dài khác của sách.")
    publish("Chi tiêu", "Anh chị học cách ghi; anh học, chị học. Có tiếng kêu khi hết tiền, anh nhé.")
    indexed()
    assert ids(client.get("/search", query_string={"q": "học tiếng Anh"}))[0] == book


def test_a_syllable_typed_with_its_diacritics_is_no_typing_error(client, publish, indexed):
    publish("Đào tạo", "Khóa ngắn hạn ở trường; vay ngắn hạn.")
    indexed()
    page = text_of(client.get("/search", query_string={"q": "ngân hàng"}))
    assert "Đang hiện kết quả cho" not in page


def test_without_its_diacritics_it_may_be_one(client, publish, indexed):
    publish("Đào tạo", "Khóa ngắn hạn ở trường; vay ngắn hạn.")
    indexed()
    page = text_of(client.get("/search", query_string={"q": "ngan hang"}))
    assert "Đang hiện kết quả cho" in page
