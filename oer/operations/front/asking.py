"""What a request says, read from Granian's scope: the client's address, its headers as a WSGI environ."""

import sys
from ipaddress import IPv6Address
from typing import Any

_BASIC = {
    "GATEWAY_INTERFACE": "CGI/1.1",
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "granian",
    "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True,
    "wsgi.multiprocess": True,
    "wsgi.multithread": True,
    "wsgi.run_once": False,
    "wsgi.version": (1, 0),
}


def host_and_port(address: str) -> tuple[str, str]:
    """Return both parts of `127.0.0.1:80` or `[::1]:80`."""
    host, _, port = str(address).rpartition(":")
    return host.strip("[]"), port


def remote_address(scope: Any, trusted_proxies: int) -> str:
    """Return the client's address: the peer's, or what that many trusted proxies say about it."""
    if trusted_proxies:
        hops: list[str] = [hop.strip() for line in scope.headers.get_all("x-forwarded-for") for hop in line.split(",")]
        if len(hops) >= trusted_proxies and hops[-trusted_proxies]:
            return hops[-trusted_proxies]
    return host_and_port(scope.client)[0]


def network_of(address: str) -> str:
    """Return what limits count as one client: of IPv6 the /64, in which a household has as many as it likes."""
    if ":" not in address:
        return address
    try:
        whole = IPv6Address(address)
    except ValueError:
        return address
    return str(whole.ipv4_mapped or IPv6Address(int(whole) >> 64 << 64))


def environ_of(scope: Any) -> dict[str, Any]:
    """Return a WSGI environ (PEP 3333) without `wsgi.input`. Nothing of the process's own environment is in it."""
    server, server_port = host_and_port(scope.server)
    environ: dict[str, Any] = {
        **_BASIC,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "SERVER_NAME": server,
        "SERVER_PORT": server_port,
        "REMOTE_ADDR": host_and_port(scope.client)[0],
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": scope.path.encode("utf-8", "replace").decode("latin-1"),
        "QUERY_STRING": scope.query_string.encode("utf-8", "replace").decode("latin-1"),
        "wsgi.url_scheme": scope.scheme,
    }
    for name, value in scope.headers.items():
        if "_" in name:
            continue  # it would be taken for the one with a hyphen, which a proxy may have checked
        key = name.upper().replace("-", "_")
        if key not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
            key = f"HTTP_{key}"
        joint = ";" if key == "HTTP_COOKIE" else ","
        environ[key] = f"{environ[key]}{joint}{value}" if key in environ else value
    environ.setdefault("HTTP_HOST", scope.authority or "")
    return environ
