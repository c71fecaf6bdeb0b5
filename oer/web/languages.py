"""Languages by address: Vietnamese at `/`, English at `/en/`, each page at the same path in both."""

from collections.abc import Iterable
from functools import cache
from typing import Any
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, request
from markupsafe import Markup
from werkzeug.utils import redirect

from oer.core.i18n import DEFAULT_LANGUAGE, LANGUAGES, NC_, in_language, language_shown, translate
from oer.web.context import language, set_language

# What stands unquoted in the parts of an address (RFC 3986, 3.3 and 3.4).
_OF_A_PATH = "/!$&'()*+,;=:@"
_OF_A_QUERY = f"{_OF_A_PATH}?%"


class LanguagePrefixMiddleware:
    """WSGI middleware: `/en/search` becomes `/search` below SCRIPT_NAME `/en`, which all addresses keep."""

    def __init__(self, wsgi: WSGIApplication) -> None:
        self._wsgi = wsgi

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer in the language that the first part of the path names."""
        path = environ.get("PATH_INFO", "")
        first = path[1:].partition("/")[0]
        set_language(DEFAULT_LANGUAGE)
        environ["oer.root"] = environ.get("SCRIPT_NAME", "")
        if first in LANGUAGES and first != DEFAULT_LANGUAGE:
            if path == f"/{first}":
                return redirect(f"{environ['oer.root']}{path}/", 308)(environ, start_response)
            set_language(first)
            environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}/{first}"
            environ["PATH_INFO"] = path[len(first) + 1 :]
        return self._wsgi(environ, start_response)


def gettext(message: str, **values: Any) -> str:
    """Return `message` in this request's language."""
    return translate(language(), message, **values)


def pgettext(context: str, message: str, **values: Any) -> str:
    """Return `message` in this request's language, by the translation for `context`: see `NC_`."""
    return translate(language(), NC_(context, message), **values)


@cache
def _text(language: str, message: str) -> Markup:
    return Markup(translate(language, message))  # noqa: S704 (our own words)


@cache
def _plain_text(language: str, message: str) -> Markup:
    return _text(language, message) % {}


def _in_templates(message: str, **values: Any) -> Markup:
    """Translate in a template, with escaped values: as Jinja's gettext, in a third of its time (40 calls a page)."""
    return _text(language(), message) % values if values else _plain_text(language(), message)


def _with_context_in_templates(context: str, message: str, **values: Any) -> Markup:
    return _in_templates(NC_(context, message), **values)


def _plural_in_templates(one: str, many: str, num: int, **values: Any) -> Markup:
    chosen = one if num == 1 or language() != "en" else many
    return _in_templates(chosen, **{"num": num, **values})


def current_path() -> str:
    r"""Return this request's path, without its language, as a link on this site.

    A browser reads `//host` and `/\host` as another site: one slash leads, and all that is not of a path is quoted.
    """
    return "/" + quote(request.path.lstrip("/"), safe=_OF_A_PATH)


def current_query() -> str:
    """Return this request's query with the `?` before it, or nothing: to be put behind another address of ours.

    Its names never become arguments of `url_for`, to which some (`_external`, say) mean something.
    """
    return f"?{quote(request.query_string, safe=_OF_A_QUERY)}" if request.query_string else ""


def address_in(other: str) -> str:
    """Return this request's address in another language."""
    prefix = "" if other == DEFAULT_LANGUAGE else f"/{other}"
    return f"{request.environ['oer.root']}{prefix}{current_path()}{current_query()}"


def init_languages(app: Flask) -> None:
    """Serve every page in every language, and add the translating functions to the templates."""
    app.wsgi_app = LanguagePrefixMiddleware(app.wsgi_app)  # type: ignore[method-assign]
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.newstyle_gettext = True  # type: ignore[attr-defined]
    app.jinja_env.globals.update(gettext=_in_templates, ngettext=_plural_in_templates, _=_in_templates)
    app.jinja_env.globals.update(pgettext=_with_context_in_templates)
    app.jinja_env.globals.update(address_in=address_in, current_path=current_path)
    app.jinja_env.globals.update(language=language, languages=LANGUAGES)
    app.jinja_env.filters.update(
        here=lambda texts: in_language(texts, language()),
        lang_of=lambda texts: language_shown(texts, language()),
    )
