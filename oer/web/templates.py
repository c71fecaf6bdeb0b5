"""Templates: what each of them can ask for, and the addresses of static files."""

import hashlib
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

from flask import Flask, current_app, request, url_for
from markupsafe import Markup

from oer.config import Settings
from oer.core.i18n import LANGUAGES, in_language
from oer.core.links import Links
from oer.core.own_files import PACKAGE
from oer.web.context import language, settings

STATIC = PACKAGE / "static"
DISPLAY_COOKIE = "oer_display"
CONTRASTS, SIZES = ("normal", "high"), ("normal", "large")
YEAR_SECONDS = 365 * 24 * 3600


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """Return the address of a static file. It changes with the file's content, so that it may be kept for a year."""
    return f"{request.environ.get('oer.root', '')}/static/{name}?v={_fingerprint(name)}"


def display() -> dict[str, str]:
    """Return how this reader wants pages shown: `contrast` normal or high, `size` normal or large."""
    cookies = request.cookies
    contrast, _, size = (cookies[DISPLAY_COOKIE] if DISPLAY_COOKIE in cookies else "").partition(".")  # noqa: SIM401
    return {
        "contrast": contrast if contrast in CONTRASTS else CONTRASTS[0],
        "size": size if size in SIZES else SIZES[0],
    }


def _site_names(settings: Settings) -> Callable[[], str]:
    """Return what gives the repository's name in the language of a request."""
    names = {"vi": settings.site_name, "en": settings.site_name_en}
    shown = {code: in_language(names, code) for code in LANGUAGES}
    return lambda: shown[language()]


def site_address(path: str) -> str:
    """Return the public address of a page of this site, by its path, in the language of this request."""
    return Links(settings().base_url).page(path, language())


def current_page(endpoint: str) -> Markup:
    """Return the attribute that tells a screen reader that a link leads to the page it stands on, or nothing."""
    return Markup(' aria-current="page"') if request.endpoint == endpoint else Markup()


def address_of(endpoint: str, **values: str | int) -> str:
    """Return the address of a page of this site as `url_for` gives it in templates: kept, for a page has dozens."""
    found: str = current_app.jinja_env.globals["url_for"](endpoint, **values)  # type: ignore[operator]
    return found


def _kept_addresses() -> Callable[..., str]:
    """Return a `url_for` for templates that keeps what it has built: a page has dozens of addresses, most the same."""

    @lru_cache(maxsize=4096)
    def built(root: str, endpoint: str, values: tuple[tuple[str, str | int], ...]) -> str:  # noqa: ARG001 (a key)
        return url_for(endpoint, **dict[str, Any](values))

    def address(endpoint: str, **values: Any) -> str:
        if endpoint[0] == "." or not all(type(value) in (str, int) for value in values.values()):
            return url_for(endpoint, **values)
        return built(request.script_root, endpoint, tuple(values.items()))

    return address


def init_templates(app: Flask) -> None:
    """Give the templates their globals, and static files a year in the browser's cache."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = YEAR_SECONDS
    app.jinja_env.globals.update(
        asset=asset,
        current_page=current_page,
        display=display,
        site_address=site_address,
        site_name=_site_names(app.extensions["oer"].settings),
        url_for=_kept_addresses(),
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
