"""Where a `next` may lead."""

import pytest

from oer.web.request_validation import local_redirect_target


@pytest.mark.parametrize("address", ["/", "/materials/abc?q=1#x", "/en/search?q=thủy%20lợi", "/tìm"])
def test_addresses_of_this_site_are_followed(address: str) -> None:
    assert local_redirect_target(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        None,
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "\t//evil.example",
        " //evil.example",
        "/\r\nLocation: https://evil.example",
        "javascript:alert(1)",
        "http:/evil.example",
        "evil.example",
        "/ok\x00",
        "@evil.example",
    ],
)
def test_every_other_address_is_not(address: str | None) -> None:
    assert local_redirect_target(address, "/home") == "/home"
