"""What results are narrowed by and sorted by, as the page and the address have it."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from oer.core.clock import today
from oer.search.criteria import FACETS
from oer.usage.models import DailyUsage
from tests.accounts.factories import make_unit
from tests.catalogue.factories import make_educator

CHOSEN = {
    "subject": "bas.song",
    "level": "thcs",
    "grade": "lop-7",
    "school_subject": "ngu-van",
    "audience": "workers",
    "type": "handbook",
    "language": "vi",
    "licence": "https://creativecommons.org/licenses/by/4.0/",
    "format": "pdf",
    "year": "2024",
    "accessibility": "captions",
    "duration": "60",
    "place": "25747",
}


def ids(response):
    return re.findall(r'<h2 class="name"><a href="(?:/en)?/materials/([a-z0-9-]+)"', response.text)


@pytest.fixture
def described(session, publish, indexed):
    """A material with a value in every facet, and one that shares none but language, licence and format."""
    unit = make_unit(session)
    made = publish(
        "Thủy lợi một",
        "Trang một",
        owner=make_educator(session, unit),
        subjects=["bas.song"],
        levels=["thcs"],
        grades=["lop-7"],
        school_subjects=["ngu-van"],
        audiences=[CHOSEN["audience"]],
        types=["handbook"],
        language=["vi"],
        licence=CHOSEN["licence"],
        published_on="2024-03-01",
        accessibility={"access_mode": [], "features": [CHOSEN["accessibility"]], "hazards": []},
        time_required="PT45M",
        place=CHOSEN["place"],
    )
    publish("Thủy lợi hai", "Trang hai", subjects=["sch.toan"], levels=["thpt"], types=["exercise"])
    code = unit.code
    indexed()
    return made, CHOSEN | {"unit": code}


def test_all_facets_can_be_chosen_with_exact_counts_and_narrow_alone(client, described):
    made, values = described
    assert set(values) == set(FACETS)
    given = client.get("/api/v1/materials?q=thuy+loi").get_json()["aggregations"]
    for name, code in values.items():
        counts = {bucket["key"]: bucket["doc_count"] for bucket in given[name]["buckets"]}
        narrowed = client.get("/search", query_string={"q": "thuy loi", name: code})
        assert f'name="{name}" value="{code}"' in narrowed.text, name
        assert made in ids(narrowed), name
        assert len(ids(narrowed)) == counts[code], name


def test_every_filter_is_a_chip_that_removes_itself_alone(client, described):
    made, values = described
    page = client.get("/en/search", query_string={"q": "thuy loi", **values})
    assert ids(page) == [made]
    chips = page.text.split('<ul class="chips"')[1].split("</ul>")[0]
    addresses = [each.replace("&amp;", "&") for each in re.findall(r'href="([^"]+)"', chips)]
    kept = [set(parse_qs(urlsplit(address).query)) for address in addresses[:-1]]
    assert sorted(map(sorted, kept)) == sorted(sorted({"q", *values} - {name}) for name in values)
    assert all(ids(client.get(address)) == [made] for address in addresses[:-1])
    assert addresses[-1] == "/en/search?q=thuy+loi"
    assert len(ids(client.get(addresses[-1]))) == 2


def test_values_of_one_facet_widen_and_facets_narrow(client, described):
    made, _ = described
    assert len(ids(client.get("/search?q=thuy+loi&level=thcs&level=thpt"))) == 2
    assert ids(client.get("/search?q=thuy+loi&level=thcs&level=thpt&type=handbook")) == [made]
    assert ids(client.get("/search?q=thuy+loi&level=thcs&type=exercise")) == []


def test_titles_stand_in_vietnamese_order(client, publish, indexed):
    in_order = [
        "An bài",
        "Ăn bài",
        "Ân bài",
        "Dạy bài",
        "Đi bài",
        "Em bài",
        "Ơn bài",
        "Uống bài",
        "Ương bài",
        "Yên bài",
    ]
    made = {title: publish(title) for title in reversed(in_order)}
    indexed()
    assert ids(client.get("/search?q=bai&sort=title")) == [made[title] for title in in_order]


def test_the_most_used_come_first_where_that_is_asked(client, session, publish, indexed):
    little, much, never = (publish(f"Thủy lợi {word}") for word in ("một", "hai", "ba"))
    for item, uses in ((little, 2), (much, 9)):
        session.add(DailyUsage(day=today(), format="all", item=item, method="Regular", tir=uses))
    indexed()
    assert ids(client.get("/search?q=thuy+loi&sort=used")) == [much, little, never]


def test_an_index_that_is_not_there_is_said_kindly_and_browsing_goes_on_until_it_is_made(
    client, session, publish, indexed
):
    made = publish("Thủy lợi")
    session.commit()
    for address, status in (("/search?q=thuy", 503), ("/api/v1/materials", 503), ("/search/suggest?q=thuy", 200)):
        assert client.get(address).status_code == status, address
    assert "Chỉ mục tìm kiếm cần được tạo lại" in client.get("/search?q=thuy").text
    assert client.get(f"/materials/{made}").status_code == 200
    assert client.get("/subjects").status_code == 200
    indexed()
    assert ids(client.get("/search?q=thuy")) == [made]


@pytest.mark.parametrize(
    "words",
    [
        "phường Thủ Dầu Một",
        '"Thủ Dầu Một"',
        "thu dau mot ward",
        "Thành phố Tân Uyên",
        "tỉnh Bình Dương",
        "khu cho binh duong",
        "Binh Duong Province",
    ],
)
def test_a_material_is_found_by_its_place_as_it_is_called_now_and_was_before(client, publish, indexed, words):
    there = publish("Lịch sử khu chợ cũ", "Bài viết về khu chợ.", place="25760" if "Tân Uyên" in words else "25747")
    publish("Lịch sử khu chợ cũ", "Bài viết về khu chợ khác.", place="26506")
    indexed()
    assert ids(client.get("/search", query_string={"q": words})) == [there]


def test_who_has_a_quarter_of_an_hour_is_shown_what_takes_five_minutes_too(client, publish, indexed):
    five = publish("Rửa tay", "Trang một", time_required="PT5M")
    ten = publish("Gấp giấy", "Trang một", time_required="PT10M")
    indexed()
    assert ids(client.get("/search?duration=5")) == [five]
    assert set(ids(client.get("/search?duration=15"))) == {five, ten}
