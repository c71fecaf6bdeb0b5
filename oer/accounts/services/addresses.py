"""E-mail addresses and names as people type them."""

import re
import unicodedata

from oer.core.errors import Invalid
from oer.core.i18n import N_

BAD_EMAIL = N_("Enter an e-mail address like name@example.com.")
NO_NAME = N_("Enter a name of 1 to %(count)s characters.")
LONGEST_EMAIL = 254
LONGEST_NAME = 120
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# RFC 5321's dot-string and domain, without quoted and international forms: a letter that only looks like another
# must never lead a mailed link astray.
_EMAIL = re.compile(
    rf"[a-z0-9!#$%&'*+/=?^_`{{|}}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{{|}}~-]+)*@(?:{_LABEL}\.)+{_LABEL}", re.IGNORECASE
)


def read_email(text: str) -> str:
    """Return an e-mail address without the spaces around it. Raises Invalid if it cannot be one."""
    email = text.strip()
    if len(email) > LONGEST_EMAIL or len(email.partition("@")[0]) > 64 or not _EMAIL.fullmatch(email):
        raise Invalid(BAD_EMAIL, code="email", field="email")
    return email


def read_text(text: str) -> str:
    """Return a text of several lines without control characters, which a database need not take."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return "".join(letter for letter in lines if letter == "\n" or unicodedata.category(letter) not in {"Cc", "Cs"})


def read_name(text: str) -> str:
    """Return a person's name composed (NFC), on one line, without invisible characters. Raises Invalid if none is left.

    Control, format (direction marks among them), surrogate and unassigned characters are dropped.
    """
    spaced = " ".join(text.split())
    visible = "".join(letter for letter in spaced if not unicodedata.category(letter).startswith("C"))
    name = unicodedata.normalize("NFC", visible).strip()
    if not name or len(name) > LONGEST_NAME:
        raise Invalid(NO_NAME, code="name", field="name", count=LONGEST_NAME)
    return name
