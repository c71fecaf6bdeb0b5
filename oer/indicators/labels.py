"""Labels for codes: report states, verification levels, words of the data files, members of a dimension."""

from collections.abc import Mapping

from oer.core.i18n import N_
from oer.indicators.models.rounds import ReportState
from oer.usage.counter.counting import ALL_FILES
from oer.vocabularies import Scheme, vocabularies

VERIFICATION_LABELS = {
    "exact": N_("Wording compared with the printed source"),
    "VERIFIED": N_("Wording read in a legal digest or newspaper, not in the gazette"),
    "verified-structure": N_("Place in the set confirmed, wording not compared"),
    "PARTIAL": N_("Only a part was read in a source"),
    "paraphrased": N_("Wording shortened here, not compared with the printed source"),
    "unofficial translation": N_("Unofficial translation"),
    "PROPOSAL": N_("Our own proposal, in no official set"),
    "unverified": N_("Wording not compared with the printed source"),
    "UNVERIFIED": N_("Not checked against any source"),
}
FEED_LABELS = {
    "direct": N_("computed by the repository"),
    "partial": N_("the repository provides part of it"),
    "proxy": N_("the repository measures something similar, never a substitute"),
    "evidence": N_("the repository provides evidence for the experts' rating"),
    "none": N_("entered by hand"),
}
STATE_LABELS = {
    ReportState.OPEN: N_("Not submitted"),
    ReportState.SUBMITTED: N_("Submitted to the city"),
    ReportState.RETURNED: N_("Returned"),
    ReportState.APPROVED: N_("Approved"),
}
# Units of measurement, as the data files write them.
UNIT_LABELS = (
    N_("per 100,000"),
    N_("per 1,000"),
    N_("per 100"),
    N_("USD PPP"),
    N_("tonnes per person"),
    N_("kg per person"),
    N_("rating"),
    N_("years"),
    N_("number"),
    N_("ratio"),
    N_("hours"),
    N_("currency"),
    N_("people"),
    N_("sessions"),
    N_("materials"),
    N_("requests"),
    N_("organizations"),
    N_("mean"),
    N_("level"),
    N_("% of provinces"),
    N_("% of districts"),
    N_("% of 677.3"),
    N_("4 indices in the 2020 draft"),
    N_("4 indices"),
    N_("2 indices"),
)
# What the data files say about sets: whether they are in force, their licences and notes.
SET_LABELS = (
    N_("believed yes in Nov 2026 (UNVERIFIED); runs to 2030"),
    N_("believed yes (UNVERIFIED)"),
    N_("Quyết định 244/QĐ-KHVN (28/7/2022) first; Circular 24/2023 cites Quyết định 324/QĐ-KHVN as the one in use"),
    N_("issued; district level overtaken by the two-tier reform. Replaces Circular 44/2014 (UNVERIFIED)"),
    N_("replaced by Circular 24/2023 (not verified; purpose article seen at lawnet.vn 1018604)"),
    N_("yes"),
    N_("PROPOSAL"),
    N_(
        "The 2015 Guiding Documents state Creative Commons Attribution-ShareAlike 3.0 IGO (seen, truncated, "
        "on a copy of the title page). If the exact wording is carried, name UNESCO UIL and keep the licence "
        "note."
    ),
    N_(
        "A person must check this file line by line against the Guiding Documents before any report is sent "
        "out. Load it as data (not code), keep `code` stable, and mark each checked line `status.* = exact`."
    ),
    N_(
        'No "digital badge" was seen in 677. The Association runs congdanhoctap.vn, where a citizen signs up '
        "with ID number and self-assesses on one of four forms (lawnet.vn 16408). No public API was found: "
        "treat as manual."
    ),
    N_(
        "3 criteria, 10 indices is the 2020 draft. Final index wording, points and pass mark: UNVERIFIED (4 "
        "target groups, score out of 100)."
    ),
    N_(
        'emulation criteria by kind of body; titles: gia đình, dòng họ, đơn vị, công dân học tập, "cộng đồng '
        'học tập" cấp tỉnh, huyện, xã (sggp.org.vn post713478, lawnet.vn 128130)'
    ),
)
LOADING_LABELS = (N_("created"), N_("unchanged"), N_("superseded"))
# The parts of a line, and whom a set applies to, as the data files name them.
PART_LABELS = {
    "area": N_("Area"),
    "focus": N_("Group of features"),
    "feature": N_("Feature"),
    "measurement": N_("Wording of the measure"),
    "source_type": N_("Kind of source"),
    "vi": N_("Vietnamese wording"),
    "wording": N_("Wording"),
    "definition": N_("Definition"),
}
LEVEL_LABELS = {
    "city": N_("the city"),
    "all": N_("everybody"),
    "commune": N_("wards and communes"),
    "district": N_("districts"),
    "province": N_("provinces and cities"),
    "unit": N_("units"),
    "person": N_("persons"),
    "national/province": N_("the country and provinces"),
    "commune and up": N_("wards and communes and all above"),
    "commune, district, province; two levels each": N_("wards and communes, districts, provinces; two levels each"),
}
SOURCE_TYPE_LABELS = {
    "official_data": N_("official data"),
    "survey": N_("survey"),
    "expert_review": N_("expert review"),
    "computed": N_("computed"),
}


# Members of dimensions.

UNKNOWN = N_("unknown")
MEMBER_LABELS = {
    "unknown": UNKNOWN,
    "yes": N_("Yes"),
    "no": N_("No"),
    "female": N_("female"),
    "male": N_("male"),
    "other": N_("other"),
    "public": N_("public"),
    "private": N_("private"),
    "association": N_("association"),
    "school": N_("school"),
    ALL_FILES: N_("All files in one ZIP"),
}
CITY = {"vi": "Toàn thành phố", "en": "The whole city"}


def member_name(dimension: str, member: str) -> Mapping[str, str] | str:
    """Return a member's name: a language map, or an English text to translate. Unknown codes are their own names."""
    scheme = _scheme(dimension)
    if scheme is not None and member in scheme:
        return scheme.labels(member)
    return MEMBER_LABELS.get(member, {"vi": member, "en": member})


def _scheme(dimension: str) -> Scheme | None:
    known = vocabularies()
    return {
        "ward": known.places,
        "unit": known.places,
        "unit-kind": known.unit_kinds,
        "subject": known.subjects,
        "level": known.levels,
        "audience": known.audiences,
        "group": known.audiences,
        "licence": known.licences,
        "format": known.formats,
        "language": known.languages,
        "query-language": known.languages,
    }.get(dimension)
