"""Consents, each apart, and what people tell about themselves under them."""

from collections.abc import Callable, Collection, Iterator, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account, Consent, Declaration, Dimension, Purpose
from oer.accounts.queries import consents_of, declarations_of
from oer.accounts.queries.choices import checked_values
from oer.accounts.queries.privacy import COUNTED_BY, PURPOSE_OF
from oer.accounts.queries.purposes import TEXTS
from oer.core import audit
from oer.core.clock import now
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.core.ids import new_token

NOT_AGREED = N_("Tick your consent above first, or leave this empty.")
Forget = Callable[[Session, int], None]
_forgetting: dict[Purpose, list[Forget]] = {}


def when_withdrawn(purpose: Purpose, forget: Forget) -> None:
    """Have `forget(session, account_id)` called when a consent is withdrawn: for features that keep data on it."""
    _forgetting.setdefault(purpose, []).append(forget)


def agree(session: Session, account: Account, purpose: Purpose, method: str) -> None:
    """Note a person's consent to today's wording; nothing happens if it is in force already."""
    version = TEXTS[purpose].version
    in_force = consents_of(session, account.id).get(purpose)
    if in_force is not None and in_force.text_version == version:
        return
    if in_force is not None:
        in_force.withdrawn_at = now()
    session.add(Consent(account_id=account.id, purpose=purpose, text_version=version, method=method))
    session.flush()


def withdraw(session: Session, account: Account, purpose: Purpose) -> None:
    """End a consent, and with it at once what stood on it: what was told, what was kept, the link to past figures."""
    consent = consents_of(session, account.id).get(purpose)
    if consent is None:
        return
    consent.withdrawn_at = now()
    stood_on_it = [dimension for dimension, needed in PURPOSE_OF.items() if needed is purpose]
    session.execute(
        sa.delete(Declaration).where(Declaration.account_id == account.id, Declaration.dimension.in_(stood_on_it))
    )
    for forget in _forgetting.get(purpose, []):
        forget(session, account.id)
    if purpose in COUNTED_BY:  # last, for until now it is what the features know the person by
        account.pseudonym_secret = new_token()
    audit.record(session, account.id, "consent.withdrawn", "account", account.id, purpose=purpose.value)
    session.flush()


def set_consents(session: Session, account: Account, wanted: Collection[Purpose], method: str) -> None:
    """Agree to the purposes that are wanted and withdraw the others; the account itself stays agreed to."""
    for purpose in Purpose:
        if purpose is Purpose.ACCOUNT:
            continue
        if purpose in wanted:
            agree(session, account, purpose, method)
        else:
            withdraw(session, account, purpose)


def declare(session: Session, account: Account, told: Mapping[Dimension, list[str]]) -> None:
    """Set what a person tells about themselves; an absent or empty dimension is taken back, old values keep their time.

    Raises Invalid, naming the field, for a value that is not in the lists or that stands on no consent.
    """
    checked = {dimension: checked_values(dimension, told.get(dimension, [])) for dimension in Dimension}
    agreed = consents_of(session, account.id)
    for dimension, values in checked.items():
        if values and PURPOSE_OF[dimension] not in agreed:
            raise Invalid(NOT_AGREED, code="not_agreed", field=dimension.value)
    before = declarations_of(session, account.id)
    for dimension, values in checked.items():
        _replace(session, account.id, dimension, before.get(dimension, []), values)
    session.flush()


def _replace(session: Session, account_id: int, dimension: Dimension, before: list[str], after: list[str]) -> None:
    moment = now()
    gone = [value for value in before if value not in after]
    session.execute(
        sa.update(Declaration)
        .where(
            Declaration.account_id == account_id,
            Declaration.dimension == dimension,
            Declaration.value.in_(gone),
            Declaration.valid_to.is_(None),
        )
        .values(valid_to=moment)
    )
    session.add_all(_new(account_id, dimension, (value for value in after if value not in before)))


def _new(account_id: int, dimension: Dimension, values: Iterator[str]) -> Iterator[Declaration]:
    for value in values:
        yield Declaration(account_id=account_id, dimension=dimension, value=value)
