"""What `./scripts/look` does with its pictures: an index to look at them, and which of them changed since earlier ones.

python -m tests.browser.look FOLDER [EARLIER]
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from os.path import relpath
from pathlib import Path

import click
from PIL import Image, ImageChops

# NAME.LANGUAGE.LOOK.WIDTH.png, as `test_pictures` calls them.
_PICTURE = re.compile(r"(?P<page>.+)\.(?P<how>(?:vi|en)\.\w+\.\d+)\.png")
# A time of day on a page, or an edge that was drawn otherwise, is no change of the look.
LEAST_SHARE = 0.0005
LEAST_DIFFERENCE = 24
STYLE = """body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem; background: #fff; color: #111; }
img { inline-size: 180px; max-block-size: 320px; object-fit: cover; object-position: top; border: 1px solid #888; }
figure { display: inline-block; margin: 0 .75rem 1rem 0; vertical-align: top; } figcaption { font-size: 13px; }
.two img { inline-size: 360px; max-block-size: 720px; }"""


@dataclass(frozen=True)
class Change:
    """A picture that is not as it was: what share of it differs; 1 for one that is new or has another size."""

    name: str
    share: float


def pictures(folder: Path) -> dict[str, list[str]]:
    """Return the names of the pictures in a folder by page, both in order."""
    found = defaultdict(list)
    for path in sorted(folder.glob("*.png")):
        match = _PICTURE.fullmatch(path.name)
        if match:
            found[match["page"]].append(path.name)
    return dict(found)


def changes(folder: Path, earlier: Path) -> list[Change]:
    """Return which pictures of a folder look otherwise than in an earlier one, those that differ most first."""
    names = [name for some in pictures(folder).values() for name in some]
    found = (Change(name, share_that_differs(folder / name, earlier / name)) for name in names)
    return sorted((each for each in found if each.share >= LEAST_SHARE), key=lambda each: (-each.share, each.name))


def gone(folder: Path, earlier: Path) -> list[str]:
    """Return the pages of which only the earlier folder has pictures."""
    return sorted(pictures(earlier).keys() - pictures(folder).keys())


def share_that_differs(now: Path, before: Path) -> float:
    """Return what share of a picture is not as it was; 1 where there was none, or one of another size."""
    if not before.exists():
        return 1.0
    if now.read_bytes() == before.read_bytes():
        return 0.0
    with Image.open(now) as one, Image.open(before) as other:
        if one.size != other.size:
            return 1.0
        difference = ImageChops.difference(one.convert("RGB"), other.convert("RGB")).convert("L")
        differing = sum(difference.histogram()[LEAST_DIFFERENCE:])
        return float(differing) / (one.width * one.height)


def index(folder: Path, earlier: Path | None) -> str:
    """Return the page that shows the pictures of a folder: what changed first, then all by page."""
    return "\n".join(_lines(folder, earlier))


def _lines(folder: Path, earlier: Path | None) -> Iterator[str]:
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>The look</title><style>{STYLE}</style>'
    by_page = pictures(folder)
    yield f"<h1>The look</h1><p>{sum(map(len, by_page.values()))} pictures of {len(by_page)} pages.</p>"
    if earlier is not None:
        yield from _changed(folder, earlier)
    for page, names in by_page.items():
        yield f'<h2 id="{escape(page)}">{escape(page)}</h2>'
        yield from (_figure(name, {_how(name): name}) for name in names)


def _changed(folder: Path, earlier: Path) -> Iterator[str]:
    found = changes(folder, earlier)
    yield f"<h2>Changed: {len(found)} pictures</h2>"
    for each in found:
        shown = {"now": each.name}
        if (earlier / each.name).exists():
            shown = {"before": relpath(earlier / each.name, folder), **shown}
        yield f"<h3>{escape(each.name)}: {each.share:.1%}</h3><div class='two'>{_figure(each.name, shown)}</div>"
    for page in gone(folder, earlier):
        yield f"<p>No longer there: {escape(page)}</p>"


def _figure(name: str, shown: Mapping[str, str]) -> str:
    return "".join(
        f'<figure><a href="{escape(path)}"><img src="{escape(path)}" alt="{escape(name)}" loading="lazy"></a>'
        f"<figcaption>{escape(words)}</figcaption></figure>"
        for words, path in shown.items()
    )


def _how(name: str) -> str:
    match = _PICTURE.fullmatch(name)
    return match["how"].replace(".", " ") if match else name


def main(folder: Path, earlier: Path | None = None) -> None:
    """Write the index of a folder, and say which pages changed."""
    target = folder / "index.html"
    target.write_text(index(folder, earlier), "utf-8")
    if earlier is not None:
        by_page = defaultdict(list)
        for each in changes(folder, earlier):
            by_page[each.name.split(".")[0]].append(each)
        for page, some in by_page.items():
            click.echo(f"changed: {page} ({len(some)} pictures, up to {max(each.share for each in some):.1%})")
        for page in gone(folder, earlier):
            click.echo(f"no longer there: {page}")
        click.echo(f"{len(by_page)} pages changed")
    click.echo(target.resolve().as_uri())


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
