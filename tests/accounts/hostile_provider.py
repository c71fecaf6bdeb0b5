"""A provider of OpenID Connect that does as it is told: right by itself, wrong in whatever a test asks for."""

import hashlib
import json
import threading
import time
from base64 import urlsafe_b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jws
from joserfc.jwk import ECKey, OctKey

CLIENT_ID, SECRET = "kho-hoc-lieu", "bi mat cua kho"
CODE = "a-code"


class HostileProvider:
    """`with HostileProvider() as provider:` serves at `provider.issuer`; `begun` notes a request to sign in."""

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", {"kid": "one"})
        self.claims: dict[str, Any] = {}
        self.about: dict[str, Any] = {}
        self.user_info: dict[str, Any] | None = None
        self.algorithm = "ES256"
        self.signs_with: ECKey | None = None
        self.raw: bytes | None = None
        self.asked: list[str] = []
        self.begun: dict[str, str] = {}
        self.used = False
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_more: Any) -> None:
                pass

            def do_GET(self) -> None:
                provider.asked.append(self.path)
                self._say(*provider.get(self.path))

            def do_POST(self) -> None:
                provider.asked.append(self.path)
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self._say(*provider.exchange({name: values[0] for name, values in parse_qs(body).items()}))

            def _say(self, status: int, told: Any) -> None:
                content = provider.raw if provider.raw is not None else json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.issuer = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> "HostileProvider":
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_more: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def get(self, path: str) -> tuple[int, Any]:
        if path == "/.well-known/openid-configuration":
            names = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
            return 200, {"issuer": self.issuer, **{name: f"{self.issuer}/{name}" for name in names}, **self.about}
        if path == "/jwks_uri":
            return 200, {"keys": [self.key.as_dict(private=False)]}
        return (200, self.user_info) if self.user_info is not None else (404, {})

    def begin(self, address: str) -> dict[str, str]:
        """Take a browser that was sent here; return what it is sent back with."""
        self.begun = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.used = False
        return {"state": self.begun["state"], "code": CODE}

    def exchange(self, form: dict[str, str]) -> tuple[int, Any]:
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        right = urlsafe_b64encode(digest).decode().rstrip("=") == self.begun.get("code_challenge")
        if self.used or not right or form["code"] != CODE or form["redirect_uri"] != self.begun["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        self.used = True
        moment = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": "1",
            "iat": moment,
            "exp": moment + 300,
            "nonce": self.begun["nonce"],
            "email": "lan@example.com",
            "email_verified": True,
            "name": "Lan",
            **self.claims,
        }
        key = OctKey.import_key(SECRET) if self.algorithm == "HS256" else self.signs_with or self.key
        told = {name: value for name, value in claims.items() if value is not None}
        return 200, {"access_token": "t", "id_token": self._signed(told, key)}

    def _signed(self, told: Any, key: Any) -> str:
        # Not by jwt.encode: it refuses half letters, which others write.
        header = {"alg": self.algorithm, "kid": "one", "typ": "JWT"}
        return jws.serialize_compact(header, json.dumps(told).encode(), key)
