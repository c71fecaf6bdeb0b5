"""Forms of problem reports, saved searches and own lists. The services validate what was typed."""

from wtforms import RadioField, StringField, TextAreaField

from oer.core.i18n import N_
from oer.learning.models import ProblemKind, ProblemState
from oer.web.forms import Form
from oer.web.languages import gettext

KINDS = {
    ProblemKind.CONTENT: N_("Something in it is wrong or out of date"),
    ProblemKind.OPENING: N_("A file does not open or is damaged"),
    ProblemKind.LINK: N_("The link does not work"),
    ProblemKind.ACCESSIBILITY: N_("I cannot read, hear or use it as it is"),
    ProblemKind.RIGHTS: N_("It is used without its author's permission"),
    ProblemKind.PRIVACY: N_("It shows somebody's personal data"),
    ProblemKind.HARM: N_("It is harmful or unlawful"),
    ProblemKind.OTHER: N_("Something else, or a suggestion"),
}
STATES = {
    ProblemState.OPEN: N_("Open"),
    ProblemState.ACCEPTED: N_("Accepted, being fixed"),
    ProblemState.SOLVED: N_("Solved"),
    ProblemState.DECLINED: N_("Declined"),
}


class SelfCheckForm(Form):
    """The questions of a draft as text, and a GIFT file to be taken in."""

    text = TextAreaField(N_("Questions"), render_kw={"rows": 24, "spellcheck": "false"})
    gift = TextAreaField(
        N_("Text of a GIFT file"), description=N_("Its questions are added above."), render_kw={"rows": 8}
    )


class ReportForm(Form):
    """A problem report."""

    kind = RadioField(
        N_("What is it about?"),
        choices=lambda: [(kind.value, gettext(words)) for kind, words in KINDS.items()],
        validate_choice=False,
    )
    words = TextAreaField(N_("What is wrong?"), render_kw={"rows": "5"})
    place = StringField(N_("Where is it?"), description=N_("For example: page 12, or minute 3:20"))


class AnswerForm(Form):
    """The state of a report and its answer."""

    state = RadioField(
        N_("Decision"),
        choices=lambda: [(state.value, gettext(words)) for state, words in STATES.items()],
        validate_choice=False,
    )
    answer = TextAreaField(
        N_("Answer"),
        description=N_("The answer is e-mailed to the person who reported it, if they were signed in."),
        render_kw={"rows": "5"},
    )


class SaveSearchForm(Form):
    """The name of a saved search."""

    name = StringField(N_("Name of the search"), render_kw={"maxlength": "200"})


class OwnListForm(Form):
    """The title of somebody's own list."""

    title = StringField(N_("Title of the list"), render_kw={"maxlength": "120", "autocomplete": "off"})
