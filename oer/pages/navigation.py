"""The menu of everybody who works here: links by what their account may do, for the top bar and the start page."""

from dataclasses import dataclass

from oer.accounts.models import Account
from oer.accounts.permissions import Action, may
from oer.core.i18n import N_


@dataclass(frozen=True)
class MenuEntry:
    """A link of the menu: endpoint, label, what it is for, and the action that an account needs permission for."""

    endpoint: str
    label: str
    purpose: str
    action: Action


MENU: tuple[MenuEntry, ...] = (
    MenuEntry(
        "catalogue.own_materials",
        N_("My materials"),
        N_("Your drafts, submitted and published materials; create a new one."),
        Action.MATERIAL_CREATE,
    ),
    MenuEntry(
        "catalogue.own_collections",
        N_("Collections"),
        N_("Courses and learning paths of your units: arrange materials in parts."),
        Action.COLLECTION_EDIT,
    ),
    MenuEntry(
        "statistics.own",
        N_("My figures"),
        N_("How your materials are viewed, read and downloaded."),
        Action.STATISTICS_OWN,
    ),
    MenuEntry(
        "statistics.wanted_materials",
        N_("Materials wanted"),
        N_("Materials that people look for and do not find: take one on if you can make it."),
        Action.MATERIAL_CREATE,
    ),
    MenuEntry(
        "catalogue.review_queue",
        N_("Review"),
        N_("Submissions and withdrawal requests that need a decision."),
        Action.MATERIAL_REVIEW,
    ),
    MenuEntry(
        "learning.problems",
        N_("Reported problems"),
        N_("Problems that readers reported, and our answers."),
        Action.PROBLEM_ANSWER,
    ),
    MenuEntry(
        "learning.review_voices",
        N_("Ratings and questions"),
        N_("What readers wrote under materials: let it through, or hide what breaks a rule."),
        Action.VOICE_REVIEW,
    ),
    MenuEntry(
        "indicators.my_rounds",
        N_("Reporting"),
        N_("Values that your unit reports for the learning-city indicators, with evidence."),
        Action.INDICATOR_REPORT,
    ),
    MenuEntry(
        "city.own",
        N_("Points and events"),
        N_("Learning points of your ward with their half-yearly check; events of your unit."),
        Action.CITY_EDIT,
    ),
    MenuEntry(
        "indicators.dashboard",
        N_("Indicators"),
        N_("Learning-city indicators: rounds, sets, figures, results."),
        Action.INDICATOR_READ,
    ),
    MenuEntry(
        "statistics.overview",
        N_("Statistics"),
        N_("Usage of the whole repository by day, month, material and subject; exports."),
        Action.STATISTICS_ALL,
    ),
    MenuEntry(
        "catalogue.week",
        N_("Course of the week"),
        N_("What home shows large: a course or material for a week."),
        Action.MATERIAL_ADMINISTER,
    ),
    MenuEntry(
        "catalogue.group_courses",
        N_("Courses for groups"),
        N_("Which courses stand on the pages of the city's groups, in which order."),
        Action.MATERIAL_ADMINISTER,
    ),
    MenuEntry(
        "search.other_names",
        N_("Other names in search"),
        N_("Abbreviations and words that mean the same: what search finds besides what was typed."),
        Action.MATERIAL_ADMINISTER,
    ),
    MenuEntry(
        "accounts_admin.accounts",
        N_("Accounts"),
        N_("People and their roles."),
        Action.ACCOUNT_ADMINISTER,
    ),
    MenuEntry(
        "accounts_admin.role_requests",
        N_("Requests"),
        N_("Requests to become an educator of a unit."),
        Action.ACCOUNT_ADMINISTER,
    ),
    MenuEntry(
        "accounts_admin.units",
        N_("Units"),
        N_("Organisations that publish and report."),
        Action.UNIT_ADMINISTER,
    ),
    MenuEntry(
        "monitoring.operations",
        N_("Operations"),
        N_("Whether every part works: worker, waiting work, mails, files, settings."),
        Action.SYSTEM_WATCH,
    ),
)


def menu_entries(account: Account | None) -> list[MenuEntry]:
    """Return the menu of an account, in order; empty for a learner."""
    return [entry for entry in MENU if may(account, entry.action)]
