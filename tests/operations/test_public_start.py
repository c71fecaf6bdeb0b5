"""A start that is for the public has no samples, no sign-in that everybody knows, and no secret that one can guess."""

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from oer.accounts.models import Account, AccountState, SignIn
from oer.accounts.queries import account_with_email
from oer.accounts.services.administration import disable_account, enable_account
from oer.accounts.services.passwords import hash_password
from oer.accounts.services.personal_data import erase_account
from oer.accounts.services.registration import change_password
from oer.accounts.services.sign_ins import start_sign_in
from oer.catalogue.models import Material
from oer.config import Settings
from oer.core.audit import AuditRecord, record
from oer.core.installation import SecretWeak, require_strong_secret
from oer.operations.public_start import prepare_start, who_says_public
from oer.operations.serve import Address
from oer.samples.cli import samples as samples_command
from oer.samples.demo import DEMOS, PASSPHRASE
from oer.samples.loading import LOADED
from tests.accounts.browsing import Browser
from tests.serving import Service

STRONG = "0123456789abcdefghijklmnopqrstuvwxyz-ABC"
HERE, EVERYWHERE = Address("127.0.0.1", 8000), Address("0.0.0.0", 8000)
PUBLIC = {
    "host": ({}, EVERYWHERE),
    "base url": ({"base_url": "https://hoclieu.example.vn"}, HERE),
    "proxy": ({"trusted_proxies": 1}, HERE),
    "trusted hosts": ({"trusted_hosts": "hoclieu.example.vn"}, HERE),
}
ADDRESSES = {demo.email for demo in DEMOS}


@pytest.fixture
def start(installation):
    """Makes a start with these settings; returns what it tells."""

    def start(address=HERE, *, with_samples=True, **settings):
        told = replace(installation.settings, **{"secret_key": STRONG, **settings})
        now, ready = prepare_start(replace(installation, settings=told), address, with_samples=with_samples)
        return "\n".join([*now, *ready])

    return start


@pytest.fixture
def has_samples(installation):
    """The collection counts as loaded: these tests are about the sign-ins alone."""
    with installation.database.transaction() as session:
        record(session, None, LOADED, "samples", "collection")


def open_demos(installation):
    with installation.database.reading() as session:
        query = sa.select(Account.email).where(Account.email.in_(ADDRESSES), Account.state == AccountState.ACTIVE)
        return set(session.scalars(query))


def materials(installation):
    with installation.database.reading() as session:
        return session.scalar(sa.select(sa.func.count(Material.id)))


def change(installation, email, deed):
    with installation.database.transaction() as session:
        deed(session, account_with_email(session, email))


@pytest.mark.parametrize("who", list(PUBLIC))
def test_a_start_for_the_public_has_neither_samples_nor_demo_sign_ins(start, installation, who):
    settings, address = PUBLIC[who]
    told = start(address, **settings)
    assert materials(installation) == 0
    assert open_demos(installation) == set()
    assert "No sample collection" in told
    assert PASSPHRASE not in told


def test_samples_and_demo_sign_ins_are_two_settings(start, installation):
    start(EVERYWHERE, demo_on_public_host=True)
    assert (materials(installation), open_demos(installation)) == (0, ADDRESSES)
    start(EVERYWHERE, samples_on_public_host=True)
    assert materials(installation) > 10
    assert open_demos(installation) == set()


@pytest.mark.usefixtures("has_samples")
@pytest.mark.parametrize("who", list(PUBLIC))
def test_what_was_opened_for_trying_is_closed_at_the_first_start_for_the_public(start, installation, client, who):
    settings, address = PUBLIC[who]
    browser = Browser(client)
    assert PASSPHRASE in start()
    assert browser.sign_in("admin@example.org", PASSPHRASE).status_code == 303
    with installation.database.transaction() as session:
        start_sign_in(session, account_with_email(session, "learner@example.org"), user_agent="", days=1)
    assert "admin@example.org" in start(address, with_samples=False, **settings)
    assert open_demos(installation) == set()
    assert browser.get("/admin/accounts").status_code == 302
    assert browser.sign_in("admin@example.org", PASSPHRASE).status_code == 403
    with installation.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).where(SignIn.revoked_at.is_(None))) == 0
    assert PASSPHRASE in start()  # and opened again on this machine, for nobody closed them
    assert open_demos(installation) == ADDRESSES


@pytest.mark.usefixtures("has_samples")
@pytest.mark.parametrize("public_between", [False, True])
@pytest.mark.parametrize("closed_by", ["an administrator", "the console"])
def test_what_a_person_closed_stays_closed(start, installation, closed_by, public_between):
    start(with_samples=True)
    with installation.database.reading() as session:
        actor = account_with_email(session, "admin@example.org").id if closed_by == "an administrator" else None
    change(installation, "educator@example.org", lambda session, account: disable_account(session, actor, account.id))
    if public_between:
        start(EVERYWHERE)
    for _ in range(2):
        start()
    assert open_demos(installation) == ADDRESSES - {"educator@example.org"}


@pytest.mark.usefixtures("has_samples")
def test_what_a_person_deleted_stays_away(start, installation):
    start()
    for email in ("educator@example.org", "learner@example.org"):
        change(installation, email, lambda session, account: erase_account(session, None, account.id))
    start()
    assert open_demos(installation) == ADDRESSES - {"educator@example.org", "learner@example.org"}


@pytest.mark.usefixtures("has_samples")
def test_an_account_with_a_passphrase_of_its_own_is_no_demo_sign_in(start, installation):
    start()
    own = hash_password("ngua van chay qua cau")
    change(installation, "admin@example.org", lambda session, account: change_password(session, account, own))
    start(EVERYWHERE)
    assert open_demos(installation) == {"admin@example.org"}


@pytest.mark.usefixtures("has_samples")
def test_one_that_an_administrator_opens_in_public_is_closed_at_the_next_start(start, installation):
    start()
    start(EVERYWHERE)
    change(installation, "admin@example.org", lambda session, account: enable_account(session, None, account.id))
    start(EVERYWHERE, with_samples=False)
    assert open_demos(installation) == set()


@pytest.mark.usefixtures("has_samples")
def test_each_opening_and_closing_is_in_the_audit_log(start, installation):
    start()
    start(EVERYWHERE)
    start()
    with installation.database.reading() as session:
        query = sa.select(AuditRecord.action).where(AuditRecord.action.in_(["account.disabled", "account.enabled"]))
        assert (
            list(session.scalars(query.order_by(AuditRecord.id))) == ["account.disabled"] * 5 + ["account.enabled"] * 5
        )


@pytest.mark.usefixtures("has_samples")
@pytest.mark.parametrize("who", list(PUBLIC))
@pytest.mark.parametrize("secret", ["dev", "x" * 60, "please-change-me-please-change-me-1234", STRONG[:31]])
def test_a_secret_that_one_can_guess_is_refused_in_one_sentence(start, installation, who, secret):
    settings, address = PUBLIC[who]
    with pytest.raises(SecretWeak) as refused:
        start(address, **settings, secret_key=secret)
    assert str(refused.value).count(". ") == 0
    assert "OER_SECRET_KEY" in str(refused.value)
    assert secret not in str(refused.value)
    start(with_samples=False, secret_key=secret)  # on one's own machine it does


def test_a_secret_of_our_own_making_is_strong(tmp_path: Path) -> None:
    from oer.core.installation import make_secret, with_secret

    settings = Settings(instance_dir=tmp_path)
    make_secret(settings)
    require_strong_secret(with_secret(settings))


def test_whoever_says_that_it_is_public_is_named() -> None:
    said = [who_says_public(Settings(**settings), address) for settings, address in PUBLIC.values()]
    assert said == [
        "HOST=0.0.0.0",
        "OER_BASE_URL=https://hoclieu.example.vn",
        "OER_TRUSTED_PROXIES=1",
        "OER_TRUSTED_HOSTS=hoclieu.example.vn",
    ]
    assert who_says_public(Settings(), HERE) == who_says_public(Settings(), Address("::1", 1)) == ""


@pytest.mark.parametrize("variables", [{"HOST": "0.0.0.0"}, {"OER_TRUSTED_PROXIES": "1"}])
def test_the_console_refuses_the_start_in_one_line(tmp_path: Path, variables: dict[str, str]) -> None:
    service = Service(
        tmp_path / "instance", {"OER_DATABASE_URL": "", "OER_SECRET_KEY": "dev", "OER_SMTP_URL": "none:"} | variables
    )
    done = service.run("serve", "--with-samples", check=False)
    assert done.returncode == 1
    [line] = [line for line in done.stderr.splitlines() if line.startswith("Error")]
    assert "OER_SECRET_KEY" in line
    assert "Traceback" not in done.stderr


def test_the_command_opens_no_demo_sign_ins_in_public(installation) -> None:
    from click.testing import CliRunner

    def run(*words, **settings):
        given = replace(installation, settings=replace(installation.settings, **settings))
        return CliRunner().invoke(samples_command, words, obj=lambda: given)

    assert run("demo", base_url="https://hoclieu.example.vn").exit_code == 1
    assert open_demos(installation) == set()
    assert PASSPHRASE in run("demo").output
    assert open_demos(installation) == ADDRESSES
    assert "Closed: " in run("demo", "--close", base_url="https://hoclieu.example.vn").output
    assert open_demos(installation) == set()
