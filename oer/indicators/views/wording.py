"""Words for people in place of the words of the data files."""

from oer.core.i18n import N_
from oer.indicators.models import ReportState

VERIFICATION_WORDS = {
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
FEED_WORDS = {
    "direct": N_("computed by the repository"),
    "partial": N_("the repository gives a part of it"),
    "proxy": N_("the repository measures something near it: never in its place"),
    "evidence": N_("the repository gives evidence for the experts' rating"),
    "none": N_("entered by hand"),
}
STATE_WORDS = {
    ReportState.OPEN: N_("Not handed in"),
    ReportState.SUBMITTED: N_("Handed in"),
    ReportState.RETURNED: N_("Returned"),
    ReportState.APPROVED: N_("Approved"),
}
# Units of the data files, as they stand there.
UNIT_WORDS = (
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
LOADING_WORDS = (N_("created"), N_("unchanged"), N_("superseded"))
# The parts of a line, and for whom a set is, as the data files name them.
PART_WORDS = {
    "area": N_("Area"),
    "focus": N_("Group of features"),
    "feature": N_("Feature"),
    "measurement": N_("Wording of the measure"),
    "source_type": N_("Kind of source"),
    "vi": N_("Vietnamese wording"),
    "wording": N_("Wording"),
    "definition": N_("Definition"),
}
LEVEL_WORDS = {
    "city": N_("the city"),
    "all": N_("everybody"),
    "commune": N_("wards and communes"),
    "district": N_("districts"),
    "province": N_("provinces and cities"),
    "unit": N_("units"),
    "person": N_("persons"),
}
SOURCE_TYPE_WORDS = {
    "official_data": N_("official data"),
    "survey": N_("survey"),
    "expert_review": N_("expert review"),
    "computed": N_("computed"),
}
