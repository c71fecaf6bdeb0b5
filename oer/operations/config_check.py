"""`oer config check`: whether the parts that the settings name can be used, each in one sentence if not."""

from collections.abc import Callable, Iterator
from pathlib import Path
from smtplib import SMTPException

import sqlalchemy as sa

from oer.accounts.services.identity_provider import IdentityProvider, ProviderAway, SignInAttempt
from oer.backends.scanning import open_scanner
from oer.backends.storage import StorageError, open_storage
from oer.config import Settings
from oer.core.database_errors import database_errors, database_sentence
from oer.core.engine import LibraryMissing, open_engine
from oer.core.installation import SecretMissing, with_secret
from oer.core.mail import NO_MAILS, probe_mail_server
from oer.core.schema import SchemaOutdated, require_current_schema
from oer.jobs.queue import QueueUnavailable, open_queue
from oer.setting_checks import InvalidSetting, without_password

PartCheck = Callable[[Settings], str]


def find_config_faults(settings: Settings) -> Iterator[tuple[str, str]]:
    """Give each part that the settings name, with what keeps it from being used; "" if nothing does."""
    for part, check in _CHECKS.items():
        yield part, check(settings)


def _public(settings: Settings) -> str:
    try:
        settings.require_fit_for_public()
    except InvalidSetting as error:
        return str(error)
    return ""


def _secret(settings: Settings) -> str:
    try:
        with_secret(settings)
    except SecretMissing as error:
        return str(error)
    return ""


def _database(settings: Settings) -> str:
    url = settings.database
    place = sa.make_url(url)
    try:
        if place.get_backend_name() == "sqlite" and place.database and not Path(place.database).exists():
            return f"There is no database at {place.database} yet. Run `oer db upgrade`."
        engine = open_engine(url)
        try:
            require_current_schema(engine)
        finally:
            engine.dispose()
    except (SchemaOutdated, LibraryMissing) as error:
        return str(error)
    except database_errors() as error:
        return database_sentence(error, url) or without_password(str(error))
    return ""


def _storage(settings: Settings) -> str:
    try:
        open_storage(settings.storage).owner()
    except (StorageError, OSError) as error:
        return str(error)
    return ""


def _queue(settings: Settings) -> str:
    try:
        open_queue(settings.jobs).probe()
    except QueueUnavailable as error:
        return str(error)
    return ""


def _mail(settings: Settings) -> str:
    if settings.smtp_url in {"", NO_MAILS}:
        return ""
    try:
        probe_mail_server(settings.smtp_url)
    except (OSError, SMTPException) as error:
        where = without_password(settings.smtp_url)
        return f"The mail server {where} does not answer or lets nobody in ({error}): mend OER_SMTP_URL."
    return ""


def _scanner(settings: Settings) -> str:
    fault = open_scanner(settings.scanner_url).probe()
    return f"The virus scanner {settings.scanner_url} does not answer ({fault}): mend OER_SCANNER_URL." if fault else ""


def _identity(settings: Settings) -> str:
    if not settings.oidc_issuer:
        return ""
    if not settings.oidc_client_id:
        return "OER_OIDC_ISSUER is set and OER_OIDC_CLIENT_ID is not: set both, or neither."
    try:
        IdentityProvider(settings).address_for(SignInAttempt(), "vi")
    except ProviderAway:
        return (
            f"The sign-in service {settings.oidc_issuer} does not answer, calls itself otherwise, or has endpoints on "
            "another host: mend OER_OIDC_ISSUER."
        )
    return ""


_CHECKS: dict[str, PartCheck] = {
    "public": _public,
    "secret": _secret,
    "database": _database,
    "storage": _storage,
    "queue": _queue,
    "mail": _mail,
    "scanner": _scanner,
    "identity": _identity,
}
