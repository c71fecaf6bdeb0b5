"""The pages of educators in a real browser: picking and dropping files, progress, no script, small screens, axe."""

import hashlib
import io
import threading
import zipfile

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from werkzeug.serving import make_server

from oer.accounts.services.sign_ins import start_sign_in
from oer.files.models import Blob
from tests.browser.following import follow, unfold
from tests.browser.test_accessibility import RULES
from tests.catalogue.conftest import TEXT
from tests.catalogue.factories import make_educator, make_material, make_published, make_reviewer, make_submitted

pytestmark = pytest.mark.browser
DROP = """([selector, names]) => {
  const transfer = new DataTransfer();
  for (const name of names) transfer.items.add(new File(["Ngắt cầu dao. " + name], name, { type: "text/plain" }));
  document.querySelector(selector).dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
}"""


@pytest.fixture
def served(app):
    """The address of the application."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def page_of(app, session, chromium, served):
    """Opens a page of an account, in a window of a width, with or without scripts."""
    contexts = []

    def open_page(account, path, *, width=1280, scripts=True):
        token = start_sign_in(session, account, user_agent="", days=1)
        session.commit()
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        context = chromium.new_context(
            viewport={"width": width, "height": 800}, java_script_enabled=scripts, base_url=served
        )
        context.add_cookies([{"name": "oer", "value": client.get_cookie("oer").value, "url": served}])
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def given(*names):
    return [{"name": name, "mimeType": "text/plain", "buffer": TEXT + name.encode()} for name in names]


def listed(page) -> list[str]:
    return page.locator("#files > li > div > b").all_inner_texts()


def test_files_are_picked_and_sent_one_by_one(session, page_of):
    page = page_of(make_educator(session), "/my/materials/new")
    page.set_input_files("#files-to-add", given("a.txt", "b.txt"))
    page.wait_for_url("**/files")
    assert listed(page) == ["a.txt", "b.txt"]


def test_files_that_were_chosen_before_the_script_came_are_sent_when_it_comes(session, page_of):
    page = page_of(make_educator(session), "/en/my/materials")
    late = []

    def keep_waiting(route):  # a slow line: the page is there, its script is not
        late.append(route)

    page.route("**/upload.js*", keep_waiting, times=1)
    page.goto("/en/my/materials/new", wait_until="commit")
    page.set_input_files("#files-to-add", given("a.txt", "b.txt"))
    while not late:
        page.wait_for_timeout(20)
    late[0].continue_()
    page.wait_for_url("**/files")
    assert listed(page) == ["a.txt", "b.txt"]


def test_files_are_dropped(session, page_of):
    educator = make_educator(session)
    public_id = make_material(session, educator, content=None).public_id
    page = page_of(educator, f"/en/my/materials/{public_id}/files")
    page.evaluate(DROP, ["form[data-upload]", ["a.txt", "b.txt", "c.txt"]])
    page.wait_for_selector("#files")
    assert listed(page) == ["a.txt", "b.txt", "c.txt"]
    assert "/en/" in page.url


def test_a_refused_file_is_told_beside_its_name_and_the_others_go_on(session, page_of):
    page = page_of(make_educator(session), "/en/my/materials/new")
    page.set_input_files("#files-to-add", [*given("a.txt"), {"name": "b.pdf", "mimeType": "x/y", "buffer": b"<html>"}])
    page.wait_for_selector(".sending .error")
    assert "PDF" in page.locator(".sending .error").inner_text()
    page.locator("a.go-on").click()
    page.wait_for_url("**/files")
    assert listed(page) == ["a.txt"]


def test_a_file_that_is_too_large_is_not_even_sent(session, page_of):
    page = page_of(make_educator(session), "/en/my/materials/new")
    page.evaluate("document.querySelector('form[data-upload]').dataset.mostBytes = 10")
    page.set_input_files("#files-to-add", given("a.txt"))
    page.wait_for_selector(".sending .error")
    assert page.url.endswith("/new")


def test_what_was_not_sent_can_be_sent_again(session, page_of):
    educator = make_educator(session)
    public_id = make_material(session, educator, content=None).public_id
    page = page_of(educator, f"/my/materials/{public_id}/files")
    page.route("**/api/**", lambda route: route.abort())
    page.set_input_files("#files-to-add", given("a.txt"))
    again = page.get_by_role("button", name="Thử lại")
    again.wait_for()
    page.unroute("**/api/**")
    again.click()
    page.wait_for_selector("#files")
    assert listed(page) == ["a.txt"]


def test_without_a_script_the_whole_way_works(session, page_of):
    make_reviewer(session)
    page = page_of(make_educator(session), "/en/my/materials/new", scripts=False)
    page.set_input_files("#files-to-add", given("a.txt", "b.txt"))
    follow(page, page.get_by_role("button", name="Upload"))
    assert listed(page) == ["a.txt", "b.txt"]
    follow(page, page.get_by_role("link", name="Go on: describe it"))
    for name, field, words in (("title", "#title_vi", "An toàn điện"), ("summary", "#summary_vi", "Ngắt cầu dao.")):
        unfold(page, name)
        page.fill(field, words)
    for field, code in (("types", "guide"), ("subjects", "bas.song"), ("language", "vi")):
        unfold(page, field)
        page.select_option(f"#{field}-0", code)
    follow(page, page.get_by_role("button", name="Save and submit for review"))
    assert "Choose a licence." in page.locator(".error-summary").inner_text()
    assert page.input_value("#title_vi") == "An toàn điện"
    page.get_by_label("CC BY 4.0").check()
    follow(page, page.get_by_role("button", name="Save and submit for review"))
    assert "Being reviewed" in page.locator("main").inner_text()


def test_pages_fit_a_small_screen_and_have_no_barriers(session, page_of):
    educator, reviewer = make_educator(session), make_reviewer(session)
    draft, public = make_material(session, educator).public_id, make_published(session, educator).public_id
    waiting = make_submitted(session, educator).public_id
    own = ("/my/materials", "/my/materials/new", "/my/collections/new")
    paths = {
        educator: [*own, *(f"/my/materials/{draft}{rest}" for rest in ("", "/files", "/describe?check=1"))],
        reviewer: ["/review", f"/review/{waiting}", f"/review/{public}/withdraw"],
    }
    for account, addresses in paths.items():
        page = page_of(account, "/", width=320)
        for address in addresses:
            page.goto(address)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, address
            found = Axe().run(page, options=RULES)
            assert found.violations_count == 0, f"{address}\n{found.generate_report()}"


BIG = TEXT * 400_000  # some pieces of 4 MB


def big_file(tmp_path):
    path = tmp_path / "bai-giang.txt"
    if not path.exists():
        path.write_bytes(BIG)
    return path


def slowly_until(page, offset):
    """Let parts before `offset` through, and cut the line at the first one after it."""
    cut = []

    def pass_or_cut(route):
        if route.request.method == "PATCH" and int(route.request.headers["upload-offset"]) >= offset and not cut:
            cut.append(route)
            page.context.set_offline(True)
            route.abort("internetdisconnected")
        else:
            route.continue_()

    page.route("**/api/v1/uploads/*", pass_or_cut)
    return cut


def sent_whole(app, session):
    session.rollback()
    [(sha256, size)] = session.execute(sa.select(Blob.sha256, Blob.size)).all()
    session.rollback()
    return (sha256, size) == (hashlib.sha256(BIG).hexdigest(), len(BIG))


def test_a_cut_of_the_line_is_waited_for_and_the_file_goes_on(app, session, page_of, tmp_path):
    page = page_of(make_educator(session), "/en/my/materials/new")
    cut = slowly_until(page, 4 * 1024**2)
    page.set_input_files("#files-to-add", big_file(tmp_path))
    page.get_by_text("The connection is cut").wait_for()
    assert cut
    page.context.set_offline(False)
    page.wait_for_url("**/files")
    assert listed(page) == ["bai-giang.txt"]
    assert sent_whole(app, session)


def test_after_a_reload_and_in_another_tab_a_file_goes_on_from_where_it_was(app, session, page_of, tmp_path):
    page = page_of(make_educator(session), "/en/my/materials/new")
    slowly_until(page, 4 * 1024**2)
    page.set_input_files("#files-to-add", big_file(tmp_path))
    page.get_by_text("The connection is cut").wait_for()
    page.context.set_offline(False)
    context = page.context
    page.close()
    other = context.new_page()
    other.goto("/en/my/materials/new")
    other.get_by_text("Choose the same file once more").wait_for()
    offsets = []
    other.on("request", lambda sent: sent.method == "PATCH" and offsets.append(int(sent.headers["upload-offset"])))
    other.set_input_files("#files-to-add", big_file(tmp_path))
    other.wait_for_url("**/files")
    assert min(offsets) >= 4 * 1024**2, "what was there is not sent again"
    assert listed(other) == ["bai-giang.txt"]
    assert sent_whole(app, session)


def test_a_file_is_paused_and_goes_on(app, session, page_of, tmp_path):
    page = page_of(make_educator(session), "/en/my/materials/new")
    held = []

    def hold_first_part(route):
        if route.request.method == "PATCH" and not held:
            held.append(route)
        else:
            route.continue_()

    page.route("**/api/v1/uploads/*", hold_first_part)
    page.set_input_files("#files-to-add", big_file(tmp_path))
    page.get_by_role("button", name="Pause").click()
    page.get_by_text("Paused").wait_for()
    page.get_by_role("button", name="Go on sending").click()
    page.wait_for_url("**/files")
    assert sent_whole(app, session)


class Hands:
    """Somebody at a page, whose presses and choices are counted."""

    def __init__(self, page):
        self.page, self.interactions = page, 0

    def press(self, control, *, leads_on=False):
        self.interactions += 1
        follow(self.page, control) if leads_on else control.click()


HANDBOOK = """# Sổ tay phân loại rác ở nhà

Mỗi nhà chia rác thành ba nhóm: rác thực phẩm, rác tái chế và rác còn lại. Sổ tay này chỉ cách đặt thùng rác trong bếp.

Rác tái chế rửa sạch, để khô rồi giao cho người thu gom. Rác thực phẩm ủ thành phân bón cho cây trong nhà.
"""


@pytest.mark.parametrize("scripts", [True, False])
def test_a_file_is_described_and_submitted_in_eight_interactions(session, page_of, run_jobs, scripts):
    make_reviewer(session)
    page = page_of(make_educator(session), "/en/my/materials/new", width=360, scripts=scripts)
    hands = Hands(page)
    page.set_input_files(
        "#files-to-add", [{"name": "rac.md", "mimeType": "text/markdown", "buffer": HANDBOOK.encode()}]
    )
    if scripts:
        page.wait_for_url("**/files")
    else:
        hands.press(page.get_by_role("button", name="Upload"), leads_on=True)
    run_jobs()
    page.goto(page.url.replace("/files", "/describe"))  # the link that leads there is the next press
    hands.interactions += 1
    rows = page.locator(".reqs")
    boxes = [rows.nth(place).bounding_box() for place in range(rows.count())]
    assert boxes[-1]["y"] + boxes[-1]["height"] - boxes[0]["y"] <= 640, "what is asked for fits one screen of a phone"
    hands.press(page.get_by_role("button", name="Use all"), leads_on=True)
    hands.press(page.locator("#row-licence summary"))
    hands.press(page.get_by_label("CC BY 4.0"))
    hands.press(page.get_by_role("button", name="Save and submit for review"), leads_on=True)
    assert "Being reviewed" in page.locator("main").inner_text()
    assert hands.interactions <= 8


def test_what_is_typed_is_saved_by_itself_and_the_second_window_is_told(session, page_of):
    educator = make_educator(session)
    path = f"/en/my/materials/{make_material(session, educator).public_id}/describe"
    page, other = page_of(educator, path), page_of(educator, path)
    for window, words in ((page, "Tên thứ nhất"), (other, "Tên thứ hai")):
        unfold(window, "title")
        window.fill("#title_vi", words)
        expected = "Saved at" if window is page else "Not saved: another window"
        window.locator("[data-saved]", has_text=expected).wait_for()
    page.goto(path)
    assert page.input_value("#title_vi") == "Tên thứ nhất"


def test_a_zip_of_many_files_survives_a_cut_and_is_looked_through(session, page_of, queue, installation):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("Bài 2.txt", BIG[: 6 * 1024**2])
        archive.writestr("Bài 10.txt", TEXT)
    queue.serve(installation)
    page = page_of(make_educator(session), "/en/my/batches/new/files")
    cut = slowly_until(page, 4 * 1024**2)
    page.set_input_files("#archive", {"name": "bai.zip", "mimeType": "application/zip", "buffer": content.getvalue()})
    page.get_by_role("button", name="Look through it").click()
    page.get_by_text("The connection is cut").wait_for()
    assert cut
    page.context.set_offline(False)
    page.get_by_text("It is being looked through").wait_for()
    queue.run_waiting()
    page.get_by_text("2 files can be taken").wait_for()
