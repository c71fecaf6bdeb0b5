"""Markdown as its writers mean it: CommonMark with tables, formulas as TeX marks them, boxes, and comments."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.dollarmath.index import math_inline_dollar

from oer.backends.extraction.formulas import is_formula, latex_to_mathml

_TITLES: dict[str, dict[str, str]] = {
    "vi": {
        "note": "Lưu ý",
        "info": "Thông tin",
        "tip": "Mẹo",
        "hint": "Gợi ý",
        "important": "Quan trọng",
        "warning": "Cảnh báo",
        "caution": "Cẩn thận",
        "danger": "Nguy hiểm",
        "example": "Ví dụ",
        "question": "Câu hỏi",
        "summary": "Tóm tắt",
    },
}
# Comments are not within code: a fence or an indented line keeps what it has.
_CODE = (
    r"^(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^(?P=fence)[^\n]*$|\Z)|^(?: {4}|\t)[^\n]*$|(?P<ticks>`+)[^`\n]+(?P=ticks)"
)
_COMMENT = r"(?P<comment><!--.*?-->|^ {0,3}\[(?://|comment)\]:[^\n]*$)"
_COMMENT_OR_CODE = re.compile(f"{_CODE}|{_COMMENT}", re.DOTALL | re.MULTILINE)
_ALERT = re.compile(r"\[!([A-Za-z]{3,12})\][-+]? *([^\n]*)\n?")


def markdown_to_html(text: str, language: str = "") -> str:
    """Return Markdown as HTML. HTML in it is text; boxes become <aside>, titled in `language` if not by themselves."""
    text = _COMMENT_OR_CODE.sub(lambda found: "" if found["comment"] else found[0], text)
    return str(_renderer().render(text, {"titles": _TITLES.get(language, {})}))


def _boxes(state: StateCore) -> None:
    """Make <aside> of the boxes of MkDocs (`!!! note`) and of GitHub (`> [!NOTE]`), each with its title in bold."""
    titles, made = state.env.get("titles", {}), list[Token]()
    quotes: list[Token] = []
    for place, token in enumerate(state.tokens):
        if token.type in {"admonition_open", "admonition_close"}:
            token.tag, token.attrs = "aside", {}
        elif token.type == "admonition_title_open":
            token.attrs, title = {}, state.tokens[place + 1]
            title.content = f"**{titles.get(title.content.lower(), title.content)}**"
        elif token.type == "blockquote_open":
            quotes.append(token)
        elif token.type == "blockquote_close":
            token.tag = quotes.pop().tag
        elif token.type == "inline" and quotes and state.tokens[place - 2] is quotes[-1]:
            alert = _ALERT.match(token.content)
            if alert:
                quotes[-1].tag = "aside"
                named = alert[2] or titles.get(alert[1].lower(), alert[1].capitalize())
                made += _title(token, f"**{named}**")
                token.content = token.content[alert.end() :]
        made.append(token)
    state.tokens = made


def _title(first: Token, content: str) -> list[Token]:
    """Return the tokens of a title, which ends the paragraph that is open and begins the next one."""
    return [
        Token("inline", "", 0, content=content, level=first.level, children=[], block=True),
        Token("paragraph_close", "p", -1, block=True),
        Token("paragraph_open", "p", 1, block=True),
    ]


@cache
def _renderer() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    made.use(admon_plugin).use(dollarmath_plugin, renderer=_formula)
    made.core.ruler.before("inline", "boxes", _boxes)
    made.inline.ruler.at("math_inline", _formula_unless_money)
    made.inline.ruler.before("escape", "math_in_brackets", _formula_in_brackets)
    made.add_render_rule("math_inline", _inline)
    made.add_render_rule("math_inline_double", _display)
    return made


def _formula(latex: str, options: dict[str, Any]) -> str:
    return latex_to_mathml(latex, block=bool(options.get("display_mode")))


def _inline(_renderer: Any, tokens: Sequence[Token], place: int, *_: Any) -> str:
    return latex_to_mathml(tokens[place].content)


def _display(_renderer: Any, tokens: Sequence[Token], place: int, *_: Any) -> str:
    return latex_to_mathml(tokens[place].content, block=True)


_READ_FORMULA = math_inline_dollar(allow_space=False, allow_digits=False, allow_double=True)


def _formula_unless_money(state: StateInline, silent: bool) -> bool:
    begin = state.pos
    if not _READ_FORMULA(state, True):
        return False
    between = state.src[begin : state.pos]
    state.pos = begin
    if not between.startswith("$$") and not is_formula(between.strip("$")):
        return False
    return _READ_FORMULA(state, silent)


_BRACKETS = {"\\(": ("\\)", "math_inline"), "\\[": ("\\]", "math_inline_double")}
_LONGEST_FORMULA = 2000
# "\[1\]" and "\(sic\)" are brackets that a writer kept from being Markdown; a formula has a sign, or is one letter.
_SIGN_OR_LETTER = re.compile(r"[\\^_=+{}]|^\s*[A-Za-z]\s*$")


def _formula_in_brackets(state: StateInline, silent: bool) -> bool:
    r"""Read a formula as TeX marks it: `\(x^2\)` in a line, `\[x^2\]` on lines of its own."""
    begin = state.pos + 2
    closing, kind = _BRACKETS.get(state.src[state.pos : begin], ("", ""))
    end = state.src.find(closing, begin, begin + _LONGEST_FORMULA) if closing else -1
    between = state.src[begin:end]
    if end < 0 or not _SIGN_OR_LETTER.search(between) or not is_formula(" ".join(between.split())):
        return False
    if not silent:
        token = state.push(kind, "math", 0)
        token.content, token.markup = between, closing
    state.pos = end + 2
    return True
