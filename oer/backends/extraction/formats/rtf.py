"""RTF (specification 1.9.1): paragraphs, headings and tables; letters by their fonts, for fonts of before Unicode."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path

from oer.backends.extraction.blocks import Block, add_sections, heading, paragraph, table
from oer.backends.extraction.legacy_letters import from_font
from oer.backends.extraction.protocol import Damaged, LimitReached
from oer.backends.extraction.result import ExtractionResult

_MOST_BYTES = 128 * 1024**2  # pictures lie in it as hexadecimal digits
_MOST_DEPTH = 500
_TOKEN = re.compile(
    rb"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?|\\'(?P<byte>[0-9a-fA-F]{2})|\\(?P<sign>[^a-zA-Z])"
    rb"|(?P<open>\{)|(?P<close>\})|[\r\n\0]+|(?P<text>[^\\{}\r\n\0]+)",
    re.DOTALL,
)
# Groups that are not shown where they stand. One that begins with \* is not known to all programs, and left out too.
_NOT_SHOWN = frozenset(
    {
        *(
            "pict",
            "object",
            "colortbl",
            "info",
            "header",
            "headerl",
            "headerr",
            "headerf",
            "footer",
            "footerl",
            "footerr",
        ),
        *("footerf", "generator", "themedata", "listtable", "listoverridetable", "revtbl", "rsidtbl", "xmlnstbl"),
        *(
            "datastore",
            "latentstyles",
            "fldinst",
            "filetbl",
            "nonshppict",
            "bkmkstart",
            "bkmkend",
            "annotation",
            "atnid",
        ),
        *("atnauthor", "private", "tc", "xe", "pntext", "pnseclvl"),
    }
)
_GROUPS = {"fonttbl": "in_fonts", "stylesheet": "in_styles"}
_ENDS = {
    **dict.fromkeys(("par", "sect", "page"), "par"),
    **dict.fromkeys(("cell", "nestcell"), "cell"),
    **dict.fromkeys(("row", "nestrow"), "row"),
}
_LETTERS = {
    "tab": "\t",
    "line": "\n",
    "emdash": "—",
    "endash": "–",
    "bullet": "•",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
}
# Character sets of fonts (\fcharset) as Windows code pages.
_CODE_PAGES = {
    0: "cp1252",
    128: "cp932",
    129: "cp949",
    134: "cp936",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
}


@dataclass(frozen=True)
class _State:
    """What counts until a group ends."""

    font: int = -1
    hidden: bool = False
    skipped: bool = False
    in_fonts: bool = False
    in_styles: bool = False
    style: int = 0
    skip_after_unicode: int = 1


@dataclass
class _Font:
    name: str = ""
    code_page: str = "cp1252"


@dataclass
class _Paragraph:
    text: str
    level: int
    in_table: bool
    ends: str  # "par", "cell" or "row"


@dataclass
class _Reader:
    """Reads tokens into paragraphs."""

    code_page: str = "cp1252"
    fonts: dict[int, _Font] = field(default_factory=dict)
    style_levels: dict[int, int] = field(default_factory=dict)
    _states: list[_State] = field(default_factory=lambda: [_State()])
    _runs: list[tuple[int, bytes | str]] = field(default_factory=list)
    _standard_font: int = -1
    _level: int = 0
    _in_table: bool = False
    _left_to_skip: int = 0
    _is_new_group: bool = False

    def paragraphs(self, content: bytes) -> Iterator[_Paragraph]:
        """Yield the paragraphs and cells of a file. Raises LimitReached."""
        for found in _TOKEN.finditer(content):
            is_new, self._is_new_group = self._is_new_group, False
            if found["word"]:
                number = int(found["number"]) if found["number"] else None
                yield from self._word(found["word"].decode().lower(), number)
            elif found["byte"]:
                self._add(bytes([int(found["byte"], 16)]))
            elif found["sign"]:
                self._sign(found["sign"], is_new=is_new)
            elif found["text"]:
                self._add(found["text"])
            else:
                self._group(found)
        if self._runs:
            yield self._paragraph("par")

    def _group(self, found: re.Match[bytes]) -> None:
        if found["open"]:
            if len(self._states) > _MOST_DEPTH:
                raise LimitReached(f"groups {_MOST_DEPTH} deep")
            self._states.append(self._states[-1])
            self._is_new_group = True
        elif found["close"] and len(self._states) > 1:
            self._states.pop()

    def _word(self, word: str, number: int | None) -> Iterator[_Paragraph]:
        state = self._states[-1]
        if word in _ENDS and not state.skipped:
            yield self._paragraph(_ENDS[word])
        elif word == "u" and number is not None:
            self._add(chr(number % 0x10000))
            self._left_to_skip = state.skip_after_unicode
        elif word in _LETTERS:
            self._add(_LETTERS[word])
        elif word in _GROUPS or word in _NOT_SHOWN:
            self._states[-1] = replace(state, **{_GROUPS.get(word, "skipped"): True})
        elif not self._of_document(word, number or 0):
            self._states[-1] = self._changed(state, word, number)

    def _of_document(self, word: str, number: int) -> bool:
        """Take a word that counts for the whole paragraph, style, font or document; return whether it was one."""
        state = self._states[-1]
        if word == "pard":
            self._level, self._in_table = 0, False
        elif word == "intbl":
            self._in_table = True
        elif word == "outlinelevel" and state.in_styles:
            self.style_levels[state.style] = number + 1
        elif word == "outlinelevel":
            self._level = number + 1
        elif word == "s" and not state.in_styles:
            self._level = self.style_levels.get(number, 0)
        elif word == "ansicpg":
            self.code_page = "utf-8" if number == 65001 else f"cp{number or 1252}"
        elif word == "deff":
            self._standard_font = number
        elif word == "fcharset" and state.in_fonts and state.font in self.fonts:
            self.fonts[state.font].code_page = _CODE_PAGES.get(number, self.code_page)
        else:
            return False
        return True

    def _changed(self, state: _State, word: str, number: int | None) -> _State:
        if word == "f":
            if state.in_fonts:
                self.fonts.setdefault(number or 0, _Font(code_page=self.code_page))
            return replace(state, font=number or 0)
        if word == "s":
            return replace(state, style=number or 0)
        if word == "plain":
            return replace(state, font=-1, hidden=False)
        if word in {"v", "deleted"}:
            return replace(state, hidden=number != 0)
        return replace(state, skip_after_unicode=number or 0) if word == "uc" else state

    def _sign(self, sign: bytes, *, is_new: bool) -> None:
        if sign == b"*" and is_new:
            self._states[-1] = replace(self._states[-1], skipped=True)
        elif sign in b"\\{}":
            self._add(sign)
        elif sign in b"~_":
            self._add(" " if sign == b"~" else "-")
        elif sign == b"-":
            self._add("\xad")  # a soft hyphen, which is ư in TCVN3

    def _add(self, letters: bytes | str) -> None:
        state = self._states[-1]
        if self._left_to_skip and isinstance(letters, bytes):
            skipped = min(self._left_to_skip, len(letters))
            self._left_to_skip -= skipped
            letters = letters[skipped:]
        if state.in_fonts:
            if isinstance(letters, bytes) and state.font in self.fonts and not state.skipped:
                self.fonts[state.font].name += letters.decode("latin-1")
        elif letters and not (state.skipped or state.hidden or state.in_styles):
            font = state.font if state.font >= 0 else self._standard_font
            if self._runs and self._runs[-1][0] == font and type(self._runs[-1][1]) is type(letters):
                self._runs[-1] = (font, self._runs[-1][1] + letters)  # type: ignore[operator]
            else:
                self._runs.append((font, letters))

    def _paragraph(self, ends: str) -> _Paragraph:
        parts: list[tuple[str, str]] = []
        for number, letters in self._runs:
            font = self.fonts.get(number, _Font(code_page=self.code_page))
            name = font.name.strip().rstrip(";")
            is_old = name.startswith(".Vn") or name.upper().startswith("VNI")
            text = letters if isinstance(letters, str) else _decoded(letters, "cp1252" if is_old else font.code_page)
            if parts and parts[-1][0] == name:
                parts[-1] = (name, parts[-1][1] + text)
            else:
                parts.append((name, text))
        self._runs = []
        text = "".join(from_font(text, name) for name, text in parts)
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # a letter may come in two halves
        return _Paragraph(text.strip(), self._level, self._in_table, ends)


def _decoded(content: bytes, code_page: str) -> str:
    try:
        return content.decode(code_page, "replace")
    except LookupError:
        return content.decode("cp1252", "replace")


def read(path: Path, result: ExtractionResult) -> None:
    """Add the text as sections. Raises Damaged, LimitReached."""
    if path.stat().st_size > _MOST_BYTES:
        raise LimitReached(f"a text of {path.stat().st_size} bytes")
    content = path.read_bytes()
    if not content.lstrip().startswith(b"{\\rtf"):
        raise Damaged(f"not RTF: {content[:10]!r}")
    add_sections(_blocks(_Reader().paragraphs(content)), result)


def _blocks(paragraphs: Iterable[_Paragraph]) -> Iterator[Block]:
    rows, cells, cell = list[list[str]](), list[str](), list[str]()
    for each in paragraphs:
        if each.ends == "row":
            rows.append(cells)
            cells, cell = [], []
        elif each.ends == "cell" or each.in_table:
            cell += [each.text] if each.text else []
            if each.ends == "cell":
                cells.append("\n".join(cell))
                cell = []
        else:
            if rows:
                yield table(rows)
                rows = []
            if each.text:
                yield _block(each)
    if cells or cell:
        rows.append([*cells, *cell])
    if rows:
        yield table(rows)


def _block(each: _Paragraph) -> Block:
    if 0 < each.level <= 9:
        return heading(each.text.replace("\n", " "), each.level)
    return paragraph(each.text, escape(each.text).replace("\n", "<br>"))
