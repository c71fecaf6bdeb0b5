"""The given cases, and events as they have them."""

import json
from datetime import datetime, timedelta
from pathlib import Path

from oer.usage.robots import robot_policy

CASES = json.loads((Path(__file__).parent / "data" / "counter_cases.json").read_text("utf-8"))
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
NOON = datetime.fromisoformat("2026-03-10T12:00:00+07:00")

is_robot = robot_policy().is_robot


def event(seconds=0.0, *, item="A", kind="request", since=NOON, **fields):
    """An event so many seconds after `since`, by the visitor whose cookie is c1 unless the fields say otherwise."""
    path = f"/i/{item}/f/1.pdf" if kind == "request" else f"/i/{item}"
    given = {"t": (since + timedelta(seconds=seconds)).isoformat(), "kind": kind, "item": item, "ua": CHROME}
    return given | {"url": f"https://hoclieu.example{path}", "cookie": "c1"} | fields


def figures(tii, tir, uii, uir):
    """Counts as the cases write them."""
    return {"TII": tii, "TIR": tir, "UII": uii, "UIR": uir}
