"""Notices that OER_TRUSTED_PROXIES does not fit the requests that arrive.

With too few, everybody has the address of a proxy: one person who guesses passwords is everybody, and a city is one
visitor. With too many, anybody can make up an address. Neither shows in a page, so the requests are watched for it.
"""

from collections.abc import Callable
from ipaddress import ip_address, ip_network

from flask import Flask, request

from oer.config import Settings
from oer.core.i18n import N_
from oer.core.notices import drop_notice, give_notice
from oer.web.context import settings as running_settings

NAME = "proxies"
# So many different addresses or browsers must show the same fault: one request proves nothing.
ENOUGH = 5
ENOUGH_BROWSERS = 20
# What a proxy in the same house has. Python's `is_private` knows more, such as addresses for documentation.
PRIVATE_NETWORKS = [
    *map(
        ip_network, ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10")
    ),
    *map(ip_network, ("::1/128", "fc00::/7", "fe80::/10")),
]
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
TOO_FEW = N_(
    "Requests come through a proxy that is not trusted: OER_TRUSTED_PROXIES is %(trusted)s, and seems to be too low. "
    "Everybody seems to have the same address, so that one person who guesses passwords stops all others."
)
TOO_MANY = N_(
    "Requests name fewer addresses in X-Forwarded-For than proxies are trusted: OER_TRUSTED_PROXIES is %(trusted)s, "
    "which is too high, or a proxy does not send the header. Addresses may be made up, or all the same."
)
ONE_ADDRESS = N_(
    "All requests come from the one private address %(address)s. If there is a proxy in front, let it send "
    "X-Forwarded-For, and set OER_TRUSTED_PROXIES to the number of proxies."
)


class ProxyWatch:
    """Watches the requests of one process until a fault is certain, or none is likely any more."""

    def __init__(self, settings: Settings, tell: Callable[..., None]) -> None:
        self._is_public, self._trusted, self._tell_admins = settings.is_public, settings.trusted_proxies, tell
        self._seen: dict[str, set[str]] = {TOO_FEW: set(), TOO_MANY: set()}
        self._browsers: set[str] = set()
        self._peers: set[str] = set()
        self.is_done = False

    def watch(self, peer: str, forwarded: list[str], browser: str) -> None:
        """Look at a request: who sent it, the values of X-Forwarded-For, the browser's name."""
        if self._trusted and len(forwarded) < self._trusted:
            self._note(TOO_MANY, f"{forwarded}{browser}")
        elif self._trusted and _is_private(forwarded[-self._trusted]) and len(forwarded) > self._trusted:
            self._note(TOO_FEW, forwarded[-self._trusted - 1])
        elif not self._trusted and forwarded and _is_private(peer):
            self._note(TOO_FEW, forwarded[-1])
        elif not self._trusted and self._is_public:
            self._look_for_one_address(peer, browser)

    def _note(self, fault: str, evidence: str) -> None:
        self._seen[fault].add(evidence)
        if len(self._seen[fault]) >= ENOUGH:
            self._tell(fault, trusted=self._trusted)

    def _look_for_one_address(self, peer: str, browser: str) -> None:
        self._peers.add(peer)
        self._browsers.add(browser)
        if len(self._peers) > 1:
            self.is_done = True
        elif len(self._browsers) >= ENOUGH_BROWSERS and _is_private(peer):
            self._tell(ONE_ADDRESS, address=peer)

    def _tell(self, fault: str, **values: object) -> None:
        self.is_done = True
        self._tell_admins(fault, **values)


def init_proxies(app: Flask, settings: Settings) -> None:
    """Watch the requests of `app`."""
    watch = ProxyWatch(settings, lambda fault, **values: give_notice(running_settings(), NAME, fault, **values))

    @app.before_request
    def _watch() -> None:
        if watch.is_done or request.path in PROBES:
            return
        before = request.environ.get("werkzeug.proxy_fix.orig", request.environ)
        named = request.headers.get("X-Forwarded-For", "")[:1000]
        forwarded = [part.strip() for part in named.split(",") if part.strip()]
        watch.watch(before.get("REMOTE_ADDR") or "", forwarded, request.user_agent.string[:200])


def forget_old_notice(settings: Settings) -> None:
    """Drop the notice at a start: the settings may be others, and what is still wrong is soon noticed again."""
    drop_notice(settings, NAME)


def _is_private(address: str) -> bool:
    try:
        found = ip_address(address.strip("[]"))
    except ValueError:
        return False
    mapped = found.ipv4_mapped if found.version == 6 else None
    return any((mapped or found) in network for network in PRIVATE_NETWORKS)
