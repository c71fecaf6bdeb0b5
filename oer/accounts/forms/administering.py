"""What administrators decide about accounts and units."""

from wtforms import SelectField, StringField

from oer.accounts.models import AccountState, Role, RoleRequestState
from oer.core.errors import OerError
from oer.core.i18n import N_, in_language
from oer.core.vietnamese import collation_key
from oer.vocabularies import vocabularies
from oer.web.context import language
from oer.web.errors import message_of
from oer.web.forms import Form
from oer.web.languages import gettext


class GrantForm(Form):
    """A role and a unit that it is for."""

    role = SelectField(N_("Role"))
    unit = SelectField(N_("Unit"))

    def offer(self, roles: list[tuple[str, str]], units: list[tuple[str, str]]) -> "GrantForm":
        """Set what can be chosen."""
        self.role.choices, self.unit.choices = roles, [("", gettext("No unit (for the whole site)")), *units]
        return self


class UnitForm(Form):
    """A unit: code, name in each language, kind, ward."""

    code = StringField(
        N_("Code"),
        render_kw={"autocapitalize": "none", "spellcheck": "false"},
        description=N_("Small letters, digits and hyphens. It stands in files and addresses and stays as it is."),
    )
    name_vi = StringField(N_("Name in Vietnamese"))
    name_en = StringField(N_("Name in English"))
    kind = SelectField(N_("Kind"))
    ward_code = SelectField(N_("Ward, commune or special zone"))

    def offer(self) -> "UnitForm":
        """Set what can be chosen."""
        kinds, places = vocabularies().unit_kinds, vocabularies().places
        self.kind.choices = [(kind.code, in_language(kind.labels, language())) for kind in kinds]
        named = [(place.code, in_language(place.labels, language())) for place in places]
        self.ward_code.choices = [
            ("", gettext("None: for the whole city")),
            *sorted(named, key=lambda ward: collation_key(ward[1])),
        ]
        return self

    @property
    def name(self) -> dict[str, str]:
        """The name as a language map."""
        return {"vi": self.name_vi.data or "", "en": self.name_en.data or ""}

    def tell(self, refused: OerError) -> None:
        """Put what a service refused beside the field that it is about."""
        field = {"name": "name_vi"}.get(refused.field or "", refused.field or "code")
        self[field].errors = [*self[field].errors, message_of(refused)]


ROLE_NAMES = {
    Role.LEARNER: N_("Learner"),
    Role.EDUCATOR: N_("Educator"),
    Role.REVIEWER: N_("Reviewer"),
    Role.REPORTER: N_("Reporter"),
    Role.ADMIN: N_("Administrator"),
}
STATE_NAMES = {
    AccountState.UNCONFIRMED: N_("Not confirmed yet"),
    AccountState.ACTIVE: N_("Active"),
    AccountState.DISABLED: N_("Closed"),
    AccountState.SYSTEM: N_("The system itself"),
}
REQUEST_STATE_NAMES = {
    RoleRequestState.OPEN: N_("Waiting"),
    RoleRequestState.GRANTED: N_("Granted"),
    RoleRequestState.REFUSED: N_("Refused"),
}
