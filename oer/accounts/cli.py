"""Accounts from the console: `oer account`."""

import sys

import click

from oer.accounts import queries
from oer.accounts.models import Account, Role, Unit
from oer.accounts.services.administration import create_account, grant_role
from oer.accounts.services.passwords import check_password, hash_password
from oer.accounts.services.profile import read_email, read_name
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
