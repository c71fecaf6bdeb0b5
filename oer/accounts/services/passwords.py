"""Passwords: which are accepted, how they are hashed (Argon2id, RFC 9106) and verified."""

import threading
import unicodedata
from collections.abc import Collection
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from oer.accounts.services.password_strength import password_strength
from oer.core.errors import Invalid, Unavailable
from oer.core.i18n import N_
from oer.core.ids import new_token

MIN_LENGTH = 10
MAX_LENGTH = 4096
MIN_STRENGTH = 4
PATIENCE_SECONDS = 20

TOO_SHORT = N_("Use at least %(count)s characters. A sentence that only you know is easy to remember.")
TOO_LONG = N_("Use at most %(count)s characters.")
NOT_TEXT = N_("A password cannot contain control characters.")
TOO_COMMON = N_(
    "This password is easy to guess: it consists of common words, names, places, dates or keyboard patterns. "
    "Add a few words that do not usually go together."
)

# 19 MiB and two passes: OWASP's recommendation where memory is scarce.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# A hundred people who sign in at once wait for each other here, while other pages are still served.
_slots = threading.BoundedSemaphore(2)


def check_password(password: str, personal: Collection[str] = ()) -> None:
    """Raise Invalid, with the reason, for a password that is too short or too weak (NIST SP 800-63B, 3.1.1).

    `personal` holds the person's name and address. Long passwords and all printable characters are accepted.
    """
    count = len(unicodedata.normalize("NFC", password))
    if count < MIN_LENGTH:
        raise Invalid(TOO_SHORT, code="password_short", field="password", count=MIN_LENGTH)
    if count > MAX_LENGTH:
        raise Invalid(TOO_LONG, code="password_long", field="password", count=MAX_LENGTH)
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in password):
        raise Invalid(NOT_TEXT, code="password_not_text", field="password")
    if password_strength(password, personal) < MIN_STRENGTH:
        raise Invalid(TOO_COMMON, code="password_common", field="password")


def hash_password(password: str) -> str:
    """Return the hash of a password. Slow on purpose: call it outside a transaction.

    Raises Unavailable if too many others are waiting.
    """
    with _Slot():
        return _hasher.hash(_bytes(password))


def verify_password(password_hash: str | None, password: str) -> bool:
    """Tell whether a password matches a hash. Takes as long if there is no hash. Slow on purpose."""
    if len(password) > MAX_LENGTH:
        return False
    with _Slot():
        try:
            return _hasher.verify(password_hash or _dummy_hash(), _bytes(password)) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False


def hash_is_outdated(password_hash: str) -> bool:
    """Tell whether a hash was made with other costs than today's and should be replaced."""
    return _hasher.check_needs_rehash(password_hash)


@cache
def _dummy_hash() -> str:
    return _hasher.hash(new_token())


def _bytes(password: str) -> bytes:
    # Vietnamese keyboards differ: the same word is typed composed or decomposed.
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


class _Slot:
    """Limits how many passwords are hashed at the same time."""

    def __enter__(self) -> None:
        if not _slots.acquire(timeout=PATIENCE_SECONDS):
            raise Unavailable(N_("Many people are signing in right now. Please try again in a minute."))

    def __exit__(self, *_error: object) -> None:
        _slots.release()
