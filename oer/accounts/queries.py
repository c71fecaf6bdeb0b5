"""What can be asked about accounts, roles, sign-ins, units, consents and declarations."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import (
    WARD,
    Account,
    AccountState,
    ApiToken,
    Consent,
    Declaration,
    Dimension,
    OneTimeToken,
    Purpose,
    Role,
    RoleGrant,
    RoleRequest,
    RoleRequestState,
    SignIn,
    TokenPurpose,
    Unit,
    fold_email,
    fold_name,
)
from oer.accounts.permissions import needs_second_factor
from oer.accounts.second_factor_models import AuthenticatorApp, Passkey, RecoveryCode
from oer.core.clock import CITY_TIME_ZONE, latest, now, today
from oer.core.db import Page, page_of
from oer.core.errors import Invalid, NotFound
from oer.core.i18n import DEFAULT_LANGUAGE, N_, in_language
from oer.core.ids import keyed_hash, token_hash
from oer.jobs.queue import ask_at_once, enqueue
from oer.vietnamese.keys import collation_key
from oer.vocabularies import vocabularies

LONGEST_QUESTION = 100


def find_account(session: Session, account_id: int) -> Account:
    """Return an account. Raises NotFound."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound(N_("This account does not exist."))
    return account


def account_with_email(session: Session, email: str) -> Account | None:
    """Return the account of an e-mail address in upper or lower case, or None."""
    folded = fold_email(email)
    if not folded.isprintable():  # PostgreSQL refuses NUL in a query
        return None
    return session.scalar(sa.select(Account).where(Account.email_folded == folded))


def account_names(session: Session, account_ids: Collection[int]) -> dict[int, str]:
    """Return the names of these accounts; those that are gone are missing."""
    query = sa.select(Account.id, Account.name).where(Account.id.in_(account_ids))
    return dict(session.execute(query).all()) if account_ids else {}


def accounts_with_role(session: Session, role: Role, unit_id: int | None = None) -> list[Account]:
    """Return the active accounts that hold a role without a unit or, if one is given, for that unit."""
    grants = sa.select(RoleGrant.account_id).where(
        RoleGrant.role == role, sa.or_(RoleGrant.unit_id.is_(None), RoleGrant.unit_id == unit_id)
    )
    query = sa.select(Account).where(Account.id.in_(grants), Account.state == AccountState.ACTIVE)
    return list(session.scalars(query.order_by(Account.id)))


def list_accounts(
    session: Session, *, words: str = "", role: Role | None = None, state: AccountState | None = None, page: int = 1
) -> Page[Account]:
    """Return a page of accounts whose name or e-mail address contains each of the words, newest first."""
    query = sa.select(Account).order_by(Account.created_at.desc(), Account.id.desc())
    for word in fold_name(words[:LONGEST_QUESTION]).split():
        query = query.where(
            sa.or_(
                Account.name_folded.contains(word, autoescape=True),
                Account.email_folded.contains(word, autoescape=True),
            )
        )
    if role is not None:
        query = query.where(Account.id.in_(sa.select(RoleGrant.account_id).where(RoleGrant.role == role)))
    if state is not None:
        query = query.where(Account.state == state)
    return page_of(session, query, page)


def list_role_requests(session: Session, state: RoleRequestState, page: int = 1) -> Page[RoleRequest]:
    """Return a page of requests for a role in a state, the oldest first."""
    query = sa.select(RoleRequest).where(RoleRequest.state == state).order_by(RoleRequest.asked_at, RoleRequest.id)
    return page_of(session, query, page)


def role_requests_of(session: Session, account_id: int) -> list[RoleRequest]:
    """Return an account's own requests, newest first."""
    query = sa.select(RoleRequest).where(RoleRequest.account_id == account_id)
    return list(session.scalars(query.order_by(RoleRequest.id.desc())))


DEAD_LINK = N_("This link has been used or has expired. Please request a new one.")


def find_sign_in(session: Session, token: str) -> SignIn | None:
    """Return the sign-in of a token, or None if it was ended, has expired, or its account may not sign in."""
    query = (
        sa.select(SignIn)
        .join(SignIn.account)
        .where(
            SignIn.token_hash == token_hash(token),
            SignIn.revoked_at.is_(None),
            SignIn.expires_at > now(),
            SignIn.created_at <= latest(),
            Account.state == AccountState.ACTIVE,
        )
    )
    return session.scalar(query)


def account_of_sign_in(session: Session, token: str, *, second_factor_required: bool = False) -> Account | None:
    """Return the account of a sign-in's token, with the roles that it had when that began, or None.

    Where staff are required to have a second factor, the roles of somebody who has none yet are of no use to them.
    """
    found = find_sign_in(session, token)
    if found is None:
        return None
    account = found.account
    account.act_as_of(found.created_at)
    if second_factor_required and needs_second_factor(account):
        account.lacks_second_factor = not has_second_factor(session, account.id)
    return account


TOKEN_PREFIX = "oer_"  # noqa: S105 (what all begin with)
"""Whoever finds a personal token in a file or a log sees what it is."""
TOKEN_USED_JOB = "accounts.token_used"  # noqa: S105 (a job)


def api_tokens_of(session: Session, account_id: int) -> Sequence[ApiToken]:
    """Return the tokens of an account, newest first."""
    query = sa.select(ApiToken).where(ApiToken.account_id == account_id)
    return session.scalars(query.order_by(ApiToken.id.desc())).all()


def account_of_token(
    session: Session, token: str, *, second_factor_required: bool = False
) -> tuple[Account, frozenset[str]] | None:
    """Return the account of a token with the roles that it had when that was made, and its scopes; None for any other.

    That it was used today is noted by the worker: a request that only reads writes nothing.
    """
    query = (
        sa.select(ApiToken)
        .join(ApiToken.account)
        .where(
            ApiToken.token_hash == token_hash(token),
            ApiToken.created_at <= latest(),
            Account.state == AccountState.ACTIVE,
        )
    )
    found = session.scalar(query) if token.startswith(TOKEN_PREFIX) else None
    if found is None:
        return None
    account = found.account
    account.act_as_of(found.created_at)
    if second_factor_required and needs_second_factor(account):
        account.lacks_second_factor = not has_second_factor(session, account.id)
    if found.last_used_on != today() and not ask_at_once(session, TOKEN_USED_JOB, str(found.id)):
        enqueue(session, TOKEN_USED_JOB, found.id)
    return account, frozenset(found.scopes)


@dataclass(frozen=True)
class SecondFactors:
    """What an account has for the second step of a sign-in, and how many recovery codes are left."""

    app: AuthenticatorApp | None
    passkeys: list[Passkey]
    codes_left: int

    @property
    def count(self) -> int:
        """How many factors there are. Recovery codes are none: they stand in for one that is lost."""
        return len(self.passkeys) + (self.app is not None)


def second_factors_of(session: Session, account_id: int) -> SecondFactors:
    """Return an account's second factors."""
    passkeys = session.scalars(sa.select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.id))
    left = sa.select(sa.func.count()).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return SecondFactors(
        session.scalar(sa.select(AuthenticatorApp).where(AuthenticatorApp.account_id == account_id)),
        list(passkeys),
        session.scalar(left) or 0,
    )


def has_second_factor(session: Session, account_id: int) -> bool:
    """Tell whether an account's sign-ins need a second step."""
    kinds = (sa.exists().where(table.account_id == account_id) for table in (AuthenticatorApp, Passkey))
    return bool(session.scalar(sa.select(sa.or_(*kinds))))


def person_of_ended_sign_in(session: Session, token: str) -> Account | None:
    """Return whose sign-in a token was, if they may sign in again: for what waits until they do."""
    query = sa.select(Account).join(SignIn, SignIn.account_id == Account.id)
    return session.scalar(query.where(SignIn.token_hash == token_hash(token), Account.state == AccountState.ACTIVE))


def sign_ins_of(session: Session, account_id: int) -> list[SignIn]:
    """Return an account's valid sign-ins, newest first."""
    query = sa.select(SignIn).where(
        SignIn.account_id == account_id, SignIn.revoked_at.is_(None), SignIn.expires_at > now()
    )
    return list(session.scalars(query.order_by(SignIn.created_at.desc(), SignIn.id.desc())))


def usable_token(session: Session, token: str, purpose: TokenPurpose) -> OneTimeToken:
    """Return a mailed token that is valid for a purpose. Raises Invalid for any other."""
    query = sa.select(OneTimeToken).where(
        OneTimeToken.token_hash == token_hash(token),
        OneTimeToken.purpose == purpose,
        OneTimeToken.used_at.is_(None),
        OneTimeToken.expires_at > now(),
        OneTimeToken.created_at <= latest(),  # else a clock that was set back would make old ones valid again
    )
    found = session.scalar(query)
    if found is None:
        raise Invalid(DEAD_LINK, code="dead_link")
    return found


PAGE_SIZE = 50


def find_unit_by_code(session: Session, code: str) -> Unit:
    """Return a unit by its code. Raises NotFound, naming the code."""
    unit = session.scalar(sa.select(Unit).where(Unit.code == code)) if code.isprintable() else None
    if unit is None:
        raise NotFound(N_("There is no unit with the code “%(unit_code)s”."), unit_code=code)
    return unit


def all_units(session: Session) -> list[Unit]:
    """Return every unit in Vietnamese alphabetical order, the wards last."""
    return sorted(session.scalars(sa.select(Unit)), key=lambda unit: (unit.kind == WARD, collation_key(_title(unit))))


def list_units(session: Session, *, words: str = "", kind: str = "", page: int = 1) -> Page[Unit]:
    """Return a page of units whose code or name (in any language, with or without marks) contains each of the words."""
    asked = fold_name(words[:100]).split()
    found = [
        unit
        for unit in all_units(session)
        if (not kind or unit.kind == kind) and all(word in _searched(unit) for word in asked)
    ]
    last = max(1, -(-len(found) // PAGE_SIZE))
    number = min(max(1, page), last)
    return Page(found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], number, PAGE_SIZE, len(found))


def _title(unit: Unit) -> str:
    return in_language(unit.name, DEFAULT_LANGUAGE)


def _searched(unit: Unit) -> str:
    return fold_name(" ".join([unit.code, *unit.name.values()]))


# The consent that each dimension depends on.
PURPOSE_OF = {
    Dimension.WARD: Purpose.STATISTICS,
    Dimension.BIRTH_YEAR: Purpose.STATISTICS,
    Dimension.GENDER: Purpose.STATISTICS,
    Dimension.GROUP: Purpose.GROUPS,
    Dimension.DISABILITY: Purpose.DISABILITY,
}
STATISTICS_PURPOSES = frozenset(PURPOSE_OF.values())
Told = dict[str, list[str]]


def consents_of(session: Session, account_id: int) -> dict[Purpose, Consent]:
    """Return the consents in force, by purpose."""
    query = sa.select(Consent).where(Consent.account_id == account_id, Consent.withdrawn_at.is_(None))
    return {consent.purpose: consent for consent in session.scalars(query.order_by(Consent.id))}


def declarations_of(session: Session, account_id: int) -> dict[Dimension, list[str]]:
    """Return what a person declares about themselves today, by dimension."""
    query = sa.select(Declaration).where(Declaration.account_id == account_id, Declaration.valid_to.is_(None))
    found: dict[Dimension, list[str]] = {}
    for declaration in session.scalars(query.order_by(Declaration.id)):
        found.setdefault(declaration.dimension, []).append(declaration.value)
    return found


def usage_key(session: Session, account_id: int, day: date) -> str | None:
    """Return the pseudonym under which a person's use is counted on a day, or None if they have not agreed to that."""
    if not STATISTICS_PURPOSES & consents_of(session, account_id).keys():
        return None
    secret = session.scalar(sa.select(Account.pseudonym_secret).where(Account.id == account_id))
    return pseudonym(secret, day.year) if secret else None


def usage_keys(session: Session, account_id: int) -> list[str]:
    """Return the pseudonyms that still link events of the last 13 months to a person."""
    secret = session.scalar(sa.select(Account.pseudonym_secret).where(Account.id == account_id))
    years = (today().year, today().year - 1)
    return [pseudonym(secret, year) for year in years] if secret else []


def usage_people(session: Session, keys: Collection[str], day: date) -> dict[str, Told]:
    """Return what people declared and agreed to be counted by, by pseudonym, as of the end of a day.

    The inner keys are ward, age_band, gender, group and disability, each only if declared and consented to. Pseudonyms
    of unknown people, or of people who have withdrawn, are missing.
    """
    agreed = _agreed_to_be_counted(session)
    accounts = session.execute(sa.select(Account.id, Account.pseudonym_secret).where(Account.id.in_(agreed)))
    found = {pseudonym(secret, day.year): account_id for account_id, secret in accounts}
    known = {key: found[key] for key in keys if key in found}
    told = told_by(session, list(known.values()), day)
    return {key: told[account_id] for key, account_id in known.items()}


def told_by(session: Session, account_ids: Collection[int], day: date) -> dict[int, Told]:
    """Return what people declared and agreed to be counted by, as of the end of a day, by account.

    Those who have not agreed to be counted are missing.
    """
    agreed = _agreed_to_be_counted(session)
    known = [each for each in account_ids if each in agreed]
    told = _told_on(session, known, day)
    return {each: dict(_counted(told.get(each, {}), agreed[each], day)) for each in known}


def pseudonym(secret: str, year: int) -> str:
    """Return a person's pseudonym in the usage figures: another one in each calendar year."""
    return keyed_hash(secret, "usage", str(year))[:32]


def _agreed_to_be_counted(session: Session) -> dict[int, set[Purpose]]:
    rows = session.execute(
        sa.select(Consent.account_id, Consent.purpose).where(
            Consent.purpose.in_(STATISTICS_PURPOSES), Consent.withdrawn_at.is_(None)
        )
    )
    agreed: dict[int, set[Purpose]] = {}
    for account_id, purpose in rows:
        agreed.setdefault(account_id, set()).add(purpose)
    return agreed


def _told_on(session: Session, account_ids: list[int], day: date) -> dict[int, dict[Dimension, list[str]]]:
    midnight = datetime.combine(day + timedelta(days=1), time(), CITY_TIME_ZONE)
    query = sa.select(Declaration).where(
        Declaration.account_id.in_(account_ids),
        Declaration.valid_from < midnight,
        sa.or_(Declaration.valid_to.is_(None), Declaration.valid_to >= midnight),
    )
    told: dict[int, dict[Dimension, list[str]]] = {}
    for each in session.scalars(query.order_by(Declaration.id)):
        told.setdefault(each.account_id, {}).setdefault(each.dimension, []).append(each.value)
    return told


def _counted(
    told: dict[Dimension, list[str]], agreed: Collection[Purpose], day: date
) -> Iterator[tuple[str, list[str]]]:
    for dimension, values in told.items():
        if PURPOSE_OF[dimension] not in agreed:
            continue
        if dimension is Dimension.BIRTH_YEAR:
            yield "age_band", [age_band(day.year - int(values[0]))]
        else:
            yield dimension.value, values


def age_band(age: int) -> str:
    """Return the age band of the vocabulary (such as 25-34, or 65+) that an age in years falls into."""
    bands = vocabularies().age_bands
    return next(band for band in bands if band.endswith("+") or age <= int(band.partition("-")[2]))
