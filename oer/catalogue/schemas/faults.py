"""What is wrong with a record: every fault of it, each with the place that it is at."""

from collections.abc import Sequence

from oer.core.errors import Invalid


class InvalidRecord(Invalid):
    """A record that cannot be taken as it stands; `faults` are all that was found, each with its `field`."""

    code = "invalid_record"

    def __init__(self, faults: Sequence[Invalid]) -> None:
        first = faults[0]
        super().__init__(first.message, field=first.field, **first.values)
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return "; ".join(f"{fault.field}: {fault}" if fault.field else str(fault) for fault in self.faults)
