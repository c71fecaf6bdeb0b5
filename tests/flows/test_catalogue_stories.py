"""What becomes of a material after it was published: corrected, withdrawn, put back."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.following import follow, unfold
from tests.serving import Service

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
TITLE = "Chăm sóc cây cảnh trong nhà phố"


@pytest.fixture
def published(service: Service, tmp_path: Path) -> str:
    """The public id of an educator's material in service."""
    lines = tmp_path / "lines.jsonl"
    record = {
        "title": {"vi": TITLE},
        "summary": {"vi": "Ánh sáng, nước và đất cho cây trong nhà."},
        "types": ["guide"],
        "subjects": ["srv.trong-trot"],
        "audiences": ["all"],
        "language": ["vi"],
        "licence": "https://creativecommons.org/licenses/by/4.0/",
        "creators": [{"name": "Kho học liệu mở Thành phố Hồ Chí Minh", "role": "author"}],
    }
    lines.write_text(json.dumps({"identifier": tmp_path.name, "metadata": record, "content": "# Cây\n\nTưới vừa đủ."}))
    done = service.run("import", str(lines), "--owner", "educator@example.org", "--publish")
    assert "1" in done.stdout
    return tmp_path.name


def _id_of(page: Page) -> str:
    page.goto("/en/my/materials")
    link = page.get_by_role("link", name=TITLE, exact=True).first
    return str(link.get_attribute("href")).split("/my/materials/")[1].split("/")[0]


def test_a_published_material_is_corrected_by_a_new_version(visit: Visit, published: str) -> None:
    educator, reviewer, citizen = visit("educator"), visit("reviewer"), visit()
    public_id = _id_of(educator)
    educator.goto(f"/en/my/materials/{public_id}")
    follow(educator, educator.get_by_role("button", name="Correct it: new version"))
    educator.goto(f"/en/my/materials/{public_id}/describe")
    unfold(educator, "title")
    educator.fill("#title_vi", f"{TITLE}, bản sửa")
    follow(educator, educator.get_by_role("button", name="Save the draft"))
    citizen.goto(f"/materials/{public_id}")
    expect(citizen.get_by_role("heading", level=1)).to_have_text(TITLE)  # until it is published anew
    educator.goto(f"/en/my/materials/{public_id}")
    follow(educator, educator.get_by_role("button", name="Submit for review"))
    reviewer.goto(f"/en/review/{public_id}")
    follow(reviewer, reviewer.get_by_role("button", name="Publish"))
    citizen.reload()
    expect(citizen.get_by_role("heading", level=1)).to_have_text(f"{TITLE}, bản sửa")


def test_a_material_is_withdrawn_for_a_reason_and_put_back(visit: Visit, published: str) -> None:
    educator, reviewer, citizen = visit("educator"), visit("reviewer"), visit()
    public_id = _id_of(educator)
    educator.goto(f"/en/my/materials/{public_id}")
    follow(educator, educator.get_by_role("link", name="Request withdrawal"))
    educator.fill("textarea", "Nội dung đã cũ.")
    follow(educator, "main form button")
    reviewer.goto("/en/review")
    expect(reviewer.get_by_role("link", name=TITLE).first).to_be_visible()
    reviewer.goto(f"/en/review/{public_id}")
    follow(reviewer, reviewer.get_by_role("link", name="Withdraw it"))
    reviewer.locator("input[name=category][value=outdated]").check()
    reviewer.fill("textarea", "Nội dung đã cũ, theo đề nghị của người soạn.")
    follow(reviewer, reviewer.get_by_role("button", name="Withdraw"))
    expect(reviewer.get_by_role("button", name="Restore it")).to_be_visible()
    gone = citizen.goto(f"/materials/{public_id}")
    assert gone is not None
    assert gone.status == 410
    assert citizen.goto(f"/materials/{public_id}/files/1/download").status == 410  # type: ignore[union-attr]
    reviewer.goto(f"/en/review/{public_id}")
    follow(reviewer, reviewer.get_by_role("button", name="Restore it"))
    assert citizen.goto(f"/materials/{public_id}").status == 200  # type: ignore[union-attr]
