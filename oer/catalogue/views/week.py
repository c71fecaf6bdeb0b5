"""Pages on which administrators choose what home shows for a week, and the courses on the pages of groups."""

import re
from datetime import timedelta

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField

from oer.accounts.permissions import Action
from oer.catalogue.home_models import WEEK_DAYS
from oer.catalogue.models import Collection, Material
from oer.catalogue.queries.collections import find_public_collection
from oer.catalogue.queries.home import courses_by_group, feature_of, week_choices
from oer.catalogue.queries.materials import find_public
from oer.catalogue.services import home as services
from oer.catalogue.services.home import choose_for_group, choose_for_week, forget_choice
from oer.catalogue.views.blueprint import blueprint, signed_in_for
from oer.core.clock import today
from oer.core.errors import Conflict, Gone, Invalid, NotFound
from oer.core.i18n import N_, in_language
from oer.core.ids import read_public_id
from oer.vocabularies import Term, vocabularies
from oer.web.context import db, language
from oer.web.forms import DayField, Form, form_checks_token
from oer.web.languages import gettext

_NO_ID = N_("This is neither the id nor the address of a course or material.")
_NO_COURSE = N_("This is a material. Choose a course.")
_NO_DATE = N_("Give a date.")


class WeekForm(Form):
    """A course or material, and the day from which home shows it."""

    what = StringField(
        N_("Course or material"), description=N_("Its id, such as 3k9d2-x7m4p, or the address of its page.")
    )
    starts_on = DayField(N_("From which day"), description=N_("Home shows it for seven days."))


@blueprint.get("/admin/week")
def week() -> str:
    """Show what home has this week and what is chosen for the next ones, and a form to choose."""
    signed_in_for(Action.MATERIAL_ADMINISTER)
    return _page(WeekForm(formdata=None, starts_on=today()))


@blueprint.post("/admin/week")
@form_checks_token
def choose_week() -> Response | tuple[str, int]:
    """Choose a course or material for the week from a day on."""
    account, form = signed_in_for(Action.MATERIAL_ADMINISTER), WeekForm()
    if form.validate_on_submit():
        try:
            if form.starts_on.data is None:
                raise Invalid(_NO_DATE, field="starts_on")
            choose_for_week(db(), account, _meant(form.what.data or ""), form.starts_on.data)
        except (Invalid, Conflict, NotFound, Gone) as error:
            form.show_errors(error, otherwise="starts_on" if isinstance(error, Conflict) else "what")
        else:
            flash(gettext("Chosen."), "good")
            return redirect(url_for("catalogue.week"), 303)
    return _page(form), form.refusal_status


@blueprint.post("/admin/week/<int(max=2147483647):choice_id>/forget")
def forget_week(choice_id: int) -> Response:
    """Choose nothing for a week any more."""
    forget_choice(db(), signed_in_for(Action.MATERIAL_ADMINISTER), choice_id)
    flash(gettext("Removed. The rule decides for that week again."), "good")
    return redirect(url_for("catalogue.week"), 303)


def _page(form: WeekForm) -> str:
    days = timedelta(days=WEEK_DAYS - 1)
    choices = [(each, each.starts_on + days, *rest) for each, *rest in week_choices(db(), today())]
    return render_template("catalogue/week.html", form=form, choices=choices, now=feature_of(db(), today()))


def _meant(typed: str) -> Material | Collection:
    """Return what was given by id or address. Raises Invalid, NotFound or Gone."""
    found = next(
        (read_public_id(word) for word in reversed(re.split(r"[/?#\s]+", typed)) if read_public_id(word)), None
    )
    if found is None:
        raise Invalid(_NO_ID, field="what")
    try:
        return find_public(db(), found)
    except NotFound:
        return find_public_collection(db(), found)


class GroupCourseForm(Form):
    """A course for the page of a group."""

    audience = SelectField(N_("Group"), validate_choice=False)
    what = StringField(N_("Course"), description=N_("Its id, such as 3k9d2-x7m4p, or the address of its page."))

    def offer(self) -> "GroupCourseForm":
        """Set what can be chosen."""
        self.audience.choices = [(term.code, in_language(term.labels, language())) for term in _groups()]
        return self


@blueprint.get("/admin/groups")
def group_courses() -> str:
    """Show the courses that are chosen for each of the city's groups, and a form to choose another."""
    signed_in_for(Action.MATERIAL_ADMINISTER)
    return _groups_page(GroupCourseForm(formdata=None).offer())


@blueprint.post("/admin/groups")
@form_checks_token
def choose_group_course() -> Response | tuple[str, int]:
    """Put a course on the page of a group."""
    account, form = signed_in_for(Action.MATERIAL_ADMINISTER), GroupCourseForm().offer()
    if form.validate_on_submit():
        try:
            course = _meant(form.what.data or "")
            if not isinstance(course, Collection):
                raise Invalid(_NO_COURSE, field="what")
            choose_for_group(db(), account, form.audience.data or "", course)
        except (Invalid, Conflict, NotFound, Gone) as error:
            form.show_errors(error, otherwise="what")
        else:
            flash(gettext("Chosen."), "good")
            return redirect(url_for("catalogue.group_courses"), 303)
    return _groups_page(form), form.refusal_status


@blueprint.post("/admin/groups/<audience>/<int(max=2147483647):course_id>/<any(up, remove):action>")
def change_group_course(audience: str, course_id: int, action: str) -> Response:
    """Move a course of a group up, or remove it."""
    services.change_group_course(db(), signed_in_for(Action.MATERIAL_ADMINISTER), audience, course_id, action)
    return redirect(url_for("catalogue.group_courses", _anchor=f"group-{audience}"), 303)


def _groups() -> list[Term]:
    return [term for term in vocabularies().audiences if term.facts.get("chosen_courses")]


def _groups_page(form: GroupCourseForm) -> str:
    return render_template("catalogue/groups.html", form=form, groups=_groups(), chosen=courses_by_group(db()))
