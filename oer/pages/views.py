"""The public pages: home, browsing, people, units, courses, help, display preferences; and the staff's start page."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from markupsafe import Markup
from werkzeug.wrappers import Response

from oer.accounts.permissions import SET_UP_FIRST, Action, may
from oer.accounts.queries import find_unit_by_code
from oer.catalogue.queries.browsing import (
    cards_by_public_ids,
    materials_of_unit,
    materials_with,
    newest_cards,
    term_counts,
)
from oer.catalogue.queries.collections import (
    find_public_collection,
    newest_collections,
    prerequisites_of,
    public_collections,
)
from oer.catalogue.queries.home import courses_for_group, picture_of
from oer.catalogue.queries.people import (
    OTHER,
    find_person,
    letters_of_people,
    materials_of_person,
    people_alike,
)
from oer.catalogue.queries.people import people as people_by_name
from oer.city.queries import next_events
from oer.core.db import Page
from oer.core.errors import Forbidden, NotFound, SecondFactorNeeded
from oer.core.i18n import N_
from oer.core.ids import is_public_id, read_public_id
from oer.core.links import Links
from oer.core.notices import notices
from oer.core.responsible import Responsible, missing_variables, responsible
from oer.core.text import as_script
from oer.core.watching import recent_glance
from oer.covers.chat_pictures import picture_of_course
from oer.covers.covers import cover_of, draw, frame_of
from oer.covers.spines import Marks, Volume, draw_spines, shelf_with
from oer.exchange.json_ld import CourseFacts, Publisher, breadcrumbs, web_site, with_search
from oer.exchange.json_ld import course as course_as_json_ld
from oer.files.queries import servable_blob
from oer.pages.navigation import menu_entries
from oer.pages.queries import CachedHome, Course, collection_cards, collections_of_unit, course, drawn, page_of_cards
from oer.pages.waiting import waiting_for
from oer.setting_checks import EMBLEM_TYPES
from oer.usage.queries.people import most_used_by
from oer.vietnamese.keys import ALPHABET, folded_text
from oer.vietnamese.names import name_key
from oer.vocabularies import Scheme, vocabularies
from oer.vocabularies.places import former_names
from oer.web.context import db, installation, language, settings
from oer.web.file_responses import INLINE_POLICY, inline_content_type
from oer.web.identity import require_account
from oer.web.page_cache import cached_page
from oer.web.request_validation import local_redirect_target
from oer.web.templates import DISPLAY_COOKIE, PREFERENCES, YEAR_SECONDS, chosen_of, display

blueprint = Blueprint("pages", __name__)

# One of the two rises with each publication, withdrawal, and change of a collection or unit.
CATALOGUE_VERSION = "SELECT page_revision, (SELECT sum(revision) FROM unit) FROM catalogue_state"

# Home also changes with the events that it shows, and when one of them begins or ends.
HOME_VERSION = """SELECT page_revision, (SELECT sum(revision) FROM unit),
(SELECT count(*) || '/' || coalesce(sum(revision), 0) FROM city_event
 WHERE state = 'published' AND ends_at > CURRENT_TIMESTAMP) AS events,
(SELECT count(*) FROM city_event
 WHERE state = 'published' AND ends_at > CURRENT_TIMESTAMP AND starts_at <= CURRENT_TIMESTAMP) AS going_on
FROM catalogue_state"""
EVENTS = 3


def page_number() -> int:
    """Return the page number that the address names; 1 for anything that is not a number."""
    return request.args.get("page", 1, type=int)


def drawn_cover(
    public_id: str, record: Mapping[str, Any], formats: Sequence[str], small: bool, place: str = "c"
) -> Markup:
    """Return the cover by rule of a material that has no picture, for a template."""
    return Markup(draw(cover_of(public_id, record, formats), small, place))  # noqa: S704 (it escapes what it writes)


def drawn_spines(
    volumes: Sequence[Volume], here: int | None = None, marks: tuple[frozenset[str] | None, str] | None = None
) -> Markup:
    """Return the spines of a course for a template; of a long one those around the volume that is `here`."""
    shown, place = (volumes, None) if here is None else shelf_with(volumes, here)
    # It writes ids, numbers and colours alone.
    return Markup(draw_spines(tuple(shown), place, Marks(*marks) if marks else None))  # noqa: S704


@blueprint.record_once
def _add_template_globals(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals.update(
        menu_entries=menu_entries,
        vocabularies=vocabularies(),
        former_names=former_names,
        cover_frame=frame_of,
        drawn_cover=drawn_cover,
        drawn_spines=drawn_spines,
        responsible=_responsible,
        trail_as_json_ld=_trail_as_json_ld,
    )


def _trail_as_json_ld(steps: Sequence[tuple[str, Any]]) -> Markup:
    root = Links(settings().base_url).base_url.rstrip("/")
    return Markup(as_script(breadcrumbs([(root + address, str(Markup(words).unescape())) for address, words in steps])))  # noqa: S704


NEWEST, COURSES = 6, 4
_EXTENSION_KEY = "oer_home"


@blueprint.get("/")
@cached_page(HOME_VERSION, in_outage=True)
def home() -> str:
    """Show the home page: search, the week, the day, courses, newest materials, groups, subjects."""
    terms = vocabularies()
    facts = current_app.extensions.setdefault(_EXTENSION_KEY, CachedHome()).current(db())
    courses = collection_cards(db(), newest_collections(db(), COURSES))
    week = facts.feature.public_id if facts.feature else None
    return render_template(
        "pages/home.html",
        facts=facts,
        events=next_events(db(), EVENTS),
        audiences=[term for term in terms.audiences if term.facts["priority"]],
        # Those that have nothing yet come last, else in the order of the scheme.
        subjects=sorted(terms.subjects.tops(), key=lambda term: not facts.subjects.get(term.code)),
        json_ld=_site_as_json_ld(),
        newest=drawn(newest_cards(db(), NEWEST)),
        # That of the week stands above already.
        courses=[
            replace(each, faces=drawn(each.faces))
            for each in sorted(courses, key=lambda each: each.collection.public_id == week)
        ],
    )


TERM_PAGE_SIZE, MOST_USED = 24, 6
UNKNOWN_TERM = N_("This subject, group or level does not exist.")


@blueprint.get("/subjects")
@cached_page(CATALOGUE_VERSION, in_outage=True)
def subjects() -> str:
    """Show all subjects, audiences and levels."""
    terms = vocabularies()
    counts = {scheme: term_counts(db(), scheme) for scheme in ("subject", "audience", "level")}
    return render_template("pages/subjects.html", terms=terms, counts=counts)


@blueprint.get("/subjects/<code>")
@cached_page(CATALOGUE_VERSION, in_outage=True)
def subject(code: str) -> str:
    """Show the materials of a subject, and its narrower subjects."""
    return _term_page("subject", vocabularies().subjects, code)


@blueprint.get("/audiences/<code>")
@cached_page(CATALOGUE_VERSION, in_outage=True)
def audience(code: str) -> str:
    """Show the materials for an audience."""
    return _term_page("audience", vocabularies().audiences, code)


@blueprint.get("/levels/<code>")
@cached_page(CATALOGUE_VERSION, in_outage=True)
def level(code: str) -> str:
    """Show the materials of an education level."""
    return _term_page("level", vocabularies().levels, code)


def _term_page(name: str, scheme: Scheme, code: str) -> str:
    term = scheme.get(code)
    if term is None:
        raise NotFound(UNKNOWN_TERM)
    is_group = name == "audience" and bool(term.facts.get("chosen_courses"))
    ids = most_used_by(db(), code, MOST_USED) if is_group else []
    known = cards_by_public_ids(db(), ids) if ids else {}
    used = [known[each] for each in ids if each in known]
    return render_template(
        "pages/term.html",
        scheme=name,
        term=term,
        above=scheme.get(term.parent) if term.parent else None,
        below=scheme.children(code),
        counts=term_counts(db(), name),
        page=page_of_cards(db(), materials_with(db(), name, code, page_number(), TERM_PAGE_SIZE)),
        courses=collection_cards(db(), courses_for_group(db(), code)) if is_group else [],
        used=used,
    )


UNKNOWN_PERSON = N_("No materials by this person.")


@blueprint.get("/people")
@cached_page(CATALOGUE_VERSION, in_outage=True)
def people() -> str:
    """Show all people who made materials, or those whose names begin with a letter."""
    letter = request.args.get("letter", "").lower()
    letter = letter if letter == OTHER or (letter and letter in ALPHABET and len(letter) == 1) else ""
    return render_template(
        "pages/people.html",
        letter=letter,
        other=OTHER,
        letters=letters_of_people(db()),
        page=people_by_name(db(), letter, page_number()),
    )


@blueprint.get("/people/<name>")
@cached_page(CATALOGUE_VERSION, in_outage=True)
def person(name: str) -> str | Response:
    """Show a person's materials. Other ways of writing the name redirect to the one address of the person."""
    key = name_key(name)
    found = find_person(db(), key) if key else None
    if found is None:
        return _person_meant(name)
    if key != name:
        return redirect(url_for("pages.person", name=key), 301)
    return render_template(
        "pages/person.html",
        person=found,
        alike=[each for each in people_alike(db(), found.folded) if each.key != key],
        page=page_of_cards(db(), materials_of_person(db(), key, page_number())),
    )


def _person_meant(name: str) -> str | Response:
    """Lead on from a name without its marks, as addresses once had it: to the one person, or to a choice."""
    folded = folded_text(name)
    alike = people_alike(db(), folded) if folded else []
    if not alike:
        raise NotFound(UNKNOWN_PERSON)
    if len(alike) == 1:
        return redirect(url_for("pages.person", name=alike[0].key), 302)  # there may be several one day
    return render_template("pages/people_meant.html", people=alike)


@blueprint.get("/units/<code>")
@cached_page(CATALOGUE_VERSION, in_outage=True)
def unit(code: str) -> str:
    """Show a unit: where it is, its courses, its materials."""
    found = find_unit_by_code(db(), code)
    return render_template(
        "pages/unit.html",
        unit=found,
        ward=vocabularies().places.get(found.ward_code or ""),
        collections=collection_cards(db(), collections_of_unit(db(), found.id)),
        page=page_of_cards(db(), materials_of_unit(db(), found.id, page_number())),
    )


@blueprint.get("/collections")
@cached_page(CATALOGUE_VERSION, in_outage=True)
def collections() -> str:
    """Show all published collections, newest first."""
    found = public_collections(db(), page_number())
    page = Page(collection_cards(db(), found.items), found.number, found.size, found.total)
    return render_template("pages/collections.html", page=page)


NO_PICTURE = N_("This collection has no picture.")


@blueprint.get("/collections/<public_id>")
@cached_page(CATALOGUE_VERSION)
def collection(public_id: str) -> str | Response:
    """Show a collection: its parts in order, its length, the material to start with."""
    meant = read_public_id(public_id)
    if meant and not is_public_id(public_id):
        return redirect(url_for("pages.collection", public_id=meant), 301)
    found = find_public_collection(db(), public_id)
    shown, site = course(db(), found), settings().site_name
    return render_template(
        "pages/collection.html",
        course=shown,
        picture=picture_of(db(), found.id),
        picture_key=picture_of_course(found.public_id, found.title, found.kind, shown.volumes, site).key[:10],
        prerequisites=[each for each in prerequisites_of(db(), found.id) if each.is_public],
        json_ld=as_script(course_as_json_ld(_course_facts(shown), language())),
    )


def _course_facts(shown: Course) -> CourseFacts:
    links, collection = Links(settings().base_url), shown.collection
    return CourseFacts(
        links.collection(collection.public_id),
        collection.title,
        collection.summary,
        shown.unit.name if shown.unit else _responsible().agency or _site_names(),
        round(shown.minutes),
        [(links.material(each.public_id), each.record.get("title", {})) for each in shown.ordered],
    )


@blueprint.get("/collections/<public_id>/picture")
def collection_picture(public_id: str) -> Response:
    """Send the picture of a published collection."""
    collection = find_public_collection(db(), public_id)
    picture = picture_of(db(), collection.id)
    if picture is None:
        raise NotFound(NO_PICTURE)
    storage = installation().storage
    blob = servable_blob(db(), storage, picture)
    # Whole, not as a stream: so a drawing is compressed on its way.
    response = make_response(b"".join(storage.read(blob.sha256)))
    response.headers["Content-Type"] = inline_content_type(blob.media_type)
    response.headers["Content-Security-Policy"] = INLINE_POLICY
    response.set_etag(blob.sha256)
    response.make_conditional(request)
    if request.args.get("v") == picture[:10]:
        response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


@blueprint.get("/help")
@cached_page(CATALOGUE_VERSION, in_outage=True)
def help_page() -> str:
    """Show help for readers."""
    return render_template("pages/help.html", text=f"pages/texts/help.{language()}.html")


@blueprint.get("/help/educators")
@cached_page(CATALOGUE_VERSION, in_outage=True)
def help_educators() -> str:
    """Show help for educators."""
    return render_template("pages/help_educators.html", text=f"pages/texts/help_educators.{language()}.html")


@blueprint.get("/privacy")
@cached_page(CATALOGUE_VERSION, in_outage=True)
def privacy() -> str:
    """Show the privacy notice."""
    return render_template("pages/privacy.html", text=f"pages/texts/privacy.{language()}.html")


@blueprint.get("/about")
@cached_page(CATALOGUE_VERSION, in_outage=True)
def about() -> str:
    """Show what the repository is and who stands behind it."""
    return render_template("pages/about.html", text=f"pages/texts/about.{language()}.html", json_ld=_site_as_json_ld())


def _site_as_json_ld() -> str:
    links, behind, names = Links(settings().base_url), _responsible(), _site_names()
    publisher = Publisher(
        behind.agency or names,
        behind.address,
        behind.phone,
        behind.email,
        links.page("/emblem") if behind.has_emblem else "",
    )
    site = web_site(links.page("/", language()), names, publisher, language())
    return as_script(with_search(site, links.page("/search", language())))


def _site_names() -> dict[str, str]:
    return {"vi": settings().site_name, "en": settings().site_name_en}


def _responsible() -> Responsible:
    return responsible(settings())


@blueprint.get("/emblem")
def emblem() -> Response:
    """Send the emblem of the responsible agency."""
    path = Path(settings().emblem)
    if not settings().emblem or not path.is_file():
        raise NotFound(NO_EMBLEM)
    response = make_response(path.read_bytes())
    response.headers["Content-Type"] = EMBLEM_TYPES[path.suffix.lower()]
    response.headers["Content-Security-Policy"] = INLINE_POLICY
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response


@blueprint.get("/display")
def display_page() -> str | Response:
    """Show the display preferences, or store those that the address names and go back to `next`.

    The form uses GET, because it changes only this browser's look: a token would need a session, and with a session
    pages are no longer cached.
    """
    back = local_redirect_target(request.args.get("next"), "")
    if not PREFERENCES.keys() & request.args.keys():
        return make_response(render_template("pages/display.html", back=back))
    chosen = chosen_of({**display(), **request.args})
    response = redirect(back or f"{request.script_root}/display", 303)
    response.set_cookie(
        DISPLAY_COOKIE,
        ".".join(chosen.values()),
        max_age=YEAR_SECONDS,
        samesite="Lax",
        httponly=True,
        secure=settings().base_url.startswith("https:"),
    )
    return response


NO_EMBLEM = N_("There is no emblem.")
NO_STAFF_ROLE = N_(
    "Your account has no role that gives access to this page. You can ask to become an educator on the page My account."
)


@blueprint.get("/admin")
def admin() -> str:
    """Show what waits for the account, how the installation is to those who watch it, and the places of its work."""
    account = require_account()
    entries = menu_entries(account)
    if account.lacks_second_factor:
        raise SecondFactorNeeded(SET_UP_FIRST)
    if not entries:
        raise Forbidden(NO_STAFF_ROLE)
    is_administrator = may(account, Action.ACCOUNT_ADMINISTER)
    seen = recent_glance(installation()) if may(account, Action.SYSTEM_WATCH) else None
    return render_template(
        "pages/admin.html",
        entries=entries,
        notices=notices(settings()) if is_administrator else [],
        missing=missing_variables(settings()) if is_administrator else [],
        piles=waiting_for(db(), account),
        seen=seen,
        parts=seen.worst_first if seen else [],
    )
