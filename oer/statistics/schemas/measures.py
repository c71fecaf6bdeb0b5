"""The measures that people are shown: their names and what exactly they count."""

from dataclasses import dataclass

from oer.core.i18n import N_


@dataclass(frozen=True)
class Measure:
    """A measure: its name in the totals, its heading and its definition (message keys)."""

    name: str
    heading: str
    definition: str


VIEWS = Measure("views", N_("Page views"), N_("Page views: how often the page about a material was opened."))
READS = Measure("reads", N_("Reads"), N_("Reads: how often a file was opened in a reader on this site."))
PLAYS = Measure("plays", N_("Plays"), N_("Plays: how often a sound or video file was started."))
DOWNLOADS = Measure(
    "downloads", N_("Downloads"), N_("Downloads: how often a file, or all files in one, was downloaded.")
)
USES = Measure("tir", N_("Uses"), N_("Uses: reads, plays and downloads together (COUNTER: Total_Item_Requests)."))
UNIQUE_USES = Measure(
    "uir",
    N_("Unique uses"),
    N_("Unique uses: a material counts once a session, however often and in whatever format it was opened"
       " (COUNTER: Unique_Item_Requests)."),
)  # fmt: skip
VISITS = Measure(
    "uii",
    N_("Unique visits"),
    N_("Unique visits: a material counts once a session in which its page or a file of it was opened"
       " (COUNTER: Unique_Item_Investigations)."),
)  # fmt: skip

MEASURES = (VIEWS, USES, UNIQUE_USES, READS, PLAYS, DOWNLOADS, VISITS)
BY_NAME = {measure.name: measure for measure in MEASURES}
