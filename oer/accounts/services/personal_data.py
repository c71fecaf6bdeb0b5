"""Export and erasure of everything that is stored about a person."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import (
    Account,
    AccountState,
    ApiToken,
    Consent,
    Declaration,
    ExternalIdentity,
    KeptForm,
    KnownDevice,
    OneTimeToken,
    RoleGrant,
    RoleRequest,
    SignIn,
)
from oer.accounts.queries import find_account
from oer.accounts.second_factor_models import AuthenticatorApp, Passkey, RecoveryCode, SecondStep
from oer.accounts.services.administration import require_another_admin
from oer.core import audit, personal_data
from oer.core.clock import now
from oer.core.errors import Conflict
from oer.core.i18n import N_
from oer.core.mail import OutgoingMail
from oer.core.spreadsheets import escape_formula
from oer.jobs.mail import send_later


def personal_data_csv(told: dict[str, Any]) -> str:
    """Return exported data as CSV: a row for each value, with its path. Formulas are escaped by an apostrophe."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(["where", "value"])
    for path, value in _leaves(told, ""):
        writer.writerow([escape_formula(path), escape_formula(value) if isinstance(value, str) else value])
    return lines.getvalue()


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from _leaves(inner, f"{path}[{number}]")
    else:
        yield path, value


SECOND_FACTOR_TABLES = (AuthenticatorApp, Passkey, RecoveryCode, SecondStep)
BROWSER_TABLES = (SignIn, KnownDevice, KeptForm)
OWN_TABLES = (
    *(RoleGrant, RoleRequest, Consent, Declaration, OneTimeToken, ExternalIdentity, ApiToken),
    *BROWSER_TABLES,
    *SECOND_FACTOR_TABLES,
)
NOT_EXPORTED = frozenset(
    {"account_id", "token_hash", "sealed", "password_hash", "pseudonym_secret", "email_folded", "name_folded"}
    | {"sealed_secret", "last_step", "code_hash", "password_digest", "credential_id", "public_key"}
)


def export_personal_data(session: Session, account: Account) -> dict[str, Any]:
    """Return everything that is stored about a person, by feature, as JSON values."""
    return {"made_at": now().isoformat(), **personal_data.export_person(session, account.id)}


def erase_account(session: Session, actor_id: int | None, account_id: int) -> None:
    """Delete an account and what every feature stores about the person, and send them a last mail.

    Published statistics stay. Raises NotFound, or Conflict for the last administrator or the system account.
    """
    account = find_account(session, account_id)
    if account.state is AccountState.SYSTEM:
        raise Conflict(N_("The system's own account cannot be closed."))
    require_another_admin(session, account.id)
    email, language = account.email, account.language
    personal_data.erase_person(session, account.id)
    session.expire_all()
    session.execute(sa.delete(Account).where(Account.id == account_id))
    nobody = audit.forget_account(session, account_id)
    # No actor where people erase themselves: it would be their own id.
    audit.record(session, None if actor_id == account_id else actor_id, "account.erased", "account", nobody)
    send_later(session, to=email, template="account_erased", language=language)


def _export(session: Session, account_id: int) -> dict[str, Any]:
    account = find_account(session, account_id)
    told = {table.__tablename__: _rows(session, table, account_id) for table in OWN_TABLES}
    return {"account": _values(account), **told}


def _rows(session: Session, table: type[Any], account_id: int) -> list[dict[str, Any]]:
    return [_values(row) for row in session.scalars(sa.select(table).where(table.account_id == account_id))]


def _values(row: Any) -> dict[str, Any]:
    columns = [column.key for column in sa.inspect(type(row)).columns if column.key not in NOT_EXPORTED]
    return {key: _plain(getattr(row, key)) for key in columns}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _erase(session: Session, account_id: int) -> None:
    account = find_account(session, account_id)
    session.execute(sa.delete(OutgoingMail).where(OutgoingMail.recipient == account.email))
    for table in OWN_TABLES:
        session.execute(sa.delete(table).where(table.account_id == account_id))
    for column in (RoleGrant.granted_by_id, RoleRequest.decided_by_id):
        session.execute(sa.update(column.class_).where(column == account_id).values({column: None}))


personal_data.register(
    "accounts",
    tables={"account", *(table.__tablename__ for table in OWN_TABLES)},
    export=_export,
    erase=_erase,
    basis=personal_data.Basis.ACCOUNT,
    title=N_("Account"),
    why=N_(
        "Name, e-mail address, sign-ins and browsers, consents and what you told about yourself: so that you can sign "
        "in and decide."
    ),
)
