"""Where the product's own files lie: beside the package in a checkout, inside it once installed from a wheel."""

from pathlib import Path

PACKAGE = Path(__file__).parent.parent


def _folder(name: str) -> Path:
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def templates_folder() -> Path:
    """Return the folder of the Jinja templates."""
    return _folder("templates")


def migrations_folder() -> Path:
    """Return the folder of the Alembic migrations."""
    return _folder("migrations")
