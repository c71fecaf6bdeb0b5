"""Pictures of every page, for people to look at: `./scripts/look` makes all, the suite a few."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.pages import Site

LOOKS = {"light": ("light", None), "dark": ("dark", None), "contrast": ("light", "high.normal")}
WIDTHS = (360, 1280)
IN_SUITE = 2
# Those below the fold come only when they are scrolled to, and a picture of the page must not show half of one.
ALL_PICTURES = """Promise.all([...document.images].map((each) => {
  each.loading = "eager";
  return Promise.race([each.decode().catch(() => {}), new Promise((done) => setTimeout(done, 3000))]);
}))"""


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_has_its_picture(browser: Browser, site: Site, tmp_path: Path, look: str, language: str) -> None:
    wanted = os.environ.get("OER_TEST_PICTURES")
    folder = Path(wanted) if wanted else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    scheme, cookie = LOOKS[look]
    for width in WIDTHS:
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        if cookie:
            context.add_cookies([{"name": "oer_display", "value": cookie, "url": site.url}])
        page = context.new_page()
        for path in site.paths if wanted else site.paths[:IN_SUITE]:
            page.goto(site.at(path, language))
            page.evaluate(ALL_PICTURES)
            name = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "home"
            picture = folder / f"{name}.{language}.{look}.{width}.png"
            page.screenshot(path=picture, full_page=True)
            assert picture.stat().st_size > 5000
        context.close()
