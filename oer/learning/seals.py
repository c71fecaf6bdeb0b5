"""Keys, seals and badges: what a completion statement says, signed by this installation so that nobody can change it.

A statement is stored as its seal alone: a JWS over everything that it says. Page, PDF and badge are made of what the
seal holds once its signature was found right, so a row that was changed in the database is refused as a forged file is.
The badge says the same as an Open Badge 3.0 in the form of a VC-JWT.

A key is derived from the installation's secret and a salt, so no private key lies in the database or in a backup of it.
Public keys stay published for good: with another secret the old ones sign nothing more and verify as before.
"""

import base64
import binascii
import hmac
import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from oer.core.errors import OerError
from oer.core.ids import ALPHABET, MISREAD, keyed_hash
from oer.core.strict_json import read_json

ALGORITHM = "EdDSA"
"""RFC 8037. Its newer name, Ed25519 (RFC 9864), is known to few programs that verify badges."""
LONGEST_SIGNED = 20_000
_RANDOM, _MARK, _GROUP = 20, 12, 4


class Forged(Exception):
    """A seal or badge that none of our keys signed, or that was changed since."""


@dataclass(frozen=True)
class SigningKey:
    """A key pair; `kid` is the thumbprint of the public key (RFC 7638)."""

    private: Ed25519PrivateKey

    @property
    def public(self) -> dict[str, str]:
        """The public key as a JWK."""
        return {**self._needed, "kid": self.kid, "use": "sig", "alg": ALGORITHM}

    @property
    def kid(self) -> str:
        """What it is called by."""
        return _base64(sha256(json.dumps(self._needed, separators=(",", ":")).encode()).digest())

    @property
    def _needed(self) -> dict[str, str]:
        # In the order in which RFC 7638 hashes them.
        return {"crv": "Ed25519", "kty": "OKP", "x": _base64(self.private.public_key().public_bytes_raw())}


def key_from(secret_key: str, salt: str) -> SigningKey:
    """Return the key pair that a secret and a salt give, always the same."""
    seed = HKDF(SHA256(), 32, salt=salt.encode(), info=b"oer statement key").derive(secret_key.encode())
    return SigningKey(Ed25519PrivateKey.from_private_bytes(seed))


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _from_base64(text: str) -> bytes:
    content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _base64(content) != text:
        raise ValueError("not the one way to write these bytes")
    return content


# The codes of statements. Half of a code is random; the rest says that it was made here, also when nothing else of the
# statement is left: so "it is no more" can be told from "it never was".


def new_code(secret_key: str) -> str:
    """Return a new code for an address, that nobody can guess and people can type: eight groups of four."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(_RANDOM))
    return _grouped(body + _mark(secret_key, body))


def _mark(secret_key: str, body: str) -> str:
    number = int(keyed_hash(secret_key, "statement-code", body), 16)
    return "".join(ALPHABET[number >> 5 * place & 31] for place in range(_MARK))


def _grouped(plain: str) -> str:
    return "-".join(plain[begin : begin + _GROUP] for begin in range(0, len(plain), _GROUP))


def read_code(text: str) -> str | None:
    """Return the code that somebody typed or pasted, None if it cannot be one."""
    plain = "".join(text.strip().lower().replace("-", " ").split()).translate(MISREAD)
    if len(plain) != _RANDOM + _MARK or any(letter not in ALPHABET for letter in plain):
        return None
    return _grouped(plain)


def was_made_here(secret_key: str, code: str) -> bool:
    """Tell whether a code was given to a statement by this installation, whatever became of it."""
    plain = code.replace("-", "")
    return hmac.compare_digest(_mark(secret_key, plain[:_RANDOM]), plain[_RANDOM:])


@dataclass(frozen=True)
class Statement:
    """What a statement says, and nothing else: who, which course, when, and who stands behind the site if it is told.

    `name` is as the learner wants it shown; `title` and `issuer` are language maps, `issuer` empty where no setting
    names one. `place` is its bit in the list of what was taken back.
    """

    code: str
    name: str
    course: str
    title: Mapping[str, str]
    issuer: Mapping[str, str]
    issued_at: datetime
    place: int

    def sealed(self, key: SigningKey) -> str:
        """Return the statement signed."""
        said = {**self.__dict__, "title": dict(self.title), "issuer": dict(self.issuer)}
        said["issued_at"] = self.issued_at.astimezone(UTC).isoformat()
        return sign(said, key, key.kid)


def sign(said: Mapping[str, Any], key: SigningKey, kid: str) -> str:
    """Return something signed as a compact JWS (RFC 7515), always the same; its header says how and by which key."""
    header = {"alg": ALGORITHM, "kid": kid, "typ": "JWT"}
    parts = (json.dumps(each, ensure_ascii=False, separators=(",", ":")).encode() for each in (header, said))
    begin = ".".join(map(_base64, parts))
    return f"{begin}.{_base64(key.private.sign(begin.encode()))}"


def read_signed(text: str, keys: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Return what was signed by one of our keys (JWKs by `kid`), which the header names. Raises Forged.

    The key is ours or none: an address or a key that the header itself brings along is never used, nor any other
    algorithm.
    """
    if len(text) > LONGEST_SIGNED or text.count(".") != 2:
        raise Forged
    begin, _, signature = text.rpartition(".")
    try:
        header, said = (read_json(_from_base64(each).decode()) for each in begin.split("."))
        key = keys.get(str(header["kid"]).rpartition("/")[2]) if header["alg"] == ALGORITHM else None
        if key is None:
            raise Forged
        public = Ed25519PublicKey.from_public_bytes(_from_base64(key["x"]))
        public.verify(_from_base64(signature), begin.encode())
    except (InvalidSignature, binascii.Error, ValueError, KeyError, TypeError, OerError):
        raise Forged from None
    if not isinstance(said, dict):
        raise Forged
    return said


def read_seal(seal: str, keys: Mapping[str, Mapping[str, str]]) -> Statement:
    """Return what a seal says. Raises Forged."""
    said = read_signed(seal, keys)
    try:
        return Statement(**{**said, "issued_at": datetime.fromisoformat(said["issued_at"])})
    except (KeyError, TypeError, ValueError):
        raise Forged from None


# The badge. https://www.imsglobal.org/spec/ob/v3p0/, sections 8.2 (JSON Web Token proof) and B (data models).

CONTEXT = ("https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json")
NARRATIVE = (
    "The learner ticked every part of the course as finished. Nobody examined or graded this: it is self-declared, and "
    "no degree."
)


@dataclass(frozen=True)
class BadgeAddresses:
    """Where what a badge refers to can be found: itself, its course, its issuer, the list of what was taken back."""

    itself: str
    course: str
    issuer: str
    status: str
    keys: str


def badge_of(statement: Statement, addresses: BadgeAddresses, title: str, issuer: str) -> dict[str, Any]:
    """Return a statement as an OpenBadgeCredential, with title and issuer in one language ("" for none)."""
    profile = {"id": addresses.issuer, "type": ["Profile"]} | ({"name": issuer} if issuer else {})
    name = {"type": "IdentityObject", "hashed": False, "identityType": "name", "identityHash": statement.name}
    return {
        "@context": list(CONTEXT),
        "id": addresses.itself,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": title,
        "issuer": profile,
        "validFrom": f"{statement.issued_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "credentialSubject": {
            # The same for the same statement, and of no use elsewhere: nobody is known by it.
            "id": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, addresses.itself)}",
            "type": ["AchievementSubject"],
            "identifier": [name],
            "achievement": {
                "id": addresses.course,
                "type": ["Achievement"],
                "achievementType": "Course",
                "name": title,
                "description": NARRATIVE,
                "criteria": {"narrative": NARRATIVE},
            },
        },
        "credentialStatus": {
            "id": f"{addresses.status}#{statement.place}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(statement.place),
            "statusListCredential": addresses.status,
        },
    }


def sign_credential(credential: Mapping[str, Any], valid_from: datetime, key: SigningKey, keys: str) -> str:
    """Return a credential as a VC-JWT: itself with the claims that repeat its parts. `keys` is where keys are found."""
    claims = {
        "iss": credential["issuer"]["id"] if isinstance(credential["issuer"], dict) else credential["issuer"],
        "jti": credential["id"],
        "nbf": int(valid_from.timestamp()),
        "sub": credential["credentialSubject"]["id"],
    }
    return sign({**credential, **claims}, key, f"{keys}/{key.kid}")
