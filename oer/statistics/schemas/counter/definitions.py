"""The reports and the words of COUNTER's Code of Practice, Release 5.1: sections 3.3, 4, 8 and appendix D."""

from dataclasses import dataclass

from oer.core.i18n import N_

RELEASE = "5.1"
WORLD_ID, WORLD_NAME = "0000000000000000", "The World"
SEARCHES = "Searches_Platform"
INVESTIGATIONS_AND_REQUESTS = (
    "Total_Item_Investigations",
    "Total_Item_Requests",
    "Unique_Item_Investigations",
    "Unique_Item_Requests",
)
REQUESTS = ("Total_Item_Requests", "Unique_Item_Requests")
MULTIMEDIA = ("Audiovisual", "Image", "Interactive_Resource", "Multimedia", "Sound")
ITEM_TYPES = (
    "Article", "Audiovisual", "Book_Segment", "Conference_Item", "Database_Full_Item", "Dataset", "Image",
    "Interactive_Resource", "Multimedia", "News_Item", "Other", "Patent", "Reference_Item", "Report", "Software",
    "Sound", "Standard", "Thesis_or_Dissertation", "Unspecified",
)  # fmt: skip
ACCESS_TYPES = ("Controlled", "Free_To_Read", "Open")
ACCESS_METHODS = ("Regular", "TDM")
ITEM_ATTRIBUTES = ("Authors", "Publication_Date", "Article_Version", "YOP", "Access_Type", "Access_Method")


@dataclass(frozen=True)
class Definition:
    """One report: its names, its description, its metrics, and for a standard view the filters that it stands for."""

    identifier: str
    name: str
    description: str
    metrics: tuple[str, ...]
    attributes: tuple[str, ...] = ()
    preset: tuple[tuple[str, tuple[str, ...]], ...] = ()
    filters: tuple[str, ...] = ()

    @property
    def is_view(self) -> bool:
        """Whether it is a standard view: its filters cannot be changed."""
        return bool(self.preset)

    @property
    def by_item(self) -> bool:
        """Whether it has a row for each item, or one for the platform."""
        return self.identifier.startswith("IR")


PLATFORM_REPORT = Definition(
    "PR",
    "Platform Report",
    N_("Use of the whole repository, by kind of material."),
    (SEARCHES, *INVESTIGATIONS_AND_REQUESTS),
    attributes=("Access_Method",),
    filters=("metric_type", "data_type", "access_method"),
)
PLATFORM_USAGE = Definition(
    "PR_P1",
    "Platform Usage",
    N_("Searches and requests of the whole repository, by kind of material."),
    (SEARCHES, *REQUESTS),
    # The view's own list of metrics names one that only hosts of books have; it must be repeated as it is.
    preset=(("Access_Method", ("Regular",)), ("Metric_Type", (SEARCHES, *REQUESTS, "Unique_Title_Requests"))),
)
ITEM_REPORT = Definition(
    "IR",
    "Item Report",
    N_("Use of each material."),
    INVESTIGATIONS_AND_REQUESTS,
    attributes=ITEM_ATTRIBUTES,
    filters=("metric_type", "data_type", "access_method", "access_type", "yop", "item_id", "author"),
)
MULTIMEDIA_REQUESTS = Definition(
    "IR_M1",
    "Multimedia Item Requests",
    N_("Requests of films, sounds, pictures and interactive materials, by item."),
    REQUESTS,
    preset=(("Access_Method", ("Regular",)), ("Data_Type", MULTIMEDIA), ("Metric_Type", REQUESTS)),
)
REPORTS = {
    each.identifier.lower(): each for each in (PLATFORM_REPORT, PLATFORM_USAGE, ITEM_REPORT, MULTIMEDIA_REQUESTS)
}

MESSAGES = {
    1000: "Service Not Available",
    1020: "Client has made too many requests",
    1030: "Insufficient Information to Process Request",
    2000: "Requestor Not Authorized to Access Service",
    2010: "Requestor is Not Authorized to Access Usage for Institution",
    2020: "APIKey Invalid",
    3020: "Invalid Date Arguments",
    3030: "No Usage Available for Requested Dates",
    3031: "Usage Not Ready for Requested Dates",
    3032: "Usage No Longer Available for Requested Dates",
    3050: "Parameter Not Recognized in this Context",
    3060: "Invalid ReportFilter Value",
    3062: "Invalid ReportAttribute Value",
    3063: "Components Not Supported",
}
STATUS = {1000: 503, 1020: 429, 1030: 400, 2000: 401, 2010: 403, 2020: 401, 3020: 400}
"""HTTP status of the exceptions that leave no report; the others come with status 200 in the report's header."""


def exception(code: int, data: str = "") -> dict[str, object]:
    """Return an exception as reports and errors carry it (appendix D)."""
    return {"Code": code, "Message": MESSAGES[code], **({"Data": data} if data else {})}
