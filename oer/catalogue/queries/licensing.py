"""Licences in plain words: which one fits some answers, what a source allows, and how a source is named (TASL)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.models import Material, Version
from oer.core.i18n import N_, in_language, translate
from oer.core.ids import is_public_id
from oer.core.links import Links
from oer.vocabularies import vocabularies

BASED_ON = "isBasedOn"
# "Based on", "Translation of", "Version of": what somebody made of another's work.
DERIVED = (BASED_ON, "translationOfWork", "isVersionOf")
ZERO = "https://creativecommons.org/publicdomain/zero/1.0/"
PUBLIC_DOMAIN = "https://creativecommons.org/publicdomain/mark/1.0/"
IN_COPYRIGHT = "https://rightsstatements.org/vocab/InC/1.0/"
_CC = "https://creativecommons.org/licenses/{}/4.0/"


class Holder(StrEnum):
    """Who holds the rights in a material."""

    OWN = "own"
    NOBODY = "nobody"
    OTHERS = "others"


class Changes(StrEnum):
    """Whether others may change it."""

    YES = "yes"
    ALIKE = "alike"
    NO = "no"


@dataclass(frozen=True)
class Answers:
    """The answers to the questions of the licence page; None: not answered yet."""

    holder: Holder | None = None
    named: bool | None = None
    changes: Changes | None = None
    sold: bool | None = None

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Answers":
        """Return the answers in an address; what is no answer counts as none."""
        holder, changes = given.get("holder", ""), given.get("changes", "")
        yes_or_no = {"yes": True, "no": False}
        return cls(
            Holder(holder) if holder in set(Holder) else None,
            yes_or_no.get(given.get("named", "")),
            Changes(changes) if changes in set(Changes) else None,
            yes_or_no.get(given.get("sold", "")),
        )

    @property
    def licence(self) -> str:
        """The URI of the licence that says the same as the answers, "" while one of them is missing."""
        if self.holder is Holder.NOBODY:
            return PUBLIC_DOMAIN
        if self.holder is Holder.OTHERS:
            return IN_COPYRIGHT
        if self.holder is None or self.named is None:
            return ""
        if not self.named:
            return ZERO
        if self.changes is None or self.sold is None:
            return ""
        parts = [
            "by",
            *([] if self.sold else ["nc"]),
            *{Changes.ALIKE: ["sa"], Changes.NO: ["nd"]}.get(self.changes, []),
        ]
        return _CC.format("-".join(parts))


@dataclass(frozen=True)
class Source:
    """A work that a material is made of: one here (`public_id`), or one elsewhere."""

    target: str
    title: Mapping[str, str]
    author: str
    licence: str
    public_id: str | None = None

    @property
    def allowed(self) -> frozenset[str]:
        """The licences under which something made of it may be published; none of one without a known licence."""
        return vocabularies().adapter_licences.get(self.licence, frozenset())

    @property
    def may_be_changed(self) -> bool:
        """Whether anything made of it may be published without asking."""
        return bool(self.allowed)

    def refuses(self, licence: str) -> bool:
        """Whether something made of it must not be under this licence. Of a source without a licence nobody knows."""
        return bool(self.licence and licence) and licence not in self.allowed

    def address(self, links: Links, language: str) -> str:
        """Return its address."""
        return links.material(self.public_id, language) if self.public_id else self.target

    def attribution(self, links: Links, language: str) -> str:
        """Return how to name it in a language: title, author, source, licence."""
        return attribution(self.title, self.author, self.address(links, language), self.licence, language)


_ATTRIBUTION = N_("“%(title)s” by %(author)s. Source: %(address)s. Licence: %(licence)s (%(uri)s).")
_WITHOUT_LICENCE = N_("“%(title)s” by %(author)s. Source: %(address)s. No licence is known.")
_NOBODY = N_("author unknown")


def attribution(title: Mapping[str, str], author: str, address: str, licence: str, language: str) -> str:
    """Return a line that names a work: its title, author, source and licence."""
    term = vocabularies().licences.get(licence)
    return translate(
        language,
        _ATTRIBUTION if term else _WITHOUT_LICENCE,
        title=in_language(title, language) or address,
        author=author or translate(language, _NOBODY),
        address=address,
        licence=term.facts["name"] if term else "",
        uri=licence,
    )


def authors_of(record: Mapping[str, Any]) -> str:
    """Return the names of those who made a material, as one line."""
    return ", ".join(creator["name"] for creator in record.get("creators", ()))


def sources_of(session: Session, record: Mapping[str, Any]) -> list[Source]:
    """Return what a record says that its material was made of. Of materials here only public ones are known."""
    derived = [each for each in record.get("relations", ()) if each["type"] in DERIVED]
    records = _public_records(session, (each["target"] for each in derived if is_public_id(each["target"])))
    found = []
    for each in derived:
        target = each["target"]
        if is_public_id(target):
            there = records.get(target)
            if there is not None:
                found.append(source_here(target, there))
        else:
            title = {"vi": each["title"]} if each.get("title") else {}
            found.append(Source(target, title, each.get("author", ""), each.get("licence", "")))
    return found


def source_here(public_id: str, record: Mapping[str, Any]) -> Source:
    """Return a public material as a source."""
    return Source(public_id, record.get("title", {}), authors_of(record), record.get("licence", ""), public_id)


def refusing_sources(session: Session, record: Mapping[str, Any]) -> list[Source]:
    """Return the sources of a material that do not allow the licence that it has."""
    return [each for each in sources_of(session, record) if each.refuses(record.get("licence", ""))]


def _public_records(session: Session, public_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    wanted = list(public_ids)
    query = (
        sa.select(Material.public_id, Version.record)
        .join(Version, Version.id == Material.current_version_id)
        .where(Material.public_id.in_(wanted), Material.withdrawn_at.is_(None))
    )
    return dict(session.execute(query).all()) if wanted else {}
