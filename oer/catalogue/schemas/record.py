"""The metadata of a material: read, checked and brought into one form. The same for forms, API, imports and exports."""

from collections.abc import Mapping
from typing import Any

from oer.catalogue.schemas.faults import InvalidRecord
from oer.catalogue.schemas.texts import Reader, by_language, list_of, text
from oer.catalogue.schemas.values import (
    age_range,
    code_of,
    codes_of,
    day,
    duration,
    licence,
    orcid,
    target,
    web_address,
)
from oer.core.errors import Invalid
from oer.core.i18n import N_

UNKNOWN = N_("There is no field “%(name)s” here.")
_NOT_AN_OBJECT = N_("This must be an object with named fields.")
_EMPTY = N_("This is needed.")


def _object(fields: Mapping[str, Reader], needed: tuple[str, ...] = ()) -> Reader:
    """Return a reader of an object with these fields; empty ones are left out, an empty object is {}."""

    def read(value: Any, field: str) -> dict[str, Any]:
        found, faults = read_fields(value, fields, field)
        faults += [Invalid(_EMPTY, field=f"{field}.{name}") for name in needed if found and name not in found]
        if faults:
            raise InvalidRecord(faults)
        return found

    return read


def read_fields(value: Any, fields: Mapping[str, Reader], within: str = "") -> tuple[dict[str, Any], list[Invalid]]:
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
_RELATION = _object({"type": code_of("relations"), "target": target}, ("type", "target"))
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
FIELDS: dict[str, Reader] = {
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
    "published_on": day,
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
