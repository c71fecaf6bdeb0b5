"""Whether a start is for the public, and what it then does without: samples, demo sign-ins, a weak secret."""

from urllib.parse import urlsplit

from oer.config import Settings, is_local_host
from oer.core.console import Progress, no_progress
from oer.core.installation import Installation, require_strong_secret
from oer.operations.serve import Address
from oer.samples.demo import PASSPHRASE, close_demo_accounts, open_demo_accounts
from oer.samples.loading import are_loaded, load_demo_accounts, load_samples
from oer.web.proxies import forget_old_notice


def who_says_public(settings: Settings, address: Address) -> str:
    """Return the first variable that says that others than this machine reach the service, or ""."""
    if address.is_public:
        return f"HOST={address.host}"
    if not is_local_host(urlsplit(settings.base_url).hostname or ""):
        return f"OER_BASE_URL={settings.base_url}"
    if settings.trusted_proxies:
        return f"OER_TRUSTED_PROXIES={settings.trusted_proxies}"
    return f"OER_TRUSTED_HOSTS={settings.trusted_hosts}" if settings.is_public else ""


def prepare_start(
    installation: Installation, address: Address, *, with_samples: bool, progress: Progress = no_progress
) -> tuple[list[str], list[str]]:
    """Load, open and close what this start is to have; return what to tell of it, at once and once it is ready.

    Raises SecretWeak for a start that is for the public with a secret that others could guess.
    """
    settings = installation.settings
    forget_old_notice(settings)
    public = who_says_public(settings, address)
    if public:
        require_strong_secret(settings)
    told = _prepare_samples(installation, public, progress) if with_samples else []
    return told, _prepare_demo(installation, public, make=with_samples)


def _prepare_samples(installation: Installation, public: str, progress: Progress) -> list[str]:
    if are_loaded(installation):
        return []
    if public and not installation.settings.samples_on_public_host:
        return [f"No sample collection is loaded, because others can reach this service ({public})."]
    return [f"Sample collection: {load_samples(installation, progress)} materials."]


def _prepare_demo(installation: Installation, public: str, *, make: bool) -> list[str]:
    if public and not installation.settings.demo_on_public_host:
        with installation.database.transaction() as session:
            closed = close_demo_accounts(session)
        return [f"Closed, because others can reach this service ({public}): {', '.join(closed)}."] if closed else []
    if make:
        load_demo_accounts(installation)
    with installation.database.transaction() as session:
        opened = open_demo_accounts(session)
    return [f"Sign in as {', '.join(opened)}; passphrase: {PASSPHRASE}"] if opened else []
