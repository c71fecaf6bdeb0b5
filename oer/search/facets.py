"""What results can be narrowed by: the facets, their words, which codes there are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from oer.core.durations import LENGTHS, LONG
from oer.core.i18n import LANGUAGES, N_, translate
from oer.vocabularies import Scheme, vocabularies

LENGTH_WORDS = {
    "15": N_("Up to 15 minutes"),
    "60": N_("15 minutes to an hour"),
    "240": N_("1 to 4 hours"),
    LONG: N_("More than 4 hours"),
}


@dataclass(frozen=True)
class Facet:
    """One thing to narrow results by. `scheme` gives its vocabulary, where it has one."""

    name: str
    label: str
    scheme: Callable[[], Scheme] | None = None

    def has(self, code: str) -> bool:
        """Whether a code may be asked for."""
        if self.scheme is not None:
            return code in self.scheme()
        if self.name == "duration":
            return code in LENGTHS or code == LONG
        if self.name == "year":
            return code.isascii() and code.isdigit() and len(code) == 4
        return 0 < len(code) <= 64 and code.isprintable()

    def labels(self, code: str) -> Mapping[str, str]:
        """Return a code's words by language; a unit's are in the database."""
        if self.scheme is not None:
            return self.scheme().labels(code)
        if self.name == "duration" and code in LENGTH_WORDS:
            return {language: translate(language, LENGTH_WORDS[code]) for language in LANGUAGES}
        return {LANGUAGES[0]: code}


FACETS = {
    facet.name: facet
    for facet in (
        Facet("subject", N_("Subject"), lambda: vocabularies().subjects),
        Facet("format", N_("Format"), lambda: vocabularies().formats),
        Facet("audience", N_("For whom"), lambda: vocabularies().audiences),
        Facet("level", N_("Level"), lambda: vocabularies().levels),
        Facet("type", N_("Kind of material"), lambda: vocabularies().types),
        Facet("duration", N_("How long"), None),
        Facet("language", N_("Language"), lambda: vocabularies().languages),
        Facet("licence", N_("Licence"), lambda: vocabularies().licences),
        Facet("accessibility", N_("Accessible features"), lambda: vocabularies().accessibility_features),
        Facet("unit", N_("Unit"), None),
        Facet("year", N_("Year"), None),
    )
}
