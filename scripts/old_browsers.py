"""Writes what browsers of 2019 need at the end of each style sheet; with --check, says which sheet lacks it.

Chrome 79 does not know `padding-block`, `padding-inline`, `margin-block`, `margin-inline` nor `inset` as shorthands,
and drops such a declaration. The sheets are written with them, and end with the same rules in longhands, inside of
`@supports not (inset: 0)`, which newer browsers skip.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

STATIC = Path(__file__).parent.parent / "oer" / "static"
SHEETS = ("look.css", "reader.css", "practice.css", "work.css", "statistics.css", "indicators.css")
BEGIN = "/* For browsers of 2019, by scripts/old_browsers.py: */"
PAIRS = {
    f"{box}-{axis}": (f"{box}-{first}", f"{box}-{second}")
    for box in ("padding", "margin")
    for axis, first, second in (("block", "top", "bottom"), ("inline", "left", "right"))
} | {"inset-block": ("top", "bottom"), "inset-inline": ("left", "right")}
SINGLE = {
    "inset-block-start": "top",
    "inset-block-end": "bottom",
    "inset-inline-start": "left",
    "inset-inline-end": "right",
}
SIDES = ("top", "right", "bottom", "left")
UNKNOWN = (":is(", ":has(", ":where(", ":focus-visible", "::details-content")


def rules(css: str, around: str = "") -> Iterator[tuple[str, str, str]]:
    """Give each style rule as (the @media around it, selector, declarations), but those within @supports."""
    place = 0
    while (start := css.find("{", place)) >= 0:
        end, depth = start + 1, 1
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        prelude, body = css[place:start].strip().rpartition(";")[2].strip(), css[start + 1 : end - 1]
        place = end
        if prelude.startswith("@media"):
            yield from rules(body, prelude)
        elif not prelude.startswith("@"):
            yield around, prelude, body


def longhands(declarations: str) -> list[str]:
    """Return what stands for those declarations that browsers of 2019 drop."""
    found = []
    for property_name, _, value in (each.partition(":") for each in declarations.split(";")):
        values, name = re.findall(r"[^\s(]+(?:\([^)]*\))?", value), property_name.strip()
        important = " !important" if "!important" in values else ""
        values = [each for each in values if each != "!important"]
        if name in PAIRS:
            found += [f"{side}:{one}{important}" for side, one in zip(PAIRS[name], (values * 2)[:2], strict=True)]
        elif name in SINGLE:
            found.append(f"{SINGLE[name]}:{values[0]}{important}")
        elif name == "inset":
            four = values + [values[0], values[0], values[1 % len(values)]][len(values) - 1 :]
            found += [f"{side}:{one}{important}" for side, one in zip(SIDES, four, strict=True)]
    return found


def fallback(css: str) -> str:
    """Return the rules in longhands, those of one @media together."""
    written, media = "", ""
    for around, selector, declarations in rules(re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)):
        shown = longhands(declarations)
        if not shown or any(each in selector for each in UNKNOWN):
            continue
        if around != media:
            written += ("}\n" if media else "") + (f"{around}{{" if around else "")
            media = around
        written += f"{' '.join(selector.split())}{{{';'.join(shown)}}}\n"
    return f"{BEGIN}\n@supports not (inset:0){{\n{written}{'}' if media else ''}}}\n"


def main(*, check: bool) -> int:
    """Write the fallbacks, or name the sheets that lack theirs."""
    wrong = []
    for name in SHEETS:
        path = STATIC / name
        whole = path.read_text(encoding="utf-8")
        own = whole.partition(BEGIN)[0].rstrip() + "\n"
        wanted = f"{own}\n{fallback(own)}"
        if whole != wanted:
            wrong.append(name)
            if not check:
                path.write_text(wanted, encoding="utf-8")
    if check and wrong:
        print(f"run scripts/old_browsers.py: {', '.join(wrong)}")
    return int(check and bool(wrong))


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv))
