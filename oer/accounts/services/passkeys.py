"""Passkeys (WebAuthn level 2): added, and asked to sign. What a browser sends is verified by the library `webauthn`.

The relying party is the host name of the site's base address: a passkey signs for that host alone, which is why nobody
can be lured into giving it away. Browsers want https for it, or `localhost`, and a name instead of an IP address.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_client_data_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from oer.accounts.models import Account
from oer.accounts.queries import second_factors_of
from oer.accounts.second_factor_models import Passkey, PasskeyChallenge, PasskeyPurpose
from oer.config import Settings
from oer.core.clock import now
from oer.core.errors import Conflict, Invalid
from oer.core.i18n import N_
from oer.core.ids import keyed_hash, token_hash

CHALLENGE_LIFETIME = timedelta(minutes=5)
MOST_PASSKEYS = 10
NOT_TAKEN = N_("Your browser's answer could not be used. Please try again.")
TOO_MANY = N_("You have %(count)s passkeys already. Remove one first.")
_CREDENTIAL_ID = re.compile(r"[A-Za-z0-9_-]{1,1400}")
_Result = TypeVar("_Result")
_TRANSPORTS = frozenset({"usb", "nfc", "ble", "smart-card", "hybrid", "internal", "cable"})


class NotValid(Exception):
    """What a browser sent is no answer to what it was asked."""


@dataclass(frozen=True)
class RelyingParty:
    """Whom passkeys are for: the site, by host name and origin."""

    id: str
    origin: str
    name: str


def relying_party(settings: Settings) -> RelyingParty | None:
    """Return whom passkeys are for, or None where the base address is none that browsers make passkeys for."""
    address = urlsplit(settings.base_url)
    host = (address.hostname or "").lower()
    if not host or _is_ip_address(host) or (address.scheme != "https" and host != "localhost"):
        return None
    usual = {"https": 443, "http": 80}.get(address.scheme)
    port = f":{address.port}" if address.port not in {None, usual} else ""
    return RelyingParty(host, f"{address.scheme}://{host}{port}", settings.site_name)


def _is_ip_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def options_to_add(session: Session, settings: Settings, site: RelyingParty, account: Account, bound_to: str) -> str:
    """Return what a browser is to be told to make a passkey for an account, as JSON."""
    options = generate_registration_options(
        rp_id=site.id,
        rp_name=site.name,
        user_id=bytes.fromhex(keyed_hash(settings.secret_key, "passkey.user", str(account.id))),
        user_name=account.email,
        user_display_name=account.name,
        exclude_credentials=_known(second_factors_of(session, account.id).passkeys),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
    )
    _keep(session, options.challenge, PasskeyPurpose.ADD, bound_to)
    return options_to_json(options)


def options_to_sign(
    session: Session, site: RelyingParty, account_id: int | None, purpose: PasskeyPurpose, bound_to: str
) -> str:
    """Return what a browser is to be told to sign with a passkey, as JSON.

    Without an account it is any passkey of the site, and the device must verify who holds it.
    """
    verified = UserVerificationRequirement.REQUIRED if account_id is None else UserVerificationRequirement.PREFERRED
    known = _known(second_factors_of(session, account_id).passkeys) if account_id is not None else []
    options = generate_authentication_options(rp_id=site.id, allow_credentials=known, user_verification=verified)
    _keep(session, options.challenge, purpose, bound_to)
    return options_to_json(options)


def add_passkey(
    session: Session, site: RelyingParty, account: Account, *, name: str, answer: str, bound_to: str
) -> Passkey:
    """Add the passkey that a browser made. Raises Invalid, or Conflict if there are too many."""
    if len(second_factors_of(session, account.id).passkeys) >= MOST_PASSKEYS:
        raise Conflict(TOO_MANY, count=MOST_PASSKEYS)
    try:
        sent = _read(answer)
        challenge = _use_challenge(session, sent, PasskeyPurpose.ADD, bound_to)
        made = _verified(
            verify_registration_response,
            credential=sent,
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
        )
    except NotValid:
        raise Invalid(NOT_TAKEN, code="passkey_refused") from None
    credential_id = bytes_to_base64url(made.credential_id)
    if session.scalar(sa.select(Passkey.id).where(Passkey.credential_id == credential_id)) is not None:
        raise Conflict(N_("This passkey has been added already."))
    found = Passkey(
        account_id=account.id,
        name=name,
        credential_id=credential_id,
        public_key=bytes_to_base64url(made.credential_public_key),
        sign_count=made.sign_count,
        transports=_transports(sent),
    )
    session.add(found)
    session.flush()
    return found


def passkey_that_signed(
    session: Session,
    site: RelyingParty,
    *,
    account_id: int | None,
    answer: str,
    purpose: PasskeyPurpose,
    bound_to: str,
) -> Passkey | None:
    """Return the passkey that signed a challenge of this browser, or None if the answer is not right.

    Without an account it may be anybody's, and the device must have verified who holds it. A counter that did not rise
    is a sign of a copied key, and is refused (WebAuthn, 6.1.1).
    """
    try:
        sent = _read(answer)
        found = session.scalar(sa.select(Passkey).where(Passkey.credential_id == sent["id"]))
        if found is None or (account_id is not None and found.account_id != account_id):
            return None
        verified = _verified(
            verify_authentication_response,
            credential=sent,
            expected_challenge=_use_challenge(session, sent, purpose, bound_to),
            expected_rp_id=site.id,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(found.public_key),
            credential_current_sign_count=found.sign_count,
            require_user_verification=account_id is None,
        )
    except NotValid:
        return None
    found.sign_count, found.used_at = verified.new_sign_count, now()
    session.flush()
    return found


def _known(passkeys: list[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.credential_id)) for each in passkeys]


def _read(answer: str) -> dict[str, Any]:
    """Return the answer of a browser; its id can be looked up. Raises NotValid."""
    sent = _verified(json.loads, answer)
    if not isinstance(sent, dict) or not isinstance(sent.get("response"), dict):
        raise NotValid
    if not _CREDENTIAL_ID.fullmatch(str(sent.get("id"))):
        raise NotValid
    return sent


def _transports(sent: dict[str, Any]) -> list[str]:
    told = sent["response"].get("transports")
    return sorted(_TRANSPORTS & {str(each) for each in told}) if isinstance(told, list) else []


def _verified(verify: Callable[..., _Result], *given: Any, **more: Any) -> _Result:
    try:
        return verify(*given, **more)
    except Exception as error:  # whichever of a dozen kinds a parser raises for bytes that a stranger made up
        raise NotValid from error


def _keep(session: Session, challenge: bytes, purpose: PasskeyPurpose, bound_to: str) -> None:
    session.add(
        PasskeyChallenge(
            challenge=bytes_to_base64url(challenge),
            purpose=purpose,
            bound_to=token_hash(bound_to),
            expires_at=now() + CHALLENGE_LIFETIME,
        )
    )
    session.flush()


def _use_challenge(session: Session, sent: dict[str, Any], purpose: PasskeyPurpose, bound_to: str) -> bytes:
    """Return the challenge that was signed, and use it up. Raises NotValid if it is none of this browser's."""
    signed = _verified(_signed_challenge, sent)
    used = session.execute(
        sa.delete(PasskeyChallenge)
        .where(
            PasskeyChallenge.challenge == bytes_to_base64url(signed),
            PasskeyChallenge.purpose == purpose,
            PasskeyChallenge.bound_to == token_hash(bound_to),
            PasskeyChallenge.expires_at > now(),
        )
        .returning(PasskeyChallenge.id)
    ).all()
    if not used:
        raise NotValid
    return signed


def _signed_challenge(sent: dict[str, Any]) -> bytes:
    return parse_client_data_json(base64url_to_bytes(sent["response"]["clientDataJSON"])).challenge
