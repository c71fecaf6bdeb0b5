"""The words of the licence that travel with a material's files, in every language of the site."""

from collections.abc import Mapping
from typing import Any

from oer.catalogue.models import Material
from oer.core.i18n import LANGUAGES, N_, in_language, translate
from oer.reading.citing import citation
from oer.vocabularies import vocabularies

NAME = "GIAY-PHEP-LICENCE.txt"
_HEADING = N_("How you may use these files")
_SOURCE = N_("Name the source like this:")
_PAGE = N_("The material's page, with newer versions if there are any:")
_NO_LICENCE = N_("No licence was named: all rights are with whoever made it.")


def licence_text(material: Material, record: Mapping[str, Any], address: str) -> str:
    """Return a text file for people: what may be done with a material, how to name it, where it is from."""
    parts = [_in(language, material, record, address) for language in LANGUAGES]
    return "\n\n".join(parts) + "\n"


def _in(language: str, material: Material, record: Mapping[str, Any], address: str) -> str:
    licence = vocabularies().licences.get(record.get("licence", ""))
    title = in_language(record.get("title"), language)
    lines = [title, "=" * min(len(title), 72), "", translate(language, _HEADING), ""]
    if licence is None:
        lines += [translate(language, _NO_LICENCE)]
    else:
        lines += [licence.facts["name"], str(licence.facts[f"means_{language}"]), licence.code]
    lines += ["", translate(language, _SOURCE), citation(material, record, address, language)]
    return "\n".join([*lines, "", translate(language, _PAGE), address])
