"""Whatever is asked, the answer is a page or a refusal in words, never an error and never late."""

from oer.search.query_parser import MOST_PHRASES

ADDRESSES = ("/search", "/api/v1/materials", "/search/suggest")
HOSTILE = [
    "*",
    "?????*",
    "[a TO z]",
    "{a TO z}",
    "*x*" * 20,
    "(" * 200,
    ")" * 200 + "(" * 50,
    '"',
    '"""""',
    '"thuy',
    "AND OR",
    "OR",
    "OR OR OR",
    "NOT",
    "- - -",
    "-",
    "--a",
    "field:",
    "id:*",
    "text:thuy facet:secret",
    "\u202ethuy",
    "\ufeff",
    "x~5",
    "thuy^9999",
    "\\",
    "%",
    "%s %(x)s {0}",
    "٣٤٥ 數學 математика",
    "👩‍🏫",
    "a" * 256,
    "a b " * 64,
    "q" * 10 + " zxq" * 60,
]


def test_hostile_queries_are_read_as_text(client, handbook):
    for typed in HOSTILE:
        for address in ADDRESSES:
            assert client.get(address, query_string={"q": typed}).status_code == 200, (address, typed)


def test_bytes_that_are_no_text_are_no_error(client, handbook):
    for raw in ("%ff%fe", "%ED%A0%80", "%00", "a%00b", "%", "%C3%28", "+" * 3000):
        for address in ADDRESSES:
            assert client.get(f"{address}?q={raw}").status_code in (200, 400), (address, raw)


def test_a_query_that_is_too_long_is_refused_and_kept(client, handbook):
    for typed in ("x" * 257, "(" * 5000, "từ " * 3000):
        _refused_and_kept(client, typed)


def _refused_and_kept(client, typed):
    response = client.get("/search", query_string={"q": typed})
    assert response.status_code == 400
    assert f'value="{typed.strip()}"' in response.get_data(as_text=True)
    refused = client.get("/api/v1/materials", query_string={"q": typed})
    assert (refused.status_code, refused.get_json()["code"]) == (400, "query_too_long")


def test_a_page_that_is_no_number_of_one_is_refused(client, handbook):
    for page in ("0", "-1", "abc", "1e9", "10**30", str(10**9), str(10**30), "１", "1.0"):
        assert client.get("/search", query_string={"page": page}).status_code == 400, page
        refused = client.get("/api/v1/materials", query_string={"page": page})
        assert (refused.status_code, refused.get_json()["code"]) == (400, "bad_page"), page


def test_the_api_does_not_clamp_a_page_that_is_not_there(client, handbook):
    given = client.get("/api/v1/materials?page=7").get_json()
    assert (given["hits"]["total"], given["hits"]["hits"]) == (1, [])
    assert client.get("/api/v1/materials?size=0").status_code == 400
    assert client.get("/api/v1/materials?size=1000").status_code == 400


def test_unknown_orders_and_filters_are_refused_in_words(client, handbook):
    for query, code in {
        "sort=price": "unknown_sort",
        "level=9": "unknown_code",
        "subject=nothing": "unknown_code",
        "year=2024%20OR%201": "unknown_code",
    }.items():
        assert client.get(f"/search?{query}").status_code == 400, query
        refused = client.get(f"/api/v1/materials?{query}")
        assert (refused.status_code, refused.get_json()["code"]) == (400, code), query


def test_machines_are_told_of_parameters_that_there_are_not_people_are_not(client, handbook):
    assert client.get("/search?utm_source=x&fbclid=y").status_code == 200
    refused = client.get("/api/v1/materials?colour=red")
    assert (refused.status_code, refused.get_json()["code"]) == (400, "unknown_parameter")


def test_many_filters_at_once_are_no_error(client, handbook):
    units = "&".join(f"unit=u{number}" for number in range(200))
    assert client.get(f"/search?{units}").status_code == 200


def test_of_many_phrases_the_first_are_looked_for_and_the_words_of_the_others(client, publish, indexed):
    text = " ".join(f"chuối{n} dừa{n}, x" for n in range(6)) + " dừa9 chuối9"
    found = publish("Vườn nhà", text)
    indexed()
    asked = " ".join(f'"chuối{n} dừa{n}"' for n in range(MOST_PHRASES))
    for rest in ('"chuối9 dừa9"', '-"chuối5 dừa5"'):
        assert _hits(client, f"{asked} {rest}") == [found], rest
    for refused in ('"chuối9 dừa9"', '-"chuối5 dừa5"'):
        assert _hits(client, f"vườn {refused}") == [], refused


def _hits(client, typed):
    hits = client.get("/api/v1/materials", query_string={"q": typed}).get_json()["hits"]["hits"]
    return [hit["id"] for hit in hits]
