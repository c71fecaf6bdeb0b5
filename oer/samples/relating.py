"""What builds on what in the sample collection: by identifier in the file, by id once materials are there."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

Line = dict[str, Any]
Relation = Mapping[str, str]


def dependency_batches(lines: Iterable[Line], relations: Collection[Relation]) -> Iterator[list[Line]]:
    """Groups lines so that whatever a material relates to is in a group before its own.

    Raises ValueError where materials relate to each other in a ring, or to one that is not there.
    """
    waiting = {line["identifier"]: line for line in lines}
    while waiting:
        held = {each["from"] for each in relations if each["to"] in waiting}
        wave = [line for identifier, line in waiting.items() if identifier not in held]
        if not wave:
            raise ValueError(f"related in a ring: {', '.join(waiting)}")
        yield wave
        waiting = {identifier: line for identifier, line in waiting.items() if identifier in held}


def with_relations(line: Line, relations: Collection[Relation], ids: Mapping[str, str]) -> Line:
    """A line whose metadata name what it relates to by the ids that those materials have. Raises KeyError."""
    own = [
        {"type": each["type"], "target": ids[each["to"]]} for each in relations if each["from"] == line["identifier"]
    ]
    return {**line, "metadata": {**line["metadata"], "relations": own}} if own else line
