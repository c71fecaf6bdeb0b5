"""What the values of settings may be: each check returns what is wrong with a text, in words, or "" if nothing is."""

import difflib
import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, urlsplit

import yaml

Check = Callable[[str], str]
PREFIX = "OER_"
# Read by the tests alone. Kubernetes and Docker put variables of their own into containers, such as OER_PORT for a
# service that is called `oer`, so a name that is like no setting's is only warned of.
_NOT_SETTINGS = re.compile(r"OER_TEST_.*")
_ALIKE = 0.8
BUCKET_OPTIONS = frozenset({"endpoint", "region", "addressing", "spool"})
ADDRESSING_STYLES = frozenset({"path", "virtual", "auto"})
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class InvalidSetting(ValueError):
    """Environment variables hold what their options cannot be, or are named like none; `faults` has a sentence each."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Fault:
    """What is wrong with a variable, and an example of how it is right."""

    variable: str
    what: str
    example: str = ""

    def sentence(self, value: str) -> str:
        """Return it in words, with the value that was given. A password in it is not repeated."""
        shown = f" ({without_password(value)!r})" if value else ""
        example = f" Example: {self.variable}={self.example}" if self.example else ""
        return f"{self.variable}{shown} {self.what}.{example}"


def without_password(url: str) -> str:
    """Return a text in which the credentials of every address are replaced by stars."""
    return re.sub(r"//[^/@\s]*@", "//***@", url)


def unknown_variables(names: Iterable[str], known: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return a sentence for each OER_* name that is nearly that of a setting, and for each that is like none."""
    misspelt, foreign, known = [], [], list(known)
    for name in sorted(names):
        if not name.startswith(PREFIX) or name in known or _NOT_SETTINGS.fullmatch(name):
            continue
        nearest = difflib.get_close_matches(name.upper(), known, n=1, cutoff=_ALIKE)
        if nearest:
            misspelt.append(f"{name} is no setting. Did you mean {nearest[0]}?")
        else:
            foreign.append(f"{name} is no setting, and has no effect.")
    return misspelt, foreign


def warn_of_foreign(sentences: Iterable[str]) -> None:
    """Log what `unknown_variables` found that is like no setting."""
    for each in sentences:
        logging.getLogger(__name__).warning(each)


def _parts(text: str) -> SplitResult | None:
    # None for what is no address, with a port that is no number among it.
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _has_host(parts: SplitResult | None, schemes: Iterable[str]) -> bool:
    return parts is not None and parts.scheme in schemes and bool(parts.hostname)


def web_address(text: str) -> str:
    """Check the address of a site."""
    parts = _parts(text)
    if parts is None or not _has_host(parts, ("http", "https")):
        return "must be an address with http:// or https:// and a host"
    if parts.query or parts.fragment or parts.username is not None:
        return "must be a plain address, without ?, # and user names"
    return "" if re.fullmatch(r"[\w.:\[\]-]+", parts.netloc) else "names a host that cannot be one"


def identity_issuer(text: str) -> str:
    """Check the issuer of a sign-in: https, but for one on this machine."""
    parts = _parts(text)
    is_here = parts is not None and parts.hostname in {"localhost", "127.0.0.1", "::1"}
    return web_address(text) or ("" if text.startswith("https://") or is_here else "must begin with https://")


def database(text: str) -> str:
    """Check the URL of a database."""
    if not text or re.match(r"sqlite:///.", text):
        return ""
    schemes = ("postgresql", "postgresql+psycopg")
    parts = _parts(text)
    if parts is None or parts.scheme not in schemes or not parts.netloc + parts.query or not parts.path.strip("/"):
        return "must be sqlite:///PATH or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE"
    return ""


def storage(text: str) -> str:
    """Check the URL of a file store."""
    if not text or re.match(r"file:.", text):
        return ""
    parts = _parts(text)
    if parts is None or parts.scheme != "s3" or not parts.netloc:
        return "must be file:PATH or s3://BUCKET[/PREFIX][?endpoint=URL&region=NAME]"
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(set(options) - BUCKET_OPTIONS)
    if unknown:
        return f"has an option that there is not: {unknown[0]}; there are {', '.join(sorted(BUCKET_OPTIONS))}"
    if web_address(options.get("endpoint", "https://a")):
        return "has an endpoint that is no address with http:// or https://"
    if options.get("addressing", "path") not in ADDRESSING_STYLES:
        return "has an addressing that is none of path, virtual, auto"
    return ""


def search(text: str) -> str:
    """Check the URL of a search engine."""
    return "" if not text or re.match(r"whoosh:.", text) else "must be whoosh:PATH"


def jobs(text: str) -> str:
    """Check the URL of a queue."""
    if not text or re.match(r"sqlite:.", text):
        return ""
    if _has_host(_parts(text), ("postgresql", "postgresql+psycopg", "redis", "rediss")):
        return ""
    return "must be sqlite:PATH, postgresql://USER:PASSWORD@HOST/DATABASE or redis://HOST:PORT/NUMBER"


def scanner(text: str) -> str:
    """Check the URL of a virus scanner."""
    if not text or re.match(r"clamd:/[^/]", text):
        return ""
    parts = _parts(text)
    if _has_host(parts, ("clamd",)) and parts is not None and parts.port:
        return ""
    return "must be clamd://HOST:PORT or clamd:/PATH/OF/SOCKET"


def mail_server(text: str) -> str:
    """Check the URL of a mail server."""
    if text in {"", "none:"} or _has_host(_parts(text), ("smtp", "smtp+starttls", "smtps")):
        return ""
    return "must be smtp://, smtp+starttls:// or smtps:// with a host, or none:"


def mail_address(text: str) -> str:
    """Check the address that mails come from."""
    return "" if not text or re.fullmatch(r"[^\s@<>]+@[^\s@<>]+", text) else "must be an address of mail"


def telephone(text: str) -> str:
    """Check a telephone number: digits, with spaces, dots, hyphens and brackets between them, and "+" before them."""
    is_right = re.fullmatch(r"\+?[\d .()-]{3,30}", text) and any(map(str.isdigit, text))
    return "" if is_right else "must be a telephone number"


EMBLEM_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp"}
_MOST_POINTS = 20
_MOST_EMBLEM_BYTES = 50_000


def emblem(text: str) -> str:
    """Check the path of a small picture."""
    path = Path(text)
    if path.suffix.lower() not in EMBLEM_TYPES or not path.is_file():
        return "must be the path of an SVG, PNG or WebP file"
    return "" if path.stat().st_size <= _MOST_EMBLEM_BYTES else f"must be a file of at most {_MOST_EMBLEM_BYTES} bytes"


def review_points(text: str) -> str:
    """Check the path of a file of points of review."""
    try:
        with Path(text).open(encoding="utf-8") as file:
            found = yaml.load(file, yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return "must be the path of a YAML file"
    rows = found.get("points") if isinstance(found, dict) else None
    if not isinstance(rows, list) or not 0 < len(rows) <= _MOST_POINTS:
        return f"must be a file with 1 to {_MOST_POINTS} points, in a list called points"
    for number, row in enumerate(rows, 1):
        texts = [row.get(key) for key in ("code", "label_vi", "label_en")] if isinstance(row, dict) else [None]
        if not all(isinstance(each, str) and each.strip() for each in texts) or "children" in row:
            return f"must have a code, label_vi and label_en, each a text, and nothing below: point {number} does not"
    return "" if len({row["code"] for row in rows}) == len(rows) else "must not have the same code twice"


def host_names(text: str) -> str:
    """Check a list of host names."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    wrong = [name for name in names if not re.fullmatch(r"\.?[\w-]+(\.[\w-]+)*(:\d+)?|\[[0-9a-fA-F:]+\]", name)]
    if text.strip() == "*" or not wrong:
        return ""
    return f"must be host names separated by commas, and {wrong[0]!r} is none"


def file_sending(text: str) -> str:
    """Check who sends files."""
    if text in {"python", "presigned"} or re.fullmatch(r"x-accel-redirect:/([^/\s]+/)+", text):
        return ""
    return "must be python, presigned or x-accel-redirect:/PREFIX/"


def one_of(*words: str) -> Check:
    """Return a check that takes these words alone."""
    return lambda text: "" if text in words else f"must be {' or '.join(words)}"


def log_level(text: str) -> str:
    """Check a level of logging."""
    return "" if text in LOG_LEVELS else f"must be one of {', '.join(LOG_LEVELS)}"


def platform_id(text: str) -> str:
    """Check the short name of the repository."""
    return "" if re.fullmatch(r"[A-Za-z0-9]{1,18}", text) else "must be 1 to 18 letters and digits"


def registry_record(text: str) -> str:
    """Check the address of an entry in COUNTER's registry."""
    entry = r"https://[a-z0-9.-]+/platform/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    return "" if not text or re.fullmatch(entry, text) else "must be https://.../platform/ and the number of the entry"


def whole_number(text: str, least: int) -> str:
    """Check a whole number."""
    if not re.fullmatch(r"-?\d+", text.strip()):
        return "must be a whole number"
    return "" if int(text) >= least else f"must be {least} or more"


def yes_or_no(text: str) -> str:
    """Check a switch."""
    return "" if text.lower() in {"1", "0", "true", "false", "yes", "no", ""} else "must be 1 or 0"
