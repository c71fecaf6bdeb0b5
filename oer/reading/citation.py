"""How to cite a material, and the licence text that goes with its files."""

from collections.abc import Mapping
from typing import Any

from oer.catalogue.models import Material
from oer.core.clock import city_date
from oer.core.i18n import LANGUAGES, N_, in_language, translate
from oer.vocabularies import vocabularies

_CITATION = N_("%(makers)s (%(year)s). %(title)s. %(address)s. Licence: %(licence)s.")
_CITATION_WITHOUT_LICENCE = N_("%(makers)s (%(year)s). %(title)s. %(address)s.")
_NO_AUTHOR = N_("No author named")


def year_of(material: Material, record: Mapping[str, Any]) -> str:
    """Return the year of a material: from its record, else from its first publication."""
    written = str(record.get("published_on", ""))
    moment = material.first_published_at or material.created_at
    return written[:4] or str(city_date(moment).year)


def citation(material: Material, record: Mapping[str, Any], address: str, language: str, place: str = "") -> str:
    """Return the citation of a material in a language, as plain text; with a `place` in it, of that place."""
    licence = vocabularies().licences.get(record.get("licence", ""))
    makers = ", ".join(creator["name"] for creator in record.get("creators", []))
    return translate(
        language,
        _CITATION if licence else _CITATION_WITHOUT_LICENCE,
        makers=makers or translate(language, _NO_AUTHOR),
        year=year_of(material, record),
        title=", ".join(each for each in (in_language(record.get("title"), language), place) if each),
        address=address,
        licence=licence.facts["name"] if licence else "",
    )


LICENCE_FILE = "GIAY-PHEP-LICENCE.txt"
_HEADING = N_("How you may use these files")
_SOURCE = N_("Cite the source like this:")
_PAGE = N_("The material's page, with newer versions if there are any:")
_NO_LICENCE = N_("No licence is given: all rights are reserved by the authors.")


def licence_text(material: Material, record: Mapping[str, Any], address: str) -> str:
    """Return a text file in all languages of the site: the licence, how to cite the material, where it is from."""
    parts = [_licence_in(language, material, record, address) for language in LANGUAGES]
    return "\n\n".join(parts) + "\n"


def _licence_in(language: str, material: Material, record: Mapping[str, Any], address: str) -> str:
    licence = vocabularies().licences.get(record.get("licence", ""))
    title = in_language(record.get("title"), language)
    lines = [title, "=" * min(len(title), 72), "", translate(language, _HEADING), ""]
    if licence is None:
        lines += [translate(language, _NO_LICENCE)]
    else:
        lines += [licence.facts["name"], str(licence.facts[f"means_{language}"]), licence.code]
    lines += ["", translate(language, _SOURCE), citation(material, record, address, language)]
    return "\n".join([*lines, "", translate(language, _PAGE), address])
