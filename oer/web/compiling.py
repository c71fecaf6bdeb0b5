"""Templates are compiled once for each language, and their fixed words are translated then, not on every page."""

from typing import Any

import jinja2
from flask.templating import Environment
from jinja2 import nodes
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from oer.core.i18n import LANGUAGES, translate
from oer.web.context import language


class TemplatesByLanguage(Environment):
    """Jinja's environment, which hands out each template in the language of the request.

    The templates of one language see the filters and globals of all; they are parsed and kept on their own.
    """

    language: str | None = None

    def get_template(self, name: Any, *args: Any, **options: Any) -> jinja2.Template:
        """Return a template as Jinja does, compiled for the language of this request."""
        if self.language is not None:
            return super().get_template(name, *args, **options)
        return self._in(language()).get_template(name, *args, **options)

    def _in(self, code: str) -> "TemplatesByLanguage":
        # Made when first asked for, when everything that templates can use is known.
        kept: dict[str, TemplatesByLanguage] | None = self.__dict__.get("by_language")
        if kept is None:
            kept = {each: self._speaking(each) for each in LANGUAGES}
            self.__dict__["by_language"] = kept
        return kept[code]

    def _speaking(self, code: str) -> "TemplatesByLanguage":
        own = self.overlay()
        own.language = code
        own.template_class = _Template
        return own

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        if self.language is not None:
            _FixedTexts(self.language).visit(tree)
            tree.set_environment(self)
        return tree


class _FixedTexts(NodeTransformer):
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
