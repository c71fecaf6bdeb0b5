"""Which pages there are to be looked at, in an installation with the sample collection."""

from dataclasses import dataclass

import sqlalchemy as sa

from oer.catalogue.models import Collection, Material, VersionFile
from oer.core.installation import Installation


@dataclass(frozen=True)
class Site:
    """Where the pages are served, and the paths of all of them that need no account."""

    url: str
    paths: tuple[str, ...]
    readers: tuple[str, ...]
    material: str
    materials: tuple[str, ...]

    def at(self, path: str, language: str = "vi") -> str:
        return f"{self.url}{'' if language == 'vi' else '/' + language}{path}"


FIXED = (
    "/",
    "/subjects",
    "/subjects/bas",
    "/subjects/lan",
    "/audiences/homemakers",
    "/levels/xmc",
    "/collections",
    "/help",
    "/help/educators",
    "/privacy",
    "/about",
    "/display",
    "/shelf",
    "/search",
    "/search?q=an+toan",
    "/search?q=khongcogicaqxyz",
    "/need",
    "/need/thanks",
    "/statistics",
    "/indicators",
    "/points",
    "/events",
    "/sign-in",
    "/register",
    "/reset",
    "/no-such-page",
    "/units/oer",
    "/people",
    "/people/kho học liệu mở thành phố hồ chí minh",
)


def find_site(installation: Installation, url: str) -> Site:
    """Return the pages of an installation: the fixed ones, one of each kind of file, a material, a course."""
    with installation.database.reading() as session:
        rows = session.execute(
            sa.select(Material.public_id, VersionFile.number, VersionFile.name)
            .join(VersionFile, VersionFile.version_id == Material.current_version_id)
            .where(VersionFile.role == "content")
            .order_by(Material.id, VersionFile.position)
        ).all()
        courses = session.scalars(sa.select(Collection.public_id).order_by(Collection.id)).all()
    readers: dict[str, str] = {}
    for public_id, number, name in rows:
        readers.setdefault(name.rpartition(".")[2], f"/materials/{public_id}/files/{number}/read")
    materials = list(dict.fromkeys(public_id for public_id, _, _ in rows))
    book = next(public_id for public_id, _, name in rows if name.endswith(".pdf"))
    own = [f"/materials/{book}", f"/materials/{book}/share", f"/materials/{book}/report", f"/materials/{book}/voices"]
    own += [f"/materials/{public_id}" for public_id in materials[:3]]
    own += [f"/collections/{public_id}" for public_id in courses[:2]]
    paths = dict.fromkeys([*FIXED, *own, *readers.values()])
    all_of_them = tuple(f"/materials/{public_id}" for public_id in materials)
    return Site(url, tuple(paths), tuple(readers.values()), f"/materials/{book}", all_of_them)
