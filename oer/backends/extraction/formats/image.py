"""Pictures: their size, a small one for the cover; drawings: the words in them."""

from pathlib import Path

from PIL import Image, ImageOps

from oer.backends.extraction.findings import Findings
from oer.backends.extraction.pictures import cover_of, open_picture
from oer.backends.extraction.reading import read_bytes
from oer.backends.extraction.xml import local_name, parse

_WORDS = frozenset({"title", "desc", "text"})


def read(path: Path, findings: Findings) -> None:
    """Note a picture; whether there are words in it is for recognition to find."""
    with path.open("rb") as file, open_picture(file, findings.limits) as image:
        shown: Image.Image = ImageOps.exif_transpose(image)
        findings.facts.width, findings.facts.height = shown.size
        findings.page("")
        findings.wanting.append(1)
        findings.cover(cover_of(shown))


def read_drawing(path: Path, findings: Findings) -> None:
    """Note the words of an SVG."""
    root = parse(read_bytes(path, findings.limits))
    findings.title(next((each.text for each in root if local_name(each) == "title"), None))
    lines = [" ".join("".join(map(str, each.itertext())).split()) for each in root.iter() if local_name(each) in _WORDS]
    findings.page("\n".join(line for line in lines if line))
