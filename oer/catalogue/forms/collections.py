"""Forms of collections."""

from wtforms import StringField, TextAreaField

from oer.catalogue.checks import Check, by_language, text
from oer.catalogue.forms.widgets import chosen_from, picked_from, terms
from oer.core.i18n import LANGUAGES, N_
from oer.web.forms import Form


class TitledForm(Form):
    """A form with a title in each language."""

    title_vi = StringField(N_("Title in Vietnamese"))
    title_en = StringField(N_("Title in English"))

    def typed_title(self) -> dict[str, str]:
        """Return the title by language. Raises Invalid, naming the field."""
        return self.typed("title", text(300))

    def typed(self, name: str, reader: Check) -> dict[str, str]:
        """Return a language map as it was typed, checked. Raises Invalid, naming the field."""
        fields = {code: self[f"{name}_{code}"].data or "" for code in LANGUAGES}
        found: dict[str, str] = by_language(reader)(fields, name)
        return found


class CollectionForm(TitledForm):
    """Title, summary and kind of a collection. The unit is chosen once, when it is created."""

    kind = picked_from(lambda: terms("collection_kinds"), N_("What is it?"), default="course")
    summary_vi = TextAreaField(N_("Summary in Vietnamese"))
    summary_en = TextAreaField(N_("Summary in English"))
    unit = chosen_from(list, N_("Unit"))

    def typed_summary(self) -> dict[str, str]:
        """Return the summary by language. Raises Invalid, naming the field."""
        return self.typed("summary", text(5000, lines=True))


class PartForm(TitledForm):
    """A part of a collection."""


class NoteForm(TitledForm):
    """A note between the materials of a collection: its title is the heading."""

    title_vi = StringField(N_("Heading in Vietnamese"))
    title_en = StringField(N_("Heading in English"))
    text_vi = TextAreaField(N_("Text in Vietnamese"), render_kw={"rows": "4"})
    text_en = TextAreaField(N_("Text in English"), render_kw={"rows": "4"})
    part = chosen_from(list, N_("Part"))

    def typed_text(self) -> dict[str, str]:
        """Return the text by language. Raises Invalid, naming the field."""
        return self.typed("text", text(2000, lines=True))


class NeededForm(Form):
    """Something that should be learnt before a course."""

    needed = StringField(
        N_("A course or a material"), description=N_("The address of its page, or the id of a material.")
    )


class PlaceForm(Form):
    """The part into which a material of a collection shall go."""

    part = chosen_from(list, N_("Part"))


class AddMaterialForm(Form):
    """A material to be put into a collection, by its id or its address."""

    material = StringField(N_("Material"), description=N_("Its id, such as 3k9d2-x7m4p, or the address of its page."))
    part = chosen_from(list, N_("Part"))
