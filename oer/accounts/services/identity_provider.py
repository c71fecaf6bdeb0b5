"""Sign-in by OpenID Connect: the settings' one provider is asked who somebody is, by the authorization code with PKCE.

Nothing but the issuer's own host is ever asked, over https (http only where it is this machine), with short time-outs,
without following redirects, and no more than `MOST_BYTES` are read. What it says of roles is not read at all.
"""

import hmac
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import urllib3
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from oer.config import Settings
from oer.core.errors import Conflict, Invalid
from oer.core.i18n import N_
from oer.core.ids import new_token
from oer.core.links import Links
from oer.core.text import clean_line

ALGORITHMS = ["RS256", "PS256", "ES256", "RS384", "ES384", "RS512", "EdDSA"]
"""Signatures by a key of the provider's: never `none`, and never by our own secret (HS256)."""
CONNECT_SECONDS, READ_SECONDS = 3.0, 6.0
MOST_BYTES = 256 * 1024
KNOWN_SECONDS, AWAY_SECONDS, KEYS_SECONDS = 3600.0, 20.0, 60.0
LEEWAY_SECONDS = 60
LONGEST_SUBJECT = 255
PATH_BACK = "/sign-in/identity/back"
AWAY = N_("The sign-in service does not answer at the moment. You can sign in with your e-mail address here.")
REFUSED = N_("The sign-in service did not confirm who you are. Please try again, or sign in with your e-mail address.")


class ProviderAway(Conflict):
    """The provider does not answer, or says what makes no sense."""


@dataclass(frozen=True)
class SignInAttempt:
    """What a browser keeps of a sign-in that it has begun: only the same browser can finish it."""

    state: str = field(default_factory=new_token)
    nonce: str = field(default_factory=new_token)
    verifier: str = field(default_factory=lambda: new_token() + new_token())


@dataclass(frozen=True)
class Identity:
    """Who somebody is, as the provider says. `email` is empty unless the provider has verified it."""

    issuer: str
    subject: str
    email: str
    name: str


class IdentityProvider:
    """The provider that the settings name; what it says of itself is kept for an hour. Threads share it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.issuer = settings.oidc_issuer
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        self._http = urllib3.PoolManager(num_pools=1, maxsize=4, timeout=timeout, retries=False)
        self._lock = threading.Lock()
        self._about: dict[str, Any] = {}
        self._keys: dict[str, Any] = {}
        self._known_until = self._away_until = self._keys_from = 0.0

    @property
    def address_back(self) -> str:
        """The address to which the provider sends people back: to be registered there."""
        return Links(self._settings.base_url).page(PATH_BACK)

    def address_for(self, attempt: SignInAttempt, language: str) -> str:
        """Return where to send a browser that begins. Raises ProviderAway."""
        asked = {
            "response_type": "code",
            "client_id": self._settings.oidc_client_id,
            "redirect_uri": self.address_back,
            "scope": "openid email profile",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": create_s256_code_challenge(attempt.verifier),
            "code_challenge_method": "S256",
            "ui_locales": language,
        }
        endpoint = self._endpoint("authorization_endpoint")
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"

    def identity_of(self, attempt: SignInAttempt, *, state: str, code: str) -> Identity:
        """Return who somebody is that came back with a code. Raises Invalid for what is not right, ProviderAway."""
        if not code or not hmac.compare_digest(attempt.state.encode(), state.encode()):
            raise Invalid(REFUSED, code="identity")
        given = self._tokens(attempt, code)
        claims = self._claims(str(given.get("id_token") or ""), attempt.nonce)
        if not claims.get("email") and given.get("access_token") and self._known().get("userinfo_endpoint"):
            claims = {**self._user_info(str(given["access_token"]), claims["sub"]), **claims}
        email, verified = claims.get("email"), claims.get("email_verified")
        return Identity(
            self.issuer,
            claims["sub"],
            _text(email) if verified is True or verified == "true" else "",
            clean_line(str(claims.get("name") or ""))[:120],
        )

    def _tokens(self, attempt: SignInAttempt, code: str) -> Mapping[str, Any]:
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.address_back,
            "code_verifier": attempt.verifier,
            "client_id": self._settings.oidc_client_id,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        secret = self._settings.oidc_client_secret
        ways = self._known().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if secret and "client_secret_basic" not in ways and "client_secret_post" in ways:
            asked["client_secret"] = secret
        elif secret:
            pair = f"{quote(asked['client_id'], safe='')}:{quote(secret, safe='')}"
            headers |= urllib3.make_headers(basic_auth=pair)
        return self._ask("POST", self._endpoint("token_endpoint"), headers, urlencode(asked))

    def _claims(self, token: str, nonce: str) -> dict[str, Any]:
        """Return what an ID token says once everything about it is right. Raises Invalid."""
        client_id = self._settings.oidc_client_id
        rules = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = self._decoded(token)
            rules.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise Invalid(REFUSED, code="identity") from error
        is_for_us = claims.get("azp", client_id) == client_id
        if not is_for_us or not 0 < len(claims["sub"]) <= LONGEST_SUBJECT or not claims["sub"].isprintable():
            raise Invalid(REFUSED, code="identity")
        return claims

    def _decoded(self, token: str) -> dict[str, Any]:
        try:
            return dict(jwt.decode(token, KeySet.import_key_set(self._key_set()), algorithms=ALGORITHMS).claims)
        except (JoseError, ValueError):
            if not self._forget_keys():
                raise
        # The provider may have changed its keys since.
        return dict(jwt.decode(token, KeySet.import_key_set(self._key_set()), algorithms=ALGORITHMS).claims)

    def _key_set(self) -> Any:
        keys = self._keys
        if not keys or time.monotonic() - self._keys_from >= KNOWN_SECONDS:  # one that it took back signs nobody in
            keys = self._keys = dict(self._ask("GET", self._endpoint("jwks_uri"), {}))
            self._keys_from = time.monotonic()
        return keys

    def _forget_keys(self) -> bool:
        """Forget the provider's keys, once a minute at most; tell whether they are to be asked for anew."""
        with self._lock:
            if time.monotonic() - self._keys_from < KEYS_SECONDS:
                return False
            self._keys = {}
            return True

    def _user_info(self, access_token: str, subject: str) -> dict[str, Any]:
        """Return what it says of the same person besides; nothing if it does not answer. Raises Invalid for another."""
        try:
            told = self._ask("GET", self._endpoint("userinfo_endpoint"), {"Authorization": f"Bearer {access_token}"})
        except ProviderAway:
            return {}
        if told.get("sub") != subject:
            raise Invalid(REFUSED, code="identity")
        return dict(told)

    def _known(self) -> dict[str, Any]:
        """Return what the provider says of itself. Raises ProviderAway, for a while without asking again."""
        moment = time.monotonic()
        if moment < self._known_until:
            return self._about
        if moment < self._away_until:
            raise ProviderAway(AWAY, code="provider_away")
        with self._lock:
            if time.monotonic() < self._known_until:
                return self._about
            if time.monotonic() < self._away_until:  # who held the lock has just found it away
                raise ProviderAway(AWAY, code="provider_away")
            about = dict(self._ask("GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration", {}))
            if about.get("issuer") != self.issuer:
                self._away_until = time.monotonic() + AWAY_SECONDS
                raise ProviderAway(AWAY, code="provider_away")
            self._about, self._known_until = about, time.monotonic() + KNOWN_SECONDS
        return about

    def _endpoint(self, name: str) -> str:
        address = str(self._known().get(name) or "")
        if not is_of_issuer(address, self.issuer):
            raise ProviderAway(AWAY, code="provider_away")
        return address

    def _ask(self, method: str, address: str, headers: Mapping[str, str], body: str = "") -> Mapping[str, Any]:
        """Return the JSON object that the provider answers. Raises ProviderAway, or Invalid where it refuses."""
        try:
            answer = self._http.request(
                method,
                address,
                headers={"Accept": "application/json", **headers},
                body=body or None,
                redirect=False,
                preload_content=False,
            )
            try:
                status, content = answer.status, answer.read(MOST_BYTES + 1, decode_content=False)
            finally:
                answer.close()
        except urllib3.exceptions.HTTPError as error:
            self._away_until = time.monotonic() + AWAY_SECONDS
            raise ProviderAway(AWAY, code="provider_away") from error
        if 400 <= status < 500 and method == "POST":
            raise Invalid(REFUSED, code="identity")  # a code that was used, a secret that is wrong
        try:
            told = json.loads(content) if status == 200 and len(content) <= MOST_BYTES else None
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise ProviderAway(AWAY, code="provider_away")
        return told


def _text(given: object) -> str:
    """Return a text that can be stored and shown, "" for anything else: JSON may have NUL and half letters."""
    return given if isinstance(given, str) and given.isprintable() else ""


def is_of_issuer(address: str, issuer: str) -> bool:
    """Tell whether an address is at the issuer's own host, and no less protected."""
    try:
        one, other = urlsplit(address), urlsplit(issuer)
        same = (one.scheme, one.hostname, one.port) == (other.scheme, other.hostname, other.port)
    except ValueError:
        return False
    return same and not one.username and one.scheme in {"http", "https"}
