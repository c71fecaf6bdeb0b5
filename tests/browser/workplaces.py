"""The pages behind a sign-in, as somebody of each role finds them: by following links from their account."""

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy.orm import Session

from oer.accounts.queries import account_with_email
from oer.catalogue.models import Material
from oer.catalogue.services.drafts import make_draft, set_metadata
from oer.catalogue.services.files import add_file
from oer.catalogue.services.review import submit_for_review
from oer.core.installation import Installation
from oer.indicators.models.sets import Indicator
from oer.indicators.services.rounds import open_round
from oer.indicators.services.sets import load_sets
from oer.indicators.set_files.files import shipped_sets
from oer.learning.services.problems import report_problem
from oer.samples.demo import PASSPHRASE, open_demo_accounts
from tests.catalogue.factories import record
from tests.files.factories import keep_file
from tests.indicators.factories import YEAR
from tests.sample_instance import same_ids

ROLES = ("learner", "educator", "reviewer", "reporter", "admin")
MOST_PAGES, IN_SUITE = 60, 12
_NOT_PAGES = re.compile(
    r"\.(csv|xlsx|json|zip|docx|atom|svg|webp)(\?|$)|/(download|csv|xlsx|json)(/|$)|^/(en|static|api)/"
)
_BEHIND = re.compile(r"^/(account|admin|my|review|reports|indicators|statistics|materials/[^/]+$|collections/[^/]+$)")
_KEY = re.compile(r"[0-9a-z]{5}-[0-9a-z]{5}|\d+|(?<=/units/)(?!new$)[^/]+")
_OF_A_SET = re.compile(r"/sets/[^/]+(/[^/]+)?")


def add_work(installation: Installation) -> None:
    """Give everybody something to do: a draft, a material to review, a problem, a round of reports."""
    with same_ids(8), installation.database.transaction() as session:
        open_demo_accounts(session)
        educator = account_with_email(session, "educator@example.org")
        for title in ("Bản nháp về tiết kiệm điện", "Học liệu chờ duyệt về tiết kiệm điện"):
            material = make_draft(session, educator)
            unit = next(grant.unit for grant in educator.grants if grant.unit)
            set_metadata(session, educator, material, record(title={"vi": title}, unit=unit.code))
            blob = keep_file(
                session, installation.storage, f"# {title}\n\nTắt đèn khi ra khỏi phòng.".encode(), "bai.md"
            )
            add_file(session, material, blob.sha256, "bai.md")
        submit_for_review(session, educator, material)
        _report_and_round(session)


def _report_and_round(session: Session) -> None:
    published = session.scalars(sa.select(Material).where(Material.current_version_id.is_not(None))).first()
    assert published
    report_problem(session, published, None, kind="content", words="Trang 3 ghi sai năm.", place="trang 3")
    load_sets(session, shipped_sets())
    reporter = account_with_email(session, "reporter@example.org")
    ward = next(grant.unit_id for grant in reporter.grants if grant.unit_id)
    lines = session.scalars(sa.select(Indicator.id).order_by(Indicator.id).limit(6)).all()
    titles = {"vi": "Đợt báo cáo năm 2026", "en": "Round of 2026"}
    open_round(session, None, title=titles, period=YEAR, due_on=YEAR.end, assignments={ward: lines})


def signed_in(browser: Browser, url: str, role: str, **options) -> BrowserContext:
    """Return a window of the browser in which the demo account of a role is signed in."""
    context = browser.new_context(**options)
    page = context.new_page()
    page.goto(f"{url}/sign-in")
    page.fill("#email", f"{role}@example.org")
    page.fill("#password", PASSPHRASE)
    page.press("#password", "Enter")
    page.wait_for_url(f"{url}/account")
    page.close()
    return context


def walked(page: Page, url: str, most: int = MOST_PAGES) -> Iterator[str]:
    """Show the pages that links lead to from the account's, one of each kind, and give the path of each."""
    waiting, kinds, count = ["/account"], Counter[str](), 0
    while waiting and count < most:
        path = waiting.pop(0)
        kind = _KEY.sub("#", _OF_A_SET.sub(lambda of: "/sets/#/#" if of[1] else "/sets/#", path.partition("?")[0]))
        kinds[kind] += 1
        if kinds[kind] > 1:
            continue
        answer = page.goto(url + path)
        assert answer, path
        assert answer.status == 200, (path, answer.status)
        count += 1
        found = page.evaluate("[...document.querySelectorAll('a[href]')].map((each) => each.href)")
        waiting += [path for path in map(_path, found) if _BEHIND.match(path) and not _NOT_PAGES.search(path)]
        yield path


def _path(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
