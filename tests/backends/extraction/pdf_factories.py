"""PDF files written by hand: no font file is needed, for a ToUnicode map says which letters its codes stand for."""

import io
import zlib
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")


class PdfWriter:
    """Objects with numbers, a table of where they stand, a trailer."""

    def __init__(self):
        self.objects = []

    def add(self, body):
        self.objects.append(body if isinstance(body, bytes) else body.encode("latin-1"))
        return len(self.objects)

    def stream(self, content, extra=""):
        return self.add(f"<< /Length {len(content)} {extra} >>\nstream\n".encode() + content + b"\nendstream")

    def finish(self, root, trailer=""):
        out, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
        for number, body in enumerate(self.objects, 1):
            places.append(len(out))
            out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
        start = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
        out += b"".join(b"%010d 00000 n \n" % place for place in places)
        out += f"trailer << /Size {len(places) + 1} /Root {root} 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode(
            "latin-1"
        )
        return bytes(out)


def utf16(text):
    return "<" + (b"\xfe\xff" + text.encode("utf-16-be")).hex() + ">"


def code_map(letters):
    """Return a ToUnicode map of code -> letter (ISO 32000-1, 9.10.3)."""
    pairs = "\n".join(f"<{code:02x}> <{letter.encode('utf-16-be').hex()}>" for letter, code in letters.items())
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def\n"
        "1 begincodespacerange <00> <ff> endcodespacerange\n"
        f"{len(letters)} beginbfchar\n{pairs}\nendbfchar\nendcmap end end"
    ).encode()


def pdf_of(pages, title="", author="", outline=(), labels="", size=(595, 842), trailer="", catalog=None):
    """Return a PDF; `pages` are texts (a line per line) or finished content streams (bytes).

    `outline` is (title, page index) pairs, `labels` the value of /PageLabels; `catalog` adds entries to the catalogue:
    it gets the writer, to whose streams they may point.
    """
    pdf = PdfWriter()
    letters = {}
    for text in pages:
        if isinstance(text, str):
            for letter in text.replace("\n", ""):
                letters.setdefault(letter, 32 + len(letters))
    assert len(letters) < 220, "one byte a letter"
    font = pdf.add("")
    to_unicode = pdf.stream(code_map(letters))
    widths = " ".join(["500"] * 224)
    pdf.objects[font - 1] = (
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /FirstChar 32 /LastChar 255 "
        f"/Widths [{widths}] /ToUnicode {to_unicode} 0 R >>"
    ).encode()
    tree = pdf.add("")
    kids = []
    for text in pages:
        content = text if isinstance(text, bytes) else _content(text, letters, size[1])
        stream = pdf.stream(content) if isinstance(content, bytes) else content
        kids.append(
            pdf.add(
                f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 {size[0]} {size[1]}] /Contents {stream} 0 R "
                f"/Resources << /Font << /F {font} 0 R >> >> >>"
            )
        )
    listed = " ".join(f"{kid} 0 R" for kid in kids)
    pdf.objects[tree - 1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{listed}] >>".encode()
    root = f"<< /Type /Catalog /Pages {tree} 0 R {_outline(pdf, outline, kids)}"
    root += catalog(pdf) if catalog else ""
    root_number = pdf.add(root + (f" /PageLabels {labels}" if labels else "") + " >>")
    info = pdf.add(f"<< /Title {utf16(title)} /Author {utf16(author)} >>")
    return pdf.finish(root_number, f"/Info {info} 0 R {trailer}")


def _content(text, letters, height):
    lines = []
    for number, line in enumerate(text.split("\n")):
        codes = bytes(letters[letter] for letter in line).hex()
        lines.append(f"BT /F 12 Tf 50 {height - 60 - 16 * number} Td <{codes}> Tj ET")
    return "\n".join(lines).encode()


def _outline(pdf, entries, kids):
    if not entries:
        return ""
    top = pdf.add("")
    numbers = [pdf.add("") for _ in entries]
    for place, ((title, index), number) in enumerate(zip(entries, numbers, strict=True)):
        following = f"/Next {numbers[place + 1]} 0 R" if place + 1 < len(numbers) else ""
        pdf.objects[number - 1] = (
            f"<< /Title {utf16(title)} /Parent {top} 0 R /Dest [{kids[index]} 0 R /Fit] {following} >>".encode()
        )
    pdf.objects[top - 1] = (
        f"<< /Type /Outlines /First {numbers[0]} 0 R /Last {numbers[-1]} 0 R /Count {len(numbers)} >>".encode()
    )
    return f"/Outlines {top} 0 R"


def tagged_pdf(parts, *, untagged=()):
    """Return a PDF of one page with tags; `parts` are (type, text) or (type, text, bold); an "LI" is in a list.

    Further lines in `untagged` belong to no tag.
    """
    pdf, content = PdfWriter(), []
    fonts = [pdf.add(f"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica{name} >>") for name in ("", "-Bold")]
    tree, root, page = pdf.add(""), pdf.add(""), pdf.add("")
    elements = []
    for number, (kind, text, *bold) in enumerate(parts):
        font = "B" if bold else "F"
        line = f"BT /{font} 12 Tf 50 {780 - 20 * number} Td ({text}) Tj ET"
        content.append(f"/{kind} << /MCID {number} >> BDC {line} EMC")
        above = root
        if kind == "LI":
            above = pdf.add("")
        made = pdf.add(f"<< /Type /StructElem /S /{kind} /P {above} 0 R /Pg {page} 0 R /K {number} >>")
        if kind == "LI":
            pdf.objects[above - 1] = f"<< /Type /StructElem /S /L /P {root} 0 R /K [{made} 0 R] >>".encode()
        elements.append((made, above if kind == "LI" else made))
    for number, text in enumerate(untagged):
        content.append(f"BT /F 12 Tf 50 {400 - 20 * number} Td ({text}) Tj ET")
    stream = pdf.stream("\n".join(content).encode())
    of_page = " ".join(f"{made} 0 R" for made, _ in elements)
    pdf.objects[root - 1] = (
        f"<< /Type /StructTreeRoot /K [{' '.join(f'{top} 0 R' for _, top in elements)}] "
        f"/ParentTree << /Nums [0 [{of_page}]] >> >>"
    ).encode()
    pdf.objects[tree - 1] = f"<< /Type /Pages /Count 1 /Kids [{page} 0 R] >>".encode()
    pdf.objects[page - 1] = (
        f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 595 842] /Contents {stream} 0 R /StructParents 0 "
        f"/Resources << /Font << /F {fonts[0]} 0 R /B {fonts[1]} 0 R >> >> >>"
    ).encode()
    catalog = f"<< /Type /Catalog /Pages {tree} 0 R /MarkInfo << /Marked true >> /StructTreeRoot {root} 0 R >>"
    return pdf.finish(pdf.add(catalog))


def pdf_in_font(line, name, *, embedded=False, producer=""):
    """Return a PDF with a line of bytes in a font of which nothing but a name says what its codes mean."""
    pdf = PdfWriter()
    program = ""
    if embedded:
        program = f"/FontFile2 {pdf.stream(FONT.read_bytes())} 0 R"
    described = pdf.add(
        f"<< /Type /FontDescriptor /FontName /{name} /Flags 32 /FontBBox [0 -200 1000 900] /ItalicAngle 0 "
        f"/Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 {program} >>"
    )
    widths = " ".join(["400"] * 224)
    font = pdf.add(
        f"<< /Type /Font /Subtype /TrueType /BaseFont /{name} /Encoding /WinAnsiEncoding /FirstChar 32 "
        f"/LastChar 255 /Widths [{widths}] /FontDescriptor {described} 0 R >>"
    )
    content = pdf.stream(b"BT /F 12 Tf 30 780 Td <" + line.hex().encode() + b"> Tj ET")
    tree = pdf.add("")
    page = pdf.add(
        f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R "
        f"/Resources << /Font << /F {font} 0 R >> >> >>"
    )
    pdf.objects[tree - 1] = f"<< /Type /Pages /Count 1 /Kids [{page} 0 R] >>".encode()
    info = pdf.add(f"<< /Producer {utf16(producer)} >>")
    return pdf.finish(pdf.add(f"<< /Type /Catalog /Pages {tree} 0 R >>"), f"/Info {info} 0 R")


def encrypted_pdf():
    """Return a PDF whose user password is not the empty one."""
    key = "<" + "5a" * 32 + ">"
    handler = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O {key} /U {key} /P -4 >> /ID [{key} {key}]"
    return pdf_of(["secret"], trailer=handler)


@cache
def flate_bomb():
    """Return a PDF of a few kilobytes whose one page asks for 512 MB: deflated twice."""
    packer = zlib.compressobj(9)
    block = b" " * (1024 * 1024)
    once = b"".join(packer.compress(block) for _ in range(512)) + packer.flush()
    pdf = PdfWriter()
    tree = pdf.add("")
    content = pdf.stream(zlib.compress(once, 9), "/Filter [/FlateDecode /FlateDecode]")
    page = pdf.add(
        f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R /Resources << >> >>"
    )
    pdf.objects[tree - 1] = f"<< /Type /Pages /Count 1 /Kids [{page} 0 R] >>".encode()
    return pdf.finish(pdf.add(f"<< /Type /Catalog /Pages {tree} 0 R >>"))


def picture_of_text(lines, size=(1240, 1754)):
    """Return a picture of printed lines, as a scanner would make it."""
    image = Image.new("L", size, 255)
    font = ImageFont.truetype(FONT, 36)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((100, 120 + 70 * number), line, fill=0, font=font)
    return image


def scanned_pdf(images):
    """Return a PDF whose pages are pictures and nothing else."""
    pdf = PdfWriter()
    tree = pdf.add("")
    kids = []
    for image in images:
        jpeg = io.BytesIO()
        image.save(jpeg, "JPEG", quality=85)
        shown = pdf.stream(
            jpeg.getvalue(),
            f"/Type /XObject /Subtype /Image /Width {image.width} /Height {image.height} "
            "/ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /DCTDecode",
        )
        content = pdf.stream(b"q 595 0 0 842 0 0 cm /I Do Q")
        kids.append(
            pdf.add(
                f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R "
                f"/Resources << /XObject << /I {shown} 0 R >> >> >>"
            )
        )
    listed = " ".join(f"{kid} 0 R" for kid in kids)
    pdf.objects[tree - 1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{listed}] >>".encode()
    return pdf.finish(pdf.add(f"<< /Type /Catalog /Pages {tree} 0 R >>"))


def sized_pdf(pages, *, by_matrix=False):
    """Return a PDF without tags; `pages` are lists of (size of the letters, text), a line each.

    `by_matrix`: the font has size 1, and the matrix enlarges it, as some programs write it.
    """
    pdf = PdfWriter()
    font, tree = pdf.add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"), pdf.add("")
    kids = []
    for lines in pages:
        content, top = [], 800
        for size, text in lines:
            top -= round(size * 1.4)
            how = f"/F 1 Tf {size} 0 0 {size} 50 {top} Tm" if by_matrix else f"/F {size} Tf 50 {top} Td"
            content.append(f"BT {how} ({text}) Tj ET")
        stream = pdf.stream("\n".join(content).encode())
        kids.append(
            pdf.add(
                f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 595 842] /Contents {stream} 0 R "
                f"/Resources << /Font << /F {font} 0 R >> >> >>"
            )
        )
    listed = " ".join(f"{kid} 0 R" for kid in kids)
    pdf.objects[tree - 1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{listed}] >>".encode()
    return pdf.finish(pdf.add(f"<< /Type /Catalog /Pages {tree} 0 R >>"))
