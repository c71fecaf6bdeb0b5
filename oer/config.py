"""Every setting of an installation and how it is read from the environment; where the product's own files are."""

import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from oer import setting_checks as checks
from oer.setting_checks import PREFIX, Check, Fault, InvalidSetting, unknown_variables, warn_of_foreign

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


def is_local_host(host: str) -> bool:
    """Tell whether a host name or address leads to this machine alone (RFC 6761, section 6.3: also `*.localhost`)."""
    host = host.strip("[]").rstrip(".").lower()
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def option(default: Any, meaning: str, check: Check | None = None, *, example: str = "") -> Any:
    """Declare an option; its meaning is what `docs/operations.md` says of it, its example what error messages show.

    `check` is one of `oer.setting_checks`; numbers and switches need none.
    """
    return field(default=default, metadata={"meaning": meaning, "check": check, "example": example})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an installation can be told. `OER_<NAME>` in the environment sets the option `<name>`."""

    instance_dir: Path = option(Path("instance"), "Folder of all state: database, index, jobs, spool, secret.")
    database_url: str = option(
        "",
        "SQLAlchemy URL; empty: SQLite in the instance folder.",
        checks.database,
        example="postgresql+psycopg://oer:PASSWORD@127.0.0.1:5432/oer",
    )
    storage_url: str = option(
        "",
        "Where files are kept: file:PATH or s3://BUCKET (see the table of S3); empty: a folder `uploads`.",
        checks.storage,
        example="s3://hoclieu?endpoint=https://s3.example.org&region=us-east-1",
    )
    storage_replica_url: str = option(
        "",
        "Second store, written like OER_STORAGE_URL: files are copied there, and damaged ones repaired from it.",
        checks.storage,
        example="file:/mnt/second/uploads",
    )
    backup_folder: str = option("", "Folder in which `oer worker` takes backups by itself; empty: it takes none.")
    backup_hours: int = option(24, "Hours from one backup that the worker takes to the next.")
    backup_keep: str = option(
        "7,5,12", "How many of these backups stay: the last of each of so many days, weeks and months."
    )
    search_url: str = option(
        "",
        "The search engine: whoosh:PATH; empty: Whoosh in the instance folder.",
        checks.search,
        example="whoosh:/srv/oer/index",
    )
    jobs_url: str = option(
        "",
        "Queue of background jobs: sqlite:PATH, postgresql://... or redis://...; empty: SQLite.",
        checks.jobs,
        example="redis://127.0.0.1:6379/0",
    )
    scanner_url: str = option(
        "",
        "Virus scanner: clamd://HOST:PORT or clamd:/path/to.socket; empty: none.",
        checks.scanner,
        example="clamd://127.0.0.1:3310",
    )
    secret_key: str = option(
        "", "Key of signatures and keyed hashes; empty: instance/secret, made by `oer db upgrade`."
    )
    base_url: str = option(
        "http://127.0.0.1:8000",
        "Public address of the site, used in mails, feeds and exports.",
        checks.web_address,
        example="https://hoclieu.example.vn",
    )
    trusted_hosts: str = option(
        "",
        "Host names that requests may name, comma-separated; empty: that of base_url and local ones.",
        checks.host_names,
        example="hoclieu.example.vn,www.hoclieu.example.vn",
    )
    trusted_proxies: int = option(0, "How many proxies in front may be believed about the client's address.")
    hsts_seconds: int = option(
        365 * 24 * 3600, "How long browsers are told to use https alone (HSTS), where base_url is https; 0: not told."
    )
    site_name: str = option("Kho học liệu mở Thành phố Hồ Chí Minh", "Name of the repository in Vietnamese.")
    site_name_en: str = option("Ho Chi Minh City Open Learning Repository", "Name of the repository in English.")
    responsible_agency: str = option("", "Agency that is responsible for the repository, in Vietnamese.")
    responsible_agency_en: str = option("", "Its name in English; empty: the Vietnamese one.")
    contact_address: str = option("", "Postal address of the agency.")
    contact_phone: str = option(
        "", "Telephone number that readers may call.", checks.telephone, example="028 1234 5678"
    )
    contact_email: str = option(
        "", "E-mail address that readers may write to.", checks.mail_address, example="kho@example.vn"
    )
    data_controller: str = option("", "Who decides on the use of personal data (data controller), in Vietnamese.")
    data_controller_en: str = option("", "The same in English; empty: the Vietnamese one.")
    emblem: str = option(
        "",
        "Emblem of the agency: path of an SVG, PNG or WebP file of at most 50 KB.",
        checks.emblem,
        example="/srv/oer/emblem.svg",
    )
    review_points: str = option(
        "",
        "What reviewers tick beside a decision: path of a YAML file like ours (docs/metadata.md); empty: ours.",
        checks.review_points,
        example="/srv/oer/review_points.yaml",
    )
    offline: bool = option(
        True, "Let readers keep materials in their browsers for reading offline; no: what browsers kept they remove."
    )
    smtp_url: str = option(
        "",
        "smtp://, smtp+starttls:// or smtps://USER:PASSWORD@HOST:PORT; `none:` for no mails; empty: to the log.",
        checks.mail_server,
        example="smtps://USER:PASSWORD@mail.example.org:465",
    )
    mail_sender: str = option(
        "",
        "From address of mails; empty: no-reply@ the host of base_url.",
        checks.mail_address,
        example="kho@example.vn",
    )
    registration_days: int = option(
        30, "Days after the end of an event after which the names and addresses of those who registered are deleted."
    )
    sign_in_days: int = option(30, "Days after which somebody who signed in must sign in again.")
    staff_second_factor: str = option(
        OFFERED,
        "Second step when signing in for reviewers, reporters and administrators: offered or required.",
        checks.one_of(OFFERED, REQUIRED),
        example=REQUIRED,
    )
    oidc_issuer: str = option(
        "",
        "Issuer of a sign-in by OpenID Connect, as it writes itself; empty: none. See below.",
        checks.identity_issuer,
        example="https://dangnhap.example.vn",
    )
    oidc_client_id: str = option("", "Under which name this site is registered there.")
    oidc_client_secret: str = option("", "The secret for it; empty: a client without one.")
    oidc_button: str = option("Đăng nhập bằng tài khoản Thành phố", "What the button of it says in Vietnamese.")
    oidc_button_en: str = option("Sign in with the city's account", "What it says in English.")
    max_upload_bytes: int = option(2 * GIB, "Largest file that is taken, in bytes.")
    max_form_bytes: int = option(2 * MIB, "Largest form without files that is taken, in bytes.")
    account_quota_bytes: int = option(20 * GIB, "Bytes of files that one educator may keep.")
    unit_quota_bytes: int = option(0, "Bytes of files that all materials of one unit may keep; 0: no limit.")
    unfinished_upload_hours: int = option(168, "Hours for which an upload that broke off waits to be continued.")
    page_image_bytes: int = option(5 * GIB, "Bytes of page images kept; the least recently used go.")
    page_cache_bytes: int = option(32 * MIB, "Bytes of rendered pages that each web process keeps.")
    posting_cache_bytes: int = option(64 * MIB, "Bytes of search postings that each web process keeps.")
    platform_id: str = option(
        "hcmoer",
        "Short name of the repository in the identifiers of COUNTER reports: letters, digits, at most 18.",
        checks.platform_id,
        example="hcmoer",
    )
    counter_registry_record: str = option(
        "",
        "Address of the platform's entry in COUNTER's registry, in the headers of reports; empty: it has none.",
        checks.registry_record,
        example="https://registry.example.org/platform/01234567-89ab-cdef-0123-456789abcdef",
    )
    usage_salt: str = option(
        "", "Secret that several web hosts share to tell visitors apart; empty: a file a day, thrown away after it."
    )
    file_sending: str = option(
        "python",
        "Who sends files: python, x-accel-redirect:/prefix/ (nginx), or presigned (downloads from the object store).",
        checks.file_sending,
        example="x-accel-redirect:/files/",
    )
    body_pause_seconds: int = option(15, "Seconds for which what is sent to us may pause; then the answer is 408.")
    body_least_rate: int = option(1000, "Bytes a second that must come of what is sent to us, on average.")
    bodies_per_address: int = option(
        200, "Forms and files that one address may send to a web process at the same time."
    )
    files_per_address: int = option(200, "Files that one address may fetch from a web process at the same time.")
    connections_per_address: int = option(
        1000, "Connections of one address to a web process; of more, idle ones are closed. Not behind a proxy."
    )
    samples_on_public_host: bool = option(
        False, "Let `oer serve --with-samples` load the sample collection where others can reach the service, too."
    )
    demo_on_public_host: bool = option(
        False, "Let it make and open the demo sign-ins there, too: everybody knows their passphrase."
    )
    worker_silence_seconds: int = option(
        60, "After how many seconds without a sign a background worker counts as dead or hung."
    )
    metrics_token: str = option(
        "", "Token that /metrics asks for; empty: this machine alone may read it, and nobody on a public site."
    )
    log_format: str = option(
        "text",
        "How the log is written: text for people, json for machines.",
        checks.one_of("text", "json"),
        example="json",
    )
    log_level: str = option("INFO", "Least severe level that is logged.", checks.log_level, example="INFO")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Return the settings that the environment asks for; empty texts are as if they were not set.

        Raises InvalidSetting with a sentence for each variable that holds what its option cannot be, or whose name is
        nearly that of a setting.
        """
        environment = os.environ if environment is None else environment
        known = {f"{PREFIX}{each.name.upper()}": each for each in fields(cls)}
        faults, foreign = unknown_variables(environment, known)
        given = {}
        for variable, each in known.items():
            text = environment.get(variable)
            if text is None or (text == "" and isinstance(each.default, str | Path)):
                continue
            fault = _fault(each, text)
            if fault:
                faults.append(Fault(variable, fault, each.metadata["example"]).sentence(_shown(each.name, text)))
            else:
                given[each.name] = _value(text, type(each.default))
        if faults:
            raise InvalidSetting(*faults)
        warn_of_foreign(foreign)
        return cls(**given)

    def require_fit_for_public(self) -> None:
        """Raise InvalidSetting where a public site would do what only a trial on one machine may."""
        if self.is_public and not self.smtp_url:
            raise InvalidSetting(
                "OER_SMTP_URL is not set, and this site is for the public: whole mails, with the links that reset "
                "passphrases, would stand in the log. Example: OER_SMTP_URL=smtps://USER:PASSWORD@mail.example.org:465 "
                "(or none: where no mails are to be sent at all)."
            )

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
    def metrics_dir(self) -> Path:
        """The folder in which web processes share their figures while they run."""
        return self.instance_dir / "metrics"

    @property
    def salt_dir(self) -> Path:
        """The folder of the day's salt, under which visitors' addresses are hashed: never part of a backup."""
        return self.instance_dir / "salt"


_SECRETS = frozenset({"secret_key", "usage_salt", "metrics_token", "oidc_client_secret"})
_ONE_OR_MORE = frozenset(
    {"registration_days", "sign_in_days", "unfinished_upload_hours", "max_upload_bytes", "max_form_bytes"}
)


def _shown(name: str, text: str) -> str:
    return "" if name in _SECRETS else text


def _fault(each: "Field[Any]", text: str) -> str:
    check: Check | None = each.metadata["check"]
    if check is not None:
        return check(text)
    if isinstance(each.default, bool):
        return checks.yes_or_no(text)
    if isinstance(each.default, int):
        return checks.whole_number(text, 1 if each.name in _ONE_OR_MORE else 0)
    return ""


def _value(text: str, kind: type) -> Any:
    if kind is bool:
        return text.lower() in {"1", "true", "yes"}
    return kind(text)
