"""Everybody meets at every address what its rule says, whatever state the object is in; every route has a rule."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import wraps
from itertools import product
from typing import Any

import pytest
from flask import Flask, make_response, request
from flask import session as flask_session
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session

from oer.app import build_app
from oer.core.installation import Installation
from oer.indicators.computation.services import keep_figures_current
from oer.web.context import SAFE_METHODS, db
from tests.indicators.factories import load_all
from tests.indicators.totals import add_catalogue, add_people, add_use
from tests.web.access_rules import FORBIDDEN, GONE, IN, PEOPLE, RULES, SIGN_IN, UNKNOWN, Outcome
from tests.web.access_world import SECRETS, World, make_world

BY_STATUS = {401: SIGN_IN, 403: FORBIDDEN, 404: UNKNOWN, 410: GONE}
EXPIRED = "This form has expired"
NEEDED = "{}: no rule says who gets in. Add it to RULES in tests/web/access_rules.py, beside the rule that it follows."
# To whom each secret may be shown.
MAY_READ = {
    SECRETS["draft"]: {"owner", "admin"},
    SECRETS["submitted"]: {"owner", "admin", "reviewer"},
    SECRETS["collection"]: {"owner", "admin", "colleague"},
}


def missing_rules(app: Flask) -> list[str]:
    return sorted({NEEDED.format(rule.endpoint) for rule in app.url_map.iter_rules() if rule.endpoint not in RULES})


def undone(view: Callable[..., Any]) -> Callable[..., Any]:
    """The view, which leaves the database as it was: the next visitor is to meet the same objects."""

    @wraps(view)
    def call(**values: Any) -> Any:
        if request.method in SAFE_METHODS:
            return view(**values)
        session = db()
        session.commit = session.flush  # type: ignore[method-assign]
        response = make_response(view(**values))
        session.rollback()
        return response

    return call


class Visitors:
    """A browser of each kind of person."""

    def __init__(self, app: Flask, world: World) -> None:
        self.client = app.test_client(use_cookies=False)
        self.sent = {person: self._cookie(app, world.tokens.get(person)) for person in PEOPLE}

    @staticmethod
    def _cookie(app: Flask, sign_in: str | None) -> dict[str, str]:
        client = app.test_client()
        with app.test_request_context(), client.session_transaction() as cookie:
            token = generate_csrf()
            cookie["csrf_token"] = flask_session["csrf_token"]
            if sign_in is not None:
                cookie["_user_id"], cookie["_fresh"] = sign_in, True
        name = app.config["SESSION_COOKIE_NAME"]
        value = client.get_cookie(name, path=app.config["SESSION_COOKIE_PATH"] or "/")
        assert value is not None
        return {"Cookie": f"{name}={value.value}", "X-CSRFToken": token}

    def meet(self, person: str, method: str, address: str, form: Mapping[str, Any]) -> tuple[Outcome, str]:
        """Give what somebody meets, and the text that they are shown."""
        headers = self.sent[person] | {"Accept-Language": "en"}
        if person == "anonymous" and method in SAFE_METHODS:
            del headers["Cookie"]  # so that pages that are kept for everybody are among those that are tried
        data = None if method in SAFE_METHODS else {**form, "csrf_token": headers["X-CSRFToken"]}
        with self.client.open(address, method=method, headers=headers, data=data) as answer:
            text = answer.get_data().decode("utf-8", "replace")
            where = answer.headers.get("Location", "")
        assert answer.status_code < 500 or address.endswith("/readyz"), f"{method} {address}: {answer.status_code}"
        assert EXPIRED not in text, f"{method} {address}: the token was refused, which says nothing about access"
        if where.startswith("/en/sign-in?next="):
            return SIGN_IN, text
        return BY_STATUS.get(answer.status_code, IN), text


@dataclass(frozen=True)
class Visit:
    """One place to try: a route with a method, and an object in a state."""

    endpoint: str
    method: str
    state: str
    address: str
    form: Mapping[str, Any]


def all_visits(app: Flask, world: World) -> list[Visit]:
    adapter = app.url_map.bind("localhost")
    return [
        Visit(
            rule.endpoint,
            method,
            state,
            adapter.build(rule.endpoint, world.values(rule, state), method=method),
            world.forms.get(f"{rule.endpoint} {state}") or world.forms.get(rule.endpoint, {}),
        )
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        for state in RULES[rule.endpoint].states
    ]


@pytest.fixture
def visited(installation: Installation, session: Session) -> tuple[Visitors, list[Visit]]:
    load_all(session)
    for add in (add_people, add_use, add_catalogue):
        add(session)
    session.commit()
    keep_figures_current(installation.database, date(2026, 4, 15))
    world = make_world(installation, session)
    app = build_app(installation)
    assert missing_rules(app) == []
    app.view_functions = {name: undone(view) for name, view in app.view_functions.items()}
    visits = all_visits(app, world)
    session.commit()  # nothing of it may hold the database from here on
    return Visitors(app, world), visits


def test_every_address_lets_in_whom_its_rule_names(visited: tuple[Visitors, list[Visit]]) -> None:
    visitors, visits = visited
    faults = []
    for visit, person in product(visits, PEOPLE):
        expected = RULES[visit.endpoint].says(person, visit.state)
        met, text = visitors.meet(person, visit.method, f"/en{visit.address}", visit.form)
        where = f"{person} at {visit.method} {visit.endpoint} ({visit.state})"
        if met is not expected:
            faults.append(f"{where}: {met}, and the rule says {expected}")
        faults += [
            f"{where} reads {secret}" for secret, may in MAY_READ.items() if secret in text and person not in may
        ]
    assert not faults, f"{len(faults)} of {len(visits) * len(PEOPLE)}:\n" + "\n".join(faults)


def test_a_route_without_a_rule_is_named_and_how_to_add_one_is_said(fresh_app: Flask) -> None:
    fresh_app.add_url_rule("/novelties", "pages.novelties", lambda: "")
    assert missing_rules(fresh_app) == [NEEDED.format("pages.novelties")]


def test_no_rule_is_left_of_a_route_that_is_gone(fresh_app: Flask) -> None:
    assert set(RULES) == {rule.endpoint for rule in fresh_app.url_map.iter_rules()}
