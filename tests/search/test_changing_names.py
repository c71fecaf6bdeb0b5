"""Administrators add other names, stop using some that come with the software, and use them again."""

import pytest
import sqlalchemy as sa

from oer.accounts.models import Role
from oer.core.audit import AuditRecord
from oer.core.errors import Invalid
from oer.search.other_names import shipped_lines
from oer.search.queries.other_names import forget_names, known_names, name_lines
from oer.search.query_parser import parse_query
from oer.search.services import add_names, remove_names, restore_names
from tests.accounts.factories import make_account
from tests.indicators.visiting import visit

PAGE = "/admin/other-names"
SHIPPED = "CCCD = căn cước công dân = thẻ căn cước = citizen identity card"


@pytest.fixture
def admin(session):
    return make_account(session, Role.ADMIN)


@pytest.fixture
def called(session):
    """What else is searched for, as every process knows it within seconds."""

    def ask(text):
        session.flush()
        forget_names(session.connection().engine)
        return [name.text for name in parse_query(text, known_names(session)).other_names]

    return ask


def test_an_added_line_is_used_at_once_and_recorded(session, admin, called):
    assert called("xe đò") == []
    assert add_names(session, admin, "  xe đò=xe khách \n\nbến xe = nhà ga xe\n") == 2
    assert called("xe do") == ["xe khách"]
    assert name_lines(session).added[-1] in ("xe đò = xe khách", "bến xe = nhà ga xe")
    recorded = session.scalars(sa.select(AuditRecord.action)).all()
    assert recorded == ["other_names.added", "other_names.added"]


def test_adding_what_is_there_changes_nothing(session, admin):
    assert add_names(session, admin, SHIPPED) == 0
    assert add_names(session, admin, "xe đò = xe khách") == 1
    assert add_names(session, admin, "xe đò  =  xe khách") == 0


@pytest.mark.parametrize("text", ["", "xe đò", "xe đò =", "hoà = hòa", "a = " + "b" * 300])
def test_what_is_no_line_of_names_is_refused_and_nothing_is_added(session, admin, text):
    with pytest.raises(Invalid) as refused:
        add_names(session, admin, f"xe đò = xe khách\n{text}" if text else "")
    assert refused.value.field == "lines"
    session.flush()
    assert name_lines(session).added == ()


def test_a_line_of_the_software_is_used_no_longer_and_again(session, admin, called):
    assert SHIPPED in shipped_lines()
    assert called("CCCD")
    assert remove_names(session, admin, [SHIPPED, SHIPPED, "unknown = line"]) == 1
    assert called("CCCD") == []
    assert name_lines(session).removed == (SHIPPED,)
    assert restore_names(session, admin, [SHIPPED, "unknown = line"]) == 1
    assert called("CCCD")
    assert name_lines(session).removed == ()


def test_an_added_line_that_is_removed_is_gone(session, admin, called):
    add_names(session, admin, "xe đò = xe khách")
    assert remove_names(session, admin, ["xe đò = xe khách"]) == 1
    assert called("xe đò") == []
    assert name_lines(session).added == name_lines(session).removed == ()


def test_the_page_adds_removes_and_restores(app, session, admin):
    session.commit()
    visitor = visit(app, session, admin)
    shown = visitor.get(PAGE)
    assert "TPHCM = TP HCM" in shown.text
    assert len(shown.data) < 100_000
    assert visitor.send(f"{PAGE}/add", PAGE, {"lines": "xe đò = xe khách"}).status_code == 302
    assert "xe đò = xe khách" in visitor.get(PAGE).text
    refused = visitor.send(f"{PAGE}/add", PAGE, {"lines": "một tên <b>"})
    assert refused.status_code == 400
    assert "một tên &lt;b&gt;</textarea>" in refused.text
    visitor.send(f"{PAGE}/remove", PAGE, {"line": SHIPPED})
    assert name_lines(session).removed == (SHIPPED,)
    visitor.send(f"{PAGE}/restore", PAGE, {"line": SHIPPED})
    assert name_lines(session).removed == ()
