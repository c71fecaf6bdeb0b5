from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.orm import Session

from oer.accounts.models import Unit
from oer.core.audit import AuditRecord
from oer.core.errors import Conflict, Invalid, NotFound
from oer.core.i18n import catalogue_of
from oer.core.installation import Installation
from oer.indicators.cli import commands
from oer.indicators.computation.models import SeriesPoint
from oer.indicators.labels import LEVEL_LABELS
from oer.indicators.models.sets import Indicator, IndicatorSet, SetKind, Target
from oer.indicators.queries import sets as queries
from oer.indicators.services import sets as services
from oer.indicators.services.sets import load_series
from oer.indicators.set_files.documents import LineDocument, SetDocument
from oer.indicators.set_files.files import shipped_sets
from oer.indicators.set_files.workbooks import read_workbook
from oer.indicators.set_files.yaml_files import read_yaml, write_yaml
from oer.vocabularies import vocabularies


@pytest.fixture
def loaded(session: Session) -> Session:
    services.load_sets(session, shipped_sets())
    return session


def test_the_city_has_168_places_113_wards_54_communes_and_a_special_zone() -> None:
    places = list(vocabularies().places)
    kinds = [place.facts["type"] for place in places]
    assert (len(places), kinds.count("phuong"), kinds.count("xa"), kinds.count("dac_khu")) == (168, 113, 54, 1)
    assert all(len(place.code) == 5 and place.code.isdecimal() for place in places)


def test_the_database_holds_3_areas_12_focus_areas_42_features_and_60_measures(loaded: Session) -> None:
    lines = queries.find_set(loaded, "UNESCO-KF").indicators
    assert [
        len({getattr(line, name) for line in lines}) for name in ("area_code", "group_code", "feature_code", "code")
    ] == [3, 12, 42, 60]


def test_loading_again_changes_nothing(loaded: Session) -> None:
    before = loaded.scalar(sa.select(sa.func.count(Indicator.id)))
    assert set(services.load_sets(loaded, shipped_sets()).values()) == {"unchanged"}
    assert loaded.scalar(sa.select(sa.func.count(Indicator.id))) == before


def test_a_set_that_differs_is_a_new_version_and_the_old_one_keeps_its_lines(loaded: Session) -> None:
    old = queries.find_set(loaded, "QD677")
    document = queries.set_document(old)
    changed = replace(document, valid_from=date(2027, 1, 1), lines=document.lines[:2])
    assert services.load_sets(loaded, [changed]) == {"QD677": "superseded"}
    new = queries.find_set(loaded, "QD677")
    assert (new.version, len(new.indicators), new.position) == (2, 2, old.position)
    assert (old.valid_to, len(old.indicators)) == (date(2026, 12, 31), 4)
    assert queries.find_set(loaded, "QD677", 1) is old
    assert [each.version for each in queries.versions_of(loaded, "QD677")] == [2, 1]
    assert old not in queries.current_sets(loaded)


def test_a_corrected_line_stays_corrected_when_the_files_are_loaded_again(loaded: Session) -> None:
    line = queries.find_indicator(loaded, "UNESCO-KF", "1.1.1.a")
    services.correct_line(loaded, line, {"unit": "percent"}, revision=1, actor_id=7)
    services.load_sets(loaded, shipped_sets())
    assert queries.find_indicator(loaded, "UNESCO-KF", "1.1.1.a").unit == "percent"


def test_a_correction_leaves_what_stood_there_before_in_the_audit_trail(loaded: Session) -> None:
    line = queries.find_indicator(loaded, "UNESCO-KF", "1.1.1.a")
    checked = {**line.verification, "measurement": "exact"}
    services.correct_line(loaded, line, {"verification": checked, "valid_to": date(2030, 1, 1)}, revision=1, actor_id=7)
    assert line.revision == 2
    deed = loaded.scalars(sa.select(AuditRecord).where(AuditRecord.action == "indicator.corrected")).one()
    assert (deed.actor_id, deed.subject_id) == (7, str(line.id))
    assert deed.details["changes"]["valid_to"] == [None, "2030-01-01"]
    assert deed.details["changes"]["verification"][0]["measurement"] == "unverified"


def test_a_correction_that_changes_nothing_is_none(loaded: Session) -> None:
    line = queries.find_indicator(loaded, "UNESCO-KF", "1.1.1.a")
    services.correct_line(loaded, line, {"unit": line.unit}, revision=1, actor_id=7)
    assert line.revision == 1


def test_two_admins_who_correct_the_same_line_notice_each_other(loaded: Session) -> None:
    line = queries.find_indicator(loaded, "UNESCO-KF", "1.1.1.a")
    services.correct_line(loaded, line, {"unit": "a"}, revision=1, actor_id=7)
    with pytest.raises(Conflict):
        services.correct_line(loaded, line, {"unit": "b"}, revision=1, actor_id=8)
    assert line.unit == "a"


@pytest.mark.parametrize("changes", [{"code": "9"}, {"wording": {"vi": "", "en": ""}}, {"wording": {}}])
def test_a_code_or_an_empty_wording_cannot_be_set(loaded: Session, changes: dict[str, object]) -> None:
    line = queries.find_indicator(loaded, "UNESCO-KF", "1.1.1.a")
    with pytest.raises(Invalid):
        services.correct_line(loaded, line, changes, revision=1, actor_id=7)


def test_the_learning_district_is_readable_and_not_enterable_after_june_2025(loaded: Session) -> None:
    line = queries.find_indicator(loaded, "QD1373", "1373.11")
    assert line.is_in_force(date(2025, 1, 1), date(2025, 6, 30))
    assert not line.is_in_force(date(2025, 1, 1), date(2025, 12, 31))
    assert not line.is_in_force(date(2025, 7, 1), date(2025, 12, 31))
    assert not line.is_in_force(date(2020, 1, 1), date(2020, 12, 31))
    year_2026 = date(2026, 1, 1), date(2026, 12, 31)
    assert sum(each.is_enterable(*year_2026) for each in queries.find_set(loaded, "QD1373").indicators) == 11


def test_computed_indicators_are_never_entered_by_hand(loaded: Session) -> None:
    lines = queries.find_set(loaded, "LC").indicators
    assert len(lines) == 20
    assert not any(each.is_enterable(date(2026, 1, 1), date(2026, 12, 31)) for each in lines)


def test_a_set_that_ends_takes_no_later_values(loaded: Session) -> None:
    found = services.end_set(loaded, "TT25-2023", date(2026, 6, 30), 7)
    assert not found.indicators[0].is_in_force(date(2026, 1, 1), date(2026, 12, 31))
    assert found.indicators[0].is_in_force(date(2026, 1, 1), date(2026, 6, 30))


def test_the_weakest_word_is_what_a_line_is_marked_by(loaded: Session) -> None:
    line = queries.find_indicator(loaded, "UNESCO-KF", "1.1.1.a")
    assert line.least_verified == "unverified"
    assert queries.verification_counts(queries.find_set(loaded, "UNESCO-KF").indicators) == {"unverified": 60}
    assert queries.verification_counts(queries.find_set(loaded, "QD387").indicators) == {"VERIFIED": 4, "PARTIAL": 4}


def test_a_set_comes_out_of_the_database_as_it_went_in(loaded: Session) -> None:
    for document in shipped_sets():
        assert queries.set_document(queries.find_set(loaded, document.code)) == document


def test_a_wards_own_target_stays_out_of_the_set_document(loaded: Session) -> None:
    unit = Unit(code="26506", name={"vi": "Phường"}, kind="ward", ward_code="26506")
    loaded.add(unit)
    loaded.flush()
    line = queries.find_indicator(loaded, "QD387", "387.1")
    line.targets.append(Target(year=2027, value=Decimal(75), unit_id=unit.id))
    loaded.flush()
    assert len(queries.set_document(queries.find_set(loaded, "QD387")).lines[0].targets) == 2


def test_sets_are_listed_by_kind(loaded: Session) -> None:
    assert [each.code for each in queries.current_sets(loaded, [SetKind.UNESCO])] == ["UNESCO-KF"]
    assert len(queries.current_sets(loaded)) == 10


def test_what_is_not_there_is_not_found(loaded: Session) -> None:
    with pytest.raises(NotFound):
        queries.find_set(loaded, "NONE")
    with pytest.raises(NotFound):
        queries.find_indicator(loaded, "UNESCO-KF", "9.9.9")


def test_series_that_do_not_agree_are_kept_apart_and_say_so(loaded: Session) -> None:
    assert load_series(loaded) == 6
    assert load_series(loaded) == 0
    line = queries.find_indicator(loaded, "QD387", "387.1")
    points = loaded.scalars(sa.select(SeriesPoint).where(SeriesPoint.indicator_id == line.id)).all()
    assert {(each.series, each.value, each.count) for each in points} == {
        ("hanoimoi-2024-11", Decimal("71.28"), Decimal(1505684)),
        ("sggp-2024-03", Decimal(80), Decimal(1600000)),
    }
    assert all("never chart them as one" in each.caution for each in points)


def test_the_command_loads_once_and_writes_out(installation: Installation, tmp_path: Path) -> None:
    run = CliRunner()
    first = run.invoke(commands, ["load"], obj=lambda: installation)
    assert first.exit_code == 0, first.output
    assert "UNESCO-KF: created" in first.output
    assert "6 points" in first.output
    assert "UNESCO-KF: unchanged" in run.invoke(commands, ["load"], obj=lambda: installation).output
    for name, read in [("set.yaml", read_yaml), ("set.xlsx", read_workbook)]:
        assert run.invoke(commands, ["export", "QD677", str(tmp_path / name)], obj=lambda: installation).exit_code == 0
        assert len(read((tmp_path / name).read_bytes())[0].lines) == 4


def test_the_command_names_what_is_wrong_with_a_file(installation: Installation, tmp_path: Path) -> None:
    path = tmp_path / "set.yaml"
    path.write_text(
        write_yaml(SetDocument("X", {"vi": "Bộ"}, lines=[LineDocument("1", {"vi": "a"})])) + "colour: red\n"
    )
    result = CliRunner().invoke(commands, ["load", str(path)], obj=lambda: installation)
    assert result.exit_code == 1
    assert "colour" in result.output
    with installation.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count(IndicatorSet.id))) == 0


def test_what_the_files_say_of_a_set_is_shown_in_vietnamese() -> None:
    known = catalogue_of("vi")
    for document in shipped_sets():
        said = (document.in_force, document.licence, document.note)
        assert [text for text in said if text and text not in known] == [], document.code
        assert not document.level or document.level in LEVEL_LABELS, document.code
