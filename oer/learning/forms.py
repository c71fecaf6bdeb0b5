"""Forms of reports, voices, saved searches, own lists and statements. The services validate what was typed."""

from flask_wtf.file import FileField
from wtforms import BooleanField, RadioField, StringField, TextAreaField

from oer.accounts.services.consents import selectable_groups
from oer.core.i18n import N_, in_language
from oer.learning.models import ProblemKind, ProblemState
from oer.learning.voice_models import STARS, Rule, VoiceKind, VoiceState
from oer.web.context import language
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
    """The questions of a draft as text; text in GIFT, or a file in QTI, to be taken in."""

    text = TextAreaField(N_("Questions"), render_kw={"rows": 24, "spellcheck": "false"})
    gift = TextAreaField(
        N_("Text of a GIFT file"), description=N_("Its questions are added above."), render_kw={"rows": 8}
    )
    qti = FileField(N_("QTI package (ZIP) or item (XML)"), render_kw={"accept": ".zip,.xml"})


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


class StatementForm(Form):
    """What a statement shall show, and that its learner agrees to it."""

    name = StringField(
        N_("Your name as the statement shall show it"),
        description=N_("Whoever has the address or the QR code of the statement sees it."),
        render_kw={"maxlength": "100", "autocomplete": "name"},
    )
    agree = BooleanField(N_("I agree that whoever verifies the statement sees this name, the course and the day"))


class VerifyForm(Form):
    """The code of a statement, or a badge."""

    text = TextAreaField(
        N_("Code of the statement, or the text of the badge"),
        description=N_("The code is the end of its address. A badge is the content of a file that ends in .jwt."),
        render_kw={"rows": "4", "spellcheck": "false", "autocomplete": "off"},
    )


class OwnListForm(Form):
    """The title of somebody's own list."""

    title = StringField(N_("Title of the list"), render_kw={"maxlength": "120", "autocomplete": "off"})


STAR_WORDS = {
    5: N_("5 stars: it helped me very much"),
    4: N_("4 stars: it helped me"),
    3: N_("3 stars: it was of some use"),
    2: N_("2 stars: it was of little use"),
    1: N_("1 star: it did not help me"),
}
RULES = {
    Rule.PERSONAL: N_("It shows somebody's personal data"),
    Rule.INSULT: N_("It insults or incites against somebody"),
    Rule.ADVERTISING: N_("It advertises or deceives"),
    Rule.UNLAWFUL: N_("It is unlawful or harmful"),
    Rule.OFF_TOPIC: N_("It is not about this material"),
    Rule.OTHER: N_("Another reason"),
}
VOICE_STATES = {
    VoiceState.HELD: N_("Waiting for a reviewer"),
    VoiceState.SHOWN: N_("Public"),
    VoiceState.HIDDEN: N_("Hidden"),
}
VOICE_KINDS = {
    VoiceKind.REASON: N_("Reason of a rating"),
    VoiceKind.QUESTION: N_("Question"),
    VoiceKind.ANSWER: N_("Answer"),
}
QUEUE_WORDS = {
    "waiting": N_("Waiting"),
    "reported": N_("Reported by readers"),
    "hidden": N_("Hidden"),
    "shown": N_("Public"),
}
DECISIONS = {VoiceState.SHOWN: N_("Show it to everybody"), VoiceState.HIDDEN: N_("Hide it")}
_NAME_HINT = N_("Any name that you like, visible to everybody. Without one it says “a reader”.")


def _rules() -> list[tuple[str, str]]:
    return [(rule.value, gettext(words)) for rule, words in RULES.items()]


class VoiceForm(Form):
    """Words under a material, and the name beside them."""

    words = TextAreaField(N_("Your words"), render_kw={"rows": "5"})
    shown_as = StringField(
        N_("Name to be shown"), description=_NAME_HINT, render_kw={"maxlength": "40", "autocomplete": "off"}
    )


class RateForm(VoiceForm):
    """Stars, why, and as one of which group."""

    stars = RadioField(
        N_("How many stars?"),
        choices=lambda: [(str(star), gettext(STAR_WORDS[star])) for star in STARS],
        validate_choice=False,
    )
    words = TextAreaField(
        N_("Why?"), description=N_("What helped you, or what is missing? Others read it."), render_kw={"rows": "4"}
    )
    audience = RadioField(
        N_("It helped me as one of this group"),
        choices=lambda: [
            ("", gettext("Prefer not to say")),
            *((term.code, in_language(term.labels, language())) for term in selectable_groups()),
        ],
        validate_choice=False,
        description=N_("It is only counted, and never shown beside your name."),
    )


class ReportVoiceForm(Form):
    """Which rule words break."""

    rule = RadioField(N_("What is wrong with it?"), choices=_rules, validate_choice=False)


class VoiceDecisionForm(Form):
    """Whether words are shown, and if not, for which rule."""

    decision = RadioField(
        N_("Decision"),
        choices=lambda: [(state.value, gettext(words)) for state, words in DECISIONS.items()],
        validate_choice=False,
    )
    rule = RadioField(N_("If you hide it: why?"), choices=_rules, validate_choice=False)
