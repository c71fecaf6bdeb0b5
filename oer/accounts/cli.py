"""Accounts from the console: `oer account`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.orm import Session

from oer.accounts import queries
from oer.accounts.models import Account, AccountState, Role, RoleGrant, TokenPurpose, Unit
from oer.accounts.services.administration import (
    create_account,
    disable_account,
    enable_account,
    grant_role,
    revoke_role,
)
from oer.accounts.services.passwords import check_password, hash_password
from oer.accounts.services.profile import read_email, read_name
from oer.accounts.services.registration import TOKEN_LIFETIMES, start_console_reset
from oer.accounts.services.second_factors import reset_second_factors
from oer.core.clock import city_time
from oer.core.console import pass_installation
from oer.core.errors import OerError
from oer.core.i18n import LANGUAGES
from oer.core.installation import Installation

ROLES = [role.value for role in Role]


@click.group("account")
def commands() -> None:
    """Accounts: who may sign in, and as what."""


@commands.command()
@click.option("--email", required=True, help="The e-mail address to sign in with.")
@click.option("--role", type=click.Choice(ROLES), default=Role.LEARNER.value, show_default=True)
@click.option("--unit", "unit_code", default="", help="Code of the unit that the role is for; none: the whole site.")
@click.option("--name", default="", help="Name that others see; the first part of the address if none is given.")
@click.option("--language", type=click.Choice(LANGUAGES), default="vi", show_default=True, help="Language of mails.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking for it.")
@pass_installation
def create(
    installation: Installation, email: str, role: str, unit_code: str, name: str, language: str, password_stdin: bool
) -> None:
    """Create an account that is active at once; nobody has to confirm its address.

    Without --password-stdin the password is asked for, twice, and not shown.
    """
    password = _first_line() if password_stdin else click.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        email = read_email(email)
        name = read_name(name or email.partition("@")[0])
        check_password(password, (name, email))
        password_hash = hash_password(password)
        with installation.database.transaction() as session:
            unit = queries.find_unit_by_code(session, unit_code) if unit_code else None
            account = create_account(session, email=email, name=name, password_hash=password_hash, language=language)
            if role != Role.LEARNER:
                grant_role(session, None, account.id, Role(role), unit)
    except OerError as refused:
        raise click.ClickException(str(refused)) from None
    click.echo(f"{email} can sign in as {_article(role)}{f' of {unit_code}' if unit_code else ''}.")


@commands.command("list")
@click.option("--role", type=click.Choice(ROLES), help="Only accounts that hold this role.")
@click.option("--search", "words", default="", help="Only accounts whose name or address holds these words.")
@pass_installation
def list_accounts(installation: Installation, role: str | None, words: str) -> None:
    """Print the accounts: state, e-mail address, name, roles; one a line, separated by tabs."""
    asked = Role(role) if role and role != Role.LEARNER else None
    with installation.database.reading() as session:
        number = 1
        while True:
            page = queries.list_accounts(session, words=words, role=asked, page=number)
            for account in page.items:
                click.echo("\t".join([account.state.value, account.email, account.name, _roles(account)]))
            if number >= page.last:
                break
            number += 1


@commands.command()
@click.argument("email")
@pass_installation
def show(installation: Installation, email: str) -> None:
    """Print what is known of the account EMAIL: state, roles, where it is signed in."""
    with installation.database.reading() as session:
        account = _find(session, email)
        click.echo(f"{account.name} <{account.email}>")
        click.echo(f"state: {account.state.value}")
        click.echo(f"registered: {city_time(account.created_at):%Y-%m-%d %H:%M}")
        click.echo(f"roles: {_roles(account)}")
        for each in queries.sign_ins_of(session, account.id):
            click.echo(f"signed in: {city_time(each.created_at):%Y-%m-%d %H:%M} {each.browser or 'unknown browser'}")


@commands.command()
@click.argument("email")
@pass_installation
def disable(installation: Installation, email: str) -> None:
    """Close the account EMAIL and end its sign-ins. Nothing of it is deleted."""
    with _changing(installation, email) as (session, account):
        known = account.state is AccountState.DISABLED
        disable_account(session, None, account.id)
    click.echo(f"{email} was closed already." if known else f"{email} is closed and signed out everywhere.")


@commands.command()
@click.argument("email")
@pass_installation
def enable(installation: Installation, email: str) -> None:
    """Open the closed account EMAIL again."""
    with _changing(installation, email) as (session, account):
        known = account.state is not AccountState.DISABLED
        enable_account(session, None, account.id)
        state = account.state
    click.echo(f"{email} {'was not closed' if known else 'is open again'}: {state.value}.")


@commands.command()
@click.argument("email")
@pass_installation
def reset(installation: Installation, email: str) -> None:
    """End every sign-in of the account EMAIL, make its password unusable, and print a link that sets a new one.

    The link is valid once. Give it to nobody but the account's owner: it opens the account.
    """
    with _changing(installation, email) as (session, account):
        token = start_console_reset(session, account)
    hours = int(TOKEN_LIFETIMES[TokenPurpose.RESET].total_seconds() // 3600)
    click.echo(f"{email} is signed out everywhere, and its old password is no longer valid.", err=True)
    click.echo(f"Within {hours} hours, a new one can be set at:", err=True)
    click.echo(f"{installation.settings.base_url.rstrip('/')}/reset/{token}")


@commands.command("reset-second-factor")
@click.argument("email")
@pass_installation
def reset_second_factor(installation: Installation, email: str) -> None:
    """Remove the second step of the account EMAIL, whose owner has lost phone, passkeys and recovery codes.

    They are signed out everywhere, told by mail, and sign in by their password alone until they set up another one.
    """
    with _changing(installation, email) as (session, account):
        known = queries.has_second_factor(session, account.id)
        if known:
            reset_second_factors(session, None, account.id)
    click.echo(f"{email} signs in by password alone now." if known else f"{email} has no second step.")


_role_argument = click.argument("role", type=click.Choice([role for role in ROLES if role != Role.LEARNER.value]))
_unit_option = click.option("--unit", "unit_code", default="", help="Code of the unit; none: the whole site.")


@commands.command()
@click.argument("email")
@_role_argument
@_unit_option
@pass_installation
def grant(installation: Installation, email: str, role: str, unit_code: str) -> None:
    """Give the account EMAIL a ROLE, for a unit or for the whole site."""
    with _changing(installation, email) as (session, account):
        unit = queries.find_unit_by_code(session, unit_code) if unit_code else None
        known = _grant_of(account, Role(role), unit) is not None
        grant_role(session, None, account.id, Role(role), unit)
        held = _held(Role(role), unit)
    click.echo(f"{email} {'was already' if known else 'is now'} {_article(held)}.")


@commands.command()
@click.argument("email")
@_role_argument
@_unit_option
@pass_installation
def revoke(installation: Installation, email: str, role: str, unit_code: str) -> None:
    """Take a ROLE from the account EMAIL: the one for the unit, or the one for the whole site."""
    with _changing(installation, email) as (session, account):
        unit = queries.find_unit_by_code(session, unit_code) if unit_code else None
        held = _held(Role(role), unit)
        found = _grant_of(account, Role(role), unit)
        if found is None:
            raise click.ClickException(f"{email} is not {_article(held)}; its roles: {_roles(account)}.")
        revoke_role(session, None, found.id)
    click.echo(f"{email} is no longer {_article(held)}.")


def _find(session: Session, email: str) -> Account:
    found = queries.account_with_email(session, email)
    if found is None:
        raise click.ClickException(f"There is no account with the e-mail address {email}.")
    return found


@contextmanager
def _changing(installation: Installation, email: str) -> Iterator[tuple[Session, Account]]:
    """Give a transaction and the account; the product's own errors become one line."""
    try:
        with installation.database.transaction() as session:
            yield session, _find(session, email)
    except OerError as refused:
        raise click.ClickException(str(refused)) from None


def _grant_of(account: Account, role: Role, unit: Unit | None) -> RoleGrant | None:
    unit_id = unit.id if unit else None
    return next((each for each in account.grants if each.role is role and each.unit_id == unit_id), None)


def _roles(account: Account) -> str:
    return ", ".join(_held(grant.role, grant.unit) for grant in account.grants) or Role.LEARNER.value


def _held(role: Role, unit: Unit | None) -> str:
    return f"{role.value} of {unit.code}" if unit else role.value


def _article(role: str) -> str:
    return f"{'an' if role[0] in 'aeiou' else 'a'} {role}"


def _first_line() -> str:
    # Read as bytes: the console may be set to another encoding than UTF-8.
    try:
        return sys.stdin.buffer.readline().decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise click.ClickException("The password on standard input is not UTF-8.") from None
