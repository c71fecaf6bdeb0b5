"""Texts read aloud by the browser's own voice, which is the platform's: here one that tells what it was given."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.accounts.serving import served
from tests.reading.factories import publish_files

PAGE = """<!doctype html><html lang="vi"><body><h2>Bếp gọn</h2>
<p>Chị Lan ở TP. Hồ Chí Minh, <b>phường 3</b>. Chị <i>dọn bếp. Rồi</i> nghỉ! Xong chưa?</p>
<p lang="en">Read me in English.</p><p>Công thức <math><mi>a</mi><mo>+</mo><mi>b</mi></math> là đủ.</p>
</body></html>"""
SENTENCES = [
    "Bếp gọn",
    "Chị Lan ở TP. Hồ Chí Minh, phường 3.",
    "Chị dọn bếp.",
    "Rồi nghỉ!",
    "Xong chưa?",
    "Read me in English.",
    "Công thức a+b là đủ.",
]
VOICES = """(() => {
  const said = [], voices = [{ lang: "en-GB", localService: true }, { lang: "vi_VN" }];
  let now = null;
  window.said = said;
  window.endOfSentence = () => { const ended = now; now = null; ended.onend(); };
  Object.defineProperty(window, "speechSynthesis", { value: {
    getVoices: () => voices, cancel: () => { now = null; },
    speak: (one) => { now = one; said.push([one.text, one.lang, one.rate]); } } });
  window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
})()"""
pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 360, "height": 740}}


@pytest.fixture
def reader(app, session, installation):
    """The address of a text of five sentences in two languages, with marked up words and a formula."""
    public_id = publish_files(session, installation, ("bep.html", PAGE.encode())).public_id
    session.commit()
    with served(app) as port:
        yield f"http://127.0.0.1:{port}/materials/{public_id}/files/1/read"


def opened(chromium, address, script=VOICES):
    context = chromium.new_context(**PHONE)
    context.add_init_script(script)
    page = context.new_page()
    page.goto(address)
    return page


def marked(page):
    return page.evaluate("[...document.querySelectorAll('.now-said')].map((each) => each.textContent).join('')")


def test_each_sentence_is_spoken_by_a_voice_of_its_language_and_marked_meanwhile(reader, chromium):
    page = opened(chromium, reader)
    before = page.inner_text(".text")
    page.click("#aloud-open")
    expect(page.locator(".now-said")).to_have_text("Bếp gọn")
    for number, sentence in enumerate(SENTENCES):
        assert page.evaluate("said.length") == number + 1
        assert page.evaluate("said[said.length - 1][0]") == sentence
        if "a+b" not in sentence:
            assert marked(page).strip() == sentence
        page.evaluate("endOfSentence()")
    page.set_viewport_size({"width": 320, "height": 640})
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    boxes = [each.bounding_box() for each in page.locator("#aloud button, #aloud select, .reader-bar .tool").all()]
    assert min(min(box["width"], box["height"]) for box in boxes if box) >= 44
    assert page.evaluate("said[5][1]") == "en-GB"
    assert {page.evaluate(f"said[{number}][1]") for number in (0, 1, 6)} == {"vi_VN"}
    expect(page.locator("#aloud [role=status]")).to_have_text("Đã đọc hết văn bản.")
    assert page.inner_text(".text") == before


def test_keys_go_back_and_forth_pause_and_end_and_a_sentence_that_is_pressed_is_read_from_there(reader, chromium):
    page = opened(chromium, reader)
    page.focus("#aloud-open")
    page.keyboard.press("Enter")
    expect(page.locator("[data-do=play]")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert [each[0] for each in page.evaluate("said")] == [SENTENCES[place] for place in (0, 1, 2, 1)]
    page.keyboard.press("Enter")
    expect(page.locator("[data-do=play]")).to_have_attribute("aria-label", "Đọc tiếp")
    assert marked(page).strip() == SENTENCES[1]
    page.keyboard.press("Enter")
    page.wait_for_function("said.length === 5")
    assert page.evaluate("said[said.length - 1][0]") == SENTENCES[1]
    page.select_option("#aloud-rate", "1.25")
    assert page.evaluate("said[said.length - 1]") == [SENTENCES[1], "vi_VN", 1.25]
    page.get_by_text("Xong chưa?").click()
    expect(page.locator(".now-said")).to_have_text("Xong chưa?")
    assert page.evaluate("said[said.length - 1][0]") == "Xong chưa?"
    page.focus("[data-do=play]")
    page.keyboard.press("Escape")
    expect(page.locator("#aloud")).to_be_hidden()
    expect(page.locator("#aloud-open")).to_be_focused()
    assert marked(page) == ""
    page.reload()
    assert page.input_value("#aloud-rate") == "1.25"


def test_a_browser_without_a_voice_of_the_language_says_so(reader, chromium):
    """Headless chromium speaks, but has no voices."""
    page = opened(chromium, reader, "")
    page.click("#aloud-open")
    expect(page.locator("#aloud [role=status]")).to_contain_text("chưa có giọng đọc cho ngôn ngữ này (Tiếng Việt)")
    expect(page.locator("[data-do=play]")).to_be_hidden()
    page.click("[data-do=close]")
    expect(page.locator("#aloud")).to_be_hidden()
    silent = opened(chromium, reader, "delete Window.prototype.speechSynthesis; delete window.speechSynthesis;")
    expect(silent.locator("#aloud-open")).to_be_hidden()


def test_at_the_end_of_a_page_reading_goes_on_with_the_next(app, session, installation, chromium):
    words = "\n\n".join(f"# Phần {number}\n\nĐây là phần thứ {number}. " + "Một câu dài. " * 400 for number in (1, 2))
    public_id = publish_files(session, installation, ("hai.md", words.encode())).public_id
    session.commit()
    with served(app) as port:
        page = opened(chromium, f"http://127.0.0.1:{port}/materials/{public_id}/files/1/read")
        page.click("#aloud-open")
        expect(page.locator(".now-said")).to_be_visible()
        assert page.locator(".turning [rel=next]").count() == 1
        page.evaluate(
            "document.querySelectorAll('.text span')[document.querySelectorAll('.text span').length - 1].click()"
        )
        with page.expect_navigation():
            page.evaluate("endOfSentence()")
        expect(page.locator(".now-said")).to_be_visible()
        assert "page=2" in page.url
        assert page.evaluate("said[0][0]") == page.locator(".text span").first.text_content().strip()


def test_without_scripts_there_is_no_button(client, session, installation):
    public_id = publish_files(session, installation, ("bep.html", PAGE.encode())).public_id
    page = client.get(f"/materials/{public_id}/files/1/read").text
    assert (
        '<button type="button" class="tool" id="aloud-open" aria-expanded="false" aria-controls="aloud" hidden>' in page
    )
