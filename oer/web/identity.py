"""Who is signed in. The cookie holds the token of a sign-in that the server can end, for copied cookies as well."""

from collections.abc import Callable
from typing import Any, Protocol

from flask import Flask, current_app, g, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from oer.core.errors import Forbidden, SignInNeeded
from oer.core.i18n import N_
from oer.web.context import SAFE_METHODS, db, is_outage

Loader = Callable[..., Any]
_SIGNED_IN_COOKIES = ("remember_token",)
_TOKENS = "oer_account_of_token"
_NO_TOKEN = N_("This token is unknown or was revoked.")
_NOT_ALLOWED = N_("This token may not do this: it was made for something else.")


class AccountLike(Protocol):
    """What this room needs of an account, which is declared in a room above it."""

    id: int


class SignedInUser(UserMixin):  # type: ignore[misc]
    """An account as Flask-Login sees it. Its id is the sign-in's token, never the account's id."""

    def __init__(self, account: AccountLike, token: str) -> None:
        self.account = account
        self._token = token

    def get_id(self) -> str:
        """Return the token of the sign-in."""
        return self._token


def is_anonymous() -> bool:
    """Tell whether the browser sent no cookie that could identify its user: no session, no sign-in."""
    names = (str(current_app.config["SESSION_COOKIE_NAME"]), *_SIGNED_IN_COOKIES)
    return not any(name in request.cookies for name in names)


def takes_token(scope: str) -> Callable[[Any], Any]:
    """Mark a view of the API to which a personal token with this scope signs in; for all others there are no tokens."""

    def mark(view: Any) -> Any:
        view.token_scope = scope
        return view

    return mark


def is_by_token() -> bool:
    """Tell whether this request is that of a program with a personal token. Cookies beside it do not count."""
    view = current_app.view_functions.get(request.endpoint or "")
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return kind.lower() == "bearer" and bool(token) and getattr(view, "token_scope", None) is not None


def _account_of_token() -> Any:
    if "token_account" not in g:
        token = request.headers["Authorization"].partition(" ")[2].strip()
        g.token_account = current_app.extensions[_TOKENS](db(), token)
    if g.token_account is None:
        raise SignInNeeded(_NO_TOKEN, code="token_unknown")
    account, scopes = g.token_account
    view: Any = current_app.view_functions[str(request.endpoint)]
    if view.token_scope not in scopes:
        raise Forbidden(_NOT_ALLOWED, code="token_scope")
    return account


def current_account() -> Any:
    """Return the account that is signed in, or None; None also once this request has found the database away.

    Raises SignInNeeded for a personal token that is none, Forbidden for one that may not do this.
    """
    if is_outage():
        return None
    if is_by_token():
        return _account_of_token()
    if request.method in SAFE_METHODS and is_anonymous():
        return None  # and no session is opened
    return current_user.account if current_user.is_authenticated else None


def require_account() -> Any:
    """Return the signed-in account. Raises SignInNeeded if nobody is signed in."""
    account = current_account()
    if account is None:
        raise SignInNeeded("Please sign in first.")
    return account


def sign_in_token() -> str | None:
    """Return the token of this request's sign-in, or None."""
    return str(current_user.get_id()) if current_user.is_authenticated else None


def set_sign_in_cookie(account: AccountLike, token: str) -> None:
    """Have the browser send this sign-in from now on. Whatever its session held before is dropped."""
    session.clear()
    login_user(SignedInUser(account, token))


def clear_sign_in_cookie() -> None:
    """Have the browser forget its sign-in and its session."""
    logout_user()
    session.clear()


def init_identity(app: Flask, account_of_sign_in: Loader, account_of_token: Loader) -> None:
    """Load accounts by the token in the cookie: `account_of_sign_in(session, token)` returns one or None.

    `account_of_token` returns an account with its scopes, by a personal token, or None.
    """
    app.extensions[_TOKENS] = account_of_token
    manager = LoginManager()
    manager.init_app(app, add_context_processor=False)  # templates call `current_account` where they need it
    manager.session_protection = None  # it would put a hash of the IP address into the cookie

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(token: str) -> SignedInUser | None:
        account = account_of_sign_in(db(), token)
        return SignedInUser(account, token) if account is not None else None

    app.jinja_env.globals["current_account"] = current_account
