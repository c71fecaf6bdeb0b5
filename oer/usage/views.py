"""What view functions call to record a usage event. It takes microseconds, never waits and never fails a request."""

import re
from collections.abc import Mapping
from typing import Any

from flask import Flask, current_app, request

from oer.core.clock import today
from oer.usage.noting import Use, User, anonymous_user, is_not_usage, is_turned, line_of
from oer.usage.providers import people_provider
from oer.usage.spool import Spool
from oer.usage.visitors import DaySalts
from oer.web.context import db, language
from oer.web.handover import handover
from oer.web.identity import current_account, is_anonymous, sign_in_token

EXTENSION = "oer_usage"
_FILE_OPENED = re.compile(r"(.*/files/\d+)/(?:read|play|download)")


def record_event(kind: str, item: str, *, format: str = "", url: str = "") -> None:  # noqa: A002 (as in the totals)
    """Record that this request uses the material `item` (its public id). Call it once the response is certain.

    `kind`: `view` (its page), `player` (a page in which a file can be played), `cite`, `share`, `save`, or `read`,
    `play`, `download` (a file was opened); `turn` and `seek` are further pages (`event_kinds.FURTHER`). `format`: the
    file's code in the vocabulary of formats, or `ALL_FILES`. `url`: what double-clicks are compared by; by default the
    request's path, and for all ways to open a file the file's own. Not recorded, because they are not usage: HEAD,
    prefetching, byte ranges that do not start at the first byte, and visits by staff.
    """
    _record(Use(kind=kind, item=item, format=format, url=url or _own_address(request.path), language=language()))


def record_search(words: str, hits: int, *, page: int = 1) -> None:
    """Record that this request is a new search; a further page of the same results is not (CoP 5.1, 7.6)."""
    if page == 1:
        _record(Use(kind="search", words=words, hits=hits, url=request.full_path, language=language()))


def _record(use: Use) -> None:
    # Read from the environ: the request's own properties would cost more than everything else here.
    environ = request.environ
    given = handover()
    if given is not None:
        given.uses.append(use)
    if is_not_usage(environ) or is_turned(use, environ):
        return
    account = _account(environ)
    if account is not None and people_provider().is_staff(account):
        return
    spool, salts = spool_and_salts(current_app)
    spool.append(line_of(use, anonymous_user(environ) if account is None else _signed_in_user(account), environ, salts))


def _signed_in_user(account: Any) -> User:
    return User(f"a|{account.id}", f"s|{sign_in_token()}", people_provider().key_of(db(), account, today()))


def _account(environ: Mapping[str, Any]) -> Any:
    if "HTTP_COOKIE" not in environ or is_anonymous():
        return None
    return current_account()


def _own_address(path: str) -> str:
    opened = _FILE_OPENED.fullmatch(path)
    return opened[1] if opened else path


def spool_and_salts(app: Flask) -> tuple[Spool, DaySalts]:
    """Return where the events of an application are written, and the salts of their visitors."""
    found = app.extensions.get(EXTENSION)
    if found is None:
        of = app.extensions["oer"].settings
        made = (Spool(of.spool_dir), DaySalts(of.salt_dir, of.usage_salt))
        found = app.extensions.setdefault(EXTENSION, made)
    return found  # type: ignore[no-any-return]
