"""A statement as a PDF by Typst: one page, tagged (PDF/UA-1), archival (PDF/A-2a), with a QR code to verify it.

It is made of what the seal holds each time it is asked for, and the same statement always gives the same bytes. Texts
are passed as JSON, never as markup.
"""

import io
import json
from collections.abc import Mapping
from pathlib import Path

import segno
import typst

from oer import core, covers
from oer.core.clock import city_date
from oer.core.i18n import LANGUAGES, N_, translate
from oer.covers.lettering import can_be_set
from oer.learning.seals import Statement

TEMPLATE = Path(__file__).parent / "statement.typ"
FONTS = [Path(core.__file__).parent / "fonts", Path(covers.__file__).parent / "fonts"]
HEADING = N_("Statement of a finished course")
DECLARES = N_("declares to have finished the course")
HONEST = N_(
    "Self-declared: the learner ticked every part of the course as finished. Nobody examined or graded this. It is no "
    "degree and no certificate."
)
_DAY, _SITE, _ISSUER = N_("Stated on"), N_("Site"), N_("Responsible for the site")
_VERIFY = N_("Anybody can check at this address that it is genuine and has not been taken back:")
_QR = N_("QR code with the address to check this statement")
_DATES = {"vi": "%d/%m/%Y", "en": "%-d %B %Y"}


def write_statement(said: Statement, address: str, site: str, language: str) -> bytes:
    """Return a statement as a PDF in a language; `address` is where it can be verified, `site` the site's name."""
    facts = [(_DAY, city_date(said.issued_at).strftime(_DATES[language])), (_SITE, site)]
    issuer = printable_of(said.issuer, language, "")
    if issuer and issuer != site:
        facts.append((_ISSUER, issuer))
    plain = {
        "language": language,
        "heading": translate(language, HEADING),
        "name": said.name,
        "declares": translate(language, DECLARES),
        "title": printable_of(said.title, language, said.course),
        "facts": [(translate(language, label), value) for label, value in facts],
        "site": site,
        "honest": translate(language, HONEST),
        "verify": translate(language, _VERIFY),
        "address": address,
        "qr": _qr_code(address),
        "qr_words": translate(language, _QR),
    }
    made: bytes = typst.compile(
        TEMPLATE,
        pdf_standards=["a-2a", "ua-1"],
        ignore_system_fonts=True,
        font_paths=FONTS,
        sys_inputs={"statement": json.dumps(plain, ensure_ascii=False)},
        timestamp=said.issued_at,
    )
    return made


def printable_of(texts: Mapping[str, str], language: str, otherwise: str) -> str:
    """Return a text in a language, else in one whose letters the heading font has: PDF/A allows no missing letter."""
    candidates = [texts.get(each, "") for each in (language, *LANGUAGES, *texts)]
    return next((each for each in candidates if each and can_be_set(each)), otherwise)


def _qr_code(address: str) -> str:
    target = io.BytesIO()
    segno.make(address, error="m").save(
        target, kind="svg", scale=8, border=2, dark="#10352f", light="#fff", xmldecl=False
    )
    return target.getvalue().decode()
