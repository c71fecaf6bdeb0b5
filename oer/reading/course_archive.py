"""A course as one ZIP to be learnt from without the internet: a page with its order, texts to read, original files.

Everything in it opens by itself in a browser: plain HTML with its style inside, links from file to file, no script. Its
texts are made while they are sent, as they were when their length was found; none of them is kept.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import quote

from cachetools import LRUCache
from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from oer.backends.extraction.blocks import printed_paragraphs
from oer.catalogue.models import Collection, FileRole, Material
from oer.catalogue.queries.collections import Chapter
from oer.core.db import Database
from oer.core.durations import learning_minutes
from oer.core.i18n import N_, format_size, in_language, language_shown, translate
from oer.core.links import Links
from oer.files import queries as files
from oer.reading.archive_contents import portable_name, unique_names
from oer.reading.archives import ArchiveFile
from oer.reading.queries.files import FileLine
from oer.reading.sanitising import Addresses, clean_html
from oer.vocabularies import vocabularies

INDEX = "index.html"
LONGEST_FOLDER = 60
"""Letters: Windows opens no path beyond 260."""
MOST_PAGES, MOST_PAGES_OF_ALL = 600, 6000
"""What is longer is in its original file alone: texts are made anew for each who downloads them."""
_STYLE = """
body{max-width:42rem;margin:0 auto;padding:1rem;font:1.0625rem/1.6 system-ui,sans-serif}
body{color:#10352f;background:#fbf5e6}
h1{line-height:1.2}a{color:#0b4f44}img,audio,video{max-width:100%}table{border-collapse:collapse}td,th{border:1px solid}
.n{border-left:.3rem solid #b5174f;padding-left:1rem;white-space:pre-line}.f{color:#4a5f5a;font-size:.9375rem}
section{overflow-wrap:anywhere}.table{overflow-x:auto}p.l{white-space:pre-line}
@media(prefers-color-scheme:dark){body{color:#f3e9d0;background:#11211d}a{color:#8fd3c4}.f{color:#b9c7c0}}
"""
_READ, _OPEN, _BACK = N_("Read the text"), N_("Open the file"), N_("Contents of the course")
_NOT_HERE = N_("One file could not be put into this download. It is on the page of the material.")
_ELSEWHERE = N_("This material is on another site; it needs the internet:")
_ONLINE = N_("On the internet, with newer versions:")
_USE = N_("How it may be used is said in the file GIAY-PHEP-LICENCE.txt of each part.")
# Lengths and hashes of texts that were made before, by all that they are made of.
_measured: LRUCache[tuple[object, ...], tuple[int, str]] = LRUCache(5000)


@dataclass(frozen=True)
class OfflineMaterial:
    """A material of the course with what is sent of it: `lines` that can be, and their files with the licence."""

    material: Material
    lines: Sequence[FileLine]
    files: Sequence[ArchiveFile]
    is_cut: bool
    """Whether a file of it cannot be sent."""


def course_files(
    collection: Collection,
    chapters: Sequence[Chapter],
    materials: Mapping[int, OfflineMaterial],
    database: Database,
    base_url: str,
    language: str,
) -> Iterator[ArchiveFile]:
    """Yield the files of the archive: the page to begin with, then each material in its folder."""
    ordered = [materials[item.material_id] for chapter in chapters for item in chapter.items]
    names = [_folder(number, each, language) for number, each in enumerate(ordered, 1)]
    folders = dict(zip((each.material.id for each in ordered), unique_names(names), strict=True))
    texts = _texts(ordered)
    maker = _Maker(collection, chapters, materials, folders, texts, base_url, language)
    yield ArchiveFile.of(INDEX, maker.index().encode())
    for each in ordered:
        folder = folders[each.material.id]
        for line in texts[each.material.id]:
            yield maker.text(database, each, line, f"{folder}/{_text_name(line)}")
        for file in each.files:
            yield ArchiveFile(f"{folder}/{file.name}", file.size, file.sha256, file.read)


def _folder(number: int, each: OfflineMaterial, language: str) -> str:
    return portable_name(f"{number:02} {_title(each.material, language)}"[:LONGEST_FOLDER].rstrip())


def _title(material: Material, language: str) -> str:
    return in_language(material.current_version.record.get("title"), language) if material.current_version else ""


def _text_name(line: FileLine) -> str:
    return f"text/{line.number}.html"  # a folder of its own: no file of a material can have the same name


def _texts(ordered: Sequence[OfflineMaterial]) -> dict[int, list[FileLine]]:
    """Return which files of each material can be read as a text, by material id, as far as they are not too long."""
    left = MOST_PAGES_OF_ALL
    found: dict[int, list[FileLine]] = {}
    for each in ordered:
        found[each.material.id] = mine = []
        for line in each.lines:
            if line.shown.rendition and 0 < line.shown.pages <= min(MOST_PAGES, left):
                mine.append(line)
                left -= line.shown.pages
    return found


@dataclass(frozen=True)
class _Maker:
    """Makes the pages of one archive."""

    collection: Collection
    chapters: Sequence[Chapter]
    materials: Mapping[int, OfflineMaterial]
    folders: Mapping[int, str]
    texts: Mapping[int, list[FileLine]]
    base_url: str
    language: str

    def said(self, message: str, **values: object) -> str:
        return translate(self.language, message, **values)

    def index(self) -> str:
        """Return the page to begin with."""
        title = in_language(self.collection.title, self.language)
        address = Links(self.base_url).collection(self.collection.public_id, self.language)
        parts = [_element("h1", self.collection.title, self.language)]
        if self.collection.summary:
            parts.append(_element("p", self.collection.summary, self.language))
        number = 0
        for chapter in self.chapters:
            if chapter.entries and chapter.part:
                parts.append(_element("h2", chapter.part.title, self.language))
            for note, items in chapter.runs:
                if note:
                    heading = _element("h3", note.heading, self.language) if note.heading else Markup("")
                    parts.append(
                        Markup('<div class="n">%s%s</div>') % (heading, _element("p", note.text, self.language))
                    )
                for item in items:
                    number += 1
                    parts.append(self.part(number, self.materials[item.material_id]))
        online = Markup('<p class="f">%s <a href="%s">%s</a></p>') % (self.said(_ONLINE), address, address)
        parts += [Markup('<hr><p class="f">%s</p>') % self.said(_USE), online]
        return _page(title, Markup("\n").join(parts), self.language)

    def part(self, number: int, each: OfflineMaterial) -> Markup:
        """Return a material in the list: its title, what is said of it, what can be read and opened."""
        version, folder = each.material.current_version, self.folders[each.material.id]
        record = version.record if version else {}
        heading = _element("h3", record.get("title") or {}, self.language, before=f"{number}. ")
        facts = [in_language(vocabularies().types.labels(code), self.language) for code in record.get("types", [])[:1]]
        minutes = learning_minutes(record.get("time_required"))
        facts += [self.said(_MINUTES, number=round(minutes))] if minutes else []
        rows = [_link(f"{folder}/{_text_name(line)}", _called(self.said(_READ), line, self.language)) for line in
                self.texts[each.material.id]]  # fmt: skip
        for line, file in zip(each.lines, each.files[1:], strict=True):
            words = _called(self.said(_OPEN), line, self.language)
            size = format_size(file.size, self.language)
            row = _link(f"{folder}/{file.name}", f"{words} ({size})")
            rows.append(row + _player(line, f"{folder}/{file.name}") if line.role == FileRole.CONTENT else row)
        if each.is_cut:
            rows.append(escape(self.said(_NOT_HERE)))
        if record.get("source_url") and not each.lines:
            url = record["source_url"]
            rows.append(Markup('%s <a href="%s">%s</a>') % (self.said(_ELSEWHERE), url, url))
        listed = Markup("").join(Markup("<li>%s</li>") % row for row in rows)
        summary = _element("p", record["summary"], self.language) if record.get("summary") else Markup("")
        return Markup('<section id="m%s">%s<p class="f">%s</p>%s<ul>%s</ul></section>') % (
            number, heading, " · ".join(facts), summary, listed,
        )  # fmt: skip

    def text(self, database: Database, each: OfflineMaterial, line: FileLine, name: str) -> ArchiveFile:
        """Return a file's text as a page of the archive, which is made when it is read."""
        rendition = line.shown.rendition
        material = _title(each.material, self.language)
        read = (rendition.id, rendition.state, line.shown.pages) if rendition else ()
        key = (*read, self.language, material, in_language(line.title, self.language))

        def made() -> bytes:
            with database.reading() as session:
                return self._text_page(session, line, material).encode()

        size, digest = _measured.get(key) or _measure(key, made)
        return ArchiveFile(name, size, digest, lambda start: _read(key, size, made, start))

    def _text_page(self, session: Session, line: FileLine, material: str) -> str:
        title = in_language(line.title, self.language)
        back = Markup('<p><a href="../../%s">← %s</a></p>') % (INDEX, self.said(_BACK))
        heading = Markup("<h1>%s</h1>") % title
        above = Markup('<p class="f">%s</p>') % material if material != title else Markup("")
        pages = files.pages(session, line.shown.rendition.id) if line.shown.rendition else []
        content = Markup("\n").join(
            Markup('<section id="p%s">%s</section>') % (page.number, _content(page.html, page.text)) for page in pages
        )
        return _page(title, back + above + heading + content + back, self.language)


_MINUTES = N_("%(number)s minutes")


def _measure(key: tuple[object, ...], made: Callable[[], bytes]) -> tuple[int, str]:
    content = made()
    _measured[key] = found = len(content), sha256(content).hexdigest()
    return found


def _read(key: tuple[object, ...], size: int, made: Callable[[], bytes], start: int) -> list[bytes]:
    content = made()
    if len(content) != size:
        _measured.pop(key, None)  # it was read anew meanwhile: this download breaks off, and the next one is right
    return [content[start:]]


def _content(html: str, text: str) -> Markup:
    if html:
        inside = Addresses(page=lambda number, _anchor: f"#p{number}", member=lambda _name: "")
        return Markup(clean_html(html, inside))  # noqa: S704 (it was sanitised)
    return Markup("\n").join(Markup('<p class="l">%s</p>') % each for each in printed_paragraphs(text))


def _called(words: str, line: FileLine, language: str) -> str:
    return f"{words}: {in_language(line.title, language)}"


def _link(path: str, words: str) -> Markup:
    return Markup('<a href="%s">%s</a>') % (quote(path), words)


def _player(line: FileLine, path: str) -> Markup:
    if not line.is_played:
        return Markup("")
    kind = "video" if line.way == "watch" else "audio"
    return Markup('<br><{0} controls preload="none" src="{1}"></{0}>').format(kind, quote(path))


def _element(name: str, texts: Mapping[str, str], language: str, before: str = "") -> Markup:
    """Return a text in an element that says its language. `name` is ours."""
    shown = language_shown(texts, language)
    return Markup('<{0} lang="{1}">{2}{3}</{0}>').format(name, shown, before, in_language(texts, language))


def _page(title: str, content: Markup, language: str) -> str:
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    return (
        f'<!doctype html>\n<html lang="{language}"><head>{head}<title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body>\n{content}\n</body></html>\n"
    )
