"""Personal tokens: what a person's own programs sign in to the API with. Only their hash is stored."""

from collections.abc import Collection
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account, ApiScope, ApiToken
from oer.accounts.queries import TOKEN_PREFIX, api_tokens_of
from oer.core import audit
from oer.core.errors import Invalid, NotFound
from oer.core.i18n import N_
from oer.core.ids import new_token, token_hash
from oer.core.text import clean_line

MOST_TOKENS = 20
LONGEST_NAME = 80
_NO_NAME = N_("Give the token a name of up to 80 characters, such as that of the program that uses it.")
_NO_SCOPE = N_("Choose what the token may do.")
_TOO_MANY = N_("An account has 20 tokens at most. Revoke one that you do not need any more.")
_UNKNOWN = N_("There is no such token.")


def make_token(session: Session, account: Account, name: str, scopes: Collection[str]) -> str:
    """Make a token and return it: it is told once, for only its hash is kept. Raises Invalid."""
    session.refresh(account, with_for_update={"of": Account})
    name = clean_line(name)
    if not name or len(name) > LONGEST_NAME:
        raise Invalid(_NO_NAME, field="name")
    chosen = [str(each) for each in ApiScope if each in scopes]
    if not chosen or len(chosen) != len(set(scopes)):
        raise Invalid(_NO_SCOPE, field="scopes")
    if len(api_tokens_of(session, account.id)) >= MOST_TOKENS:
        raise Invalid(_TOO_MANY, field="name")
    token = TOKEN_PREFIX + new_token()
    session.add(ApiToken(account_id=account.id, name=name, token_hash=token_hash(token), scopes=chosen))
    audit.record(session, account.id, "api_token.made", "account", str(account.id), scopes=" ".join(chosen))
    session.flush()
    return token


def revoke_token(session: Session, account: Account, token_id: int) -> None:
    """End a token of an account at once. Raises NotFound for any other."""
    found = session.scalar(sa.select(ApiToken).where(ApiToken.id == token_id, ApiToken.account_id == account.id))
    if found is None:
        raise NotFound(_UNKNOWN)
    session.delete(found)
    audit.record(session, account.id, "api_token.revoked", "account", str(account.id))
    session.flush()


def note_used(session: Session, token_id: int, day: date) -> None:
    """Note that a token was used on a day."""
    session.execute(sa.update(ApiToken).where(ApiToken.id == token_id).values(last_used_on=day))
