"""How to name a material as a source: the words that most licences ask for (title, makers, source, licence)."""

from collections.abc import Mapping
from typing import Any

from oer.catalogue.models import Material
from oer.core.clock import city_date
from oer.core.i18n import N_, in_language, translate
from oer.vocabularies import vocabularies

WORDS = N_("%(makers)s (%(year)s). %(title)s. %(address)s. Licence: %(licence)s.")
WORDS_WITHOUT_LICENCE = N_("%(makers)s (%(year)s). %(title)s. %(address)s.")
NOBODY = N_("No author named")


def year_of(material: Material, record: Mapping[str, Any]) -> str:
    """Return the year that a material is of: as its record says, else when it first came into service."""
    written = str(record.get("published_on", ""))
    moment = material.first_published_at or material.created_at
    return written[:4] or str(city_date(moment).year)


def citation(material: Material, record: Mapping[str, Any], address: str, language: str) -> str:
    """Return the words by which to name a material as a source, in a language, as plain text."""
    licence = vocabularies().licences.get(record.get("licence", ""))
    makers = ", ".join(creator["name"] for creator in record.get("creators", []))
    return translate(
        language,
        WORDS if licence else WORDS_WITHOUT_LICENCE,
        makers=makers or translate(language, NOBODY),
        year=year_of(material, record),
        title=in_language(record.get("title"), language),
        address=address,
        licence=licence.facts["name"] if licence else "",
    )
