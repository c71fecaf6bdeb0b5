"""A file of evidence as it is sent."""

from flask_wtf.file import FileField

from oer.core.errors import OerError
from oer.core.i18n import N_
from oer.web.errors import message_of
from oer.web.forms import Form


class EvidenceForm(Form):
    """One file."""

    evidence = FileField(N_("File of evidence"))

    def tell(self, refused: OerError) -> None:
        """Put what was refused beside the file."""
        self.evidence.errors = [*self.evidence.errors, message_of(refused)]
