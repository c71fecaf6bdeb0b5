"""A column that takes the values of an enumeration, checked by the database itself."""

from enum import StrEnum

import sqlalchemy as sa


def choice(words: type[StrEnum], name: str) -> sa.Enum:
    """Return the type of a column that holds the values of `words`; `name` is its constraint's."""
    return sa.Enum(
        words,
        name=name,
        native_enum=False,  # a native type needs ALTER TYPE for each new word, and SQLite has none
        create_constraint=True,
        length=20,
        values_callable=lambda enumeration: [word.value for word in enumeration],
    )
