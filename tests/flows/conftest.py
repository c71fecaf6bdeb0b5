"""A whole service with the sample collection in it, and a real browser in front of it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from oer.samples.demo import PASSPHRASE
from tests.serving import Service

SECONDS = 1000
# A browser without a window says so, and is counted as the robot that it is; these visitors are people.
A_PERSONS_BROWSER = (
    "Mozilla/5.0 (Linux; Android 13; SM-A136B) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Mobile Safari/537.36"
)


@pytest.fixture(scope="session")
def service(sample_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    instance = tmp_path_factory.mktemp("flows") / "instance"
    shutil.copytree(sample_instance, instance)
    running = Service(instance, {"OER_DATABASE_URL": ""}, upgraded=True)
    with running:
        yield running
    running.run("doctor")  # whatever the flows did, everything is as it must be


@pytest.fixture(scope="session")
def browser(chromium: Browser) -> Browser:
    """The browser that these tests look through."""
    return chromium


@pytest.fixture
def visit(browser: Browser, service: Service) -> Iterator[Callable[..., Page]]:
    """Opens the site in a browser of its own: as a role, or as nobody; in Vietnamese or English; with script or not."""
    opened: list[BrowserContext] = []

    def open_as(role: str | None = None, *, script: bool = True, width: int = 1280) -> Page:
        context = browser.new_context(
            base_url=service.url,
            java_script_enabled=script,
            viewport={"width": width, "height": 800},
            user_agent=A_PERSONS_BROWSER,
        )
        context.set_default_timeout(60 * SECONDS)
        opened.append(context)
        page = context.new_page()
        if role:
            page.goto("/en/sign-in")
            page.fill("input[name=email]", f"{role}@example.org")
            page.fill("input[name=password]", PASSPHRASE)
            page.click("main button[type=submit], main form button")
            page.wait_for_url(lambda address: "sign-in" not in address)
        return page

    yield open_as
    for context in opened:
        context.close()


@pytest.fixture
def handbook(tmp_path: Path) -> Path:
    """A teacher's file, which nobody has seen before."""
    path = tmp_path / "so-tay-thuy-loi.md"
    path.write_text(
        "# Sổ tay thủy lợi nội đồng\n\n"
        + "Cách giữ nước và chia nước cho ruộng nhỏ.\n\n" * 300
        + "## Đắp bờ bao\n\nTrước mùa mưa, kiểm tra bờ bao và cống. Chuyện quạt mo đồng.\n",
        encoding="utf-8",
    )
    return path
