"""Search for machines: InvenioRDM's shape, unescaped, in pages."""


def test_the_shape_is_that_of_inveniordm(client, publish, indexed):
    made = publish("Thủy lợi nội đồng", levels=["thcs"], keywords=["cống"])
    publish("Khác", levels=["thpt"])
    indexed()
    response = client.get("/api/v1/materials?q=thuy+loi")
    assert response.content_type == "application/json; charset=utf-8"
    assert "Thủy lợi nội đồng" in response.get_data(as_text=True), "letters are written as they are"
    given = response.get_json()
    assert given["hits"]["total"] == 1
    (hit,) = given["hits"]["hits"]
    assert hit["id"] == made
    assert hit["metadata"]["title"] == {"vi": "Thủy lợi nội đồng"}
    assert hit["links"]["self"].endswith(f"/api/v1/materials/{made}")
    assert "identifier" in hit
    assert given["aggregations"]["level"]["buckets"] == [{"key": "thcs", "doc_count": 1, "label": "Trung học cơ sở"}]


def test_pages_are_linked(client, publish, indexed):
    made = {publish(f"Bài {number} chung") for number in range(5)}
    indexed()
    seen, address = set(), "/api/v1/materials?q=chung&size=2"
    while address:
        given = client.get(address).get_json()
        assert given["hits"]["total"] == 5
        seen |= {hit["id"] for hit in given["hits"]["hits"]}
        address = given["links"].get("next", "").removeprefix("http://localhost")
    assert seen == made


def test_a_guess_is_named(client, handbook):
    given = client.get("/api/v1/materials?q=tihuy+loi").get_json()
    assert list(given["read_as"]) == ["tihuy"]
    assert given["incomplete"] is False
