"""Codes of an authenticator app (TOTP, RFC 6238): six digits, a new one every 30 seconds, each taken once.

The secret that app and server share is encrypted at rest, under a key derived from the installation's secret and the
account. So a copy of the database alone makes no codes; and where the installation's secret is lost, nobody's codes
are right any more (docs/operations.md says what helps).
"""

import base64
import logging

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pyotp.exceptions import OTPVerificationError

from oer.core.clock import now

DRIFT_STEPS = 1  # a phone's clock may be half a minute wrong, and a code takes time to be typed
DIGITS = 6

log = logging.getLogger(__name__)


def new_secret() -> str:
    """Return a new secret of 160 bits in base32, as apps take it."""
    return pyotp.random_base32()


def app_address(secret: str, email: str, site: str) -> str:
    """Return the otpauth: address that a QR code holds for apps to read."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=site)


def seal(secret_key: str, account_id: int, secret: str) -> str:
    """Return a secret encrypted for one account."""
    return _box(secret_key, account_id).encrypt(secret.encode()).decode()


def unseal(secret_key: str, account_id: int, sealed: str, *, within_seconds: int | None = None) -> str | None:
    """Return a sealed secret, or None if it was sealed under another key, for another account, or too long ago."""
    try:
        return _box(secret_key, account_id).decrypt(sealed.encode("utf-8", "replace"), ttl=within_seconds).decode()
    except InvalidToken:
        if within_seconds is None:
            log.warning("a secret of an authenticator app cannot be read: the installation's secret is another one")
        return None


def step_of_code(secret: str, code: str) -> int | None:
    """Return the time step that a code is of, or None if it is of none between the last and the next one."""
    try:
        return pyotp.TOTP(secret).verify_and_get_timecode(code, for_time=now(), valid_window=DRIFT_STEPS)
    except OTPVerificationError:
        return None


def looks_like_code(text: str) -> bool:
    """Tell whether a text has the form of an app's code."""
    return len(text) == DIGITS and text.isascii() and text.isdecimal()


def _box(secret_key: str, account_id: int) -> Fernet:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"authenticator app of account {account_id}".encode())
    return Fernet(base64.urlsafe_b64encode(derive.derive(secret_key.encode())))
