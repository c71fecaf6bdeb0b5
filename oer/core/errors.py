"""The domain's own errors: a message key and its values. They are translated and mapped to HTTP once, in `web`."""

from typing import Any


class OerError(Exception):
    """What the product itself refuses, with words for the one who asked.

    `message` is an English source text for gettext with `%(name)s` places; `values` fill them.
    `field` names the form or query field that it is about, if one; `code` is a stable word for machines.
    """

    status = 500
    code = "error"

    def __init__(self, message: str, *, code: str | None = None, field: str | None = None, **values: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.field = field
        self.values = values

    def __str__(self) -> str:
        return self.message % self.values if self.values else self.message


class Invalid(OerError):
    """The request is understood and cannot be granted as it stands (400)."""

    status, code = 400, "invalid"


class Unprocessable(Invalid):
    """A file or document was received whole and is not acceptable (422)."""

    status, code = 422, "unprocessable"


class UnsupportedType(Invalid):
    """A file is of a type that the repository does not take, or not what its name says (415)."""

    status, code = 415, "unsupported_type"


class TooLarge(Invalid):
    """More bytes than are taken (413)."""

    status, code = 413, "too_large"


class SignInNeeded(OerError):
    """Nobody is signed in (401)."""

    status, code = 401, "sign_in_needed"


class Forbidden(OerError):
    """The one who asks may know of the thing and may not do this with it (403)."""

    status, code = 403, "forbidden"


class NotFound(OerError):
    """There is no such thing, or the one who asks may not know of it (404): both look the same."""

    status, code = 404, "not_found"


class Gone(OerError):
    """The thing was withdrawn and left a tombstone (410)."""

    status, code = 410, "gone"


class Conflict(OerError):
    """The thing is in another state than the request expects (409)."""

    status, code = 409, "conflict"


class TooMany(OerError):
    """Tried too often; `retry_after` says how many seconds to wait (429)."""

    status, code = 429, "too_many"

    def __init__(self, message: str, *, retry_after: int, **values: Any) -> None:
        super().__init__(message, **values)
        self.retry_after = retry_after


class NoSpace(OerError):
    """The store is full (507)."""

    status, code = 507, "no_space"


class Unavailable(OerError):
    """A part of the house does not answer just now (503)."""

    status, code = 503, "unavailable"


class Damaged(OerError):
    """Content that is known not to be what it was, and so is never handed out (500)."""

    status, code = 500, "damaged"
