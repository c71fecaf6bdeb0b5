"""A material's metadata as it comes in, and a line of `oer import`: checked and brought into canonical form."""

import copy
import dataclasses
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from oer.catalogue.checks import (
    FILE_DESCRIPTION,
    FILE_TITLE,
    Check,
    InvalidRecord,
    code_of,
    object_of,
    read_fields,
    text,
)
from oer.catalogue.fields import FIELDS
from oer.catalogue.models import MAX_FILES, TOO_MANY_FILES, FileRole
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.core.ids import is_public_id
from oer.core.strict_json import read_json

MAX_IDENTIFIER = 255
_NEEDED = N_("This is needed.")
_NO_ID = N_("“%(value)s” is not the id of a material here.")
_ROLE = N_("A file is content, cover, captions or transcript.")
_FILES = N_("This must be a list of file names, or of objects with a name.")


def _checks() -> Mapping[str, Check]:
    """Return the checks of a record's fields in canonical order; `accessibility.…` is an object."""
    checks: dict[str, Check] = {}
    parts: dict[str, dict[str, Check]] = {}
    for field in FIELDS:
        name, _, part = field.name.partition(".")
        if part:
            parts.setdefault(name, {})[part] = field.check
        checks[name] = object_of(parts[name]) if part else field.check
    return checks


CHECKS = _checks()


def parse_record(value: Any) -> dict[str, Any]:
    """Return a record in canonical form: known fields in one order, clean texts, nothing empty.

    Nothing is required here: a draft may lack anything. Parsing the result again changes nothing. Whether the unit
    exists is for the database to say. Raises InvalidRecord with everything that is wrong.
    """
    found, errors = read_fields(value, CHECKS)
    if errors:
        raise InvalidRecord(errors)
    return found


def read_record(value: dict[str, Any], kept: Mapping[str, Any]) -> tuple[dict[str, Any], list[Invalid]]:
    """Return as much of a record as is right, and everything that is wrong with the rest.

    A faulty field has the value that it has in the record `kept`; of a person who took part, the faulty part alone is
    left out, or the whole row where the name is at fault.
    """
    found, errors = read_fields(value, CHECKS)
    if not errors:
        return found, []
    mended = copy.deepcopy(value)
    for error in errors:
        _mend(mended, kept, error.field or "")
    return parse_record(mended), errors


def _mend(record: dict[str, Any], kept: Mapping[str, Any], path: str) -> None:
    if row := re.fullmatch(r"creators\[(\d+)\]\.(\w+)", path):
        creator = record["creators"][int(row[1])]
        creator.pop(row[2], None)
        if row[2] == "name":
            creator.clear()
        return
    for field in FIELDS:
        if path == field.name or re.match(re.escape(field.name) + r"[.\[]", path):
            field.put(record, field.of(kept))


def merged_record(line: dict[str, Any], kept: Mapping[str, Any], spoken: Collection[str] | None) -> dict[str, Any]:
    """Return a record with what its sheet has no column for as it was."""
    if spoken is None:
        return line
    for of in FIELDS:
        value = of.of(kept)
        if not value:
            continue
        if isinstance(of.label, Mapping):
            silent = {language: text for language, text in value.items() if f"{of.name}.{language}" not in spoken}
            if silent:
                of.put(line, {**silent, **(of.of(line) or {})})
        elif of.name not in spoken:
            of.put(line, value)
    return line


@dataclass(frozen=True)
class NamedFile:
    """A file of an import, by its path below the folder of files; title and description are language maps."""

    path: str
    role: FileRole = FileRole.CONTENT
    language: str | None = None
    title: Mapping[str, str] = dataclasses.field(default_factory=dict)
    description: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class ImportLine:
    """One material: `record` is canonical, `content` is Markdown that becomes a file of its own, before the others.

    `names_files` is false if the line has neither `files` nor `content`, or null: then the files that are there stay.
    With a `public_id` it is about that material, whatever its identifier. `columns` are those of its sheet: what these
    do not speak of stays as it is; None: the record is all.
    """

    identifier: str
    record: dict[str, Any]
    files: tuple[NamedFile, ...] = ()
    content: str = ""
    names_files: bool = True
    public_id: str = ""
    columns: frozenset[str] | None = None

    @property
    def key(self) -> str:
        """What it is known by: no two lines of a file may have the same."""
        return self.public_id or self.identifier


def parse_import_line(written: str | bytes) -> ImportLine:
    """Return what a line of JSON says. Raises Invalid (not JSON), or what `read_import_line` raises."""
    return read_import_line(read_json(written))


def read_import_line(given: Any, columns: frozenset[str] | None = None) -> ImportLine:
    """Return what a line says. Raises InvalidRecord with everything that is wrong, once."""
    found, errors = read_fields(given, _LINE)
    if isinstance(given, dict):
        # What was given and is faulty is not missing, too.
        needed = [] if given.get("id") else ["identifier"]
        needed += ["metadata"] if columns is None else []  # a row may be empty but for its key
        missing = [name for name in needed if not found.get(name) and not _faults(given, name)]
        errors += [Invalid(_NEEDED, field=name) for name in missing]
    count = len(found.get("files", ())) + bool(found.get("content"))
    if count > MAX_FILES:
        errors.append(Invalid(TOO_MANY_FILES, field="files", most=MAX_FILES))
    if errors:
        raise InvalidRecord(errors)
    return ImportLine(
        found.get("identifier", ""),
        found.get("metadata", {}),
        tuple(found.get("files", ())),
        found.get("content", ""),
        names_files=any(given.get(name) is not None for name in ("files", "content")),
        public_id=found.get("id", ""),
        columns=columns,
    )


def _faults(given: Mapping[str, Any], name: str) -> list[Invalid]:
    _, errors = read_fields({name: given.get(name)}, {name: _LINE[name]})
    return errors


def _content(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise Invalid(N_("This must be text."), field=field)
    # Kept byte for byte, except lone surrogates: they have no bytes in UTF-8.
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
    # The name is a path in the file system, so it is not cleaned.
    checks: Mapping[str, Check] = {
        "name": _path,
        "role": _role,
        "language": code_of("languages"),
        "title": FILE_TITLE,
        "description": FILE_DESCRIPTION,
    }
    found, errors = read_fields(value, checks, field)
    if "name" not in found and not errors:
        errors = [Invalid(_NEEDED, field=f"{field}.name")]
    if errors:
        raise InvalidRecord(errors)
    return NamedFile(
        found["name"],
        found.get("role", FileRole.CONTENT),
        found.get("language"),
        found.get("title", {}),
        found.get("description", {}),
    )


def _path(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise Invalid(N_("This must be text."), field=field)
    return value


def _role(value: Any, field: str) -> FileRole:
    try:
        return FileRole(value)
    except ValueError:
        raise Invalid(_ROLE, field=field) from None


def _public_id(value: Any, field: str) -> str:
    written = str(text(50)(value, field))
    if not is_public_id(written):
        raise Invalid(_NO_ID, field=field, value=written)
    return written


_LINE: Mapping[str, Check] = {
    "id": _public_id,
    "identifier": text(MAX_IDENTIFIER),
    "metadata": lambda value, _field: parse_record(value),
    "files": _files,
    "content": _content,
}
