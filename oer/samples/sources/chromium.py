"""Chromium as a printer: tagged PDF out of HTML, and pictures out of that PDF."""

import subprocess
from pathlib import Path

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
