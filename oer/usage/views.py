"""What handlers call to note a use. It takes microseconds, waits for nothing and never fails a request."""

import time
from urllib.parse import urlsplit

from flask import current_app, request

from oer.core.clock import today
from oer.usage.counter.acts import starts_at_first_byte
from oer.usage.notes import Note, to_line
from oer.usage.people import people
from oer.usage.spool import Spool
from oer.usage.visitors import DaySalts
from oer.web.context import db, language, settings
from oer.web.identity import current_account, sign_in_token
from oer.web.kept_pages import is_anonymous

PLACE = "oer_usage"
_OWN_ADDRESSES = ("/read", "/play", "/download")


def note(kind: str, item: str, *, format: str = "", url: str = "") -> None:  # noqa: A002 (the word of the totals)
    """Note that this request is a use of the material `item` (its public id); call it once the answer is sure.

    `kind`: `view` (its page), `cite`, `share`, `save`; `read`, `play`, `download` (a file was opened). `format`: the
    file's code in the vocabulary of formats, `zip` for everything in one. `url`: the file's own address, the same
    however it is opened; by default that of the request without its last word. What is no use is not noted: HEAD,
    prefetching, parts of a file that do not begin it, visits of the staff.
    """
    _note(kind, item=item, format_=format, url=url or _own_address(request.path))


def note_search(words: str, hits: int, *, page: int = 1) -> None:
    """Note that this request made a new list of results; a further page of the same list is none (CoP 5.1, 7.6)."""
    if page == 1:
        _note("search", words=words, hits=hits, url=request.full_path)


def _note(
    kind: str, *, item: str = "", format_: str = "", url: str = "", words: str = "", hits: int | None = None
) -> None:
    account = None if is_anonymous() else current_account()
    if _is_no_use() or (account is not None and people().is_staff(account)):
        return
    spool, salts = _engine()
    at = time.time_ns() // 1000
    agent = request.headers.get("User-Agent", "")
    identity = f"a|{account.id}" if account is not None else f"v|{request.remote_addr}|{agent}"
    visitor, visitor_before = salts.keys(at / 1e6, identity)
    line = to_line(
        Note(
            at=at,
            kind=kind,
            item=item,
            format=format_,
            url=url,
            visitor=visitor,
            visitor_before=visitor_before,
            session=salts.keys(at / 1e6, f"s|{sign_in_token()}")[0] if account is not None else None,
            person=people().key_of(db(), account, today()) if account is not None else None,
            user_agent=agent,
            via=_via(request.headers.get("Referer")),
            words=words,
            hits=hits,
            language=language(),
        )
    )
    spool.append(line)


def _is_no_use() -> bool:
    headers = request.headers
    if request.method != "GET":
        return True
    if "prefetch" in (headers.get("Sec-Purpose") or headers.get("Purpose") or headers.get("X-Moz") or "").lower():
        return True
    byte_range = headers.get("Range")
    return byte_range is not None and not starts_at_first_byte(byte_range)


def _own_address(path: str) -> str:
    return next((path.removesuffix(word) for word in _OWN_ADDRESSES if path.endswith(word)), path)


def _via(referrer: str | None) -> str:
    if not referrer:
        return ""
    try:
        parts = urlsplit(referrer)
    except ValueError:
        return "other"
    return "search" if parts.netloc == request.host and parts.path.endswith("/search") else "other"


def _engine() -> tuple[Spool, DaySalts]:
    found = current_app.extensions.get(PLACE)
    if found is None:
        made = (Spool(settings().spool_dir), DaySalts(settings().salt_dir, settings().usage_salt))
        found = current_app.extensions.setdefault(PLACE, made)
    return found  # type: ignore[no-any-return]
