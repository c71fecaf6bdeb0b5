"""Strict reading of JSON from outside: what Python accepts but the standard does not is refused."""

import json
import math
from typing import Any

from oer.core.errors import Invalid
from oer.core.i18n import N_

_NOT_JSON = N_("This is not valid JSON: %(reason)s.")


def read_json(text: str | bytes) -> Any:
    """Return the value that a JSON text (RFC 8259, UTF-8) holds.

    Raises Invalid, with the reason, also for NaN, numbers beyond a float, a name twice in one object, and nesting
    deeper than the interpreter's recursion limit.
    """
    try:
        return json.loads(
            text.decode() if isinstance(text, bytes) else text,
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=_float,
        )
    except RecursionError:
        raise _invalid("nested too deeply") from None
    except UnicodeDecodeError:
        raise _invalid("not UTF-8") from None
    except json.JSONDecodeError as error:
        raise _invalid(f"{error.msg} (line {error.lineno}, column {error.colno})") from None
    except ValueError:  # an integer of more digits than Python reads
        raise _invalid("a number is out of range") from None


def _invalid(reason: str) -> Invalid:
    return Invalid(_NOT_JSON, code="not_json", reason=reason)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _invalid(f"the name {twice[:50]!r} stands twice in one object")
    return found


def _refuse_constant(name: str) -> Any:
    raise _invalid(f"{name} is not a JSON number")


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise _invalid("a number is out of range")
    return number
