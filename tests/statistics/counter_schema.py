"""COUNTER's rules for the JSON of Release 5.1 reports, restated as one JSON Schema for each report that we make.

Restated from the API specification of the Code of Practice (models Base_Report_Header, PR, PR_P1, IR, IR_M1 and what
they refer to): names, patterns, which properties there may be and which there must be.
"""

from oer.statistics.schemas.counter_requests import ITEM_TYPES, MULTIMEDIA

PROPRIETARY = r"^[a-zA-Z][a-zA-Z0-9_./]{1,17}:.+"
MONTH = r"^[0-9]{4}-(0[1-9]|1[0-2])$"
PLATFORM_TYPES = [*ITEM_TYPES, "Book", "Conference", "Journal", "Newspaper_or_Newsletter", "Reference_Work"]
IN_HEADERS = [0, 3030, 3031, 3032, 3040, 3050, 3060, 3061, 3062, 3063, 3070]
FOUR = ["Total_Item_Investigations", "Total_Item_Requests", "Unique_Item_Investigations", "Unique_Item_Requests"]
COUNTS = {
    "type": "object",
    "patternProperties": {MONTH: {"type": "integer", "minimum": 0}},
    "minProperties": 1,
    "additionalProperties": False,
}


def closed(properties, required=None, **more):
    """An object with these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
        "additionalProperties": False,
        **more,
    }


def words(*values, least=1):
    return {"type": "array", "items": {"enum": list(values)}, "minItems": least, "uniqueItems": True}


def performance(*metrics, least=1):
    return closed(dict.fromkeys(metrics, COUNTS), [], minProperties=least)


EXCEPTION = closed(
    {
        "Code": {"enum": IN_HEADERS},
        "Message": {"type": "string", "minLength": 2},
        "Data": {"type": "string"},
        "Help_URL": {"type": "string"},
    },
    ["Code", "Message"],
)
DAY = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


def header(identifier, name, filters, required_filters=(), attributes=None):
    return closed(
        {
            "Release": {"const": "5.1"},
            "Report_ID": {"const": identifier},
            "Report_Name": {"const": name},
            "Created": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
            "Created_By": {"type": "string", "minLength": 2},
            "Registry_Record": {"const": ""},
            "Institution_Name": {"type": "string", "minLength": 2},
            "Institution_ID": closed({"Proprietary": {"type": "array", "items": {"pattern": PROPRIETARY}}}),
            "Report_Filters": closed(
                {"Begin_Date": DAY, "End_Date": DAY, "Platform": {"type": "string"}, **filters},
                ["Begin_Date", "End_Date", *required_filters],
            ),
            "Exceptions": {"type": "array", "items": EXCEPTION, "minItems": 1, "uniqueItems": True},
            **({"Report_Attributes": closed(attributes, [], minProperties=1)} if attributes else {}),
        },
        [
            "Release", "Report_ID", "Report_Name", "Created", "Created_By", "Registry_Record", "Institution_Name",
            "Institution_ID", "Report_Filters",
        ],
    )  # fmt: skip


def report(head, item):
    return closed({"Report_Header": head, "Report_Items": {"type": "array", "items": item}})


METHODS = words("Regular", "TDM")
GRANULARITY = {"Granularity": {"const": "Totals"}}
ITEM_ID = closed({"Proprietary": {"pattern": PROPRIETARY}, "URI": {"pattern": "^https?://"}}, [], minProperties=1)
ITEM = {
    "Item": {"type": "string"},
    "Publisher": {"type": "string"},
    "Platform": {"type": "string", "minLength": 2},
    "Item_ID": ITEM_ID,
}
AUTHOR = closed(
    {"Name": {"type": "string", "minLength": 2}, "ORCID": {"pattern": r"^\d{4}-\d{4}-\d{4}-\d{3}[0-9X]$"}}, ["Name"]
)


def performances(*entries):
    return {"type": "array", "minItems": 1, "items": {"oneOf": list(entries)}}


def platform_item(method, metrics):
    more = {"Access_Method": {"enum": ["Regular", "TDM"]}} if method else {}
    return closed(
        {
            "Platform": {"type": "string", "minLength": 2},
            "Attribute_Performance": performances(
                closed(
                    {"Data_Type": {"const": "Platform"}, "Performance": performance("Searches_Platform"), **more},
                    ["Data_Type", "Performance"],
                ),
                closed(
                    {"Data_Type": {"enum": PLATFORM_TYPES}, "Performance": performance(*metrics, least=2), **more},
                    ["Data_Type", "Performance"],
                ),
            ),
        }
    )


def items(item):
    return closed({"Items": {"type": "array", "minItems": 1, "items": item}})


SCHEMAS = {
    "pr": report(
        header(
            "PR",
            "Platform Report",
            {
                "Access_Method": METHODS,
                "Data_Type": words("Platform", *PLATFORM_TYPES),
                "Metric_Type": words("Searches_Platform", *FOUR),
            },
            attributes={"Attributes_To_Show": words("Access_Method"), **GRANULARITY},
        ),
        platform_item(True, FOUR),
    ),
    "pr_p1": report(
        header(
            "PR_P1",
            "Platform Usage",
            {
                "Access_Method": {"const": ["Regular"]},
                "Metric_Type": {
                    "const": [
                        "Searches_Platform",
                        "Total_Item_Requests",
                        "Unique_Item_Requests",
                        "Unique_Title_Requests",
                    ]
                },
            },
            ["Access_Method", "Metric_Type"],
        ),
        platform_item(False, ["Total_Item_Requests", "Unique_Item_Requests"]),
    ),
    "ir": report(
        header(
            "IR",
            "Item Report",
            {
                "Access_Method": METHODS,
                "Access_Type": words("Controlled", "Free_To_Read", "Open"),
                "Data_Type": words(*ITEM_TYPES),
                "Metric_Type": words(*FOUR),
                "YOP": {"type": "array", "items": {"pattern": r"^\d{4}(-\d{4})?$"}, "minItems": 1},
                "Author": {"type": "string", "minLength": 2},
                "Item_ID": {"type": "string", "minLength": 2},
            },
            attributes={
                "Attributes_To_Show": words(
                    "Authors", "Publication_Date", "Article_Version", "YOP", "Access_Type", "Access_Method"
                ),
                "Include_Parent_Details": {"enum": ["True", "False"]},
                **GRANULARITY,
            },
        ),
        items(
            closed(
                {
                    **ITEM,
                    "Authors": {"type": "array", "items": AUTHOR, "minItems": 1, "maxItems": 3, "uniqueItems": True},
                    "Publication_Date": DAY,
                    "Attribute_Performance": performances(
                        closed(
                            {
                                "Data_Type": {"enum": list(ITEM_TYPES)},
                                "YOP": {"pattern": r"^\d{4}$"},
                                "Access_Type": {"enum": ["Controlled", "Open", "Free_To_Read"]},
                                "Access_Method": {"enum": ["Regular", "TDM"]},
                                "Performance": performance(*FOUR),
                            },
                            ["Data_Type", "Performance"],
                        )
                    ),
                },
                [*ITEM, "Attribute_Performance"],
            )
        ),
    ),
    "ir_m1": report(
        header(
            "IR_M1",
            "Multimedia Item Requests",
            {
                "Access_Method": {"const": ["Regular"]},
                "Data_Type": {"const": list(MULTIMEDIA)},
                "Metric_Type": {"const": ["Total_Item_Requests", "Unique_Item_Requests"]},
            },
            ["Access_Method", "Data_Type", "Metric_Type"],
        ),
        items(
            closed(
                {
                    **ITEM,
                    "Attribute_Performance": performances(
                        closed(
                            {
                                "Data_Type": {"enum": list(MULTIMEDIA)},
                                "Performance": performance("Total_Item_Requests", "Unique_Item_Requests", least=2),
                            }
                        )
                    ),
                }
            )
        ),
    ),
}
ERROR = closed(
    {
        "Code": {"type": "integer"},
        "Message": {"type": "string"},
        "Data": {"type": "string"},
        "Help_URL": {"type": "string"},
    },
    ["Code", "Message"],
)
