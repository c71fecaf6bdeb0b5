"""What a request works with: its database session, the installation, its language."""

from contextvars import ContextVar
from typing import Any, cast

from flask import Flask, Response, current_app, g, request
from flask import session as browser
from sqlalchemy.orm import Session

from oer.config import Settings
from oer.core.i18n import DEFAULT_LANGUAGE
from oer.core.installation import Installation

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Not in the WSGI environment: a page reads the language a hundred times, and the lookup would be a tenth of its time.
_language: ContextVar[str] = ContextVar("language", default=DEFAULT_LANGUAGE)


def installation() -> Installation:
    """Return the engines of the running application."""
    return cast("Installation", current_app.extensions["oer"])


def settings() -> Settings:
    """Return the settings of the running application."""
    return installation().settings


def language() -> str:
    """Return the language of this request, which its address names."""
    return _language.get()


def set_language(language: str) -> None:
    """Set the language of the request that this thread is answering."""
    _language.set(language)


def db() -> Session:
    """Return the request's database session: read-only for GET and HEAD, writing for other methods."""
    if "db" not in g:
        database = installation().database
        g.db = database.writing() if _writes() else database.reading()
    return cast("Session", g.db)


def only_reads(view: Any) -> Any:
    """Mark a view whose forms change nothing either: it waits for nobody who writes."""
    view.only_reads = True
    return view


def _writes() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return request.method not in SAFE_METHODS and not getattr(view, "only_reads", False)


def commit_and_release() -> None:
    """Commit what was done so far and release the database: before hashing a password, or a long upload or download."""
    if "db" in g:
        g.db.commit()


def roll_back() -> None:
    """Undo everything that this request did in the database, whatever it answers."""
    if "db" in g:
        g.db.rollback()


def _finish(response: Response) -> Response:
    # One commit at the end of a request that succeeded; one that was refused leaves no trace.
    session: Session | None = g.get("db")
    if session is None:
        return response
    database = installation().database
    if _writes():
        if response.status_code >= 400:
            session.rollback()
            return response
        try:
            session.commit()
        except Exception as error:  # a full disk, a database that went away: what the view answered is not true
            browser.pop("_flashes", None)
            return current_app.make_response(current_app.handle_user_exception(error))
        database.disk.worked()
    if response.status_code < 500:
        database.part.worked()
    return response


def _close(_error: BaseException | None) -> None:
    set_language(DEFAULT_LANGUAGE)
    session: Session | None = g.pop("db", None)
    if session is not None:
        session.close()


def init_context(app: Flask, opened: Installation) -> None:
    """Give every request of `app` this installation, and a session that `init_commit` commits."""
    app.extensions["oer"] = opened
    app.teardown_appcontext(_close)


def init_commit(app: Flask) -> None:
    """Commit once, at the end of each request that succeeded.

    To be called last: what is registered last runs first, so that a commit that fails is answered by a page with its
    headers like any other.
    """
    app.after_request(_finish)


def note_outage() -> None:
    """Have the rest of this request do without the database: its error page, too, would ask who is signed in."""
    g.outage = True


def is_outage() -> bool:
    """Tell whether this request has found the database away, busy or full."""
    return "outage" in g
