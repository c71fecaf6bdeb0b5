"""A line of `oer import`: one material as JSON."""

from dataclasses import dataclass
from typing import Any

from oer.catalogue.models import CONTENT, FILE_ROLES
from oer.catalogue.schemas.faults import InvalidRecord
from oer.catalogue.schemas.record import parse_record, read_fields
from oer.catalogue.schemas.texts import text
from oer.catalogue.schemas.values import code_of
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.core.strict_json import read_json

LONGEST_IDENTIFIER = 255
_NEEDED = N_("This is needed.")
_ROLE = N_("A file is content, cover, captions or transcript.")
_FILES = N_("This must be a list of file names, or of objects with a name.")


@dataclass(frozen=True)
class NamedFile:
    """A file of the manifest, by its path below the folder of files."""

    path: str
    role: str = CONTENT
    language: str | None = None


@dataclass(frozen=True)
class Line:
    """One material: `record` is canonical, `content` is Markdown to be kept as a file of its own, before the others."""

    identifier: str
    record: dict[str, Any]
    files: tuple[NamedFile, ...] = ()
    content: str = ""


def parse_line(written: str | bytes) -> Line:
    """Return what a line says. Raises Invalid: not JSON; or InvalidRecord with every fault of it."""
    found, faults = read_fields(
        read_json(written),
        {
            "identifier": text(LONGEST_IDENTIFIER),
            "metadata": lambda value, _field: parse_record(value),
            "files": _files,
            "content": _content,
        },
    )
    named = {fault.field for fault in faults}
    faults += [Invalid(_NEEDED, field=name) for name in ("identifier", "metadata") if not ({name} & (named | {*found}))]
    if faults:
        raise InvalidRecord(faults)
    return Line(found["identifier"], found["metadata"], tuple(found.get("files", ())), found.get("content", ""))


def _content(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise Invalid(N_("This must be text."), field=field)
    # Kept byte for byte, but a lone surrogate is no character and has no bytes.
    return value.encode("utf-8", "replace").decode()


def _files(value: Any, field: str) -> list[NamedFile]:
    if not isinstance(value, list):
        raise Invalid(_FILES, field=field)
    return [_file(each, f"{field}[{place}]") for place, each in enumerate(value)]


def _file(value: Any, field: str) -> NamedFile:
    if isinstance(value, str) and value:
        return NamedFile(value)
    if not isinstance(value, dict):
        raise Invalid(_FILES, field=field)
    # The name is a path as the file system has it, so it is not cleaned.
    found, faults = read_fields(value, {"name": _path, "role": _role, "language": code_of("languages")}, field)
    if "name" not in found and not faults:
        faults = [Invalid(_NEEDED, field=f"{field}.name")]
    if faults:
        raise InvalidRecord(faults)
    return NamedFile(found["name"], found.get("role", CONTENT), found.get("language"))


def _path(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise Invalid(N_("This must be text."), field=field)
    return value


def _role(value: Any, field: str) -> str:
    if value not in FILE_ROLES:
        raise Invalid(_ROLE, field=field)
    return str(value)
