"""Forms of learning points and events."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any

from wtforms import (
    BooleanField,
    FloatField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import InputRequired, Optional

from oer.accounts.models import WARD, Unit
from oer.city.models import CityEvent, LearningPoint, PointKind
from oer.city.services.events import EventValues
from oer.city.services.points import PointValues
from oer.core.clock import CITY_TIME_ZONE, city_time
from oer.core.i18n import N_, in_language
from oer.core.text import clean_line, clean_text
from oer.vietnamese.keys import collation_key
from oer.vocabularies import vocabularies
from oer.web.context import language
from oer.web.forms import DayField, Form, RevisionField
from oer.web.languages import gettext

KIND_LABELS = {
    PointKind.COMMUNITY_CENTRE: N_("Community learning centre"),
    PointKind.LIBRARY: N_("Library"),
    PointKind.CULTURE_HOUSE: N_("Culture house"),
    PointKind.SCHOOL: N_("School"),
    PointKind.COMPANY: N_("Company or trade union"),
    PointKind.OTHER: N_("Other place of learning"),
}
NEEDED = N_("This is needed.")


def _texts(vietnamese: str | None, english: str | None, clean: Any = clean_line, most: int = 200) -> dict[str, str]:
    found = {"vi": clean(vietnamese or "")[:most], "en": clean(english or "")[:most]}
    return {code: text for code, text in found.items() if text}


def ward_choices(wards: Iterable[str] | None) -> list[tuple[str, str]]:
    """Return these wards (None: all) to choose from, in the order of a Vietnamese dictionary."""
    places = vocabularies().places
    named = [
        (each.code, in_language(each.labels, language())) for each in places if wards is None or each.code in wards
    ]
    return sorted(named, key=lambda ward: collation_key(ward[1]))


class PointForm(Form):
    """What its ward says of a learning point."""

    name_vi = StringField(N_("Name in Vietnamese"), render_kw={"maxlength": "200"})
    name_en = StringField(N_("Name in English"), render_kw={"maxlength": "200"})
    kind = SelectField(N_("Kind of place"))
    ward_code = SelectField(N_("Ward, commune or special zone"))
    address = StringField(N_("Address"), render_kw={"maxlength": "300"})
    hours_vi = TextAreaField(N_("Opening hours in Vietnamese"), render_kw={"rows": "2", "maxlength": "500"})
    hours_en = TextAreaField(N_("Opening hours in English"), render_kw={"rows": "2", "maxlength": "500"})
    offers_vi = TextAreaField(N_("What is there, in Vietnamese"), render_kw={"rows": "4", "maxlength": "2000"})
    offers_en = TextAreaField(N_("What is there, in English"), render_kw={"rows": "4", "maxlength": "2000"})
    phone = StringField(N_("Telephone of the place"), render_kw={"maxlength": "40", "inputmode": "tel"})
    email = StringField(N_("E-mail of the place"), render_kw={"maxlength": "254", "inputmode": "email"})
    website = StringField(N_("Website"), render_kw={"maxlength": "300", "inputmode": "url"})
    latitude = FloatField(N_("Latitude"), [Optional()], render_kw={"inputmode": "decimal"})
    longitude = FloatField(N_("Longitude"), [Optional()], render_kw={"inputmode": "decimal"})
    revision = RevisionField()

    @classmethod
    def of(cls, found: LearningPoint | None, wards: Iterable[str] | None) -> "PointForm":
        """Return the form of a point, or of a new one, in one of these wards (None: any)."""
        values: dict[str, Any] = {}
        if found is not None:
            names = ("ward_code", "address", "phone", "email", "website", "latitude", "longitude", "revision")
            values = {name: getattr(found, name) for name in names} | {"kind": found.kind.value}
            for name in ("name", "hours", "offers"):
                values |= {f"{name}_{code}": getattr(found, name).get(code, "") for code in ("vi", "en")}
        form = cls(data=values)
        form.kind.choices = [(kind.value, gettext(label)) for kind, label in KIND_LABELS.items()]
        places = ward_choices(wards)
        # Whoever may choose among many is not given the first one, which would be saved by mistake.
        form.ward_code.choices = places if len(places) == 1 else [("", gettext("Choose a ward")), *places]
        return form

    @property
    def values(self) -> PointValues:
        """What was typed; the form must have been validated."""
        return PointValues(
            name=_texts(self.name_vi.data, self.name_en.data),
            kind=PointKind(self.kind.data),
            ward_code=self.ward_code.data,
            address=clean_line(self.address.data or "")[:300],
            hours=_texts(self.hours_vi.data, self.hours_en.data, clean_text, 500),
            offers=_texts(self.offers_vi.data, self.offers_en.data, clean_text, 2000),
            phone=clean_line(self.phone.data or "")[:40],
            email=clean_line(self.email.data or "")[:254],
            website=clean_line(self.website.data or "")[:300],
            latitude=self.latitude.data,
            longitude=self.longitude.data,
        )


class CheckForm(Form):
    """A half-yearly check of a point."""

    is_open = RadioField(N_("Is the place open to learners?"))
    sessions = IntegerField(
        N_("Classes, talks and other assisted sessions in the last half year"),
        [InputRequired(N_("Write a number; 0 if there was none."))],
        render_kw={"inputmode": "numeric"},
    )

    def offer(self) -> "CheckForm":
        """Set what can be chosen."""
        self.is_open.choices = [("yes", gettext("Yes, it is open")), ("no", gettext("No, it is closed"))]
        return self


class EventForm(Form):
    """An event."""

    title_vi = StringField(N_("Title in Vietnamese"), render_kw={"maxlength": "200"})
    title_en = StringField(N_("Title in English"), render_kw={"maxlength": "200"})
    summary_vi = TextAreaField(N_("What it is about, in Vietnamese"), render_kw={"rows": "5", "maxlength": "5000"})
    summary_en = TextAreaField(N_("What it is about, in English"), render_kw={"rows": "5", "maxlength": "5000"})
    starts_on = DayField(N_("First day"), validators=[InputRequired(NEEDED)])
    starts_time = TimeField(N_("Begins at"), [InputRequired(NEEDED)])
    ends_on = DayField(N_("Last day"), validators=[InputRequired(NEEDED)])
    ends_time = TimeField(N_("Ends at"), [InputRequired(NEEDED)])
    unit = SelectField(N_("Organised by"))
    point = SelectField(N_("At the learning point"))
    ward_code = SelectField(N_("In the ward or commune"))
    place = StringField(N_("Address or room"), render_kw={"maxlength": "300"})
    online_url = StringField(N_("Link to the meeting online"), render_kw={"maxlength": "500", "inputmode": "url"})
    audience = SelectField(N_("For whom"))
    takes_registrations = BooleanField(N_("People register beforehand"))
    seats = IntegerField(N_("Seats"), [Optional()], render_kw={"inputmode": "numeric"})
    code = StringField(N_("Code that is shown in the room"), render_kw={"maxlength": "12", "autocapitalize": "none"})
    is_measured = BooleanField(N_("Measure how the use of the repository rises with it (indicator LC-18)"))
    materials = TextAreaField(N_("Materials"), render_kw={"rows": "4"})
    revision = RevisionField()

    @classmethod
    def of(cls, found: CityEvent | None, materials: list[str]) -> "EventForm":
        """Return the form of an event, or of a new one."""
        values: dict[str, Any] = {}
        if found is not None:
            names = (
                "place",
                "online_url",
                "audience",
                "takes_registrations",
                "seats",
                "code",
                "is_measured",
                "revision",
            )
            values = {name: getattr(found, name) for name in names}
            begins, ends = city_time(found.starts_at), city_time(found.ends_at)
            values |= {"starts_on": begins.date(), "starts_time": begins.time()}
            values |= {"ends_on": ends.date(), "ends_time": ends.time(), "materials": "\n".join(materials)}
            values |= {"unit": found.unit.code, "ward_code": found.ward_code or ""}
            values["point"] = found.point.public_id if found.point else ""
            for name in ("title", "summary"):
                values |= {f"{name}_{code}": getattr(found, name).get(code, "") for code in ("vi", "en")}
        return cls(data=values)

    def offer(self, units: Iterable[Unit], points: Iterable[LearningPoint]) -> "EventForm":
        """Set what can be chosen."""
        tongue = language()
        ordered = sorted(units, key=lambda unit: (unit.kind == WARD, collation_key(in_language(unit.name, tongue))))
        self.unit.choices = [(each.code, in_language(each.name, tongue)) for each in ordered]
        named = [(each.public_id, in_language(each.name, tongue)) for each in points]
        self.point.choices = [("", gettext("None of them")), *named]
        self.ward_code.choices = [("", gettext("The whole city, or online")), *ward_choices(None)]
        groups = [(each.code, in_language(each.labels, tongue)) for each in vocabularies().audiences]
        self.audience.choices = [("", gettext("Everybody")), *groups]
        return self

    def values(self, unit_id: int, point: LearningPoint | None) -> EventValues:
        """Return what was typed; the form must have been validated. An event at a point is in the point's ward."""
        return EventValues(
            title=_texts(self.title_vi.data, self.title_en.data),
            summary=_texts(self.summary_vi.data, self.summary_en.data, clean_text, 5000),
            starts_at=_moment(self.starts_on, self.starts_time),
            ends_at=_moment(self.ends_on, self.ends_time),
            unit_id=unit_id,
            ward_code=point.ward_code if point else (self.ward_code.data or None),
            point_id=point.id if point else None,
            place=clean_line(self.place.data or "")[:300],
            online_url=clean_line(self.online_url.data or "")[:500],
            audience=self.audience.data or "",
            takes_registrations=bool(self.takes_registrations.data),
            seats=self.seats.data,
            is_measured=bool(self.is_measured.data),
            code=clean_line(self.code.data or "")[:12],
        )

    @property
    def material_ids(self) -> list[str]:
        """The ids or addresses of materials, one on each line."""
        return [line.strip() for line in (self.materials.data or "").splitlines() if line.strip()]


def _moment(day: DayField, clock: TimeField) -> datetime:
    return datetime.combine(day.data, clock.data or time(), CITY_TIME_ZONE)  # type: ignore[arg-type]


class RegisterForm(Form):
    """A registration for an event, without an account."""

    name = StringField(N_("Your name"), render_kw={"maxlength": "120", "autocomplete": "name"})
    email = StringField(
        N_("Your e-mail address"), render_kw={"maxlength": "254", "autocomplete": "email", "type": "email"}
    )


class CountForm(Form):
    """How many people came."""

    people = IntegerField(N_("How many people came, counted by hand"), [Optional()], render_kw={"inputmode": "numeric"})


class CancelForm(Form):
    """Why an event is cancelled."""

    reason = TextAreaField(N_("Reason"), render_kw={"maxlength": "2000"})
