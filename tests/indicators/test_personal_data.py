from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core import personal_data
from oer.indicators.models.rounds import Evidence, Observation, ObservationChange
from oer.indicators.personal_data import COLUMNS
from oer.indicators.services.entry import Entry, add_evidence, save_entry
from oer.indicators.services.reports import submit
from tests.catalogue.factories import make_blob
from tests.indicators.factories import lines, make_reporter, make_round, report_of, ward


def test_what_a_reporter_did_is_exported_and_unlinked_and_the_values_stay(city: Session) -> None:
    person, line = make_reporter(city, ward(city)), lines(city, "387.1")[0]
    report = report_of(city, make_round(city, indicators=[line]))
    add_evidence(city, report, line, make_blob(city), "bang.pdf", person.id)
    save_entry(city, report, line, Entry(value=Decimal(70)), revision=1, actor_id=person.id)
    save_entry(
        city,
        report,
        line,
        Entry(value=Decimal(71), numerator=Decimal(71), denominator=Decimal(100)),
        revision=2,
        actor_id=person.id,
    )
    submit(city, report, person.id)
    told = personal_data.export_person(city, person.id)["indicators"]
    assert [each["indicator"] for each in told["values"]] == ["387.1"]
    assert [each["name"] for each in told["evidence"]] == ["bang.pdf"]
    keeper = next(each for each in personal_data.keepers() if each.name == "indicators")
    keeper.erase(city, person.id)
    assert city.scalars(sa.select(Observation)).one().value == 71
    for column in COLUMNS:
        assert city.scalar(sa.select(sa.func.count()).where(column == person.id)) == 0
    assert city.scalar(sa.select(sa.func.count(ObservationChange.id))) == 2
    assert city.scalar(sa.select(sa.func.count(Evidence.id))) == 1
    assert keeper.export(city, person.id) == {"values": [], "evidence": [], "comments": []}
