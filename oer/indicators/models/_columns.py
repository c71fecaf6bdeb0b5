"""Column types of this feature."""

from decimal import Decimal
from typing import Any

import sqlalchemy as sa


class Exact(sa.types.TypeDecorator[Decimal]):
    """A decimal number, kept as the text that it was given as: SQLite has no exact numbers of its own."""

    impl = sa.String(40)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        """Write without an exponent."""
        return None if value is None else f"{value:f}"

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Decimal | None:  # noqa: ARG002
        """Read what was written."""
        return None if value is None else Decimal(value)
