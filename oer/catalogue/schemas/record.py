"""Metadata that comes in: a material's record, and a line of `oer import`, checked and brought into canonical form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oer.catalogue.checks import (
    Check,
    InvalidRecord,
    age_range,
    by_language,
    code_of,
    codes_of,
    duration,
    licence,
    list_of,
    orcid,
    partial_date,
    relation_target,
    text,
    web_address,
)
from oer.catalogue.models import CONTENT, FILE_ROLES
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.core.strict_json import read_json

UNKNOWN = N_("There is no field “%(name)s” here.")
_NOT_AN_OBJECT = N_("This must be an object with named fields.")
_EMPTY = N_("This is needed.")


def _object(fields: Mapping[str, Check], needed: tuple[str, ...] = ()) -> Check:
    """Return a reader of an object with these fields; empty ones are left out, an empty object is {}."""

    def read(value: Any, field: str) -> dict[str, Any]:
        found, faults = read_fields(value, fields, field)
        faults += [Invalid(_EMPTY, field=f"{field}.{name}") for name in needed if found and name not in found]
        if faults:
            raise InvalidRecord(faults)
        return found

    return read


def read_fields(value: Any, fields: Mapping[str, Check], within: str = "") -> tuple[dict[str, Any], list[Invalid]]:
    """Return what the readers make of an object's fields, in the readers' order, and every fault of it."""
    if not isinstance(value, dict):
        return {}, [Invalid(_NOT_AN_OBJECT, field=within or None)]
    prefix = f"{within}." if within else ""
    unknown = [Invalid(UNKNOWN, field=prefix + shown, name=shown) for shown in _shown_names(value.keys() - fields)]
    found: dict[str, Any] = {}
    faults: list[Invalid] = unknown
    for name, reader in fields.items():
        try:
            read = reader(value[name], prefix + name) if value.get(name) is not None else None
        except InvalidRecord as error:
            faults.extend(error.faults)
        except Invalid as error:
            faults.append(error)
        else:
            found |= {name: read} if read else {}
    return found, faults


def _shown_names(names: set[Any]) -> list[str]:
    return sorted(ascii(name)[1:-1][:50] if not str(name).isprintable() else str(name)[:50] for name in names)


_CREATOR = _object(
    {"name": text(200), "role": code_of("contributor_roles"), "affiliation": text(300), "orcid": orcid}, ("name",)
)
_RELATION = _object({"type": code_of("relations"), "target": relation_target}, ("type", "target"))
_ACCESSIBILITY = _object(
    {
        "access_mode": codes_of("access_modes"),
        "features": codes_of("accessibility_features"),
        "hazards": codes_of("accessibility_hazards"),
        "summary": by_language(text(2000, lines=True)),
    }
)


def _creator(value: Any, field: str) -> dict[str, Any]:
    creator: dict[str, Any] = _CREATOR(value, field)
    # Who says nothing else made it.
    return {"name": creator["name"], "role": "author", **creator} if creator else {}


_POINTS = by_language(list_of(text(1000), 50))
FIELDS: dict[str, Check] = {
    "title": by_language(text(300)),
    "summary": by_language(text(10_000, lines=True)),
    "creators": list_of(_creator, 100),
    "unit": text(64),
    "subjects": codes_of("subjects", 10),
    "levels": codes_of("levels"),
    "types": codes_of("types", 10),
    "audiences": codes_of("audiences"),
    "language": codes_of("languages", 10),
    "keywords": list_of(text(100), 50),
    "licence": licence,
    "time_required": duration,
    "typical_age": age_range,
    "outcomes": _POINTS,
    "prerequisites": _POINTS,
    "accessibility": _ACCESSIBILITY,
    "source_url": web_address,
    "published_on": partial_date,
    "place": code_of("places"),
    "relations": list_of(_RELATION, 100),
}


def parse_record(value: Any) -> dict[str, Any]:
    """Return a record in canonical form: known fields in one order, clean texts, nothing empty.

    Nothing is required here: a draft may lack anything. Parsing what this returned gives the same again. Whether its
    unit exists is for the database to say. Raises InvalidRecord with every fault of it.
    """
    found, faults = read_fields(value, FIELDS)
    if faults:
        raise InvalidRecord(faults)
    return found


# A line of `oer import`: one material as JSON.

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
class ImportLine:
    """One material: `record` is canonical, `content` is Markdown to be kept as a file of its own, before the others."""

    identifier: str
    record: dict[str, Any]
    files: tuple[NamedFile, ...] = ()
    content: str = ""


def parse_import_line(written: str | bytes) -> ImportLine:
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
    return ImportLine(found["identifier"], found["metadata"], tuple(found.get("files", ())), found.get("content", ""))


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
