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
    ReportState.OPEN: N_("Not submitted"),
    ReportState.SUBMITTED: N_("Submitted"),
    ReportState.RETURNED: N_("Returned"),
    ReportState.APPROVED: N_("Approved"),
}
SOURCE_TYPE_WORDS = {
    "official_data": N_("official data"),
    "survey": N_("survey"),
    "expert_review": N_("expert review"),
    "computed": N_("computed"),
}
