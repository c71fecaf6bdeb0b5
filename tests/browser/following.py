"""How a test in a browser goes from page to page.

A click returns before the next page is there: what is read right after it may still be the old page, and another
address that is asked for then may call off what the click sent. On a quiet machine this goes well nearly always.
"""

from playwright.sync_api import Locator, Page


def follow(page: Page, control: str | Locator) -> None:
    """Click what leads to another page, and wait until that page is there.

    Not on a page that loads itself anew (files being read, a report being built): there, wait for the new address.
    """
    with page.expect_navigation():
        (page.locator(control).first if isinstance(control, str) else control).click()


def unfold(page: Page, name: str) -> None:
    """Open a line of the form that describes a material, if it is folded."""
    row = page.locator(f"#row-{name}")
    if not row.locator("details[open]").count():
        row.locator("summary").click()
