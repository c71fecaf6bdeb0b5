import re
import subprocess
import sys
from pathlib import Path

from oer.core.i18n import in_language, language_shown, translate

ROOT = Path(__file__).parent.parent.parent


def test_every_visible_text_is_translated() -> None:
    script = ROOT / "scripts" / "check_translations.py"
    done = subprocess.run([sys.executable, script], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_a_text_without_translation_stands_for_itself() -> None:
    assert translate("vi", "no such text %(n)s", n=3) == "no such text 3"


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
