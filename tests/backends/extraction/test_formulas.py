"""Formulas: shown as MathML, found and heard as one line of text, never dropped without a word."""

import pytest

from oer.backends.extraction import media_types as types
from oer.backends.extraction.formulas import latex_to_mathml, math_text
from oer.backends.extraction.markup import parse_html
from tests.backends.extraction import document_factories as made

FRACTION = "<mfrac><mrow><mo>−</mo><mi>b</mi></mrow><mrow><mn>2</mn><mi>a</mi></mrow></mfrac>"


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\frac{N(N-1)}{2}", "N(N-1)/2"),
        (r"x=\frac{-b\pm\sqrt{b^2-4ac}}{2a}", "x = (-b±√(b^2-4ac))/(2a)"),
        (r"\frac{a+b}{c}", "(a+b)/c"),
        (r"\sum_{i=1}^{n} i", "∑_(i = 1)^n i"),
        (r"\sin x + \cos 2x", "sin x+cos 2x"),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "([1, 2; 3, 4])"),
        (r"\vec{AB}", "AB"),
        (r"\text{vận tốc} = s/t", "vận tốc = s/t"),
        (r"H_2O", "H_2O"),
    ],
)
def test_a_formula_has_a_text_that_means_the_same(latex, text):
    assert math_text(parse_html(latex_to_mathml(latex)).find(".//math")) == text


def test_latex_that_cannot_be_read_stays_visible():
    assert latex_to_mathml(r"\frac{a") == r"<code>$\frac{a$</code>"
    assert latex_to_mathml("x" * 6000, block=True).startswith("<code>$$xxx")


def test_mathml_of_web_pages_and_books_is_kept_and_read(read_here):
    page = f'<p>Nghiệm x = <math xmlns="http://www.w3.org/1998/Math/MathML">{FRACTION}</math> là kết quả.</p>'
    for content, kind in ((page.encode(), types.HTML), (made.epub([page]), types.EPUB)):
        found = read_here(content, kind)
        assert found.texts == ["Nghiệm x = -b/(2a) là kết quả."]
        assert f'<math alttext="-b/(2a)">{FRACTION}</math>' in found.html


def test_prefixes_hidden_sources_and_second_copies_are_left_out(read_here):
    prefixed = "<m:math><m:semantics><m:mi>x</m:mi><m:annotation>\\secret</m:annotation></m:semantics></m:math>"
    copy = '<span class="katex-html" aria-hidden="true">copy</span> sau'
    found = read_here(f"<p>{prefixed}{copy}</p>".encode(), types.HTML)
    assert found.texts == ["x sau"]
    assert found.html == '<p><math alttext="x"><semantics><mi>x</mi></semantics></math> sau</p>'


class TestMarkdown:
    def test_formulas_stand_between_dollar_signs(self, read_here):
        found = read_here("Số cạnh $\\frac{N(N-1)}{2}$ của\n\n$$a^2+b^2=c^2$$\n".encode(), types.MARKDOWN)
        assert "Số cạnh N(N-1)/2 của" in found.texts[0]
        assert 'alttext="a^2+b^2 = c^2"' in found.html
        assert 'display="block"' in found.html

    def test_formulas_stand_in_the_brackets_of_tex(self, read_here):
        text = "Số \\(x\\) có \\(a_1 + b_1\\), và\n\n\\[\n\\frac{N(N-1)}{2}\n\\]\n"
        found = read_here(text.encode(), types.MARKDOWN)
        assert found.html.count("<math") == 3
        assert found.html.count('display="block"') == 1
        assert "N(N-1)/2" in found.texts[0]
        assert "\\" not in found.texts[0]

    @pytest.mark.parametrize(
        "text", [r"Xem \[1\] và \[2\]", r"viết sai \(sic\) ở đây", r"\[ \] chưa xong", r"`\(x^2\)`", r"\(a+b"]
    )
    def test_brackets_that_a_writer_kept_from_being_markdown_stay(self, read_here, text):
        found = read_here(text.encode(), types.MARKDOWN)
        assert "<math" not in found.html
        assert found.texts == [text.strip("`") if "`" in text else text.replace("\\", "")]

    @pytest.mark.parametrize(
        "text",
        [
            "Giá $5 hoặc 6$ một cái",
            "từ $20 đến $30, hay $20-$30",
            "US$5 và A$6",
            "tốn $5 - thuế của năm nay/B$ nữa",
            "mất 5$ rồi 10$",
            "`$x^2$`",
        ],
    )
    def test_dollar_signs_that_are_money_or_code_stay(self, read_here, text):
        found = read_here(text.encode(), types.MARKDOWN)
        assert "<math" not in found.html
        assert found.texts == [text.strip("`")]

    def test_comments_are_comments_but_not_in_code(self, read_here):
        text = "Trước <!-- ghi chú\nhai dòng --> sau\n\n[//]: # (ẩn)\n[comment]: # 'ẩn'\n\n```\n<!-- giữ -->\n```\n"
        found = read_here(text.encode(), types.MARKDOWN)
        assert "ghi chú" not in found.texts[0]
        assert "ẩn" not in found.texts[0]
        assert "<!-- giữ -->" in found.texts[0]

    def test_boxes_stay_boxes_with_a_heading(self, read_here):
        text = (
            "Đoạn văn bằng tiếng Việt để đoán được ngôn ngữ của bài học này.\n\n> [!WARNING]\n> Rút **phích cắm**.\n\n"
            '!!! note "Nhớ"\n    Gọi 114.\n\n!!! tip\n    Ngủ sớm.\n'
        )
        html = read_here(text.encode(), types.MARKDOWN).html.replace("\n", "")
        assert "<aside><p><strong>Cảnh báo</strong></p><p>Rút <strong>phích cắm</strong>.</p></aside>" in html
        assert "<aside><p><strong>Nhớ</strong></p><p>Gọi 114.</p></aside>" in html
        assert "<aside><p><strong>Mẹo</strong></p><p>Ngủ sớm.</p></aside>" in html


def test_formulas_of_slides_are_read(read_here):
    run = "<m:r><m:t>{}</m:t></m:r>".format
    fraction = f"<m:f><m:num>{run('N(N-1)')}</m:num><m:den>{run('2')}</m:den></m:f>"
    space = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    math = f"<m:oMathPara {space}><m:oMath>{fraction}</m:oMath></m:oMathPara>"
    slide = f"<p:sp><p:txBody><a:p><a:r><a:t>Có &lt;</a:t></a:r>{math}</a:p></p:txBody></p:sp>"
    found = read_here(made.pptx([slide]), types.PPTX)
    assert found.texts == ["Có <\nN(N-1)/2"]
    assert 'Có &lt;<math display="block" alttext="N(N-1)/2"><mfrac>' in found.html


def test_roots_are_drawn_without_a_font_for_mathematics(read_here):
    page = "<p><math><msqrt><mi>a</mi><mi>b</mi></msqrt><mroot><mi>x</mi><mn>3</mn></mroot></math></p>"
    found = read_here(page.encode(), types.HTML)
    assert found.texts == ["√(ab)√[3]x"]
    assert found.html == (
        '<p><math alttext="√(ab)√[3]x"><mrow><mo stretchy="false">√</mo><mrow class="root"><mi>a</mi><mi>b</mi></mrow>'
        '</mrow><mrow><msup><mrow></mrow><mn>3</mn></msup><mo stretchy="false">√</mo>'
        '<mrow class="root"><mi>x</mi></mrow></mrow></math></p>'
    )
