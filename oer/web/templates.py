"""Jinja: templates compiled once per language, their globals, and the addresses of static files."""

import hashlib
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any

import jinja2
from flask import Flask, current_app, request, url_for
from flask.templating import Environment
from jinja2 import nodes
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from oer.config import PACKAGE, Settings
from oer.core.i18n import LANGUAGES, NC_, in_language, translate
from oer.core.links import Links
from oer.web.context import language, settings
from oer.web.fragments import KeptFragments


class EnvironmentByLanguage(Environment):
    """Flask's Jinja environment, with one overlay per language in which templates are compiled.

    All overlays share filters and globals. `get_template` returns a template compiled for the request's language.
    """

    language: str | None = None

    def get_template(self, name: Any, *args: Any, **options: Any) -> jinja2.Template:
        """Return a template as Jinja does, compiled for the language of this request."""
        if self.language is not None:
            return super().get_template(name, *args, **options)
        return self._in(language()).get_template(name, *args, **options)

    def _in(self, code: str) -> "EnvironmentByLanguage":
        # Created on first use, when all rooms have added their filters and globals.
        overlays: dict[str, EnvironmentByLanguage] | None = self.__dict__.get("overlays")
        if overlays is None:
            overlays = {each: self._overlay_for(each) for each in LANGUAGES}
            self.__dict__["overlays"] = overlays
        return overlays[code]

    def _overlay_for(self, code: str) -> "EnvironmentByLanguage":
        own = self.overlay()
        own.language = code
        own.template_class = _Template
        return own

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        if self.language is not None:
            _TranslateConstants(self.language).visit(tree)
            tree.set_environment(self)
        return tree


class _TranslateConstants(NodeTransformer):
    """Replaces `_("...")`, `pgettext("...", "...")` without values, and `language()`, by constants of one language."""

    def __init__(self, code: str) -> None:
        self._code = code

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 (Jinja's own name)
        self.generic_visit(node)
        if not isinstance(node.node, nodes.Name) or node.kwargs or node.dyn_args or node.dyn_kwargs:
            return node
        match node.node.name, [each.value if isinstance(each, nodes.Const) else None for each in node.args]:
            case "language", []:
                return nodes.Const(self._code, lineno=node.lineno)
            case "_", [str(message)]:
                return self._constant(message, node.lineno)
            case "pgettext", [str(context), str(message)]:
                return self._constant(NC_(context, message), node.lineno)
        return node

    def _constant(self, message: str, lineno: int) -> nodes.Const:
        # `% {}` because "%%" stands for "%" in every message, as in those with values.
        return nodes.Const(Markup(translate(self._code, message)) % {}, lineno=lineno)  # noqa: S704 (our own texts)


class _Template(jinja2.Template):
    """A template that is imported without the importing page's context.

    With it, Jinja compares all globals at each import, which takes longer than most macros. No template here has
    globals of its own, so nothing is lost.
    """

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:  # noqa: ARG002 (Jinja's own shape)
        return super()._get_default_module()


STATIC = PACKAGE / "static"
DISPLAY_COOKIE = "oer_display"
# What a reader may choose of the look: the first of each holds until something else is chosen. The cookie holds one of
# each in this order, so a new preference goes to the end.
PREFERENCES = {
    "contrast": ("normal", "high"),
    "size": ("normal", "large"),
    "scheme": ("device", "light", "dark"),
    "text": ("m", "s", "l", "xl"),  # this and what follows: of readers
    "spacing": ("normal", "wide"),
    "ground": ("page", "white", "dark"),
}
YEAR_SECONDS = 365 * 24 * 3600


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """Return the address of a static file. It changes with the file's content, so browsers may keep it for a year."""
    return f"{request.environ.get('oer.root', '')}/static/{name}?v={_fingerprint(name)}"


def chosen_of(given: Mapping[str, str]) -> dict[str, str]:
    """Return one choice for each preference: what is `given`, or the first where that is none of them."""
    return {
        name: given[name] if name in given and given[name] in choices else choices[0]
        for name, choices in PREFERENCES.items()
    }


def display() -> dict[str, str]:
    """Return what the reader chose of the look: one choice for each of PREFERENCES."""
    cookies = request.cookies
    kept = cookies[DISPLAY_COOKIE].split(".") if DISPLAY_COOKIE in cookies else ()
    return chosen_of(dict(zip(PREFERENCES, kept, strict=False)))


def saves_data() -> bool:
    """Whether a browser asks for less (`Save-Data: on`): pages then show smaller pictures, and covers by rule."""
    return str(request.environ.get("HTTP_SAVE_DATA", "")).strip().lower() == "on"


def _site_names(settings: Settings) -> Callable[[], str]:
    """Return a function that returns the site's name in the language of the request."""
    names = {"vi": settings.site_name, "en": settings.site_name_en}
    shown = {code: in_language(names, code) for code in LANGUAGES}
    return lambda: shown[language()]


def site_address(path: str) -> str:
    """Return the absolute address of a path of this site, in the language of this request."""
    return Links(settings().base_url).page(path, language())


def current_page(endpoint: str) -> Markup:
    """Return the attribute that marks a link to the page that is being shown (for screen readers), or nothing."""
    return Markup(' aria-current="page"') if request.endpoint == endpoint else Markup()


def address_of(endpoint: str, **values: str | int) -> str:
    """Return an address as `url_for` does in templates, from its cache."""
    found: str = current_app.jinja_env.globals["url_for"](endpoint, **values)  # type: ignore[operator]
    return found


# Values that make the same address in every request; `_external` and its like depend on the request.
_PLAIN_VALUES = frozenset({str, int, type(None)})


def _cached_url_for() -> Callable[..., str]:
    """Return a `url_for` with a cache: a page builds dozens of addresses, most of them the same on every page."""

    @lru_cache(maxsize=4096)
    def built(_root: str, endpoint: str, **values: str | int | None) -> str:
        return url_for(endpoint, **dict[str, Any](values))

    def address(endpoint: str, **values: Any) -> str:
        if endpoint[0] == "." or not _PLAIN_VALUES.issuperset(map(type, values.values())):
            return url_for(endpoint, **values)
        return built(request.script_root, endpoint, **values)

    return address


def init_templates(app: Flask) -> None:
    """Set the globals that templates use, and have browsers keep static files for a year."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = YEAR_SECONDS
    app.jinja_env.globals.update(
        asset=asset,
        current_page=current_page,
        display=display,
        kept=KeptFragments(),
        saves_data=saves_data,
        site_address=site_address,
        site_name=_site_names(app.extensions["oer"].settings),
        url_for=_cached_url_for(),
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
