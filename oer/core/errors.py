"""The domain's own errors: a message and its values, translated and mapped to HTTP once, in `oer/web/errors.py`."""

from typing import Any


class OerError(Exception):
    """Base of every error that is told to the user.

    `message` is an English source text for gettext with `%(name)s` places; `values` fill them.
    `field` names the form or query field that is at fault, if any; `code` is a stable word for programs.
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
    """The request is understood, but something in it is wrong (400). `errors`: everything that is, if it is more."""

    status, code = 400, "invalid"
    errors: tuple["Invalid", ...] = ()


class Unprocessable(Invalid):
    """A file or document was received whole, and its content is not acceptable (422)."""

    status, code = 422, "unprocessable"


class UnsupportedType(Invalid):
    """A file has a type that the repository does not accept, or not the type that its name says (415)."""

    status, code = 415, "unsupported_type"


class TooLarge(Invalid):
    """More bytes than are accepted (413)."""

    status, code = 413, "too_large"


class SignInNeeded(OerError):
    """Nobody is signed in (401)."""

    status, code = 401, "sign_in_needed"


class Forbidden(OerError):
    """The user may see this, but may not do this with it (403)."""

    status, code = 403, "forbidden"


class SecondFactorNeeded(Forbidden):
    """The user's role asks for a second step when signing in, which they have not set up yet (403)."""

    code = "second_factor_needed"


class NotFound(OerError):
    """There is no such thing, or the user may not know that there is: both look the same (404)."""

    status, code = 404, "not_found"


class Gone(OerError):
    """What was public here is not any more: a material was withdrawn, a file left out, a version closed (410)."""

    status, code = 410, "gone"


class Conflict(OerError):
    """The thing is in another state than the request assumes (409)."""

    status, code = 409, "conflict"


class PreconditionFailed(OerError):
    """What is to be changed is not in the state any more that the request names (412)."""

    status, code = 412, "precondition_failed"


class PreconditionNeeded(OerError):
    """The request has to name the state of what it changes (428)."""

    status, code = 428, "precondition_needed"


class TooMany(OerError):
    """Too many tries; `retry_after` is how many seconds to wait (429)."""

    status, code = 429, "too_many"

    def __init__(self, message: str, *, retry_after: int, **values: Any) -> None:
        super().__init__(message, **values)
        self.retry_after = retry_after


class TooSlow(OerError):
    """The request did not come in time (408)."""

    status, code = 408, "too_slow"


class NoSpace(OerError):
    """The store is full (507)."""

    status, code = 507, "no_space"


class Unavailable(OerError):
    """A backend does not answer just now (503)."""

    status, code = 503, "unavailable"


class Damaged(OerError):
    """Content that does not match its hash, and is therefore never sent (500)."""

    status, code = 500, "damaged"
