"""Slides as pages: what stands on them, then what is said to them."""

from html import escape

from oer.backends.extraction.findings import Findings
from oer.backends.extraction.flow import Block, as_html


def note_slide(findings: Findings, number: int, blocks: list[Block], notes: list[str]) -> None:
    """Note a slide; its heading labels it, its notes stand in an <aside>."""
    title = next((block.text for block in blocks if block.level), "")
    findings.title(title)
    findings.heading(title, 1, number)
    html = as_html(blocks)
    if notes:
        html += f"<aside>{''.join(f'<p>{escape(text)}</p>' for text in notes)}</aside>"
    findings.page("\n".join([*(block.text for block in blocks), *notes]), title, html)
