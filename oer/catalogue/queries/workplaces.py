"""Lists for those who work here: an educator's own materials, the reviewers' queue."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, selectinload

from oer.accounts.models import Account
from oer.accounts.permissions import Action, units_for
from oer.catalogue.models import IN_REVIEW, Material, Version
from oer.core.paging import Page, page_of


def own_materials(session: Session, account_id: int, page: int = 1) -> Page[Material]:
    """Return a page of an account's materials, those begun last first, each with all its versions."""
    query = sa.select(Material).where(Material.owner_id == account_id).options(selectinload(Material.versions))
    return page_of(session, query.order_by(Material.id.desc()), page)


def review_queue(session: Session, account: Account, page: int = 1) -> Page[Version]:
    """Return a page of the versions that an account may decide on, those that wait longest first.

    Its own are left out: nobody reviews their own.
    """
    query = (
        sa.select(Version)
        .join(Version.material)
        .where(Version.state == IN_REVIEW)
        .where(Version.created_by_id.is_distinct_from(account.id), Material.owner_id.is_distinct_from(account.id))
        .options(contains_eager(Version.material))
        .order_by(Version.submitted_at, Version.id)
    )
    return page_of(session, _in_units(query, account, Action.MATERIAL_REVIEW), page)


def asked_withdrawals(session: Session, account: Account, page: int = 1) -> Page[Material]:
    """Return a page of the materials whose owners ask for their withdrawal, for who may decide it, oldest first."""
    query = sa.select(Material).where(Material.withdrawal_asked_at.is_not(None), Material.withdrawn_at.is_(None))
    query = query.options(selectinload(Material.current_version)).order_by(Material.withdrawal_asked_at, Material.id)
    return page_of(session, _in_units(query, account, Action.MATERIAL_WITHDRAW), page)


def withdrawn_materials(session: Session, account: Account, page: int = 1) -> Page[Material]:
    """Return a page of the withdrawn materials that an account may restore, the latest first."""
    query = sa.select(Material).where(Material.withdrawn_at.is_not(None))
    query = query.options(selectinload(Material.current_version)).order_by(Material.withdrawn_at.desc(), Material.id)
    return page_of(session, _in_units(query, account, Action.MATERIAL_WITHDRAW), page)


def _in_units(query: sa.Select[Any], account: Account, action: Action) -> sa.Select[Any]:
    units = units_for(account, action)
    return query if units is None else query.where(Material.unit_id.in_(units))
