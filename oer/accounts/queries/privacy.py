"""What a person agreed to and told about themselves; what of that the usage figures may know."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account, Consent, Declaration, Dimension, Purpose
from oer.core.ids import keyed_hash
from oer.vocabularies import vocabularies

# Which consent each dimension stands on (privacy: one purpose, one consent).
PURPOSE_OF = {
    Dimension.WARD: Purpose.STATISTICS,
    Dimension.BIRTH_YEAR: Purpose.STATISTICS,
    Dimension.GENDER: Purpose.STATISTICS,
    Dimension.GROUP: Purpose.GROUPS,
    Dimension.DISABILITY: Purpose.DISABILITY,
}
COUNTED_BY = frozenset(PURPOSE_OF.values())


@dataclass(frozen=True)
class UsagePerson:
    """What usage figures may know of a person in one calendar year: a pseudonym and what they agreed to tell.

    `dimensions` has the keys ward, age_band, gender, group and disability, each only if told and consented to.
    """

    pseudonym: str
    dimensions: dict[str, list[str]]


def consents_of(session: Session, account_id: int) -> dict[Purpose, Consent]:
    """Return the consents in force, by purpose."""
    query = sa.select(Consent).where(Consent.account_id == account_id, Consent.withdrawn_at.is_(None))
    return {consent.purpose: consent for consent in session.scalars(query.order_by(Consent.id))}


def has_consent(session: Session, account_id: int, purpose: Purpose) -> bool:
    """Tell whether a person's consent to a purpose is in force."""
    return purpose in consents_of(session, account_id)


def declarations_of(session: Session, account_id: int) -> dict[Dimension, list[str]]:
    """Return what a person tells about themselves today, by dimension."""
    query = sa.select(Declaration).where(Declaration.account_id == account_id, Declaration.valid_to.is_(None))
    found: dict[Dimension, list[str]] = {}
    for declaration in session.scalars(query.order_by(Declaration.id)):
        found.setdefault(declaration.dimension, []).append(declaration.value)
    return found


def usage_person(session: Session, account_id: int, day: date) -> UsagePerson | None:
    """Return what usage figures may know of a person on a day, or None without a consent to be counted.

    The pseudonym is derived from the account's own secret and is another one each calendar year.
    """
    agreed = COUNTED_BY & consents_of(session, account_id).keys()
    account = session.get(Account, account_id) if agreed else None
    if account is None:
        return None
    told = {
        dimension: values
        for dimension, values in declarations_of(session, account_id).items()
        if PURPOSE_OF[dimension] in agreed
    }
    return UsagePerson(pseudonym(account.pseudonym_secret, day.year), dict(_counted(told, day)))


def pseudonym(secret: str, year: int) -> str:
    """Return a person's key in the usage figures of a calendar year."""
    return keyed_hash(secret, "usage", str(year))[:32]


def _counted(told: dict[Dimension, list[str]], day: date) -> Iterator[tuple[str, list[str]]]:
    for dimension, values in told.items():
        if dimension is Dimension.BIRTH_YEAR:
            yield "age_band", [age_band(day.year - int(values[0]))]
        else:
            yield dimension.value, values


def age_band(age: int) -> str:
    """Return the age band of the vocabulary (such as 25-34, or 65+) that an age in years falls into."""
    bands = vocabularies().age_bands
    return next(band for band in bands if band.endswith("+") or age <= int(band.partition("-")[2]))
