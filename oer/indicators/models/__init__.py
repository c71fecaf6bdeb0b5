"""The tables of indicators."""

from oer.indicators.formulas import FigureState
from oer.indicators.models.figures import BuildState, ComputedFigure, ReportBuild, ReportFile
from oer.indicators.models.observations import Evidence, Observation, ObservationChange
from oer.indicators.models.references import LearningEvent, ReferenceTable, ReferenceValue, SeriesPoint
from oer.indicators.models.rounds import Duty, ReportState, ReportText, Round, RoundSet, UnitReport
from oer.indicators.models.sets import Answer, Indicator, IndicatorSet, SetKind, Target

__all__ = [
    "Answer",
    "BuildState",
    "ComputedFigure",
    "Duty",
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
