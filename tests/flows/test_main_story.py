"""A teacher's file, a citizen's download, an admin's figure."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.following import follow, unfold
from tests.serving import Service

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]


def _upload_and_describe(page: Page, file: Path, title: str, *, script: bool = True) -> str:
    page.goto("/en/my/materials")
    follow(page, page.get_by_role("link", name="New material"))
    page.set_input_files("#files-to-add", str(file))
    if not script:  # with it the files are sent as soon as they are chosen
        page.get_by_role("button", name="Upload").click()
    page.wait_for_url(re.compile("/files$"))
    page.get_by_role("link", name="Go on: describe it").click()
    page.wait_for_url(re.compile("/describe$"))
    deadline = time.monotonic() + 240  # the worker may still be reading the sample collection
    while page.get_by_role("link", name="Look again").count() and time.monotonic() < deadline:
        page.reload()
    expect(page.locator("#row-title .sug").first).to_have_text("Sổ tay thủy lợi nội đồng")  # read from the file
    for name in ("title", "summary", "types", "subjects", "language", "audiences", "creators", "licence"):
        unfold(page, name)
    page.fill("#title_vi", title)
    page.fill("#summary_vi", "Giữ nước, thoát nước và chia nước cho ruộng nhỏ.")
    page.select_option("#types-0", "handbook")
    page.select_option("#subjects-0", "srv.trong-trot")
    page.select_option("#language-0", "vi")
    page.get_by_label("Everyone").check()
    page.fill("#creators-0-name", "Kho học liệu mở Thành phố Hồ Chí Minh")
    page.locator("input[name=licence][value*='/by/4.0/']").check()
    follow(page, page.get_by_role("button", name="Save the draft"))
    return page.url.split("/my/materials/")[1].split("/")[0]


def _found(page: Page, words: str, title: str) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        page.goto(f"/en/search?q={words}")
        if page.get_by_role("link", name=title).count():
            return
        time.sleep(0.5)
    raise AssertionError(f"{title} is not found by {words}")


def test_a_teachers_file_is_published_found_read_downloaded_and_counted(
    visit: Visit, handbook: Path, service: Service, tmp_path: Path
) -> None:
    title = "Sổ tay thủy lợi nội đồng cho nông hộ"
    educator = visit("educator")
    public_id = _upload_and_describe(educator, handbook, title)
    educator.goto(f"/en/my/materials/{public_id}")
    follow(educator, educator.get_by_role("button", name="Submit for review"))
    expect(educator.get_by_text("Sent to the reviewers on")).to_be_visible()

    citizen = visit(width=360)
    assert citizen.goto(f"/materials/{public_id}").status == 404  # type: ignore[union-attr]

    reviewer = visit("reviewer")
    reviewer.goto("/en/review")
    follow(reviewer, reviewer.get_by_role("link", name=title))
    follow(reviewer, reviewer.get_by_role("button", name="Publish"))
    expect(reviewer.get_by_text("Published. The author has been notified.")).to_be_visible()

    _found(citizen, "thuy+loi+noi+dong", title)
    _found(citizen, "chuyện quạt mo đồng", title)  # words inside the file
    follow(citizen, citizen.get_by_role("link", name=title, exact=True))
    follow(citizen, citizen.get_by_role("link", name=re.compile("^Read")).first)
    follow(citizen, citizen.get_by_role("link", name="Next").first)
    expect(citizen.get_by_text("kiểm tra bờ bao và cống")).to_be_visible()
    citizen.goto(f"/en/materials/{public_id}")
    with citizen.expect_download() as download:
        citizen.get_by_role("link", name=re.compile("^Download")).first.click()
    assert Path(download.value.path()).read_bytes() == handbook.read_bytes()

    admin = visit("admin")
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        admin.goto("/en/admin/statistics")
        row = admin.get_by_role("row").filter(has_text=title)
        if row.count():
            break
        time.sleep(1)
    expect(row.first).to_be_visible()
    assert service.run("doctor").returncode == 0


def test_a_reviewer_returns_a_draft_and_its_educator_reads_why(visit: Visit, handbook: Path) -> None:
    educator = visit("educator")
    public_id = _upload_and_describe(educator, handbook, "Bản nháp cần sửa")
    educator.goto(f"/en/my/materials/{public_id}")
    follow(educator, educator.get_by_role("button", name="Submit for review"))
    reviewer = visit("reviewer")
    reviewer.goto(f"/en/review/{public_id}/return")
    reviewer.fill("textarea", "Xin thêm nguồn của hình 2.")
    follow(reviewer, reviewer.get_by_role("button", name="Give it back"))
    educator.goto(f"/my/materials/{public_id}")
    expect(educator.get_by_text("Xin thêm nguồn của hình 2.")).to_be_visible()
    reviewer.goto("/en/review")
    expect(reviewer.get_by_role("link", name="Bản nháp cần sửa")).to_have_count(0)


def test_the_story_goes_without_script_too(visit: Visit, handbook: Path) -> None:
    educator = visit("educator", script=False)
    public_id = _upload_and_describe(educator, handbook, "Không cần kịch bản", script=False)
    educator.goto(f"/en/my/materials/{public_id}")
    expect(educator.get_by_text("1 file")).to_be_visible()
    citizen = visit(script=False, width=360)
    citizen.goto("/")
    citizen.fill("input[name=q]", "an toan lao dong")
    follow(citizen, citizen.get_by_role("button", name="Tìm"))
    follow(citizen, citizen.get_by_role("link", name="An toàn lao động bắt đầu từ năm phút").first)
    follow(citizen, citizen.get_by_role("link", name=re.compile("^(Đọc|Xem)")).first)
    expect(citizen.locator("main")).to_contain_text("an toàn")
