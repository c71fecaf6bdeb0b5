"""The names of wards and communes: today's, and those of the districts and provinces that they belonged to before.

The names are those of before 1 July 2025, when the city and two provinces became one and districts ended.
"""

import re
from collections.abc import Mapping

from oer.vocabularies.terms import vocabularies

# In the order of the resolution that merged them.
FORMER_PROVINCES: Mapping[str, dict[str, str]] = {
    "hcm": {"vi": "Thành phố Hồ Chí Minh (cũ)", "en": "Former Ho Chi Minh City"},
    "binh_duong": {"vi": "Tỉnh Bình Dương (cũ)", "en": "Former Binh Duong Province"},
    "ba_ria_vung_tau": {"vi": "Tỉnh Bà Rịa - Vũng Tàu (cũ)", "en": "Former Ba Ria - Vung Tau Province"},
}
# "Quận 1 (760); Quận 3 (770)": each with its code of that time.
_DISTRICT = re.compile(r"([^;(]+?)\s*\(\d{3}\)")


def former_names(code: str) -> list[Mapping[str, str]]:
    """Return the districts (in Vietnamese alone) and the province that a place lay in, as language maps."""
    place = vocabularies().places.get(code)
    if place is None:
        return []
    districts = [{"vi": name.strip()} for name in _DISTRICT.findall(place.facts["former_districts"])]
    return [*districts, FORMER_PROVINCES[place.facts["former_province"]]]


def names_of_place(code: str) -> list[str]:
    """Return all names by which a place is searched for, in all languages, each once."""
    if code not in vocabularies().places:
        return []
    maps = [vocabularies().places.labels(code), *former_names(code)]
    return list(dict.fromkeys(name for labels in maps for name in labels.values()))
