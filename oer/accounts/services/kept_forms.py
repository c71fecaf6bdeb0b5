"""What somebody had typed when it turned out that their sign-in had ended: kept until they have signed in again.

For the same person in the same browser, for two hours, at most 256 KiB, and without passwords and files. It is sealed
with a key that only the browser's cookie holds, so neither the database nor a backup tells what it was.
"""

import base64
import hashlib
import json
import zlib
from dataclasses import asdict, dataclass
from datetime import timedelta

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy.orm import Session

from oer.accounts.models import KeptForm
from oer.core.clock import now
from oer.core.ids import new_token, token_hash

KEPT_HOURS = 2
MAX_BYTES = 256 * 1024
MAX_FIELDS = 2000
MOST_OF_AN_ACCOUNT = 3


@dataclass(frozen=True)
class TypedForm:
    """The fields of a form in their order, where they were sent to, and whether files were with them."""

    address: str
    endpoint: str
    fields: list[tuple[str, str]]
    had_files: bool = False

    @property
    def size(self) -> int:
        """Its length in bytes, about."""
        return sum(len(name.encode()) + len(value.encode()) for name, value in self.fields)

    @property
    def may_be_kept(self) -> bool:
        """Whether there is something to keep, and not too much."""
        return bool(self.fields) and len(self.fields) <= MAX_FIELDS and self.size <= MAX_BYTES


def keep_form(session: Session, account_id: int, form: TypedForm) -> str:
    """Keep a form for a person, and return the token that opens it. Of one person, the last three are kept."""
    token = new_token()
    packed = zlib.compress(json.dumps(asdict(form), ensure_ascii=False).encode())
    session.add(
        KeptForm(
            account_id=account_id,
            token_hash=token_hash(token),
            sealed=_seal(token).encrypt(packed),
            expires_at=now() + timedelta(hours=KEPT_HOURS),
        )
    )
    session.flush()
    mine = KeptForm.account_id == account_id
    newest = sa.select(KeptForm.id).where(mine).order_by(KeptForm.id.desc()).limit(MOST_OF_AN_ACCOUNT)
    session.execute(sa.delete(KeptForm).where(mine, KeptForm.id.not_in(newest)))
    return token


def find_kept_form(session: Session, account_id: int, token: str) -> TypedForm | None:
    """Return the form that a token opens, if it is this person's and not older than two hours."""
    query = sa.select(KeptForm.sealed).where(
        KeptForm.account_id == account_id, KeptForm.token_hash == token_hash(token), KeptForm.expires_at > now()
    )
    sealed = session.scalar(query)
    if sealed is None:
        return None
    try:
        found = json.loads(zlib.decompress(_seal(token).decrypt(sealed)))
    except (InvalidToken, zlib.error, ValueError):  # the row was damaged
        return None
    return TypedForm(
        found["address"], found["endpoint"], [(name, value) for name, value in found["fields"]], found["had_files"]
    )


def forget_kept_forms(session: Session, account_id: int) -> None:
    """Delete what is kept for a person."""
    session.execute(sa.delete(KeptForm).where(KeptForm.account_id == account_id))


def _seal(token: str) -> Fernet:
    # The token has 256 random bits, so that one hash makes a key; the database keeps another hash of it.
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"kept-form\0" + token.encode()).digest()))
