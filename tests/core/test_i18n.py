import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from oer.core import i18n
from oer.core.i18n import (
    NC_,
    catalogue_of,
    format_number,
    format_size,
    in_language,
    language_shown,
    size_texts,
    translate,
)

ROOT = Path(__file__).parent.parent.parent


def test_every_visible_text_is_translated() -> None:
    script = ROOT / "scripts" / "check_translations.py"
    done = subprocess.run([sys.executable, script], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_a_text_without_translation_stands_for_itself() -> None:
    assert translate("vi", "no such text %(n)s", n=3) == "no such text 3"


def test_one_english_word_can_be_two_vietnamese_ones() -> None:
    assert translate("vi", NC_("file format", "Table")) == "Bảng tính"
    assert translate("vi", "Table") == "Bảng"
    assert translate("en", NC_("file format", "Table")) == "Table"
    assert translate("vi", NC_("no such context", "Many %(n)s"), n=3) == "Many 3"


def test_a_text_whose_context_is_not_translated_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    words = 'msgid "Table"\nmsgstr "Bảng"\n\nmsgctxt "file format"\nmsgid "Table"\nmsgstr "Bảng tính"\n'
    (tmp_path / "vi").mkdir()
    (tmp_path / "vi" / "a.po").write_text(header + words, encoding="utf-8")
    (tmp_path / "vi" / "b.po").write_text(header + 'msgid "Table"\nmsgstr "Cái bàn"\n', encoding="utf-8")
    (tmp_path / "shown.py").write_text(
        'NC_("file format", "Table")\npgettext("furniture", "Table")\nN_("Table")\n', encoding="utf-8"
    )
    spec = importlib.util.spec_from_file_location("check", ROOT / "scripts" / "check_translations.py")
    assert spec and spec.loader
    check = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check)
    monkeypatch.setattr(i18n, "TRANSLATIONS", tmp_path)
    monkeypatch.setattr(check, "TRANSLATIONS", tmp_path)
    monkeypatch.setattr(check, "ROOT", tmp_path)
    monkeypatch.setattr(check, "METHODS", {str(tmp_path): [("**.py", "python")]})
    catalogue_of.cache_clear()
    try:
        missing, rivals = list(check.faults()), list(check.rivals())
    finally:
        catalogue_of.cache_clear()
    assert len(missing) == 1
    assert "furniture" in missing[0]
    assert rivals == ["b.po: 'Table' is translated in another way in a.po"]


@pytest.mark.parametrize(
    ("count", "vietnamese", "english"),
    [
        (0, "0 B", "0 B"),
        (1023, "1.023 B", "1,023 B"),
        (1024, "1 KB", "1 KB"),
        (1_500_000, "1,4 MB", "1.4 MB"),
        (10_400_000, "9,9 MB", "9.9 MB"),
        (1024**2 - 1, "1 MB", "1 MB"),
        (2 * 1024**3, "2 GB", "2 GB"),
        (5_000 * 1024**3, "5.000 GB", "5,000 GB"),
    ],
)
def test_sizes_are_written_in_one_way_in_the_readers_language(count: int, vietnamese: str, english: str) -> None:
    assert (format_size(count, "vi"), format_size(count, "en")) == (vietnamese, english)
    assert translate("vi", "%(size)s", size=size_texts(count)) == vietnamese


def test_numbers_have_the_separators_of_the_language() -> None:
    assert (format_number(1204.5, "vi", 1), format_number(1204.5, "en", 1)) == ("1.204,5", "1,204.5")


def test_a_language_map_falls_back_visibly() -> None:
    only_english = {"en": "Water"}
    assert in_language(only_english, "vi") == "Water"
    assert language_shown(only_english, "vi") == "en"
    assert in_language({"vi": "", "ko": "물"}, "en") == "물"
    assert in_language({}, "vi") == in_language(None, "vi") == ""


def test_values_can_be_language_maps() -> None:
    assert translate("en", "in %(place)s", place={"vi": "nhà", "en": "house"}) == "in house"


def test_translations_keep_one_way_of_placing_tones() -> None:
    new_style = re.compile(r"\b\w*(?:oà|oá|oả|oã|oạ|oè|oé|oẻ|oẽ|oẹ|uỳ|uý|uỷ|uỹ|uỵ)\b", re.IGNORECASE)
    allowed = re.compile(r"^(qu|\w*(?:oàn|oán))", re.IGNORECASE)
    found = {
        word
        for path in (ROOT / "oer" / "translations" / "vi").glob("*.po")
        for line in path.read_text(encoding="utf-8").splitlines()
        if not line.startswith(("msgid", "#"))
        for word in new_style.findall(line)
        if not allowed.match(word)
    }
    assert not found
