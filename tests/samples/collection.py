"""The sample collection as the tests read it."""

import json
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parents[2] / "oer" / "samples"
FILES = SAMPLES / "files"


def materials() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SAMPLES / "collection.jsonl").read_text("utf-8").splitlines()]


def names(material: dict[str, Any]) -> list[str]:
    return [each if isinstance(each, str) else each["name"] for each in material["files"]]


def role(name: str, material: dict[str, Any]) -> str:
    for each in material["files"]:
        if isinstance(each, dict) and each["name"] == name:
            return str(each.get("role", "content"))
    return "content"


def with_ending(*endings: str) -> list[Path]:
    return sorted(path for path in FILES.iterdir() if path.suffix in endings)
