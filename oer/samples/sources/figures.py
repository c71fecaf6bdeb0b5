"""Figures: SVG sources with a shared style sheet and symbols (`figures.svg`), printed by Chromium as PDF or PNG."""

import base64
import html
import re
import subprocess
from pathlib import Path

from PIL import Image

SWITCHES = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
    "--export-tagged-pdf",
]


def print_pdf(page: Path, pdf: Path) -> None:
    """Prints an HTML file as a tagged PDF with an outline; its page size and margins are the style sheet's."""
    command = ["chromium", *SWITCHES, f"--print-to-pdf={pdf}", page.resolve().as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    if not pdf.is_file():
        raise RuntimeError(f"chromium printed nothing for {page}")


def take_pictures(pdf: Path, folder: Path, width: int) -> list[Path]:
    """Each page of a PDF as a PNG of `width` pixels, in order."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["pdftoppm", "-png", "-scale-to-x", str(width), "-scale-to-y", "-1", str(pdf), str(folder / "page")]
    subprocess.run(command, check=True, timeout=300)
    return sorted(folder.glob("page-*.png"))


# Figures: small SVG sources that share one style sheet and one set of signs (`figures.svg`).

SHARED = Path(__file__).with_name("figures.svg")


def complete(source: Path) -> str:
    """The SVG of a figure with the shared styles and signs put in."""
    shared = re.sub(r"\A.*?<svg[^>]*>|</svg>\s*\Z", "", SHARED.read_text("utf-8"), flags=re.S)
    return re.sub(r"(<svg[^>]*>)", lambda found: found[1] + shared, source.read_text("utf-8"), count=1)


def as_address(source: Path) -> str:
    """A figure as a `data:` address for an HTML page that stands alone."""
    if source.suffix == ".svg":
        return "data:image/svg+xml;base64," + base64.b64encode(complete(source).encode()).decode()
    return f"data:image/{source.suffix[1:]};base64," + base64.b64encode(source.read_bytes()).decode()


def size(source: Path) -> tuple[float, float]:
    """Width and height of a figure in its own units."""
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', source.read_text("utf-8"))
    if not found:
        raise ValueError(f"{source} has no viewBox that starts at 0 0")
    return float(found[1]), float(found[2])


def as_png(source: Path, workshop: Path, width: int = 1100) -> Path:
    """A figure as PNG, for containers that do not take SVG."""
    target = workshop / f"{source.stem}.png"
    across, down = size(source)
    page = workshop / f"{source.stem}.html"
    style = f"@page{{size:{across}px {down}px;margin:0}}body{{margin:0}}img{{display:block;width:{across}px}}"
    picture = f'<img alt="" src="{html.escape(as_address(source))}">'
    page.write_text(f'<!doctype html><meta charset="utf-8"><style>{style}</style>{picture}', "utf-8")
    pdf = workshop / f"{source.stem}.pdf"
    print_pdf(page, pdf)
    with Image.open(take_pictures(pdf, workshop / source.stem, width)[0]) as drawn:
        drawn.convert("RGB").quantize(96, dither=Image.Dither.NONE).save(target, optimize=True)
    return target
