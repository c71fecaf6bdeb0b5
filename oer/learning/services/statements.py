"""Statements of finished courses: given on request, verified by anybody, taken back by deletion. The caller commits.

Nothing of a statement outlives it: that a code was given here can be told from the code alone.
"""

import gzip
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.catalogue.models import Collection, CollectionItem, Material
from oer.catalogue.queries.browsing import IS_PUBLIC
from oer.config import Settings
from oer.core.clock import now
from oer.core.errors import Conflict, Invalid, NotFound, Unavailable
from oer.core.i18n import N_, in_language
from oer.core.ids import new_token
from oer.core.links import Links
from oer.core.responsible import responsible
from oer.core.text import clean_line
from oer.covers.lettering import can_be_set
from oer.learning.models import CompletionStatement, FinishedMaterial, StatementKey
from oer.learning.seals import (
    BadgeAddresses,
    Forged,
    SigningKey,
    Statement,
    badge_of,
    key_from,
    new_code,
    read_code,
    read_seal,
    read_signed,
    sign_credential,
    was_made_here,
)

LONGEST_NAME = 100
LEAST_PLACES = 131_072
"""Bits of a list: with fewer, it would tell who asks for whom (Bitstring Status List 1.0, 6.1)."""
_NO_NAME = N_("Enter your name as the statement shall show it.")
_LONG_NAME = N_("This is longer than %(most)s characters.")
_LETTERS = N_("The statement cannot be printed with these letters: %(letters)s")
_NOT_FINISHED = N_("Not every part of this course is ticked as finished yet.")
_HAS_ONE = N_("You already have a statement for this course. Take it back to get one with another name.")
NO_STATEMENT = N_("There is no such statement.")
_NO_KEY = N_("The key that signs is being made. Try again in an hour.")


# Keys


def make_key(session: Session, secret_key: str) -> SigningKey:
    """Make the key that signs from now on. Those before it stay published, and what they signed stays valid."""
    salt = new_token()
    key = key_from(secret_key, salt)
    session.add(StatementKey(kid=key.kid, salt=salt, public_key=key.public))
    session.flush()
    return key


def usable_key(session: Session, secret_key: str) -> SigningKey | None:
    """Return the newest key if this secret gives it: nobody signs with the key of another secret."""
    newest = session.scalar(sa.select(StatementKey).order_by(StatementKey.id.desc()).limit(1))
    if newest is None:
        return None
    key = key_from(secret_key, newest.salt)
    return key if key.kid == newest.kid else None


def _key_for_reading(session: Session, secret_key: str) -> SigningKey:
    # Who only reads cannot make one; the worker does within the hour, and giving a statement does at once.
    key = usable_key(session, secret_key)
    if key is None:
        raise Unavailable(_NO_KEY)
    return key


def published_keys(session: Session) -> list[dict[str, str]]:
    """Return every public key that ever signed here, as JWKs, the newest first."""
    return list(session.scalars(sa.select(StatementKey.public_key).order_by(StatementKey.id.desc())))


def _keys(session: Session) -> dict[str, Mapping[str, str]]:
    return {each["kid"]: each for each in published_keys(session)}


# Given, read, taken back


def parts_left(session: Session, account_id: int, collection: Collection) -> int | None:
    """Return how many parts of a course somebody has not ticked as finished; None of a course without parts."""
    ticked = sa.exists().where(
        FinishedMaterial.account_id == account_id, FinishedMaterial.material_id == CollectionItem.material_id
    )
    query = (
        sa.select(sa.func.count(), sa.func.sum(sa.case((ticked, 1), else_=0)))
        .select_from(CollectionItem)
        .join(Material, Material.id == CollectionItem.material_id)
        .where(CollectionItem.collection_id == collection.id, *IS_PUBLIC)
    )
    parts, done = session.execute(query).one()
    return parts - done if parts else None


def give_statement(
    session: Session, settings: Settings, account: Account, collection: Collection, name: str
) -> CompletionStatement:
    """Give somebody a statement that they ticked every part of a course, with a name as they want it shown.

    Raises Invalid for a name that is missing, too long or cannot be printed; Conflict if a part is not ticked, or if
    there is a statement already.
    """
    shown = _checked_name(name)
    session.execute(sa.select(Account.id).where(Account.id == account.id).with_for_update())
    if parts_left(session, account.id, collection) != 0:
        raise Conflict(_NOT_FINISHED, code="not_finished")
    if statement_for(session, account.id, collection.public_id) is not None:
        raise Conflict(_HAS_ONE, code="has_statement")
    said = Statement(
        code=new_code(settings.secret_key),
        name=shown,
        course=collection.public_id,
        title=collection.title,
        issuer=responsible(settings).agency,
        issued_at=now().replace(microsecond=0),
        place=_free_place(session),
    )
    key = usable_key(session, settings.secret_key) or make_key(session, settings.secret_key)
    made = CompletionStatement(
        code=said.code,
        account_id=account.id,
        course=said.course,
        issued_at=said.issued_at,
        place=said.place,
        seal=said.sealed(key),
    )
    session.add(made)
    session.flush()
    return made


def _checked_name(name: str) -> str:
    line = clean_line(name)
    if not line:
        raise Invalid(_NO_NAME, field="name")
    if len(line) > LONGEST_NAME:
        raise Invalid(_LONG_NAME, field="name", most=LONGEST_NAME)
    odd = sorted({letter for letter in line if not can_be_set(letter)})
    if odd:
        raise Invalid(_LETTERS, field="name", letters=" ".join(odd[:10]))
    return line


def _free_place(session: Session) -> int:
    """Return a random bit that no statement has: neighbours in the list are nobody's neighbours."""
    taken = session.scalar(sa.select(sa.func.count()).select_from(CompletionStatement)) or 0
    places = LEAST_PLACES * (1 + taken // (LEAST_PLACES // 2))
    while True:
        place = secrets.randbelow(places)
        if not session.scalar(sa.select(sa.exists().where(CompletionStatement.place == place))):
            return place


def statement_for(session: Session, account_id: int, course: str) -> CompletionStatement | None:
    """Return somebody's statement for a course, None if they have none."""
    theirs = (CompletionStatement.account_id == account_id, CompletionStatement.course == course)
    return session.scalar(sa.select(CompletionStatement).where(*theirs))


def statements_of(session: Session, account_id: int) -> list[tuple[CompletionStatement, Statement | None]]:
    """Return somebody's statements, the newest first, each with what it says; None if it was changed."""
    query = sa.select(CompletionStatement).where(CompletionStatement.account_id == account_id)
    rows = session.scalars(query.order_by(CompletionStatement.issued_at.desc(), CompletionStatement.code)).all()
    keys = _keys(session)
    return [(each, _said_by(each, keys)) for each in rows]


def own_statement(session: Session, account_id: int, code: str) -> CompletionStatement:
    """Return one of somebody's statements. Raises NotFound for any other, as if it did not exist."""
    found = session.get(CompletionStatement, read_code(code) or "")
    if found is None or found.account_id != account_id:
        raise NotFound(NO_STATEMENT)
    return found


def take_back(session: Session, account: Account, code: str) -> None:
    """Delete one of somebody's statements: whoever verifies it is told that it is no more. Raises NotFound."""
    session.delete(own_statement(session, account.id, code))
    session.flush()


class Verdict(StrEnum):
    """What verifying found: it is valid; it was given here and is no more; it was changed; there never was one."""

    VALID = "valid"
    GONE = "gone"
    CHANGED = "changed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Verified:
    """A verdict, and what the statement says if it is valid."""

    verdict: Verdict
    statement: Statement | None = None


def said_by(session: Session, made: CompletionStatement) -> Statement | None:
    """Return what a row's seal says, None if the seal is not ours or is that of another statement."""
    return _said_by(made, _keys(session))


def _said_by(made: CompletionStatement, keys: Mapping[str, Mapping[str, str]]) -> Statement | None:
    try:
        said = read_seal(made.seal, keys)
    except Forged:
        return None
    is_same = (said.code, said.course, said.place) == (made.code, made.course, made.place)
    return said if is_same and said.issued_at == made.issued_at else None


def verify_code(session: Session, settings: Settings, text: str) -> Verified:
    """Verify a statement by its code, as it was typed or is in an address."""
    code = read_code(text)
    if code is None:
        return Verified(Verdict.UNKNOWN)
    made = session.get(CompletionStatement, code)
    if made is None:
        return Verified(Verdict.GONE if was_made_here(settings.secret_key, code) else Verdict.UNKNOWN)
    said = said_by(session, made)
    return Verified(Verdict.VALID, said) if said else Verified(Verdict.CHANGED)


def verify_badge(session: Session, settings: Settings, text: str) -> Verified:
    """Verify a badge in the form that was handed out here: its signature, and that its statement stands as it says."""
    try:
        said = read_signed("".join(text.split()), _keys(session))
    except Forged:
        return Verified(Verdict.CHANGED)
    found = verify_code(session, settings, str(said.get("id", "")).rpartition("/")[2])
    if found.statement is None:
        return found
    subject = said.get("credentialSubject", {})
    names = [each.get("identityHash") for each in subject.get("identifier", [])]
    return found if names == [found.statement.name] else Verified(Verdict.CHANGED)


# Badges


def addresses_of(settings: Settings, code: str = "", course: str = "") -> BadgeAddresses:
    """Return the lasting addresses that badges refer to."""
    links = Links(settings.base_url)
    below = links.page("/statements")
    return BadgeAddresses(
        f"{below}/{code}", links.collection(course), f"{below}/issuer", f"{below}/taken-back", f"{below}/keys"
    )


def badge_for(session: Session, settings: Settings, said: Statement, language: str) -> str:
    """Return a statement as a signed Open Badge, its title in a language."""
    addresses = addresses_of(settings, said.code, said.course)
    issuer = in_language(said.issuer, language) if said.issuer else ""
    badge = badge_of(said, addresses, in_language(said.title, language), issuer)
    return sign_credential(badge, said.issued_at, _key_for_reading(session, settings.secret_key), addresses.keys)


def list_of_taken_back(session: Session, settings: Settings) -> str:
    """Return the signed list in which a bit is set for each place that no statement has: what is gone is among them."""
    places = session.scalars(sa.select(CompletionStatement.place)).all()
    size = LEAST_PLACES * (1 + max(places, default=0) // LEAST_PLACES)
    bits = bytearray(b"\xff" * (size // 8))
    for place in places:
        bits[place // 8] &= ~(0x80 >> place % 8)
    addresses, moment = addresses_of(settings), now().replace(microsecond=0)
    encoded = urlsafe_b64encode(gzip.compress(bytes(bits), mtime=0)).rstrip(b"=").decode()
    credential = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": addresses.status,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": addresses.issuer,
        "validFrom": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        "credentialSubject": {
            "id": f"{addresses.status}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": f"u{encoded}",
        },
    }
    return sign_credential(credential, moment, _key_for_reading(session, settings.secret_key), addresses.keys)
