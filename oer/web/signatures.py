"""Signed cookies and form tokens, whose times may come from the clock of another host."""

from datetime import UTC, datetime
from typing import Any

from flask import Flask, current_app
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadData, SignatureExpired, TimestampSigner, URLSafeTimedSerializer

# Web hosts take turns to answer one browser, and their clocks differ: what one has just signed, another may read
# before its own clock gets there. Nothing that is kept from a browser depends on these minutes.
LEEWAY_SECONDS = 300
_FORM_TOKEN_SALT = "wtf-csrf-token"  # noqa: S105 (Flask-WTF's name)


class LenientSigner(TimestampSigner):
    """Accepts a signature that is dated up to LEEWAY_SECONDS in the future, where the library accepts none."""

    def unsign(self, signed_value: str | bytes, max_age: int | None = None, return_timestamp: bool = False) -> Any:
        """Return what was signed, and when. Raises BadSignature, and SignatureExpired if its age is not allowed."""
        value, signed_at = super().unsign(signed_value, return_timestamp=True)
        age = self.get_timestamp() - int(signed_at.timestamp())
        if max_age is not None and not -LEEWAY_SECONDS <= age <= max_age:
            raise SignatureExpired(f"Signature age {age} s is not allowed", payload=value, date_signed=signed_at)
        return (value, signed_at) if return_timestamp else value

    def timestamp_to_datetime(self, ts: int) -> datetime:
        """Return the time of a signature, in UTC."""
        return datetime.fromtimestamp(ts, UTC)


class LenientSessions(SecureCookieSessionInterface):
    """Flask's sessions, signed as always and read with the leeway."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return the serializer of session cookies."""
        serializer = super().get_signing_serializer(app)
        if serializer is not None:
            serializer.signer = LenientSigner
        return serializer


def form_token_is_recent(token: str, seconds: int) -> bool:
    """Tell whether a form's token was made in the last so many seconds; whose it is, Flask-WTF has checked."""
    serializer = URLSafeTimedSerializer(current_app.secret_key or "", salt=_FORM_TOKEN_SALT, signer=LenientSigner)
    try:
        serializer.loads(token, max_age=seconds)
    except BadData:
        return False
    return True
