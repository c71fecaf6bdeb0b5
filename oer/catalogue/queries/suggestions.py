"""What a draft's files already say about it, so that nobody has to type it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from oer.catalogue.models import CONTENT, Version
from oer.catalogue.queries.renditions import ShownFile, files_of
from oer.core.i18n import DEFAULT_LANGUAGE, LANGUAGES
from oer.vocabularies import vocabularies

_LONGEST_TITLE = 300


@dataclass(frozen=True)
class Suggestion:
    """Fields of a record as the files suggest them; `waiting` while a file has not been read yet."""

    record: dict[str, Any]
    waiting: bool


def suggestion_for(session: Session, version: Version) -> Suggestion:
    """Return what the content files of a version suggest for title, language and time required."""
    files = [shown for shown in files_of(session, version) if shown.file.role == CONTENT]
    record: dict[str, Any] = {}
    if files:
        language = next((code for shown in files if (code := _language(shown))), "")
        record["title"] = {language if language in LANGUAGES else DEFAULT_LANGUAGE: _title(files[0])}
        record |= {"language": [language]} if language else {}
        record |= _time_required(files)
    return Suggestion(record, any(shown.is_being_read for shown in files))


def _facts(shown: ShownFile) -> dict[str, Any]:
    return shown.rendition.facts if shown.rendition else {}


def _language(shown: ShownFile) -> str:
    code = str(_facts(shown).get("language", ""))
    return code if code in vocabularies().languages else ""


def _title(shown: ShownFile) -> str:
    stem = shown.file.name.rpartition(".")[0] or shown.file.name
    written = str(_facts(shown).get("title", "")).strip()
    return (written or stem.replace("_", " ").replace("-", " ").strip())[:_LONGEST_TITLE]


def _time_required(files: list[ShownFile]) -> dict[str, str]:
    minutes = round(sum(float(_facts(shown).get("duration") or 0) for shown in files) / 60)
    if not minutes:
        return {}
    hours, rest = divmod(minutes, 60)
    return {"time_required": "PT" + (f"{hours}H" if hours else "") + (f"{rest}M" if rest else "")}
