"""Every setting of an installation and how it is read from the environment; where the product's own files are."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

OFFERED, REQUIRED = "offered", "required"
KIB, MIB, GIB = 1024, 1024**2, 1024**3
PACKAGE = Path(__file__).parent


def _own_folder(name: str) -> Path:
    # Beside the package in a checkout, inside it once installed from a wheel.
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def templates_folder() -> Path:
    """Return the folder of the Jinja templates."""
    return _own_folder("templates")


def migrations_folder() -> Path:
    """Return the folder of the Alembic migrations."""
    return _own_folder("migrations")


class InvalidSetting(ValueError):
    """An environment variable holds something that its option cannot be."""


def is_local_host(host: str) -> bool:
    """Tell whether a host name or address leads to this machine alone (RFC 6761, section 6.3: also `*.localhost`)."""
    host = host.strip("[]").rstrip(".").lower()
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def option(default: Any, meaning: str) -> Any:
    """Declare an option; its meaning is what `docs/operations.md` and error messages say of it."""
    return field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an installation can be told. `OER_<NAME>` in the environment sets the option `<name>`."""

    instance_dir: Path = option(Path("instance"), "Folder of all state: database, index, jobs, spool, secret.")
    database_url: str = option("", "SQLAlchemy URL; empty: SQLite in the instance folder.")
    storage_url: str = option("", "Where files are kept: file:PATH or s3://BUCKET; empty: see the table of defaults.")
    storage_replica_url: str = option(
        "",
        "Second store, written like OER_STORAGE_URL: files are copied there, and damaged ones repaired from it.",
    )
    backup_folder: str = option("", "Folder in which `oer worker` takes backups by itself; empty: it takes none.")
    backup_hours: int = option(24, "Hours from one backup that the worker takes to the next.")
    backup_keep: str = option(
        "7,5,12", "How many of these backups stay: the last of each of so many days, weeks and months."
    )
    search_url: str = option("", "The search engine: whoosh:PATH; empty: Whoosh in the instance folder.")
    jobs_url: str = option("", "Queue of background jobs: sqlite:PATH, postgresql://... or redis://...; empty: SQLite.")
    scanner_url: str = option("", "Virus scanner: clamd://HOST:PORT or clamd:/path/to.socket; empty: none.")
    secret_key: str = option(
        "", "Key of signatures and keyed hashes; empty: instance/secret, made by `oer db upgrade`."
    )
    base_url: str = option("http://127.0.0.1:8000", "Public address of the site, used in mails, feeds and exports.")
    trusted_hosts: str = option(
        "", "Host names that requests may name, comma-separated; empty: that of base_url and local ones."
    )
    trusted_proxies: int = option(0, "How many proxies in front may be believed about the client's address.")
    site_name: str = option("Kho học liệu mở Thành phố Hồ Chí Minh", "Name of the repository in Vietnamese.")
    site_name_en: str = option("Ho Chi Minh City Open Learning Repository", "Name of the repository in English.")
    smtp_url: str = option(
        "", "smtp://, smtp+starttls:// or smtps://USER:PASSWORD@HOST:PORT; empty: mails go to the log."
    )
    mail_sender: str = option("", "From address of mails; empty: no-reply@ the host of base_url.")
    sign_in_days: int = option(30, "Days after which somebody who signed in must sign in again.")
    staff_second_factor: str = option(
        OFFERED, "Second step when signing in for reviewers, reporters and administrators: offered or required."
    )
    max_upload_bytes: int = option(2 * GIB, "Largest file that is taken, in bytes.")
    max_form_bytes: int = option(2 * MIB, "Largest form without files that is taken, in bytes.")
    account_quota_bytes: int = option(20 * GIB, "Bytes of files that one educator may keep.")
    page_image_bytes: int = option(5 * GIB, "Bytes of page images kept; the least recently used go.")
    page_cache_bytes: int = option(32 * MIB, "Bytes of rendered pages that each web process keeps.")
    posting_cache_bytes: int = option(64 * MIB, "Bytes of search postings that each web process keeps.")
    platform_id: str = option(
        "hcmoer", "Short name of the repository in the identifiers of COUNTER reports: letters, digits, at most 18."
    )
    usage_salt: str = option(
        "", "Secret that several web hosts share to tell visitors apart; empty: a file a day, thrown away after it."
    )
    file_sending: str = option(
        "python",
        "Who sends files: python, x-accel-redirect:/prefix/ (nginx), or presigned (downloads from the object store).",
    )
    samples_on_public_host: bool = option(
        False, "Let `oer serve --with-samples` load the sample collection where others can reach the service, too."
    )
    demo_on_public_host: bool = option(
        False, "Let it make and open the demo sign-ins there, too: everybody knows their passphrase."
    )
    log_level: str = option("INFO", "Least severe level that is logged.")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Return the settings that the environment asks for.

        Raises InvalidSetting, naming the variable, when a value is of the wrong form.
        """
        environment = os.environ if environment is None else environment
        given = {}
        for each in fields(cls):
            text = environment.get(f"OER_{each.name.upper()}")
            if text is not None:
                given[each.name] = _read(each.name, text, type(each.default))
        return cls(**given)

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.instance_dir.absolute() / 'oer.sqlite3'}"

    @property
    def storage(self) -> str:
        """The file store's URL: `uploads/` beside the default instance folder, inside any other one."""
        if self.storage_url:
            return self.storage_url
        beside = self.instance_dir == Path("instance")
        return f"file:{(Path('uploads') if beside else self.instance_dir / 'uploads').absolute()}"

    @property
    def search(self) -> str:
        """The search engine's URL."""
        return self.search_url or f"whoosh:{self.instance_dir.absolute() / 'index'}"

    @property
    def jobs(self) -> str:
        """The job queue's URL."""
        return self.jobs_url or f"sqlite:{self.instance_dir.absolute() / 'jobs.sqlite3'}"

    @property
    def request_hosts(self) -> list[str] | None:
        """The host names that requests may name; None: any."""
        if self.trusted_hosts == "*":
            return None
        named = [host.strip() for host in self.trusted_hosts.split(",") if host.strip()]
        return named or [urlsplit(self.base_url).hostname or "localhost", "localhost", "127.0.0.1", "[::1]"]

    @property
    def is_public(self) -> bool:
        """Whether others than this machine are meant to reach the site: its address, its hosts or a proxy say so."""
        return bool(self.trusted_proxies) or not all(
            is_local_host(host) for host in (urlsplit(self.base_url).hostname or "", *(self.request_hosts or ["*"]))
        )

    @property
    def spool_dir(self) -> Path:
        """The folder into which usage events are appended."""
        return self.instance_dir / "spool"

    @property
    def salt_dir(self) -> Path:
        """The folder of the day's salt, under which visitors' addresses are hashed: never part of a backup."""
        return self.instance_dir / "salt"


def _read(name: str, text: str, kind: type) -> Any:
    if kind is bool:
        if text.lower() not in {"1", "0", "true", "false", "yes", "no", ""}:
            raise InvalidSetting(f"OER_{name.upper()} must be 1 or 0, not {text!r}")
        return text.lower() in {"1", "true", "yes"}
    if kind is int:
        try:
            return int(text)
        except ValueError:
            raise InvalidSetting(f"OER_{name.upper()} must be a whole number, not {text!r}") from None
    if name == "staff_second_factor" and text not in {OFFERED, REQUIRED}:
        raise InvalidSetting(f"OER_{name.upper()} must be {OFFERED} or {REQUIRED}, not {text!r}")
    return Path(text) if issubclass(kind, Path) else text
