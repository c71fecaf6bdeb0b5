"""Tests in a browser wait for what they read: what follows a click is an expectation, a wait or another act."""

import ast
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
LEAD_ON = {"click", "dblclick"}
ACTS = LEAD_ON | {"press", "fill", "check", "select_option", "set_input_files", "focus", "type"}
# They look until what they name is there, or say at once that a page is to come.
WAITS = {"wait_for", "wait_for_url", "wait_for_selector", "wait_for_function", "wait_for_timeout", "expect", "follow"}


def _names(node: ast.AST) -> Iterator[str]:
    """The names of all functions that a statement calls."""
    for each in ast.walk(node):
        if isinstance(each, ast.Call):
            yield each.func.attr if isinstance(each.func, ast.Attribute) else getattr(each.func, "id", "")


def _leads_on(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Expr):
        return False
    enter = any(isinstance(each, ast.Constant) and each.value == "Enter" for each in ast.walk(statement))
    names = set(_names(statement))
    return bool(names & LEAD_ON) or ("press" in names and enter)


def _does_not_wait(statement: ast.stmt) -> bool:
    return not set(_names(statement)) & (WAITS | ACTS)


def hasty_reads(source: str) -> list[int]:
    """Return the lines on which a test clicks and goes on without waiting for what comes of it."""
    found = []
    for node in ast.walk(ast.parse(source)):
        for block in (getattr(node, name, None) for name in ("body", "orelse", "finalbody")):
            # A block that ends in a click is waited for by its `with`, its loop or its caller.
            pairs = itertools.pairwise(block) if isinstance(block, list) else ()
            found += [first.lineno for first, then in pairs if _leads_on(first) and _does_not_wait(then)]
    return sorted(found)


@pytest.mark.parametrize(
    "then", ["assert page.url == ''", "page.goto('/')", "shown = page.inner_text('b')", "other.reload()"]
)
def test_a_read_right_after_a_click_is_seen(then):
    assert hasty_reads(f"page.click('a')\n{then}\n") == [1]
    assert hasty_reads(f"page.keyboard.press('Enter')\n{then}\n") == [1]


@pytest.mark.parametrize("then", ["expect(page).to_have_url('')", "page.wait_for_url('')", "page.fill('#a', '')"])
def test_an_expectation_a_wait_or_an_act_may_follow(then):
    assert hasty_reads(f"page.click('a')\n{then}\n") == []


def test_no_test_reads_right_after_a_click():
    sources = {path: path.read_text(encoding="utf-8") for path in TESTS.rglob("*.py") if path != Path(__file__)}
    in_browser = {path: source for path, source in sources.items() if "playwright" in source or "chromium" in source}
    in_browser |= {path: sources[path] for path in TESTS.glob("flows/*.py")}
    assert len(in_browser) > 10
    hasty = {str(path.relative_to(TESTS)): hasty_reads(source) for path, source in in_browser.items()}
    assert {path: lines for path, lines in hasty.items() if lines} == {}
