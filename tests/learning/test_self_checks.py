"""The text of self-checks, and GIFT: what was written is read, faults are named, answers are marked fairly."""

from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from oer.core.i18n import translate
from oer.learning.gift import read_gift, write_gift
from oer.learning.marking import Given, given_in, is_number, is_right, read_round, says, shown_order
from oer.learning.self_checks import (
    EXAMPLE,
    MOST_LETTERS,
    MOST_QUESTIONS,
    FaultyText,
    Kind,
    Number,
    Question,
    parse,
    write,
)

TRUTH = ("Đúng", "Sai")


def faults(text, language="vi"):
    with pytest.raises(FaultyText) as raised:
        parse(text)
    return [(fault.line, translate(language, fault.reason, **fault.values)) for fault in raised.value.faults]


words = (
    st.text(
        st.sampled_from("aáđộ ?!@=#()[]{}~:\\%.1x->/$*<&'\"") | st.characters(categories=("L", "N", "P")), min_size=1
    )
    .map(lambda text: " ".join(text[:60].split()))
    .filter(bool)
)
sides = words.filter(lambda text: "->" not in text and text[0] not in "?!@=#([" and not text[0].isdigit())
pair_sides = sides.filter(lambda text: not text.endswith("-") and not text.startswith(">"))
many = {"min_size": 2, "max_size": 10, "unique_by": str.casefold}
figures = st.decimals(min_value=-(10**9), max_value=10**9, places=3)
units = st.sampled_from(["", "kWh", "m²", "đồng", "°C", "%", "km/h"])


@st.composite
def questions(draw):
    kind = draw(st.sampled_from(list(Kind)))
    options, right, partners, number = (), (), (), None
    if kind is Kind.NUMBER:
        number = Number(draw(figures), abs(draw(st.just(Decimal(0)) | figures)), draw(units))
    elif kind is Kind.PAIRS:
        options = tuple(draw(st.lists(pair_sides, **many)))
        partners = tuple(draw(st.lists(pair_sides, min_size=len(options), max_size=len(options))))
    else:
        options = tuple(draw(st.lists(words, **many)))
    if kind is Kind.ONE:
        right = (draw(st.integers(0, len(options) - 1)),)
    elif kind is Kind.SEVERAL:
        right = tuple(sorted(draw(st.sets(st.integers(0, len(options) - 1), min_size=1))))
    why = "\n".join(draw(st.lists(words, max_size=2)))
    return Question(kind, draw(words), options, right, partners, number, why, draw(st.just("") | words))


@settings(deadline=None, max_examples=150)
@given(st.lists(questions(), max_size=4))
def test_what_is_written_is_read_as_the_same_questions(asked):
    assert parse(write(asked)) == asked


@settings(deadline=None, max_examples=150)
@given(st.lists(questions(), max_size=4))
def test_what_is_given_out_as_gift_is_taken_in_as_the_same_questions(asked):
    # In GIFT an arrow in every accepted answer makes pairs of them, and an explanation is one text.
    assume(not any(q.kind is Kind.WORDS and all("->" in each for each in q.options) for q in asked))
    flat = [Question(**{**vars(question), "why": question.why.replace("\n", " ")}) for question in asked]
    assert read_gift(write_gift(asked), TRUTH) == (flat, [])


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=300))
def test_no_text_makes_the_readers_fail_otherwise_than_with_faults(text):
    read, _left_out = read_gift(text, TRUTH)
    write_gift(read)
    try:
        assert parse(write(parse(text))) == parse(text)
    except FaultyText as error:
        assert all(1 <= fault.line <= text.count("\n") + text.count("\r") + 1 for fault in error.faults)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_example_shows_every_kind_and_can_be_kept(language):
    assert [question.kind for question in parse(EXAMPLE[language])] == list(Kind)


@pytest.mark.parametrize(
    ("text", "line", "begins"),
    [
        ("(x) Có", 1, "Trước hết phải có câu hỏi"),
        ("?", 1, "Sau dấu ở đầu dòng"),
        ("? Gì\n\n", 1, "Câu hỏi này chưa có đáp án"),
        ("? Gì\n(x) Có", 1, "Câu hỏi này cần ít nhất hai"),
        ("? Gì\n( ) Có\n( ) Không", 1, "Đánh dấu đúng một đáp án"),
        ("? Gì\n(x) Có\n(x) Không", 1, "Đánh dấu đúng một đáp án"),
        ("? Gì\n[ ] Có\n[ ] Không", 1, "Đánh dấu ít nhất một"),
        ("? Gì\n(x) Có\n\n( ) có", 4, "Đáp án này đã có"),
        ("? Gì\nPin -> A\npin -> B", 3, "Đáp án này đã có"),
        ("? Gì\n(x) Có\n[ ] Không\n( ) Khác", 3, "Các đáp án của một câu hỏi"),
        ("? Gì\n= Có\nkhông biết", 3, "Không rõ dòng này là gì"),
        ("? Gì\nPin -> A\n-> B\nC -> D", 3, "Viết mỗi cặp"),
        ("? Gì\n# 1.200,5 kg", 2, "Không đọc được số này"),
        ("? Gì\n# hai", 2, "Không đọc được số này"),
        ("? Gì\n# 2\n# 3", 3, "Mỗi câu hỏi chỉ có một số"),
        ("? Gì\n1. Một\n3. Hai", 3, "Đánh số các dòng lần lượt: ở đây phải là 2"),
        ("? Gì\n= Có\n!", 3, "Sau dấu ở đầu dòng"),
        ("? Gì\n= Có\n@ Trang 1\n@ Trang 2", 4, "Câu hỏi này đã có một dòng"),
        (f"? {'a' * 501}\n= Có", 1, "Dòng này dài nhất 500"),
        (f"? Gì\n= {'a' * 301}", 2, "Dòng này dài nhất 300"),
        ("? Gì\n" + "".join(f"= {n}\n" for n in range(11)), 12, "Câu hỏi này có nhiều hơn 10"),
        ("? Gì\n= Có\n" * (MOST_QUESTIONS + 1), 2 * MOST_QUESTIONS + 1, "Có nhiều hơn 50 câu hỏi"),
        ("a" * (MOST_LETTERS + 1), 1, "Văn bản dài quá"),
    ],
)
def test_each_fault_is_named_with_its_line_and_reason(text, line, begins):
    (found_line, reason) = faults(text)[0]
    assert (found_line, reason[: len(begins)]) == (line, begins)
    assert faults(text, "en")[0][1] != reason


def test_all_faults_are_named_at_once_in_the_order_of_the_lines():
    assert [line for line, _reason in faults("vô nghĩa\n? Gì\n# x\n\n? Sao\n( ) a\n( ) b")] == [1, 3, 5]


@pytest.mark.parametrize(
    ("typed", "right", "is_said"),
    [
        ("ha noi", "Hà Nội", True),
        ("HÀ NỘI.", "Hà Nội", True),
        ("Haf Nooij", "Hà Nội", True),
        ("hà nôi", "Hà Nội", True),
        ("hoà", "hòa", True),
        ("Ha\u0300 No\u0323\u0302i", "Hà Nội", True),
        ("hạ nội", "Hà Nội", False),
        ("má", "mà", False),
        ("hanoi", "Hà Nội", False),
        ("Hà", "Hà Nội", False),
        ("", "Hà Nội", False),
        ("+", "+", True),
        ("-", "+", False),
        ("seen", "seen", True),
    ],
)
def test_short_answers_may_lack_marks_but_not_have_wrong_ones(typed, right, is_said):
    assert is_right(Question(Kind.WORDS, "?", (right,)), Given(words=typed)) is is_said
    assert not typed or says(typed, right) is is_said


@pytest.mark.parametrize(
    ("typed", "is_said"),
    [
        ("2,7", True),
        ("2.7 kWh", True),
        ("2,7KWH", True),
        ("2,6", True),
        ("2,8", True),
        ("2,81", False),
        ("2,7 m", False),
        ("-2,7", False),
        ("27", False),
        ("2,7,1", False),
        ("kWh", False),
        ("hai phẩy bảy", False),
        ("1e9999999", False),
        ("9" * 300, False),
    ],
)
def test_numbers_are_right_within_their_tolerance_with_or_without_their_unit(typed, is_said):
    assert is_number(Number(Decimal("2.7"), Decimal("0.1"), "kWh"), typed) is is_said


@pytest.mark.parametrize("typed", ["1200", "1.200", "1,200", "1 200", "1.200,0", "1,200.0", "1200,00"])
def test_thousands_may_be_set_apart(typed):
    assert is_number(Number(Decimal(1200)), typed)
    assert not is_number(Number(Decimal(12)), typed)


def answered(question, **fields):
    return is_right(question, given_in(question, lambda name: fields.get(name, [])))


def test_choices_pairs_and_orders_are_right_as_a_whole_only():
    one, several, _number, _words, pairs, order = parse(EXAMPLE["vi"])
    assert answered(one, a=["0"])
    assert not answered(one, a=["1"])
    assert answered(several, a=["1", "0"])
    assert not answered(several, a=["0"])
    assert not answered(several, a=["0", "1", "2"])
    assert answered(pairs, a0=["0"], a1=["1"])
    assert not answered(pairs, a0=["0"], a1=["0"])
    assert answered(order, a0=["0"], a1=["1"], a2=["2"])
    assert not answered(order, a0=["1"], a1=["0"], a2=["2"])
    for question in (one, several, pairs, order):
        for forged in ("9", "-1", "x", "²", "1" * 50):
            assert not answered(question, a=[forged], a0=[forged], a1=["1"], a2=["2"])


def test_pairs_with_the_same_right_side_may_be_chosen_from_either():
    question = parse("? Gì\nPin -> Nguy hại\nĐèn -> Nguy hại\nVỏ -> Thừa")[0]
    assert answered(question, a0=["1"], a1=["1"], a2=["2"])


def test_what_is_ordered_is_never_shown_in_its_order():
    for count in range(2, 8):
        question = Question(Kind.ORDER, f"Xếp {count}", tuple(f"Bước {n}" for n in range(count)))
        shown = shown_order(question)
        assert sorted(shown) == list(range(count)) != shown
        assert shown == shown_order(question)


def test_a_round_has_six_questions_and_the_next_one_goes_on_behind_them():
    here = read_round({}, 8)
    for _ in range(6):
        assert not here.is_over
        here = here.after(right=True)
    assert here.is_over
    assert here.next_start == 6
    assert [read_round({"start": "6"}, 8).place(number) for number in range(1, 7)] == [6, 7, 0, 1, 2, 3]


@pytest.mark.parametrize(
    "forged", [{"start": "x", "so_far": "2"}, {"start": "-5"}, {"so_far": "1" * 7}, {"start": "9" * 99}]
)
def test_a_round_that_cannot_be_begins_anew(forged):
    assert read_round(forged, 8).number == 1
    assert 0 <= read_round(forged, 8).place(1) < 8


GIFT = """\
$CATEGORY: Rác

// một lời ghi
::Hộp cơm:: [plain]Bỏ vào đâu\\: A hay B? {
=A#đúng thế
~B
####Vì A.
}

Viết một bài. {}

Một đoạn văn thôi.

Trái đất tròn? {T}

[html]<b>Gì</b>? {=a ~b}

Ai {=Lan ~Mai} đấy?

Mấy? {#1..3}

Gần đúng? {=a ~%50%b}

Hở {=a
"""


def test_what_gift_has_beside_is_named_with_its_line():
    read, left_out = read_gift(GIFT, TRUTH)
    assert read == [
        Question(Kind.ONE, "Bỏ vào đâu: A hay B?", ("A", "B"), (0,), why="Vì A."),
        Question(Kind.ONE, "Trái đất tròn?", TRUTH, (0,)),
        Question(Kind.NUMBER, "Mấy?", number=Number(Decimal(2), Decimal(1))),
    ]
    assert [(fault.line, translate("en", fault.reason)) for fault in left_out] == [
        (1, "A category was left out."),
        (4, "The words on a single answer were left out: here a question has one explanation."),
        (10, "A question with a free answer was left out."),
        (12, "A text without answers was left out."),
        (16, "A question in HTML or Markdown was left out."),
        (18, "A question with a gap in a sentence was left out."),
        (22, "A question in which an answer counts for a part was left out."),
        (24, "A question whose braces do not match was left out."),
    ]
