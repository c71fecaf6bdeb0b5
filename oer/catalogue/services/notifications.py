"""Notifications about a material: to reviewers when there is something to decide, to its owner when it is decided."""

from typing import Any

from sqlalchemy.orm import Session

from oer.accounts.models import Account, AccountState, Role
from oer.accounts.queries import accounts_with_role
from oer.catalogue.models import Material, Version
from oer.catalogue.permissions import is_own_work
from oer.core.i18n import LANGUAGES, N_, translate
from oer.jobs.mail import send_later

UNTITLED = N_("Untitled")


def title_of(version: Version) -> dict[str, str]:
    """Return a version's title by language; for a draft without one what it goes by, or “Untitled”."""
    working = version.working_title
    return version.record.get("title") or {each: working or translate(each, UNTITLED) for each in LANGUAGES}


def reviewers_of(session: Session, version: Version) -> list[Account]:
    """Return those who may decide on a version, or the administrators if nobody else may."""
    material = version.material
    readers: list[Account] = []
    for role in (Role.REVIEWER, Role.ADMIN):
        readers = readers or [
            account
            for account in accounts_with_role(session, role, material.unit_id)
            if not is_own_work(account, version)
        ]
    return readers


def notify_reviewers(session: Session, version: Version, template: str, **values: Any) -> None:
    """Notify those who may decide on a version."""
    for account in reviewers_of(session, version):
        _send(session, account, template, version, path=f"/review/{version.material.public_id}", **values)


def notify_account(session: Session, account: Account, version: Version, template: str, **values: Any) -> None:
    """Notify one reviewer of a submission, if they can still sign in."""
    if account.state is AccountState.ACTIVE:
        _send(session, account, template, version, path=f"/review/{version.material.public_id}", **values)


def notify_owner(session: Session, material: Material, version: Version, template: str, **values: Any) -> None:
    """Notify a material's owner, if they can still sign in."""
    owner = session.get(Account, material.owner_id) if material.owner_id else None
    if owner is not None and owner.state is AccountState.ACTIVE:
        _send(session, owner, template, version, path=f"/my/materials/{material.public_id}", **values)


def _send(session: Session, account: Account, template: str, version: Version, **values: Any) -> None:
    values = {"title": title_of(version), "name": account.name, **values}
    send_later(session, to=account.email, template=template, language=account.language, values=values)
