"""Jinja: templates compiled once per language, their globals, and the addresses of static files."""

import hashlib
from collections.abc import Callable
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

from oer.config import Settings
from oer.core.i18n import LANGUAGES, in_language, translate
from oer.core.links import Links
from oer.core.own_files import PACKAGE
from oer.web.context import language, settings


class EnvironmentByLanguage(Environment):
    """Jinja's environment, which hands out each template in the language of the request.

    The templates of one language see the filters and globals of all; they are parsed and kept on their own.
    """

    language: str | None = None

    def get_template(self, name: Any, *args: Any, **options: Any) -> jinja2.Template:
        """Return a template as Jinja does, compiled for the language of this request."""
        if self.language is not None:
            return super().get_template(name, *args, **options)
        return self._in(language()).get_template(name, *args, **options)

    def _in(self, code: str) -> "EnvironmentByLanguage":
        # Made when first asked for, when everything that templates can use is known.
        kept: dict[str, EnvironmentByLanguage] | None = self.__dict__.get("by_language")
        if kept is None:
            kept = {each: self._speaking(each) for each in LANGUAGES}
            self.__dict__["by_language"] = kept
        return kept[code]

    def _speaking(self, code: str) -> "EnvironmentByLanguage":
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
    """Puts a language's words in the place of `_("...")` that has nothing to fill in, and its code for `language()`."""

    def __init__(self, code: str) -> None:
        self._code = code

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 (Jinja's own name)
        self.generic_visit(node)
        if not isinstance(node.node, nodes.Name) or node.kwargs or node.dyn_args or node.dyn_kwargs:
            return node
        fixed = [each.value for each in node.args if isinstance(each, nodes.Const)]
        if node.node.name == "language" and not node.args:
            return nodes.Const(self._code, lineno=node.lineno)
        if node.node.name == "_" and len(node.args) == 1 and fixed:
            # Our own words, of which "%%" stands for "%" as in those with something to fill in.
            return nodes.Const(Markup(translate(self._code, fixed[0])) % {}, lineno=node.lineno)  # noqa: S704
        return node


class _Template(jinja2.Template):
    """A template whose macros are the same for whoever imports them: none here is given globals of its own."""

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:  # noqa: ARG002 (Jinja's own shape)
        # Jinja compares all globals with those of the importing page at each import, which takes longer than a macro.
        return super()._get_default_module()


# Templates: what each of them can ask for, and the addresses of static files.

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
