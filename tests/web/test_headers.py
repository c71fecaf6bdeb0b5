from flask.testing import FlaskClient


def test_every_page_allows_no_foreign_host_and_no_framing(client: FlaskClient) -> None:
    for address in ("/", "/nothing", "/healthz"):
        headers = client.get(address).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_reading_sets_no_cookie(client: FlaskClient) -> None:
    assert "Set-Cookie" not in client.get("/").headers
    assert "Set-Cookie" not in client.get("/nothing").headers


def test_static_files_are_kept_for_a_year_and_change_address_with_content(client: FlaskClient) -> None:
    page = client.get("/en/nothing").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    assert address.startswith("/static/look.css?v=")
    with client.get(address) as answer:
        assert "max-age=31536000" in answer.headers["Cache-Control"]
