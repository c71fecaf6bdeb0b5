"""What a result shows: the sentence that answers, or what the material is about; and its link leads there."""

import re
from html import unescape

import pytest

from oer.search.highlighting import HighlightTerms, plain_text
from oer.search.query_parser import parse_query
from oer.search.snippets import best_answer, shown, shown_of_summary

ANSWER = "Trước hết hãy ngắt cầu dao, rồi gạt dây điện ra khỏi người bị điện giật bằng vật khô."
CONTENTS = "Mục lục\nBài 1. Dòng điện đi đường nào\nBài 2. Người bị điện giật\nBài 3. Tiết kiệm điện"
RIGHTS = "Giấy phép CC BY 4.0: ai bị điện giật cũng được sao chép, chỉ cần ghi nguồn."
FIGURES = "Bị điện giật 12 15 18 21"
FAR = "Nhà ai cũng nên có một chiếc đèn pin nhỏ. " * 40


def snippet(text: str, query: str, **options: int) -> str:
    terms = HighlightTerms.of(parse_query(query).words)
    answer = best_answer(text, terms, 0, len(text))
    return plain_text(shown(text, answer, **options)).replace("\u00a0", " ") if answer else ""


@pytest.fixture
def shown_for(client):
    """Returns what the only result of a query shows, and where its link leads, "" if it has none."""

    def of(query: str) -> tuple[str, str]:
        page = client.get("/search", query_string={"q": query}).get_data(as_text=True)
        (found,) = re.findall(r'<ol class="hits".*?</ol>', page, re.DOTALL)
        (paragraph,) = re.findall(r"<p>(.*?)</p>", found, re.DOTALL)
        link = re.search(r'<a href="([^"]+)"', paragraph)
        words = unescape(re.sub(r"<a .*?</a>|<[^>]+>", "", paragraph, flags=re.DOTALL)).replace("\u00a0", " ")
        return words.strip(" …"), unescape(link[1]) if link else ""

    return of


@pytest.mark.parametrize("nothing", [CONTENTS, RIGHTS, FIGURES])
@pytest.mark.parametrize("far", ["", f"\n{FAR}\n"])
def test_the_sentence_that_answers_is_shown_not_what_only_has_the_words(publish, indexed, shown_for, nothing, far):
    publish("Sổ tay cho cả nhà", f"{nothing}\n{far}{ANSWER}")
    indexed()
    words, link = shown_for("bị điện giật phải làm sao")
    assert words == ANSWER
    assert link.endswith("#hit")


@pytest.mark.parametrize("nothing", [CONTENTS, RIGHTS, FIGURES])
def test_an_answer_on_another_page_is_shown_and_linked(publish, indexed, shown_for, nothing):
    publish("Sổ tay cho cả nhà", nothing, FAR, ANSWER)
    indexed()
    words, link = shown_for("bị điện giật")
    assert words == ANSWER
    assert "page=3" in link


@pytest.mark.parametrize("nothing", [CONTENTS, RIGHTS])
def test_where_no_sentence_answers_the_summary_is_shown(publish, indexed, shown_for, nothing):
    publish("Sổ tay cho cả nhà", nothing, FAR, summary={"vi": "Điều ai cũng nên biết ở nhà."})
    indexed()
    assert shown_for("bị điện giật") == ("Điều ai cũng nên biết ở nhà.", "")


def test_where_the_title_is_what_was_searched_for_the_summary_is_shown(publish, indexed, shown_for):
    publish("Khi bị điện giật", "Khi bị điện giật", summary={"vi": "Cách sơ cứu trong năm phút đầu."})
    indexed()
    words, _ = shown_for("bị điện giật")
    assert words == "Cách sơ cứu trong năm phút đầu."
    words, _ = shown_for("dien giat")
    assert words == "Cách sơ cứu trong năm phút đầu."


def test_a_heading_is_shown_with_the_sentence_below_it_and_not_with_other_headings():
    text = "Chương 2\nBài 7. Có người bị điện giật\nNgắt cầu dao. Rồi mới gạt dây ra.\nBài 8. Mưa bão\nĐóng cửa sổ."
    assert snippet(text, "điện giật") == "… Bài 7. Có người bị điện giật – Ngắt cầu dao. Rồi mới gạt dây ra. …"
    assert snippet("Chương 2\nTiết kiệm nước\nTiết kiệm điện\nĐi lại", "nước") == "… Tiết kiệm nước …"


def test_the_best_sentence_has_most_of_the_words_and_is_no_question():
    text = "Điện rất cần. Vì sao phải tiết kiệm điện? Muốn tiết kiệm điện hãy tắt đèn khi ra khỏi phòng. Hết bài."
    assert snippet(text, "tiết kiệm điện", length=20) == "… Muốn tiết kiệm điện …"


def test_a_long_sentence_is_shown_from_before_its_words_and_cut_between_words():
    text = f"{'một hai ba ' * 30}thì tiết kiệm điện {'bốn năm sáu ' * 30}"
    words = snippet(text, "tiết kiệm điện")
    assert "thì tiết kiệm điện bốn năm" in words
    assert len(words) < 240
    assert words.startswith("… ")
    assert words.endswith(" …")
    assert set(words.split()) <= {*text.split(), "…"}


def test_cells_and_leaders_do_not_run_together():
    assert snippet("Rau muống\tgieo hạt\t25 ngày", "rau muống") == "Rau muống · gieo hạt · 25 ngày"
    assert snippet("Họ tên rau muống của bạn ............ là", "rau muống") == "Họ tên rau muống của bạn … là"


def test_a_summary_begins_at_its_beginning_unless_the_words_are_further_on():
    terms = HighlightTerms.of(parse_query("tiết kiệm điện").words)
    last = "Cuối sách có cách tiết kiệm điện."
    assert plain_text(shown_of_summary(f"Sách này nói về điện. {FAR}{last}", terms)).startswith("Sách này nói về điện.")
    assert last in plain_text(shown_of_summary(f"{FAR}{last}", terms))


def test_the_link_leads_to_the_sentence_that_is_shown(client, publish, indexed, shown_for):
    publish("Sổ tay cho cả nhà", f"{CONTENTS}\n{FAR}\n{ANSWER}\n{FAR}")
    indexed()
    words, link = shown_for("bị điện giật phải làm sao")
    page = client.get(link.removesuffix("#hit")).get_data(as_text=True)
    assert page.count('id="hit"') == 1
    block = next(each for each in re.findall(r"<p[ >].*?</p>", page, re.DOTALL) if 'id="hit"' in each)
    assert words in " ".join(unescape(re.sub(r"<[^>]+>", "", block)).split())
