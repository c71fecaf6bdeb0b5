"""Identifiers and secrets: public ids that people can read out, tokens, keyed hashes."""

import hashlib
import hmac
import secrets

# Crockford's base 32, without I, L, O and U; letters that people misread are accepted as the digit they look like.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
MISREAD = str.maketrans({"i": "1", "l": "1", "o": "0", "u": "v"})
_PLACES = 9


def _check_character(body: str) -> str:
    # Weights prime to 31 catch every wrong letter and every swap of neighbours, except 0 for z (0 and 31 modulo 31).
    total = sum((place + 2) * ALPHABET.index(letter) for place, letter in enumerate(body))
    return ALPHABET[total % 31]


def new_public_id() -> str:
    """Return a new random id, `xxxxx-xxxxx`; the last character is a check digit."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(_PLACES))
    return f"{body[:5]}-{body[5:]}{_check_character(body)}"


def read_public_id(text: str) -> str | None:
    """Return the public id that a person meant by `text`, or None if it cannot be one."""
    plain = text.strip().lower().replace("-", "").translate(MISREAD)
    if len(plain) != _PLACES + 1 or any(letter not in ALPHABET for letter in plain):
        return None
    if _check_character(plain[:_PLACES]) != plain[_PLACES]:
        return None
    return f"{plain[:5]}-{plain[5:]}"


def is_public_id(text: str) -> bool:
    """Tell whether `text` is a public id exactly as this product writes it."""
    return read_public_id(text) == text


def new_token() -> str:
    """Return a new secret of 256 bits, fit for an address or a cookie."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Return the SHA-256 of a token: what is stored instead of the token itself."""
    return hashlib.sha256(token.encode()).hexdigest()


def keyed_hash(secret: str, purpose: str, value: str) -> str:
    """Return HMAC-SHA-256 of `value` under `secret`, different for each `purpose`, as 64 hex digits."""
    return hmac.new(secret.encode(), f"{purpose}\0{value}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
