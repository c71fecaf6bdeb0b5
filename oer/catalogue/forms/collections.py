"""Forms of collections."""

from wtforms import StringField, TextAreaField

from oer.catalogue.forms.fields import chosen_from, picked_from, terms
from oer.core.i18n import N_
from oer.web.forms import Form


class CollectionForm(Form):
    """The words of a collection; the unit is chosen once, when it is begun."""

    title_vi = StringField(N_("Title in Vietnamese"))
    title_en = StringField(N_("Title in English"))
    kind = picked_from(lambda: terms("collection_kinds"), N_("What is it?"), default="course")
    summary_vi = TextAreaField(N_("Summary in Vietnamese"))
    summary_en = TextAreaField(N_("Summary in English"))
    unit = chosen_from(list, N_("Unit"))


class PartForm(Form):
    """A part of a collection."""

    title_vi = StringField(N_("Title in Vietnamese"))
    title_en = StringField(N_("Title in English"))


class AddMaterialForm(Form):
    """A material to be put into a collection, by its id or its address."""

    material = StringField(N_("Material"), description=N_("Its id, such as 3k9d2-x7m4p, or the address of its page."))
    part = chosen_from(list, N_("Part"))
