"""Below a material: what people read besides, and what is like it."""

from datetime import timedelta

import pytest

from oer.catalogue.jobs import index_due
from oer.catalogue.models import Material
from oer.catalogue.services.withdrawal import withdraw
from oer.core.clock import today
from oer.usage.models import ReadTogether
from tests.catalogue.factories import make_material, make_published, make_reviewer


@pytest.fixture
def materials(session, installation):
    titles = {
        "Làm vườn rau trên sân thượng": "hea.dinh-duong",
        "Sân thượng xanh: vườn rau sạch": "hea.dinh-duong",
        "Tính lãi suất ngân hàng": "sch.toan",
    }
    made = [make_published(session, title={"vi": title}, subjects=[code]) for title, code in titles.items()]
    make_material(session, title={"vi": "Vườn rau sân thượng còn là bản nháp"})
    ids = [material.public_id for material in made]
    session.commit()
    index_due(installation)
    return ids


def section(client, public_id, name, prefix=""):
    page = client.get(f"{prefix}/materials/{public_id}").text
    if f'aria-labelledby="{name}"' not in page:
        return ""
    return page.split(f'aria-labelledby="{name}"')[1].split("</section>")[0]


def read_by(session, visitors, item, other, days=0):
    session.add(ReadTogether(day=today() - timedelta(days=days), item=item, other=other, visitors=visitors))
    session.commit()


def test_a_material_shows_what_is_like_it_and_never_a_draft_or_itself(client, materials):
    garden, roof, bank = materials
    shown = section(client, garden, "similar")
    assert "Học liệu tương tự" in shown
    assert f"/materials/{roof}" in shown
    assert "bản nháp" not in shown
    assert f"/materials/{garden}" not in shown
    assert f"/materials/{bank}" not in shown
    assert "More like this" in section(client, garden, "similar", "/en")


def test_what_was_read_besides_is_shown_once_and_not_a_second_time_as_alike(client, session, materials):
    garden, roof, bank = materials
    assert section(client, garden, "also-read") == ""
    read_by(session, 5, garden, bank)
    read_by(session, 9, garden, roof)
    shown = section(client, garden, "also-read", "/en")
    assert shown.index(f"/materials/{roof}") < shown.index(f"/materials/{bank}")
    assert section(client, garden, "similar", "/en") == ""
    assert section(client, bank, "also-read") == ""


def test_what_was_withdrawn_leaves_both_lists_at_once(client, session, materials):
    garden, roof, _ = materials
    read_by(session, 9, garden, roof)
    assert f"/materials/{roof}" in client.get(f"/materials/{garden}").text
    withdraw(session, make_reviewer(session), session.query(Material).filter_by(public_id=roof).one(), "wrong", "Sai")
    session.commit()
    assert f"/materials/{roof}" not in client.get(f"/materials/{garden}").text


def test_without_an_index_the_page_is_still_the_page(app, session):
    public_id = make_published(session, title={"vi": "Làm vườn"}).public_id
    session.commit()
    answer = app.test_client().get(f"/materials/{public_id}")
    assert answer.status_code == 200
    assert 'aria-labelledby="similar"' not in answer.text


def test_materials_of_its_own_subject_come_before_those_of_the_wider_field_and_no_others(session, installation, client):
    subjects = {"own": "hea.dinh-duong", "wider": "hea.so-cuu", "other": "sch.toan"}
    made = {
        name: make_published(session, title={"vi": "Ăn uống khi ốm"}, subjects=[code]).public_id
        for name, code in subjects.items()
    }
    public_id = make_published(session, title={"vi": "Ăn uống khi ốm"}, subjects=["hea.dinh-duong"]).public_id
    session.commit()
    index_due(installation)
    shown = section(client, public_id, "similar")
    assert shown.index(made["own"]) < shown.index(made["wider"])
    assert made["other"] not in shown


def test_what_is_like_a_material_is_asked_of_the_index_once_in_a_while(
    app, installation, session, materials, monkeypatch
):
    garden, roof, _ = materials
    client = app.test_client()
    assert f"/materials/{roof}" in section(client, garden, "similar")
    material = session.query(Material).filter_by(public_id=garden).one()
    material.page_revision += 1  # the kept page is gone
    session.commit()

    def ask(_query):
        raise AssertionError("the index was asked again")

    monkeypatch.setattr(installation.search_index, "search", ask)
    assert f"/materials/{roof}" in section(client, garden, "similar")
