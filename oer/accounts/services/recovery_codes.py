"""Recovery codes: ten at a time, shown once, each valid once, for somebody whose phone or key is lost."""

import secrets

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.second_factor_models import RecoveryCode
from oer.core.clock import now
from oer.core.ids import ALPHABET, MISREAD, keyed_hash

COUNT = 10
GROUPS, GROUP_LENGTH = 3, 4  # 60 bits; with the keyed hash that is far more than anybody can try


def make_codes(session: Session, secret_key: str, account_id: int) -> list[str]:
    """Return new codes as they are shown, `abcd-efgh-jkmn`; those of before are void."""
    delete_codes(session, account_id)
    codes = [_new_code() for _ in range(COUNT)]
    session.add_all(
        RecoveryCode(account_id=account_id, code_hash=_hash(secret_key, account_id, _plain(code))) for code in codes
    )
    session.flush()
    return codes


def use_code(session: Session, secret_key: str, account_id: int, text: str) -> bool:
    """Tell whether a text is an unused code of the account, and use it up: of two requests at once one gets it."""
    used = session.execute(
        sa.update(RecoveryCode)
        .where(
            RecoveryCode.account_id == account_id,
            RecoveryCode.code_hash == _hash(secret_key, account_id, _plain(text)),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now())
        .returning(RecoveryCode.id)
    ).all()
    return bool(used)


def delete_codes(session: Session, account_id: int) -> None:
    """Delete an account's codes, used or not."""
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.account_id == account_id))


def _new_code() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))


def _plain(text: str) -> str:
    # Read off paper: letters that are easily misread are not in the alphabet.
    return "".join(letter for letter in text.lower() if letter.isalnum()).translate(MISREAD)


def _hash(secret_key: str, account_id: int, plain: str) -> str:
    return keyed_hash(secret_key, "recovery-code", f"{account_id}\0{plain}")
