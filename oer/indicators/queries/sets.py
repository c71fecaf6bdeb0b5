"""Indicator sets, their lines, targets and corrections."""

from collections import Counter
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from oer.accounts.models import Unit
from oer.core.audit import AuditRecord
from oer.core.errors import Invalid, NotFound
from oer.core.i18n import N_
from oer.indicators.models.sets import VERIFICATION_ORDER, Indicator, IndicatorSet, SetKind, Target
from oer.indicators.set_files.documents import LineDocument, SetDocument, TargetDocument

NO_SET = N_("There is no indicator set with this code.")
NO_UNIT = N_("There is no unit with this code.")
NO_INDICATOR = N_("There is no indicator with this code in the set.")


def current_sets(
    session: Session, kinds: Iterable[SetKind] = tuple(SetKind), *, with_lines: bool = False
) -> list[IndicatorSet]:
    """Return the newest version of every set of these kinds, in the order in which they were loaded.

    `with_lines`: their lines are read with them, in one more statement.
    """
    query = sa.select(IndicatorSet).where(IndicatorSet.superseded_at.is_(None), IndicatorSet.kind.in_(list(kinds)))
    if with_lines:
        query = query.options(selectinload(IndicatorSet.indicators))
    return list(session.scalars(query.order_by(IndicatorSet.position, IndicatorSet.id)))


def find_set(session: Session, code: str, version: int | None = None) -> IndicatorSet:
    """Return a version of a set with its lines and targets, by default the current version. Raises NotFound."""
    query = sa.select(IndicatorSet).where(IndicatorSet.code == code)
    query = (
        query.where(IndicatorSet.version == version) if version else query.where(IndicatorSet.superseded_at.is_(None))
    )
    found = session.scalar(query.options(selectinload(IndicatorSet.indicators).selectinload(Indicator.targets)))
    if found is None:
        raise NotFound(NO_SET)
    return found


def versions_of(session: Session, code: str) -> list[IndicatorSet]:
    """Return every version of a set, the newest first."""
    return list(
        session.scalars(sa.select(IndicatorSet).where(IndicatorSet.code == code).order_by(IndicatorSet.version.desc()))
    )


def find_indicator(session: Session, set_code: str, code: str) -> Indicator:
    """Return a line of the current version of a set. Raises NotFound."""
    query = (
        sa.select(Indicator)
        .join(Indicator.of_set)
        .where(IndicatorSet.code == set_code, IndicatorSet.superseded_at.is_(None), Indicator.code == code)
        .options(selectinload(Indicator.targets))
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound(NO_INDICATOR)
    return found


def indicators_of(session: Session, set_ids: Iterable[int]) -> list[Indicator]:
    """Return the lines of these sets, in order."""
    query = (
        sa.select(Indicator)
        .join(Indicator.of_set)
        .where(Indicator.set_id.in_(list(set_ids)))
        .order_by(IndicatorSet.position, IndicatorSet.id, Indicator.position)
    )
    return list(session.scalars(query))


def verification_counts(indicators: Sequence[Indicator]) -> dict[str, int]:
    """Return how many lines have each verification word, from best to worst."""
    counts = Counter(each.least_verified for each in indicators)
    return {word: counts[word] for word in VERIFICATION_ORDER if counts[word]}


def set_document(found: IndicatorSet) -> SetDocument:
    """Return a set as a document, including corrections and the targets added for the whole city."""
    return SetDocument(
        found.code, dict(found.name), found.kind.value, found.level, found.in_force, found.licence, found.note,
        found.valid_from, found.valid_to, dict(found.facts), [_line_document(each) for each in found.indicators],
    )  # fmt: skip


def _line_document(line: Indicator) -> LineDocument:
    columns = {
        name: getattr(line, name) for name in LineDocument.__dataclass_fields__ if name not in {"targets", "answer"}
    }
    targets = [_target_document(each) for each in line.targets if each.unit_id is None]
    return LineDocument(**columns, answer=line.answer.value, targets=targets)


def _target_document(target: Target) -> TargetDocument:
    return TargetDocument(target.year, target.grade, target.value, target.text)


def find_target_unit(session: Session, code: str) -> Unit:
    """Return the unit with this code. Raises Invalid at the field `unit`."""
    found = session.scalar(sa.select(Unit).where(Unit.code == code))
    if found is None:
        raise Invalid(NO_UNIT, field="unit")
    return found


def units_of_targets(session: Session, indicator: Indicator) -> dict[int, Unit]:
    """Return the units that have their own targets for a line, by id."""
    numbers = {each.unit_id for each in indicator.targets if each.unit_id is not None}
    return {each.id: each for each in session.scalars(sa.select(Unit).where(Unit.id.in_(numbers)))}


def corrections_of(session: Session, indicator_id: int) -> list[AuditRecord]:
    """Return the corrections of a line, the latest first."""
    query = sa.select(AuditRecord).where(
        AuditRecord.subject_type == "indicator",
        AuditRecord.subject_id == str(indicator_id),
        AuditRecord.action == "indicator.corrected",
    )
    return list(session.scalars(query.order_by(AuditRecord.id.desc())))
