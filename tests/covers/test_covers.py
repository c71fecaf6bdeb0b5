"""Covers by rule: small, the same every time, right for every kind, subject and title."""

import gzip
import itertools
import json
import re
import subprocess
import sys
from pathlib import Path
from zlib import crc32

import pytest
from lxml import etree

import oer
import oer.samples
from oer.covers.covers import Cover, cover_of, draw, form_of, frame_of
from oer.covers.drawing import parts_of
from oer.covers.forms import FORMS
from oer.covers.palettes import Palette, palette_of, palettes
from oer.covers.tiles import TILES, pattern
from oer.vocabularies import vocabularies
from tests.serving import ROOT

LIMIT = 1024
SAMPLES = [
    json.loads(line)["metadata"]
    for line in (Path(oer.samples.__file__).parent / "collection.jsonl").read_text(encoding="utf-8").splitlines()
]
TITLES = {
    "no letters": "",
    "three letters": "Rác",
    "300 letters": ("Hướng dẫn phòng ngừa tai nạn lao động: an toàn trên cao cho công nhân xây dựng, " * 5)[:300],
    "no spaces": ("Khôngcómộtdấucáchnào" * 15)[:300],
    "capitals": "HƯỚNG DẪN SỬ DỤNG THIẾT BỊ CHỮA CHÁY: QUY TRÌNH KIỂM TRA HẰNG TUẦN Ở CƠ SỞ",
    "all different": "".join(map(chr, range(0x1EA0, 0x1EF9))) * 3,
    "Khmer": "ការអប់រំពេញមួយជីវិត ៖ សៀវភៅណែនាំសម្រាប់អ្នកអប់រំ",
    "Chinese": "終身學習手冊：如何在家照顧老人（第二版），寫給每一個家庭的朋友",
    "Arabic": "دليل التعلم مدى الحياة: كيف تعتني بكبار السن",
    "markup": "</text></svg><script>alert('1')</script> & \"<b onload=x>\": ]]> &amp;",
    "pictures": "👩‍👩‍👧‍👦 Gia đình 🇻🇳: 🎉🎉🎉",
    "control characters": "An\x00 toàn\x1b[31m \u202e lao\ud800 động\ufffe",
}


def text_of(svg: str) -> str:
    return " ".join(each.text or "" for each in etree.fromstring(svg).iter("text"))


@pytest.mark.parametrize("small", [False, True])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_every_cover_is_below_1_kb_well_formed_and_keeps_its_words_inside(title: str, form: str, small: bool) -> None:
    for number in (0, 2, 4):  # the tiles with the longest paths
        public_id = next(
            each for each in map("{:05}-0a6nx".format, itertools.count()) if crc32(each.encode()) % 9 == number
        )
        cover = cover_of(public_id, {"title": {"vi": title}, "types": ["worksheet"]}, [])
        svg = draw(cover._replace(form=form, subject=list(palettes())[number]), small)
        assert len(gzip.compress(svg.encode(), 9)) < LIMIT
    root = etree.fromstring(svg)
    assert {each.tag for each in root.iter()} <= {"svg", "pattern", "path", "g", "text", "rect", "circle"}
    assert not root.xpath("//@style")  # the content security policy refuses them
    left, top, wide, high = map(float, root.get("viewBox").split())
    for each in root.iter("text"):
        x, y, long = (float(each.get(name) or 0) for name in ("x", "y", "textLength"))
        assert left < x <= left + wide
        assert top < y < top + high
        assert each.getparent().get("direction") == "rtl" or x + long < left + wide


@pytest.mark.parametrize("record", SAMPLES, ids=lambda record: record["title"]["vi"])
@pytest.mark.parametrize("small", [False, True])
def test_covers_of_the_samples_are_below_1_kb_and_say_the_title(record: dict[str, dict[str, str]], small: bool) -> None:
    svg = draw(cover_of("75kq9-0a6nx", record, []), small)
    assert len(gzip.compress(svg.encode(), 9)) < LIMIT
    main, second = parts_of(record["title"]["vi"])
    assert main in text_of(svg)
    assert (second in text_of(svg)) is not small or not second


def test_a_cover_is_the_same_in_every_process() -> None:
    here = draw(cover_of("75kq9-0a6nx", SAMPLES[0], ["pdf"]))
    program = (
        "import json, sys; from oer.covers.covers import cover_of, draw;"
        "sys.stdout.buffer.write(draw(cover_of('75kq9-0a6nx', json.load(sys.stdin), ['pdf'])).encode())"
    )
    for seed in ("1", "2"):
        there = subprocess.run(
            [sys.executable, "-c", program],
            input=json.dumps(SAMPLES[0]).encode(),
            capture_output=True,
            check=True,
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed},
        )
        assert there.stdout.decode() == here


def test_a_title_with_markup_is_shown_and_does_nothing() -> None:
    title = "<script>x</script> & <b>"
    svg = draw(Cover("75kq9-0a6nx", "book", "", title, ""))
    assert text_of(svg).replace(" ", "") == title.replace(" ", "")
    assert "<script" not in svg


def test_the_public_id_chooses_the_tile_and_all_tiles_are_chosen() -> None:
    colours = palette_of("dig")
    drawn = {pattern("p", seed, colours, None) for seed in range(9)}
    assert len(drawn) == len(TILES) == 9
    assert (
        len({pattern("p", seed, colours, None) for seed in range(0, 9 << 14, 9)}) == 6
    )  # three sizes, and turned round


def test_two_copies_on_one_page_have_names_of_their_own() -> None:
    cover = cover_of("75kq9-0a6nx", SAMPLES[0], [])
    copies = [
        draw(cover),
        draw(cover, small=True),
        draw(cover, place="n"),
        draw(cover._replace(public_id="7dzh7-cbj4v")),
    ]
    names = [re.findall(r'id="([^"]+)"', svg) for svg in copies]
    assert len({name for (name,) in names}) == 4
    assert all(set(re.findall(r"url\(#([^)]+)\)", svg)) == {name} for svg, (name,) in zip(copies, names, strict=True))


def test_screen_readers_pass_over_a_cover_because_the_title_stands_beside_it() -> None:
    root = etree.fromstring(draw(cover_of("75kq9-0a6nx", SAMPLES[0], [])))
    assert (root.get("aria-hidden"), root.get("focusable")) == ("true", "false")


# The rule


def test_every_type_and_format_has_a_form() -> None:
    for term in vocabularies().types:
        assert form_of([term.code], []) in FORMS
        assert form_of([term.code], []) == form_of([term.code, "video"], ["audio"])
    by_format = {term.code: form_of([], [term.code]) for term in vocabularies().formats}
    assert set(by_format.values()) <= set(FORMS)
    assert (by_format["audio"], by_format["spreadsheet"], by_format["ebook"]) == ("audio", "table", "book")
    assert {form_of([term.code], []) for term in vocabularies().types} == set(FORMS)
    assert form_of([], []) == form_of(["retired"], ["unknown"]) == "booklet"


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * each for each in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_every_subject_has_colours_of_its_own_that_can_be_read() -> None:
    subjects = [term.code for term in vocabularies().subjects.tops()]
    assert set(subjects) < set(palettes())
    assert len({palette_of(code) for code in subjects}) == len(subjects)
    assert isinstance(palette_of(""), Palette)
    for palette in palettes().values():
        assert contrast(palette.ink, palette.ground) >= 4.5
        assert contrast(palette.deep, palette.light) >= 7


def test_the_first_subject_gives_the_colour_and_the_first_type_the_word() -> None:
    cover = cover_of(
        "75kq9-0a6nx", {"subjects": ["dig.an-toan", "law.thu-tuc"], "types": ["textbook", "audio"]}, ["pdf"]
    )
    assert (cover.subject, cover.form, cover.label) == ("dig", "book", "Giáo trình")
    bare = cover_of("75kq9-0a6nx", {}, [])
    assert (bare.subject, bare.form, bare.label, bare.title) == ("", "booklet", "", "")


def test_a_cover_is_in_the_language_of_the_material() -> None:
    both = {"title": {"vi": "Sổ thu chi", "en": "Budget book"}, "types": ["data"]}
    assert cover_of("75kq9-0a6nx", both | {"language": ["vi", "en"]}, []).title == "Sổ thu chi"
    english = cover_of("75kq9-0a6nx", both | {"language": ["en"], "types": ["worksheet"]}, [])
    assert (english.title, english.label) == ("Budget book", "Worksheet")
    only = cover_of("75kq9-0a6nx", {"title": {"en": "Budget"}, "language": ["vi"], "types": ["worksheet"]}, [])
    assert (only.title, only.label) == ("Budget", "Worksheet")


@pytest.mark.parametrize(
    ("title", "parts"),
    [
        ("Bếp nhà gọn gàng: sổ tay nội trợ", ("Bếp nhà gọn gàng", "sổ tay nội trợ")),
        ("Có cháy! Những phút đầu tiên", ("Có cháy!", "Những phút đầu tiên")),
        ("手冊：如何在家", ("手冊", "如何在家")),
        ("Học lúc 7:30", ("Học lúc 7:30", "")),
        ("Bài 1: Đếm đến hai mươi", ("Bài 1: Đếm đến hai mươi", "")),  # all of a series would look the same
        ("Vì sao?", ("Vì sao?", "")),
    ],
)
def test_a_title_has_a_main_part_and_a_second_one(title: str, parts: tuple[str, str]) -> None:
    assert parts_of(title) == parts


def test_the_main_part_is_larger_and_a_little_smaller_where_the_second_one_needs_room() -> None:
    def sizes(title: str) -> list[int]:
        svg = draw(Cover("75kq9-0a6nx", "video", "env", title, ""))
        return [int(each.get("font-size")) for each in etree.fromstring(svg).iter("g")]

    alone, (main, second) = sizes("Chào bạn điếc"), sizes("Chào bạn điếc: những điều đầu tiên về ngôn ngữ ký hiệu")
    assert second < main < alone[0]
    assert "…" not in draw(
        Cover("75kq9-0a6nx", "video", "env", "Chào bạn điếc: những điều đầu tiên về ngôn ngữ ký hiệu", "")
    )


def test_a_small_cover_has_the_main_part_alone_and_larger() -> None:
    cover = cover_of("75kq9-0a6nx", {"title": {"vi": "Đi làm thủ tục: hỏi gì, mang gì"}, "types": ["handbook"]}, [])
    normal, small = draw(cover), draw(cover, small=True)
    assert text_of(normal) == "SỔ TAY Đi làm thủ tục hỏi gì, mang gì"
    assert text_of(small) == "Đi làm thủ tục"
    largest = [max(int(each.get("font-size")) for each in etree.fromstring(svg).iter("g")) for svg in (normal, small)]
    assert largest[0] < largest[1]


@pytest.mark.parametrize(
    ("record", "formats", "classes"),
    [
        ({"types": ["slides"], "subjects": ["bas.song"]}, ["pdf"], "f-slides s-bas"),
        ({"types": ["no-such"], "subjects": ["no.such"]}, ["ebook"], "f-book"),
        ({}, [], "f-booklet"),
    ],
)
def test_a_picture_of_its_own_stands_in_the_frame_of_its_kind(
    record: dict[str, list[str]], formats: list[str], classes: str
) -> None:
    assert frame_of(record, formats) == classes


def test_every_form_has_its_frame_in_the_style_sheet() -> None:
    style = (Path(oer.__file__).parent / "static" / "look.css").read_text(encoding="utf-8")
    assert {form for form in FORMS if f".f-{form} {{" in style or f".f-{form}, " in style} == FORMS.keys()
