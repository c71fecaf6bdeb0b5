"""The form on which anybody says what is missing. What was typed is judged by the services."""

from wtforms import StringField, TextAreaField

from oer.core.i18n import N_
from oer.web.forms import Form


class NeedForm(Form):
    """What somebody looks for and does not find."""

    words = StringField(
        N_("What do you need?"),
        description=N_("In a few words, for example: making bread at home"),
        render_kw={"maxlength": "200"},
    )
    remark = TextAreaField(
        N_("More about it"),
        description=N_("For whom, at which level, in which form?"),
        render_kw={"rows": "4", "maxlength": "1000"},
    )
