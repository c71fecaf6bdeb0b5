"""Office documents and books, written part by part."""

import base64
import io

from PIL import Image

from tests.backends.extraction.archive_factories import zip_of

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
MAIN = "application/vnd.openxmlformats-officedocument.{}.main+xml"
ODF = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in {
        "office": "office",
        "text": "text",
        "table": "table",
        "draw": "drawing",
        "style": "style",
        "svg": "svg-compatible",
        "fo": "xsl-fo-compatible",
        "presentation": "presentation",
        "meta": "meta",
        "manifest": "manifest",
    }.items()
)


def png(size=(40, 30), colour=(200, 30, 30)):
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, "PNG")
    return target.getvalue()


def tiff(colours=((200, 30, 30), (30, 30, 200)), size=(60, 40), **options):
    """Return a TIFF with a page of each colour."""
    target = io.BytesIO()
    first, *others = (Image.new("RGB", size, colour) for colour in colours)
    first.save(target, "TIFF", save_all=True, append_images=others, **options)
    return target.getvalue()


# 64 x 48 pixels of blue with yellow in the upper left quarter. What decodes HEIC here does not encode it.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAX1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA"
    "ACJpbG9jAAAAAERAAAEAAQAAAAABoQABAAAAAAAAADQAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRt"
    "AAAAAAABAAAA/WlwcnAAAADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMA"
    "AAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5j"
    "bHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBp"
    "eGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAAADxtZGF0AAAAMCgBrxmA94RJWm2fv9LxeYM1eK+/9pw69U8Q2srj"
    "Iztv/q8yDunp+cMuyCJUib/grw=="
)


def relations(*listed):
    """Return a relationship part; each entry is (id, kind, target) and perhaps "External"."""
    rows = "".join(
        f'<Relationship Id="{each[0]}" Type="{REL}/{each[1]}" Target="{each[2]}"'
        + (f' TargetMode="{each[3]}"' if len(each) > 3 else "")
        + "/>"
        for each in listed
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{rows}</Relationships>'


def package(main, content_type, parts, title="", creator=""):
    """Return an Office Open XML package with its main part and others."""
    core = (
        f'<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{title}</dc:title><dc:creator>{creator}</dc:creator></cp:coreProperties>"
    )
    types = (
        f'<Types xmlns="{PACKAGE}/content-types"><Override PartName="/{main}" ContentType="{content_type}"/></Types>'
    )
    return zip_of(
        {
            "[Content_Types].xml": types,
            "_rels/.rels": relations(
                ("r1", "officeDocument", main),
                ("r2", "metadata/core-properties", "docProps/core.xml"),
                ("r3", "metadata/thumbnail", "docProps/thumbnail.png"),
            ),
            "docProps/core.xml": core,
            **parts,
        }
    )


def docx(body, *, styles="", numbering="", links=(), parts=None, doctype="", title="", creator=""):
    """Return a DOCX whose w:body holds `body`."""
    document = (
        f'<?xml version="1.0"?>{doctype}<w:document {W} {R} {A} xmlns:wp="urn:wp"><w:body>{body}</w:body></w:document>'
    )
    listed = [("s", "styles", "styles.xml"), ("n", "numbering", "numbering.xml"), *links]
    return package(
        "word/document.xml",
        MAIN.format("wordprocessingml.document"),
        {
            "word/document.xml": document,
            "word/_rels/document.xml.rels": relations(*listed),
            "word/styles.xml": f"<w:styles {W}>{styles}</w:styles>",
            "word/numbering.xml": f"<w:numbering {W}>{numbering}</w:numbering>",
            **(parts or {}),
        },
        title,
        creator,
    )


def paragraph(text, style="", run="", extra=""):
    """Return a w:p; `run` are its run's properties, `extra` its own."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f"<w:p><w:pPr>{named}{extra}</w:pPr><w:r><w:rPr>{run}</w:rPr><w:t>{text}</w:t></w:r></w:p>"


def heading_styles():
    return "".join(
        f'<w:style w:styleId="H{level}"><w:name w:val="heading {level}"/></w:style>' for level in range(1, 4)
    )


def xlsx(rows, *, strings=(), styles="", name="Điểm", settings="", more_sheets=""):
    """Return an XLSX of one sheet whose sheetData holds `rows`."""
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    first = f'<sheet name="{name}" r:id="s1"/>'
    return package(
        "xl/workbook.xml",
        MAIN.format("spreadsheetml.sheet"),
        {
            "xl/workbook.xml": f"<workbook {space} {R}>{settings}<sheets>{first}{more_sheets}</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": relations(
                ("s1", "worksheet", "worksheets/sheet1.xml"),
                ("s2", "worksheet", "/xl/worksheets/sheet1.xml"),
                ("ss", "sharedStrings", "sharedStrings.xml"),
                ("st", "styles", "styles.xml"),
            ),
            "xl/worksheets/sheet1.xml": f"<worksheet {space}><sheetData>{rows}</sheetData></worksheet>",
            "xl/sharedStrings.xml": f"<sst {space}>{''.join(f'<si>{each}</si>' for each in strings)}</sst>",
            "xl/styles.xml": f"<styleSheet {space}>{styles}</styleSheet>",
        },
    )


def pptx(slides, notes=None, parts=None, links=(), hidden=()):
    """Return a PPTX; `slides` are contents of p:spTree, `notes` texts by slide number."""
    space = f'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" {A} {R}'
    made = dict(parts or {})
    listed, ids = [], ""
    for number, tree in enumerate(slides, 1):
        shown = ' show="0"' if number in hidden else ""
        listed.append((f"r{number}", "slide", f"slides/slide{number}.xml"))
        ids += f'<p:sldId id="{255 + number}" r:id="r{number}"/>'
        made[f"ppt/slides/slide{number}.xml"] = (
            f"<p:sld {space}{shown}><p:cSld><p:spTree>{tree}</p:spTree></p:cSld></p:sld>"
        )
        own = list(links)
        if notes and number in notes:
            own.append(("n", "notesSlide", f"../notesSlides/notes{number}.xml"))
            shape = shape_of(notes[number], "body") + shape_of("2", "sldNum")
            made[f"ppt/notesSlides/notes{number}.xml"] = (
                f"<p:notes {space}><p:cSld><p:spTree>{shape}</p:spTree></p:cSld></p:notes>"
            )
        made[f"ppt/slides/_rels/slide{number}.xml.rels"] = relations(*own)
    made["ppt/presentation.xml"] = f"<p:presentation {space}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>"
    made["ppt/_rels/presentation.xml.rels"] = relations(*listed)
    return package("ppt/presentation.xml", MAIN.format("presentationml.presentation"), made)


def shape_of(text, place=None, levels=()):
    """Return a p:sp; `place` is what it holds the place of, `text` a paragraph per line."""
    held = "" if place is None else f'<p:nvSpPr><p:nvPr><p:ph type="{place}"/></p:nvPr></p:nvSpPr>'
    if place == "":
        held = "<p:nvSpPr><p:nvPr><p:ph/></p:nvPr></p:nvSpPr>"
    lines = "".join(
        f'<a:p><a:pPr lvl="{levels[number] if number < len(levels) else 0}"/><a:r><a:t>{line}</a:t></a:r></a:p>'
        for number, line in enumerate(text.split("\n"))
    )
    return f"<p:sp>{held}<p:txBody>{lines}</p:txBody></p:sp>"


def odf(kind, body, *, styles="", title="", manifest="", parts=None):
    """Return an ODT, ODP or ODS (`kind` text, presentation, spreadsheet) whose content is `body`."""
    content = (
        f'<office:document-content {ODF} xmlns:xlink="http://www.w3.org/1999/xlink"><office:automatic-styles>{styles}'
        f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    meta = f'<office:document-meta {ODF} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta><dc:title>{title}</dc:title></office:meta></office:document-meta>'
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="{media_type}"/>'
        for name, media_type in {
            "/": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": "text/xml",
            "meta.xml": "text/xml",
        }.items()
    )
    return zip_of(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": content,
            "meta.xml": meta,
            "META-INF/manifest.xml": f"<manifest:manifest {ODF}>{entries}{manifest}</manifest:manifest>",
            **(parts or {}),
        }
    )


def epub(chapters, *, title="Sách", nav="", ncx="", encryption="", extra="", parts=None):
    """Return an EPUB; `chapters` are XHTML bodies, `nav` the body of its navigation document."""
    items = "".join(
        f'<item id="c{number}" href="text/c{number}.xhtml" media-type="application/xhtml+xml"/>'
        for number in range(1, len(chapters) + 1)
    )
    refs = "".join(f'<itemref idref="c{number}"/>' for number in range(1, len(chapters) + 1))
    made = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
        "OEBPS/book.opf": f'<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{title}</dc:title><dc:creator>Kho</dc:creator></metadata><manifest>{items}{extra}"
        + ('<item id="nav" href="nav.xhtml" properties="nav"/>' if nav else "")
        + ('<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>' if ncx else "")
        + f"</manifest><spine>{refs}</spine></package>",
    }
    for number, body in enumerate(chapters, 1):
        made[f"OEBPS/text/c{number}.xhtml"] = (
            '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml">'
            f"<head><title>Tệp {number}</title></head><body>{body}</body></html>"
        )
    if nav:
        made["OEBPS/nav.xhtml"] = f'<html xmlns="http://www.w3.org/1999/xhtml"><body><nav>{nav}</nav></body></html>'
    if ncx:
        made["OEBPS/toc.ncx"] = f'<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>{ncx}</navMap></ncx>'
    if encryption:
        made["META-INF/encryption.xml"] = (
            f'<encryption><EncryptedData><EncryptionMethod Algorithm="{encryption}"/></EncryptedData></encryption>'
        )
    return zip_of({**made, **(parts or {})})


def encrypted_office_file():
    """Return a compound file as Office writes with a password: only a stream's name shows what it is."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(600)


def compound_file(stream, *more):
    """Return what shows an old office format: the names of its streams."""
    names = b"".join(name.encode("utf-16-le") + bytes(128 - 2 * len(name)) for name in (stream, *more))
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + names + bytes(512)
