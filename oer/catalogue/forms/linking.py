"""The form that begins a material which is a link alone."""

from wtforms import URLField

from oer.core.i18n import N_
from oer.web.forms import Form


class LinkForm(Form):
    """The address of something that lies elsewhere. The server never goes there."""

    source_url = URLField(N_("Web address"), description=N_("It begins with https:// or http://."))
