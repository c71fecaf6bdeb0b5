"""The cover of a material, by rule."""

import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import yaml

from oer.core.i18n import DEFAULT_LANGUAGE, in_language, language_shown
from oer.covers.drawing import Drawing
from oer.covers.forms import FORMS
from oer.covers.palettes import palette_of
from oer.covers.tiles import pattern
from oer.vocabularies import vocabularies

_FORMS_OF = Path(__file__).parent / "data" / "forms.yaml"
_ANY_FORM = "booklet"
_UNPRINTABLE = frozenset({"Cc", "Cs", "Cn", "Co"})
_MOST_KEPT = 2000  # 2 to 3 KB each
# The attributes, not a style sheet: the drawing looks the same by itself, and no style attribute passes the policy.
_FONT = 'font-family="Alegreya,\'Noto Serif\',Cambria,serif" font-weight="800"'


class Cover(NamedTuple):
    """All that a cover is drawn from: the same always gives the same drawing."""

    public_id: str
    form: str
    subject: str
    title: str
    label: str


@cache
def _forms_of() -> Mapping[str, Mapping[str, str]]:
    with _FORMS_OF.open(encoding="utf-8") as file:
        return dict(yaml.load(file, yaml.CSafeLoader))


def form_of(types: Sequence[str], formats: Sequence[str]) -> str:
    """Return the form of a material by its first type, else by its first format."""
    by_type, by_format = _forms_of()["types"], _forms_of()["formats"]
    known = [by_type[each] for each in types if each in by_type] + [
        by_format[each] for each in formats if each in by_format
    ]
    return next(iter(known), _ANY_FORM)


def frame_of(record: Mapping[str, Any], formats: Sequence[str]) -> str:
    """Return the classes of the frame in which a material's own picture stands: its kind, coloured by its subject."""
    form = f"f-{form_of(record.get('types') or (), formats)}"
    subject = _subject_of(record)
    return f"{form} s-{subject}" if subject else form


def _subject_of(record: Mapping[str, Any]) -> str:
    subject = vocabularies().subjects.get(next(iter(record.get("subjects") or ()), ""))
    return (subject.parent or subject.code) if subject else ""


def cover_of(public_id: str, record: Mapping[str, Any], formats: Sequence[str]) -> Cover:
    """Return what the cover of a material is drawn from, in the material's own language whatever the page's is."""
    schemes = vocabularies()
    title, types = record.get("title") or {}, record.get("types") or []
    own = next((each for each in record.get("language") or () if title.get(each)), DEFAULT_LANGUAGE)
    kind = in_language(schemes.types.labels(types[0]), language_shown(title, own)) if types else ""
    return Cover(
        public_id=public_id,
        form=form_of(types, formats),
        subject=_subject_of(record),
        title=printable(in_language(title, own)),
        label=kind.partition(",")[0],
    )


def printable(title: str) -> str:
    """Return a title in composed letters, which have widths, and without what no page may contain."""
    composed = unicodedata.normalize("NFC", title)
    return " ".join("".join(each for each in composed if unicodedata.category(each) not in _UNPRINTABLE).split())


@lru_cache(maxsize=_MOST_KEPT)
def draw(cover: Cover, small: bool = False, place: str = "c") -> str:
    """Return a cover as an SVG element for a page, below 1 KB once compressed.

    `small` is for places narrower than 120 px. Two copies on one page need names of their own for what they refer to:
    `place` tells them apart, letters that begin such a name.
    """
    form, palette, seed = FORMS[cover.form], palette_of(cover.subject), crc32(cover.public_id.encode())
    name = f"{place}{'s' if small else ''}-{cover.public_id}"
    its = Drawing(palette, seed, f"url(#{name})", cover.title, cover.label, small)
    return (
        f'<svg class="cv cv-{cover.form}" viewBox="{form.small_box if small else form.box}" aria-hidden="true"'
        f' focusable="false" {_FONT}>{pattern(name, seed, palette, form.tile_scale)}{form.draw(its)}</svg>'
    )
