"""Absolute addresses for mails, feeds and exports, outside a request. A test compares them with the URL map."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from oer.core.i18n import DEFAULT_LANGUAGE


@dataclass(frozen=True)
class Links:
    """Addresses below a site's public base address."""

    base_url: str

    def page(self, path: str, language: str = DEFAULT_LANGUAGE, **query: str) -> str:
        """Return the address of a page of the site by its path, in a language."""
        prefix = "" if language == DEFAULT_LANGUAGE else f"/{language}"
        asked = f"?{urlencode(query)}" if query else ""
        return f"{self.base_url.rstrip('/')}{prefix}{quote(path)}{asked}"

    def material(self, public_id: str, language: str = DEFAULT_LANGUAGE) -> str:
        """Return the address of a material's page."""
        return self.page(f"/materials/{public_id}", language)

    def file(self, public_id: str, number: int, action: str = "download") -> str:
        """Return the address that downloads (or `action`s otherwise) a file of a material, by its lasting number."""
        return self.page(f"/materials/{public_id}/files/{number}/{action}")

    def collection(self, public_id: str, language: str = DEFAULT_LANGUAGE) -> str:
        """Return the address of a collection's page."""
        return self.page(f"/collections/{public_id}", language)

    def api_material(self, public_id: str) -> str:
        """Return the address of a material's record in the API."""
        return self.page(f"/api/v1/materials/{public_id}")
