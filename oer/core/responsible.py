"""Who stands behind an installation, as its settings say. What they do not say is shown nowhere, and nothing for it."""

from collections.abc import Mapping
from dataclasses import dataclass

from oer.config import Settings
from oer.setting_checks import PREFIX

NEEDED = ("responsible_agency", "contact_address", "contact_phone", "contact_email", "data_controller", "emblem")


@dataclass(frozen=True)
class Responsible:
    """Language maps and texts, empty where a setting is missing. `has_emblem`: whether there is one to be shown."""

    agency: Mapping[str, str]
    address: str
    phone: str
    email: str
    data_controller: Mapping[str, str]
    has_emblem: bool

    def __bool__(self) -> bool:
        return any((self.agency, self.address, self.phone, self.email, self.data_controller))


def responsible(settings: Settings) -> Responsible:
    """Return who stands behind an installation."""
    return Responsible(
        _texts(settings.responsible_agency, settings.responsible_agency_en),
        settings.contact_address,
        settings.contact_phone,
        settings.contact_email,
        _texts(settings.data_controller, settings.data_controller_en),
        bool(settings.emblem),
    )


def missing_variables(settings: Settings) -> list[str]:
    """Return the environment variables without which readers do not know who stands behind an installation."""
    return [f"{PREFIX}{name.upper()}" for name in NEEDED if not getattr(settings, name)]


def _texts(vietnamese: str, english: str) -> dict[str, str]:
    return {code: text for code, text in (("vi", vietnamese), ("en", english)) if text}
