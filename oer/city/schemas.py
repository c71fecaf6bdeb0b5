"""Events and learning points for machines: iCalendar (RFC 5545) and schema.org."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from oer.city.models import CityEvent, EventState, LearningPoint
from oer.core.clock import city_time
from oer.core.i18n import in_language
from oer.vocabularies import vocabularies

CALENDAR_TYPE = "text/calendar; charset=utf-8"
LONGEST_LINE = 75  # octets, without the line break
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": ""})
_STATES = {EventState.PUBLISHED: "CONFIRMED", EventState.CANCELLED: "CANCELLED"}
_SCHEMA = "https://schema.org/"


def where_of(event: CityEvent, language: str) -> str:
    """Return where an event takes place, in one line; empty for one that is online alone."""
    parts = [event.place]
    if event.point is not None:
        parts = [in_language(event.point.name, language), event.point.address, event.place]
    if event.ward_code:
        parts.append(ward_name(event.ward_code, language))
    return ", ".join(dict.fromkeys(part for part in parts if part))


def ward_name(code: str, language: str) -> str:
    """Return the name of a ward or commune."""
    found = vocabularies().places.get(code)
    return in_language(found.labels, language) if found else code


def write_calendar(events: Iterable[CityEvent], base_url: str, name: str, language: str) -> bytes:
    """Return events as an iCalendar file: lines folded at 75 octets, times in UTC, cancelled ones said to be so."""
    host = base_url.partition("://")[2].partition("/")[0].partition(":")[0]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//{host}//oer//{language.upper()}", "CALSCALE:GREGORIAN"]
    lines += ["METHOD:PUBLISH", f"X-WR-CALNAME:{_text(name)}", "X-WR-TIMEZONE:Asia/Ho_Chi_Minh"]
    for event in events:
        lines += _event_lines(event, base_url, host, language)
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def _event_lines(event: CityEvent, base_url: str, host: str, language: str) -> list[str]:
    address = f"{base_url.rstrip('/')}{'' if language == 'vi' else '/' + language}/events/{event.public_id}"
    summary, place = in_language(event.summary, language), where_of(event, language)
    found = [
        "BEGIN:VEVENT",
        f"UID:{event.public_id}@{host}",
        f"DTSTAMP:{_moment(event.changed_at)}",
        f"LAST-MODIFIED:{_moment(event.changed_at)}",
        f"SEQUENCE:{event.revision}",
        f"DTSTART:{_moment(event.starts_at)}",
        f"DTEND:{_moment(event.ends_at)}",
        f"SUMMARY:{_text(in_language(event.title, language))}",
        f"STATUS:{_STATES.get(event.state, 'TENTATIVE')}",
        f"URL:{address}",
    ]
    found += [f"LOCATION:{_text(place or event.online_url)}"]
    if summary:
        found.append(f"DESCRIPTION:{_text(summary)}")
    return [*found, "END:VEVENT"]


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    return text.translate(_ESCAPES)


def _folded(line: str) -> str:
    """Return a line folded so that no part is longer than 75 octets, and no letter is cut."""
    parts, part = [], ""
    for letter in line:
        if len((part + letter).encode()) > LONGEST_LINE:
            parts.append(part)
            part = " "
        part += letter
    return "\r\n".join([*parts, part])


def event_json_ld(event: CityEvent, address: str, language: str) -> dict[str, Any]:
    """Return an event as schema.org describes it."""
    place, online = where_of(event, language), event.online_url
    mode = "Mixed" if place and online else "Online" if online else "Offline"
    places: list[dict[str, Any]] = []
    if place:
        of_ward = {"addressLocality": ward_name(event.ward_code, language)} if event.ward_code else {}
        street = event.point.address if event.point and event.point.address else event.place
        name = in_language(event.point.name, language) if event.point else place
        spot = {"@type": "PostalAddress", "streetAddress": street, "addressCountry": "VN", **of_ward}
        places.append({"@type": "Place", "name": name, "address": {key: text for key, text in spot.items() if text}})
    if online:
        places.append({"@type": "VirtualLocation", "url": online})
    found = {
        "@context": "https://schema.org",
        "@type": "Event",
        "@id": address,
        "url": address,
        "name": in_language(event.title, language),
        "description": in_language(event.summary, language),
        "startDate": city_time(event.starts_at).isoformat(),
        "endDate": city_time(event.ends_at).isoformat(),
        "eventStatus": f"{_SCHEMA}Event{'Cancelled' if event.state is EventState.CANCELLED else 'Scheduled'}",
        "eventAttendanceMode": f"{_SCHEMA}{mode}EventAttendanceMode",
        "location": places if len(places) > 1 else (places[0] if places else ""),
        "organizer": {"@type": "Organization", "name": in_language(event.unit.name, language)},
        "isAccessibleForFree": True,
        "maximumAttendeeCapacity": event.seats or "",
    }
    return {name: value for name, value in found.items() if value != ""}


_PLACE_TYPES = {"library": "Library", "school": "School", "culture-house": "CivicStructure"}


def point_json_ld(point: LearningPoint, address: str, language: str) -> dict[str, Any]:
    """Return a learning point as schema.org describes a place."""
    spot = {"@type": "PostalAddress", "streetAddress": point.address, "addressCountry": "VN"}
    spot["addressLocality"] = ward_name(point.ward_code, language)
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": _PLACE_TYPES.get(point.kind, "Place"),
        "@id": address,
        "url": point.website or address,
        "name": in_language(point.name, language),
        "description": in_language(point.offers, language),
        "address": {key: text for key, text in spot.items() if text},
        "telephone": point.phone,
        "email": point.email,
        "publicAccess": point.is_open,
    }
    if point.latitude is not None:
        found["geo"] = {"@type": "GeoCoordinates", "latitude": point.latitude, "longitude": point.longitude}
    return {name: value for name, value in found.items() if value != ""}
