"""The pages of indicators."""

from oer.indicators.views import (
    builds,
    dashboard,
    entering,
    evidence,
    figures,
    files,
    public,
    reporting,
    reviewing,
    rounds,
    sets,
    tables,
)
from oer.indicators.views.blueprint import blueprint

__all__ = [
    "blueprint",
    "builds",
    "dashboard",
    "entering",
    "evidence",
    "figures",
    "files",
    "public",
    "reporting",
    "reviewing",
    "rounds",
    "sets",
    "tables",
]
