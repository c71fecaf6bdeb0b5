"""Texts are cut where people would cut them, and what answers nothing is told from what does."""

import pytest

from oer.search.passages import Kind, Passage, kind_of, passages


def cut(text: str, *, printed: bool = False) -> list[str]:
    return [text[each.start : each.end] for each in passages(text, 0, len(text), printed=printed)]


def kinds(text: str, *, printed: bool = False) -> list[Kind]:
    return [kind_of(text, each) for each in passages(text, 0, len(text), printed=printed)]


def kind(text: str) -> Kind:
    return kind_of(text, Passage(0, len(text)))


@pytest.mark.parametrize(
    "sentences",
    [
        ["Ủy ban nhân dân TP. Hồ Chí Minh mở lớp.", "Lớp học ở Q. 5 không thu phí!"],
        ["ThS. Lê Văn A. viết bài này.", "Bạn đã đọc chưa?", "“Chưa.”", "Hãy đọc ngay…"],
        ["3. Ngắt cầu dao rồi mới chạm vào người bị nạn.", "4. Gọi 115."],
        ["Giá là 3.500.000 đồng v.v. và chưa tính thuế.", "Xem thêm ở tr. 12."],
        ["Dr. Smith paid No. 7, i.e. the red one.", "It was late."],
    ],
)
def test_a_sentence_ends_where_the_next_one_begins_and_not_at_an_abbreviation(sentences):
    assert cut(" ".join(sentences)) == sentences


def test_a_heading_an_item_and_a_paragraph_stay_apart():
    lines = ["Chương 2", "Nhận ra lừa đảo", "Kẻ lừa đảo giục ta làm vội.", "cúp máy", "hỏi lại người nhà"]
    assert cut("\n".join(lines)) == lines


def test_printed_lines_of_a_sentence_are_joined_and_its_heading_is_not():
    first = (
        "Khi có người bị điện giật, trước hết phải ngắt cầu dao điện của cả\nnhà, rồi gạt dây điện ra khỏi người đó."
    )
    second = "Lưu ý rằng không ai được chạm tay vào người bị nạn trước đó; gọi ngay\nTrung tâm Cấp cứu 115."
    page = f"An toàn điện trong nhà\n{first}\n{second}\n• Gọi 115"
    assert cut(page, printed=True) == ["An toàn điện trong nhà", first, second, "• Gọi 115"]
    assert len(cut(page)) == 6, "lines of a document are paragraphs, headings and items"


@pytest.mark.parametrize(
    "line",
    [
        "Giấy phép CC BY 4.0: bạn được sao chép, sửa và dùng lại, kể cả để bán, chỉ cần ghi nguồn.",
        "© 2024 Nhà xuất bản Giáo dục",
        "This work is licensed under a Creative Commons Attribution 4.0 International License.",
        "Bản quyền thuộc về Sở Giáo dục và Đào tạo.",
        "ISBN 978-604-0-00000-1",
    ],
)
def test_what_says_who_has_the_rights_is_a_licence_line(line):
    assert kind(line) is Kind.LICENCE


@pytest.mark.parametrize(
    "sentence",
    [
        "Muốn xây nhà phải xin giấy phép ở phường.",
        "Người sáng tác được pháp luật bảo vệ quyền tác giả.",
        "Chương 3 kể về năm 1975 và những ngày sau đó.",
        "Nội dung chính của buổi học là cách tiết kiệm điện.",
    ],
)
def test_a_sentence_about_rights_years_or_contents_is_a_sentence(sentence):
    assert kind(sentence) is Kind.SENTENCE


@pytest.mark.parametrize(
    "contents",
    [
        "Mục lục\nMở đầu: người giữ lửa\nĐi chợ có kế hoạch\nBếp không có tai nạn",
        "Bài 1. Dòng điện đi đường nào\nBài 2. Ba lớp bảo vệ\nBài 3. Có người bị điện giật",
        "Tệp và thư mục 3\nSao lưu 4\nSoạn văn bản để máy và người cùng đọc được 5",
        "1.1 Khái niệm ........ 5\n1.2 Cách tính ........ 7",
        "Contents\nGetting ready\nThe first minutes",
    ],
)
def test_every_entry_of_a_table_of_contents_is_one(contents):
    assert set(kinds(contents)) == {Kind.CONTENTS}


def test_a_chapter_after_the_contents_is_none_of_them():
    book = "Mục lục\nMở đầu\nNgười giữ lửa\nMở đầu\nBếp là nơi cả nhà gặp nhau."
    assert kinds(book) == [Kind.CONTENTS] * 3 + [Kind.LINE, Kind.SENTENCE]


@pytest.mark.parametrize(
    "row", ["06/02/2026 Tiền nhà 3.350.000 130.000 96%", "Câu 2: ……………………………………", "0,07 3/4 1,2", "12 15 18 21 24"]
)
def test_a_row_of_numbers_and_a_line_to_fill_in_are_no_words(row):
    assert kind(row) is Kind.NUMBERS


def test_questions_and_items_are_known():
    assert kind("Lỡ bấm vào đường dẫn lừa đảo, việc đầu tiên là gì?") is Kind.QUESTION
    assert kind("Bình chữa cháy còn áp lực, ai cũng biết dùng") is Kind.LINE
