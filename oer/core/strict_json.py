"""Strict reading of JSON from outside: what Python accepts but the standard does not is refused."""

import json
import math
import re
from collections import Counter
from typing import Any

from oer.core.errors import Invalid
from oer.core.i18n import N_

_UNWRITABLE = re.compile("[\0\ud800-\udfff]")
_NOT_JSON = N_("This is not valid JSON: %(reason)s.")


def read_json(text: str | bytes) -> Any:
    """Return the value that a JSON text (RFC 8259, UTF-8) holds.

    Raises Invalid, with the reason, also for NaN, numbers beyond a float, a name twice in one object, a text with
    NUL or half a surrogate pair, and nesting deeper than the interpreter's recursion limit.
    """
    try:
        decoded = text.decode() if isinstance(text, bytes) else text
        value = json.loads(decoded, object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_float)
        if "\\u" in decoded:  # nothing else of a JSON text can mean one of these
            _refuse_unwritable(value)
        return value
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


def _refuse_unwritable(value: Any) -> None:
    """Refuse NUL and half a surrogate pair: no database, and no other program, takes them in a text."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            waiting += [*each.keys(), *each.values()]
        elif isinstance(each, list):
            waiting += each
        elif isinstance(each, str) and _UNWRITABLE.search(each):
            raise _invalid("a text has a character in it that cannot be part of a text")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise _invalid(f"the name {twice[:50]!r} stands twice in one object")
    return found


def _refuse_constant(name: str) -> Any:
    raise _invalid(f"{name} is not a JSON number")


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise _invalid("a number is out of range")
    return number
