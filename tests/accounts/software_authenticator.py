"""A passkey device in software: it does what a browser and a security key do together (WebAuthn level 2)."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url

PRESENT, VERIFIED, WITH_KEY = 1, 4, 64


@dataclass
class SoftwareAuthenticator:
    """One device with one key pair, in a browser at `origin`."""

    origin: str = "http://localhost"
    rp_id: str = "localhost"
    verifies: bool = True
    count: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, options: str) -> str:
        """What a browser sends that was told to make a passkey."""
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._data(WITH_KEY) + self._key_data()}
        return self._answer(
            "webauthn.create",
            options,
            lambda _client: {
                "attestationObject": bytes_to_base64url(cbor2.dumps(attestation)),
                "transports": ["internal", "made-up"],
            },
        )

    def sign(self, options: str, challenge: str | None = None) -> str:
        """What a browser sends that was told to sign."""
        self.count += 1
        data = self._data(0)

        def signed(client: bytes) -> dict[str, str]:
            signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
            return {"authenticatorData": bytes_to_base64url(data), "signature": bytes_to_base64url(signature)}

        return self._answer("webauthn.get", options, signed, challenge)

    def _answer(self, kind, options, response, challenge=None) -> str:
        client = json.dumps(
            {"type": kind, "challenge": challenge or json.loads(options)["challenge"], "origin": self.origin}
        ).encode()
        credential_id = bytes_to_base64url(self.credential_id)
        return json.dumps(
            {
                "id": credential_id,
                "rawId": credential_id,
                "type": "public-key",
                "response": {"clientDataJSON": bytes_to_base64url(client), **response(client)},
            }
        )

    def _data(self, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _key_data(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        return bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cbor2.dumps(public)
