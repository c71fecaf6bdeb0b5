"""The computed indicators described: units, names of secondary figures, what is left out, how each is obtained."""

from dataclasses import dataclass

from oer.core.i18n import N_

AUTOMATIC, MANUAL, PROXY = "automatic", "manual", "proxy"
KIND_LABELS = {
    AUTOMATIC: N_("Automatic: computed by the repository"),
    MANUAL: N_("Manual: entered by hand, on evidence"),
    PROXY: N_("Proxy: measures something similar, never a substitute"),
}
PEOPLE_CODES = frozenset({"LC-01", "LC-03", "LC-10", "LC-11", "LC-12", "LC-17"})
BY_HAND = frozenset({"LC-16", "LC-17"})
_USE = N_("Left out by the rules of COUNTER 5.1: robots, double-clicks within 30 seconds, the staff's own previews.")
_PEOPLE = N_(
    "Only people who are signed in and agreed to be counted; what they did not say is shown as unknown. Counts of 1 "
    "to 9 people are hidden, and a second one where the first could be found by subtraction; rates need at least 30 "
    "people."
)
_SERVICE = N_(
    "Left out: drafts, withdrawn materials, and materials without a working file or link at the end of the period."
)
_REPORTS = N_("Left out: reports that were not due yet.")
_FEW = N_("Counts of 1 to 9 people are hidden, and a second one where the first could be found by subtraction.")
_TICKED = N_(
    "Self-declared: a course is finished when its learner has ticked every part; it begins with the first tick. Nobody "
    "is examined. Who keeps no history for themselves is not counted."
)
_GIVEN = N_("Left out: whatever was not confirmed in the imported table.")


@dataclass(frozen=True)
class Measure:
    """A figure of an indicator: its unit, and its name if it is a secondary figure."""

    unit: str
    label: str = ""


MEASURES: dict[str, dict[str, Measure]] = {
    "LC-01": {"": Measure("people")},
    "LC-02": {"": Measure("sessions")},
    "LC-03": {"": Measure("per 1,000"), "ward_known": Measure("%", N_("Active people whose ward is known"))},
    "LC-04": {"": Measure("materials"), "coverage": Measure("%", N_("Coverage of second-level subjects"))},
    "LC-05": {"": Measure("%")},
    "LC-06": {"": Measure("%")},
    "LC-07": {"": Measure("%"), "materials": Measure("materials", N_("Materials"))},
    "LC-08": {"": Measure("%")},
    "LC-09": {
        "": Measure("requests"),
        "unique": Measure("requests", N_("Unique_Item_Requests")),
        "ratio": Measure("ratio", N_("Total over unique requests")),
    },
    "LC-10": {"": Measure("%"), "answer_rate": Measure("%", N_("Active people who answered"))},
    "LC-11": {"": Measure("%"), "people": Measure("people", N_("Regular learners"))},
    "LC-12": {"": Measure("%"), "completions": Measure("number", N_("First completions"))},
    "LC-13": {"": Measure("%"), "mean": Measure("mean", N_("Mean of the ratings, of 5"))},
    "LC-14": {"": Measure("%")},
    "LC-15": {"": Measure("organizations")},
    "LC-16": {
        "": Measure("%"),
        "points": Measure("number", N_("Learning points in use")),
        "per_100000": Measure("per 100,000", N_("Registered points per 100,000 residents")),
    },
    "LC-17": {"": Measure("people")},
    "LC-18": {"": Measure("ratio")},
    "LC-19": {"": Measure("%")},
    "LC-20": {"": Measure("%")},
}
EXCLUSIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("LC-01", "LC-03", "LC-10", "LC-11"), (_USE, _PEOPLE)),
    "LC-12": (_PEOPLE, _TICKED),
    "LC-17": (_GIVEN, _FEW),
    **dict.fromkeys(("LC-02", "LC-09", "LC-14", "LC-18"), (_USE,)),
    **dict.fromkeys(("LC-04", "LC-05", "LC-06", "LC-07", "LC-08", "LC-15", "LC-19"), (_SERVICE,)),
    "LC-13": (
        N_(
            "Only people who rated: they chose themselves. The last rating of a person for a material counts, from the "
            "day after their account was confirmed; nothing is shown below 30."
        ),
    ),
    "LC-16": (_GIVEN,),
    "LC-20": (_REPORTS,),
}
DIMENSION_LABELS = {
    "ward": N_("By ward or commune"),
    "age-band": N_("By age band"),
    "gender": N_("By gender"),
    "disability": N_("By disability"),
    "group": N_("By group"),
    "subject": N_("By subject"),
    "level": N_("By level"),
    "audience": N_("By group the material is for"),
    "format": N_("By format"),
    "licence": N_("By licence"),
    "language": N_("By language"),
    "month": N_("By month"),
    "signed-in": N_("Signed in or not"),
    "query-language": N_("By language of the page"),
    "organisation-type": N_("By type of organisation"),
    "event": N_("By event"),
    "path": N_("By course"),
    "unit": N_("By unit"),
    "unit-kind": N_("By kind of unit"),
    "indicator-set": N_("By indicator set"),
}


def kind_of(code: str) -> str:
    """Return how an indicator is obtained: some are computed from tables that are kept by hand."""
    return MANUAL if code in BY_HAND else AUTOMATIC


def measure_of(code: str, measure: str) -> Measure:
    """Return the unit and name of a figure of an indicator."""
    return MEASURES[code].get(measure, Measure(""))
