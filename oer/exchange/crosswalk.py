"""Crosswalk: the fields of a record in the terms of the standards that others read.

schema.org with LRMI as profiled by AMB (Allgemeines Metadatenprofil für Bildungsressourcen), DCMI Metadata Terms, and
IEEE 1484.12.1 (LOM) as paths from its nine categories. A field without a counterpart has None. The fields themselves
are declared in `oer.catalogue.fields`; only relations have a row for each type.
"""

from dataclasses import dataclass

from oer.catalogue.fields import FIELDS


@dataclass(frozen=True)
class Crosswalk:
    """A field of a record in the other standards."""

    field: str
    schema_org: str
    dublin_core: str | None
    lom: str | None


_RELATIONS = (
    Crosswalk("relations.isBasedOn", "isBasedOn", "isVersionOf", "relation"),
    Crosswalk("relations.isPartOf", "isPartOf", "isPartOf", "relation"),
    Crosswalk("relations.hasPart", "hasPart", "hasPart", "relation"),
    Crosswalk("relations.translationOfWork", "translationOfWork", "isVersionOf", "relation"),
    Crosswalk("relations.workTranslation", "workTranslation", "hasVersion", "relation"),
)
TABLE = (
    *(Crosswalk(each.name, each.schema_org, each.dublin_core, each.lom) for each in FIELDS if each.schema_org),
    *_RELATIONS,
)
