"""The tables of indicators."""

from oer.indicators.computation.formulas import FigureState
from oer.indicators.models.figures import BuildState, ComputedFigure, ReportBuild, ReportFile
from oer.indicators.models.references import LearningEvent, ReferenceTable, ReferenceValue, SeriesPoint
from oer.indicators.models.rounds import (
    Assignment,
    Evidence,
    Observation,
    ObservationChange,
    ReportState,
    ReportText,
    Round,
    RoundSet,
    UnitReport,
)
from oer.indicators.models.sets import Answer, Indicator, IndicatorSet, SetKind, Target

__all__ = [
    "Answer",
    "Assignment",
    "BuildState",
    "ComputedFigure",
    "Evidence",
    "FigureState",
    "Indicator",
    "IndicatorSet",
    "LearningEvent",
    "Observation",
    "ObservationChange",
    "ReferenceTable",
    "ReferenceValue",
    "ReportBuild",
    "ReportFile",
    "ReportState",
    "ReportText",
    "Round",
    "RoundSet",
    "SeriesPoint",
    "SetKind",
    "Target",
    "UnitReport",
]
