"""One table from the fields of a record to the terms of the standards that others read.

schema.org with LRMI as profiled by AMB (Allgemeines Metadatenprofil für Bildungsressourcen), DCMI Metadata Terms, and
IEEE 1484.12.1 (LOM) as paths from its nine categories. A field without a counterpart has None.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Crosswalk:
    """Where a record's field stands in the other standards."""

    field: str
    schema_org: str
    dublin_core: str | None
    lom: str | None


TABLE = (
    Crosswalk("title", "name", "title", "general.title"),
    Crosswalk("summary", "description", "description", "general.description"),
    Crosswalk("creators", "creator", "creator", "lifeCycle.contribute"),
    Crosswalk("unit", "publisher", "publisher", "lifeCycle.contribute"),
    Crosswalk("subjects", "about", "subject", "classification.taxonPath"),
    Crosswalk("levels", "educationalLevel", "educationLevel", "educational.context"),
    Crosswalk("types", "learningResourceType", "type", "educational.learningResourceType"),
    Crosswalk("audiences", "audience", "audience", "educational.intendedEndUserRole"),
    Crosswalk("language", "inLanguage", "language", "general.language"),
    Crosswalk("keywords", "keywords", "subject", "general.keyword"),
    Crosswalk("licence", "license", "license", "rights.description"),
    Crosswalk("time_required", "timeRequired", "extent", "educational.typicalLearningTime"),
    Crosswalk("typical_age", "typicalAgeRange", None, "educational.typicalAgeRange"),
    Crosswalk("outcomes", "teaches", None, "educational.description"),
    Crosswalk("prerequisites", "competencyRequired", "requires", "educational.description"),
    Crosswalk("accessibility.access_mode", "accessMode", None, None),
    Crosswalk("accessibility.features", "accessibilityFeature", None, None),
    Crosswalk("accessibility.hazards", "accessibilityHazard", None, None),
    Crosswalk("accessibility.summary", "accessibilitySummary", None, None),
    Crosswalk("source_url", "url", "source", "technical.location"),
    Crosswalk("published_on", "datePublished", "issued", "lifeCycle.contribute.date"),
    Crosswalk("place", "spatialCoverage", "spatial", "general.coverage"),
    Crosswalk("relations.isBasedOn", "isBasedOn", "isVersionOf", "relation"),
    Crosswalk("relations.isPartOf", "isPartOf", "isPartOf", "relation"),
    Crosswalk("relations.hasPart", "hasPart", "hasPart", "relation"),
    Crosswalk("relations.translationOfWork", "translationOfWork", "isVersionOf", "relation"),
    Crosswalk("relations.workTranslation", "workTranslation", "hasVersion", "relation"),
)

SCHEMA_ORG = {row.field: row.schema_org for row in TABLE}
