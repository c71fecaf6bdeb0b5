"""Who gets in where: a rule for each endpoint, written down a second time so that a slip in a view shows.

A new route needs a line in RULES: the kind of rule that its page follows, and, if the rule depends on the state of an
object, an object of that kind in `access_world.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What somebody meets at an address."""

    IN = "in"  # past every check of access, whatever becomes of the request then
    SIGN_IN = "sign in"
    FORBIDDEN = "forbidden"
    UNKNOWN = "unknown"  # as if there were no such thing
    GONE = "gone"


IN, SIGN_IN, FORBIDDEN, UNKNOWN, GONE = Outcome
# `disabled` is an administrator whose account was closed while a browser of theirs was signed in.
NOBODY = frozenset({"anonymous", "disabled"})
EDUCATING = frozenset({"owner", "colleague", "other_educator", "admin"})
REVIEWING = frozenset({"reviewer", "other_reviewer", "admin"})
REPORTING = frozenset({"reporter", "other_reporter", "admin"})
READING = frozenset({"leader", "admin"})  # all of the indicators
WORKING = EDUCATING | REVIEWING | REPORTING | READING
PEOPLE = ("anonymous", "disabled", "learner", *sorted(WORKING - {"admin"}), "admin")

HIDDEN = frozenset({"draft", "returned"})
# Of a material, as its address shows it; and one of its versions, as `?version=` does.
STATES = ("draft", "returned", "submitted", "published", "new_draft", "new_submitted", "withdrawn")
VERSIONS = ("superseded", "closed", "draft_of_published", "submitted_of_published", "published_of_withdrawn")


@dataclass(frozen=True)
class AccessRule:
    """What each of PEOPLE meets, for an object in each of `states`."""

    says: Callable[[str, str], Outcome]
    states: tuple[str, ...] = ("",)


def _for(people: frozenset[str], otherwise: Outcome = FORBIDDEN) -> AccessRule:
    def says(person: str, _state: str) -> Outcome:
        if person in people:
            return IN
        return SIGN_IN if person in NOBODY else otherwise

    return AccessRule(says)


def _may_know(person: str, state: str) -> bool:
    """Whether somebody may know of a material in a state."""
    if state in {"published", "new_draft", "new_submitted", "superseded"} or person in {"owner", "admin"}:
        return True
    return state not in {*HIDDEN, "draft_of_published"} and person == "reviewer"


def _reader(person: str, state: str) -> Outcome:
    if state == "withdrawn":
        return GONE
    was_public = state in {"closed", "published_of_withdrawn"}
    return IN if _may_know(person, state) else GONE if was_public else UNKNOWN


def _public_only(person: str, state: str) -> Outcome:
    return UNKNOWN if state in {*HIDDEN, "submitted"} else _reader(person, state)


def _editor(person: str, state: str) -> Outcome:
    if person in NOBODY:
        return SIGN_IN
    if person in {"owner", "admin"}:
        return IN
    return FORBIDDEN if _may_know(person, state) else UNKNOWN


def _uploader(person: str, state: str) -> Outcome:
    return FORBIDDEN if person not in EDUCATING | NOBODY else _editor(person, state)


def _reviewer(person: str, state: str) -> Outcome:
    if person in NOBODY:
        return SIGN_IN
    if person not in REVIEWING:
        return FORBIDDEN
    if state in HIDDEN:
        return UNKNOWN
    if person in {"reviewer", "admin"}:
        return IN
    # A new version that waits is what would be decided on, and nobody of another unit may know of it.
    return FORBIDDEN if state in {"published", "new_draft"} else UNKNOWN


def _collection_editor(person: str, state: str) -> Outcome:
    if person in NOBODY:
        return SIGN_IN
    if person in {"owner", "colleague", "admin"}:
        return IN
    return FORBIDDEN if person not in EDUCATING or state == "public" else UNKNOWN


def _reporter(person: str, _state: str) -> Outcome:
    if person in NOBODY:
        return SIGN_IN
    if person in {"reporter", "admin"}:
        return IN
    return UNKNOWN if person == "other_reporter" else FORBIDDEN


def _evidence(person: str, state: str) -> Outcome:
    """Also of a unit that checks lines of the report, as that of `other_reporter` does."""
    return IN if person in {"leader", "other_reporter"} else _reporter(person, state)


def _checker(person: str, state: str) -> Outcome:
    """Of a report of which the unit of `other_reporter` checks a line."""
    met = _reporter(person, state)
    return IN if person == "other_reporter" else UNKNOWN if met is IN and person == "reporter" else met


def _commenting(person: str, state: str) -> Outcome:
    return IN if person == "other_reporter" else _reporter(person, state)


def _built(person: str, state: str) -> Outcome:
    if person in NOBODY:
        return SIGN_IN
    return IN if person in READING or (person == "reporter" and state == "of_unit") else UNKNOWN


def _problem(person: str, _state: str) -> Outcome:
    if person in NOBODY:
        return SIGN_IN
    if person in {"reviewer", "admin"}:
        return IN
    return UNKNOWN if person == "other_reviewer" else FORBIDDEN


def _if_public(_person: str, state: str) -> Outcome:
    return IN if state == "public" else UNKNOWN


def _own_of_public(person: str, state: str) -> Outcome:
    return SIGN_IN if person in NOBODY else _public_only(person, state)


def _own_upload(person: str, _state: str) -> Outcome:
    if person in NOBODY:
        return SIGN_IN
    return IN if person == "owner" else UNKNOWN if person in EDUCATING else FORBIDDEN


def _own_of_course(person: str, state: str) -> Outcome:
    return SIGN_IN if person in NOBODY else _if_public(person, state)


def _educator_of_public(person: str, state: str) -> Outcome:
    if person in NOBODY:
        return SIGN_IN
    return _public_only(person, state) if person in EDUCATING else FORBIDDEN


SHEETS = _for(EDUCATING | REVIEWING)
NOT_SET = AccessRule(lambda _person, _state: UNKNOWN)  # a setting that these tests leave empty
EVERYBODY = AccessRule(lambda _person, _state: IN)
ACCOUNTS = _for(frozenset(PEOPLE) - NOBODY)
OWN_UPLOAD = AccessRule(_own_upload)
OWNER_ALONE = _for(frozenset({"owner"}), otherwise=UNKNOWN)
STAFF = _for(WORKING)
EDUCATORS, REVIEWERS, REPORTERS, ADMINISTRATORS = map(_for, (EDUCATING, REVIEWING, REPORTING, frozenset({"admin"})))
READER = AccessRule(_reader, (*STATES, *VERSIONS))
PUBLIC_ONLY = AccessRule(_public_only, STATES)
OWN_OF_PUBLIC = AccessRule(_own_of_public, STATES)
EDUCATOR_OF_PUBLIC = AccessRule(_educator_of_public, STATES)
# The material is public, and that a version of it is closed is said to everybody (410): neither is a secret.
EARLIER = AccessRule(lambda person, _state: _editor(person, "published"), ("superseded", "closed"))
EDITOR, UPLOADER, REVIEWER = (AccessRule(says, STATES) for says in (_editor, _uploader, _reviewer))
INDICATOR_READERS = _for(READING)
IF_PUBLIC, COLLECTION_EDITOR, OWN_OF_COURSE = (
    AccessRule(says, ("public", "hidden")) for says in (_if_public, _collection_editor, _own_of_course)
)
REPORTER, PROBLEM = AccessRule(_reporter), AccessRule(_problem)
BUILT = AccessRule(_built, ("of_unit", "of_city"))


def _rules(rule: AccessRule, room: str, names: str) -> dict[str, AccessRule]:
    return dict.fromkeys((f"{room}.{name}" for name in names.split()), rule)


RULES: dict[str, AccessRule] = {
    **dict.fromkeys(("healthz", "metrics", "monitoring.readyz", "static"), EVERYBODY),
    **_rules(EVERYBODY, "accounts", "ask_reset confirm confirm_now new_email new_email_now register reset"),
    **_rules(EVERYBODY, "accounts", "sign_in sign_out second_step second_step_options passkey_options passkey_sign_in"),
    **_rules(ACCOUNTS, "accounts", "ask_role data_csv data_json delete email end_all_sign_ins end_others own_page"),
    **_rules(ACCOUNTS, "accounts", "data_html my_data"),
    **_rules(ACCOUNTS, "accounts", "discard_kept_form kept_form password privacy profile"),
    # Nobody here has just signed in, so most of these lead to the page that asks who they are.
    **_rules(ACCOUNTS, "accounts", "second_factors confirm_again confirm_options authenticator_app recovery_codes"),
    **_rules(ACCOUNTS, "accounts", "remove_authenticator_app new_passkey new_passkey_options remove_passkey"),
    **_rules(ACCOUNTS, "accounts", "tokens"),
    **_rules(OWNER_ALONE, "accounts", "end_one_sign_in revoke_token_now"),
    **_rules(ADMINISTRATORS, "accounts_admin", "account accounts decide disable enable new_unit revoke role_requests"),
    **_rules(ADMINISTRATORS, "accounts_admin", "audit audit_csv"),
    **_rules(ADMINISTRATORS, "accounts_admin", "reset_second_step unit units"),
    **_rules(ADMINISTRATORS, "monitoring", "operations"),
    **_rules(EDUCATORS, "catalogue", "own_materials new begin begin_with_files own_collections all_collections"),
    **_rules(EDUCATORS, "catalogue", "new_collection"),
    **_rules(
        ADMINISTRATORS,
        "catalogue",
        "choose_week forget_week week group_courses choose_group_course change_group_course",
    ),
    **_rules(EDITOR, "catalogue", "ask_withdrawal change_file delete describe edit files files_state new_version"),
    **_rules(EDITOR, "catalogue", "change_licence handle_comment licence submit take_back"),
    **_rules(EDUCATOR_OF_PUBLIC, "catalogue", "begin_remix"),
    **_rules(EARLIER, "catalogue", "close_version open_version"),
    **_rules(UPLOADER, "catalogue", "add_files replace_file"),
    **_rules(COLLECTION_EDITOR, "catalogue", "add_part add_to_collection change_collection_state change_item"),
    **_rules(
        COLLECTION_EDITOR, "catalogue", "change_part describe_collection edit_collection give_picture rename_part"
    ),
    **_rules(COLLECTION_EDITOR, "catalogue", "ask_beforehand ask_no_more change_note edit_note new_note place_item"),
    **_rules(EDUCATOR_OF_PUBLIC, "catalogue", "courses_for"),
    **_rules(REVIEWERS, "catalogue", "review_queue"),
    **_rules(
        REVIEWER,
        "catalogue",
        "comment edit_in_review publish_later claim decline_withdrawal "
        "give_back publish restore return_version review withdraw",
    ),
    **_rules(EDUCATORS, "catalogue_api", "begin begin_with_file"),
    **_rules(EVERYBODY, "catalogue_uploads", "abilities"),
    **_rules(EDUCATORS, "catalogue_uploads", "create unfinished"),
    **_rules(OWN_UPLOAD, "catalogue_uploads", "add_part discard state"),
    **_rules(OWN_UPLOAD, "catalogue", "discard_upload_now batch batch_faults check_batch discard_batch run_batch"),
    **_rules(EDUCATORS, "catalogue", "new_batch sheet_template"),
    **_rules(PUBLIC_ONLY, "catalogue_api", "material versions"),
    **_rules(EDITOR, "catalogue_api", "draft"),
    **_rules(UPLOADER, "catalogue_api", "act begin_version delete delete_file describe"),
    **_rules(REVIEWER, "catalogue_api", "decide"),
    **_rules(UPLOADER, "catalogue_api", "upload_file"),
    **_rules(EVERYBODY, "city", "calendar event event_calendar events here point points register"),
    **_rules(EVERYBODY, "city", "change_registration registration"),  # whoever has the secret in their address
    **_rules(REPORTERS, "city", "new_event new_point own"),
    **_rules(REPORTER, "city", "cancel_event check count_people edit_event edit_point people publish_event remove"),
    **_rules(EVERYBODY, "counter_api", "members report reports status"),  # with a key: tests/statistics/test_counter.py
    **_rules(PUBLIC_ONLY, "exchange", "described embed"),
    **_rules(EVERYBODY, "exchange", "sitemap sitemap_part term_feed unit_feed"),
    **_rules(IF_PUBLIC, "exchange", "collection_feed opds_collection"),
    **_rules(EVERYBODY, "exchange", "opds opds_collections opds_new opds_search opds_term opds_terms"),
    **_rules(
        EVERYBODY, "exchange", "changes newest_feed newest_rss oai oembed opensearch robots search_feed search_rss"
    ),
    **_rules(
        EVERYBODY, "indicators", "figure figures_csv figures_metadata indicator public public_set rows_csv set_file"
    ),
    **_rules(IF_PUBLIC, "indicators", "published values_csv values_metadata"),
    **_rules(ACCOUNTS, "indicators", "overview"),  # leads on to a page with a rule of its own
    **_rules(REPORTERS, "indicators", "my_rounds"),
    **_rules(REPORTER, "indicators", "own_builds remove_file report save_line sheet sheet_file submit_report"),
    **_rules(AccessRule(_evidence), "indicators", "fetch_file"),
    **_rules(AccessRule(_commenting), "indicators", "comment"),
    **_rules(AccessRule(_checker), "indicators", "approve_checked check return_checked"),
    **_rules(REPORTERS, "indicators", "checks"),
    **_rules(BUILT, "indicators", "built_file built_page"),
    **_rules(INDICATOR_READERS, "indicators", "builds dashboard figure_versions review round_page round_values rounds"),
    **_rules(INDICATOR_READERS, "indicators", "set_page sets table tables"),
    **_rules(ADMINISTRATORS, "indicators", "add_target approve_report ask ask_to_freeze assignments correct_period"),
    **_rules(ADMINISTRATORS, "indicators", "drop_event drop_target end erratum freeze import_set line new_event"),
    **_rules(ADMINISTRATORS, "indicators", "new_round publish remind_round reopen return_to_unit set_due_date"),
    **_rules(ADMINISTRATORS, "indicators", "own_set_file take_in_table texts years years_file"),
    **_rules(EVERYBODY, "indicators_api", "figures one"),
    **_rules(IF_PUBLIC, "indicators_api", "values"),
    **_rules(ACCOUNTS, "learning", "change_digest finish finished following forget go_back history keep_search"),
    **_rules(ACCOUNTS, "learning", "follow new_list note_place remove searches take_over"),
    **_rules(ACCOUNTS, "learning", "practise practised_today set_weekly_goal"),
    **_rules(OWNER_ALONE, "learning", "answer_practice judge_practice"),
    **_rules(ACCOUNTS, "learning", "diary own_statements write_diary"),
    **_rules(OWN_OF_COURSE, "learning", "ask_for_statement"),
    **_rules(OWNER_ALONE, "learning", "badge own_statement statement_pdf take_back"),
    **_rules(EVERYBODY, "learning", "statement statement_issuer statement_key statement_keys taken_back verify"),
    # Whoever has the secret in their address.
    **_rules(EVERYBODY, "learning", "shared shelf unsubscribe unsubscribe_now"),
    **_rules(OWN_OF_PUBLIC, "learning", "lists_for save"),
    **_rules(EDITOR, "learning", "edit_practice export_gift export_qti"),
    **_rules(PUBLIC_ONLY, "learning", "resume"),
    **_rules(OWNER_ALONE, "learning", "add_to_list change_list delete_list forget_search share_list show_list"),
    **_rules(REVIEWERS, "learning", "problems"),
    **_rules(PROBLEM, "learning", "problem"),
    **_rules(PUBLIC_ONLY, "learning", "report voices"),
    **_rules(OWN_OF_PUBLIC, "learning", "ask rate take_back_rating"),
    **_rules(EVERYBODY, "learning", "report_voice ticket"),
    **_rules(ACCOUNTS, "learning", "answer my_reports my_voices"),
    **_rules(OWNER_ALONE, "learning", "change_voice take_back_voice"),
    **_rules(REVIEWERS, "learning", "review_voices"),
    **_rules(PROBLEM, "learning", "review_voice"),
    **_rules(
        EVERYBODY,
        "pages",
        "about audience collections display_page help_educators help_page home level people person privacy",
    ),
    **_rules(EVERYBODY, "pages", "subject subjects unit"),
    **_rules(NOT_SET, "pages", "emblem"),
    # With a provider: tests/accounts/test_identity.py
    **_rules(NOT_SET, "accounts", "identity identity_back finish_identity identity_account"),
    **_rules(ACCOUNTS, "accounts", "remove_identity"),
    **_rules(IF_PUBLIC, "pages", "collection collection_picture"),
    **_rules(STAFF, "pages", "admin"),
    **_rules(EVERYBODY, "reading", "file"),  # leads on to `read`, whatever there is
    **_rules(
        READER, "reading", "captions chat_picture cover download download_all material member page_image picture play"
    ),
    **_rules(IF_PUBLIC, "reading", "course_chat_picture download_course"),
    **_rules(ACCOUNTS, "reading", "notes notes_file"),
    **_rules(EVERYBODY, "reading", "kept_here manifest worker"),
    **_rules(READER, "reading", "whole"),
    **_rules(PUBLIC_ONLY, "reading", "to_keep"),
    **_rules(IF_PUBLIC, "reading", "course_to_keep"),
    **_rules(OWN_OF_PUBLIC, "reading", "add_note"),
    **_rules(OWNER_ALONE, "reading", "change_note"),
    **_rules(READER, "reading", "cite find poster practice qr_code read share show timestamp"),
    **_rules(EVERYBODY, "search", "results suggested"),
    **_rules(COLLECTION_EDITOR, "search", "pick_materials"),
    **_rules(ADMINISTRATORS, "search", "change_names other_names"),
    **_rules(EVERYBODY, "search_api", "materials"),
    **_rules(SHEETS, "search_api", "export"),
    **_rules(EVERYBODY, "statistics", "need needed public public_export"),
    **_rules(EDUCATORS, "statistics", "change_wish own own_export wanted_materials"),
    **_rules(ADMINISTRATORS, "statistics", "ask_for counter_file counter_reports demand demand_export drop export"),
    **_rules(ADMINISTRATORS, "statistics", "make_counter_key overview people_export people_page revoke_counter_key"),
}
