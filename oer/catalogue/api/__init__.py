"""The API of materials. Each module registers its handlers with the blueprint."""

from oer.catalogue.api import drafts, materials
from oer.catalogue.api.materials import api, upload_file

__all__ = ["api", "drafts", "materials", "upload_file"]
