"""Forms of those who decide on materials, and of those who ask them to."""

from wtforms import TextAreaField

from oer.catalogue.forms.fields import picked_from, terms
from oer.core.i18n import N_
from oer.web.forms import Form


class ReturnForm(Form):
    """Why a submitted version goes back to its educator."""

    reason = TextAreaField(
        N_("What should be changed?"),
        description=N_("The educator reads this. Say what to do, and where."),
        render_kw={"rows": "5"},
    )


class WithdrawForm(Form):
    """Why a material is taken out of service."""

    category = picked_from(lambda: terms("withdrawal_categories"), N_("What kind of reason is it?"))
    reason = TextAreaField(
        N_("The reason"),
        description=N_("Everybody who comes to the material's address reads this."),
        render_kw={"rows": "4"},
    )


class AskWithdrawalForm(Form):
    """Why an owner wants a material out of service."""

    reason = TextAreaField(
        N_("Why should it be withdrawn?"), description=N_("A reviewer reads this and decides."), render_kw={"rows": "4"}
    )
