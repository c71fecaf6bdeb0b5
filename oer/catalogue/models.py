"""Tables of the catalogue.

A material is what a citizen finds; it points to its published version. A version holds the metadata as one document
(`record`, in the shape of `schemas`), which is the truth; its terms and contributors stand in rows of their own only
so that the database can be asked for them. Published versions never change.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from oer.catalogue.fields import FIELDS
from oer.core.clock import now
from oer.core.db import Base, JsonValue, enum_type
from oer.core.errors import Conflict, Invalid
from oer.core.i18n import N_
from oer.core.ids import new_public_id

RELATED = "related"
MAX_FILES = 500
TOO_MANY_FILES = N_("A material has %(most)s files at most.")
_BEING_REVIEWED = N_("This material is being reviewed. Take it back first to change it.")
_NO_DRAFT = N_("There is no draft of this material. Begin a new version to change it.")
_NO_CONTENT = N_("Add a file, or the web address of the material.")
_ONLY_BESIDE = N_("Say which file is the content, or add one: captions, transcripts and covers only go with it.")


class VersionState(StrEnum):
    """Where a version stands in its life. `superseded`: it was published, and a newer version replaced it."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"


OPEN_STATES = (VersionState.DRAFT, VersionState.IN_REVIEW)


class FileRole(StrEnum):
    """What a file of a version is for."""

    CONTENT = "content"
    COVER = "cover"
    CAPTIONS = "captions"
    TRANSCRIPT = "transcript"


class Material(Base):
    """What a citizen finds. A `public_id` is never reused; `identifier` is the importer's, unique for each owner."""

    __tablename__ = "material"
    __table_args__ = (
        UniqueConstraint("owner_id", "identifier"),
        # What is public, by its version: counted and joined without reading the rows themselves.
        Index(
            "ix_material_public",
            "current_version_id",
            sqlite_where=text("current_version_id IS NOT NULL AND withdrawn_at IS NULL"),
            postgresql_where=text("current_version_id IS NOT NULL AND withdrawn_at IS NULL"),
        ),
        # Withdrawn materials only: with a whole index SQLite would scan it for all that are not withdrawn.
        Index(
            "ix_material_withdrawn_at",
            "withdrawn_at",
            sqlite_where=text("withdrawn_at IS NOT NULL"),
            postgresql_where=text("withdrawn_at IS NOT NULL"),
        ),
        # In the order in which harvesters ask, a page at a time.
        Index("ix_material_changed_at", "changed_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    identifier: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    first_published_at: Mapped[datetime | None] = mapped_column(index=True)
    published_at: Mapped[datetime | None] = mapped_column(index=True)
    # When what everybody sees of it last changed: published, withdrawn, restored, put into a collection.
    changed_at: Mapped[datetime | None]
    current_version_id: Mapped[int | None] = mapped_column(
        ForeignKey("version.id", use_alter=True, name="fk_material_current_version_id_version"), index=True
    )
    # Incremented by every write that changes what search or a page shows of the material.
    revision: Mapped[int] = mapped_column(default=1)
    page_revision: Mapped[int] = mapped_column(default=1)
    # The highest number that a file of it ever had, in whatever version: none is given twice.
    last_file_number: Mapped[int] = mapped_column(default=0)
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None]
    withdrawal_category: Mapped[str | None]
    withdrawal_reason: Mapped[str | None]
    withdrawal_asked_at: Mapped[datetime | None]
    withdrawal_asked_reason: Mapped[str | None]
    link_broken_at: Mapped[datetime | None]

    versions: Mapped[list["Version"]] = relationship(
        back_populates="material",
        foreign_keys="Version.material_id",
        order_by="Version.number",
        cascade="all, delete-orphan",
    )
    current_version: Mapped["Version | None"] = relationship(foreign_keys=[current_version_id], post_update=True)
    places: Mapped[list["CollectionItem"]] = relationship(viewonly=True)

    @property
    def is_public(self) -> bool:
        """Whether everybody may see it: published, and not withdrawn."""
        return self.current_version_id is not None and self.withdrawn_at is None

    @property
    def newest_version(self) -> "Version":
        """The version with the highest number: what its owner works on, or worked on last."""
        return self.versions[-1]

    @property
    def open_version(self) -> "Version | None":
        """The version that is being written or reviewed, None if there is none."""
        return next((version for version in self.versions if version.is_open), None)

    @property
    def version_to_decide(self) -> "Version | None":
        """The version that waits for a decision, else the one that is or was public."""
        waiting = self.open_version
        return waiting if waiting is not None and waiting.is_in_review else self.current_version

    @property
    def draft(self) -> "Version":
        """The version that may be changed. Raises Conflict where there is none, or while it is being reviewed."""
        version = self.open_version
        if version is None:
            raise Conflict(_NO_DRAFT, code="not_a_draft")
        if not version.is_draft:
            raise Conflict(_BEING_REVIEWED, code="in_review")
        return version

    def new_file_number(self) -> int:
        """Return a number that no file of this material ever had."""
        self.last_file_number = (self.last_file_number or 0) + 1  # it has no default yet before it is flushed
        return self.last_file_number

    def begin_version(self, account_id: int) -> "Version":
        """Add a draft, without metadata and files, as the newest version, and return it."""
        number = max((version.number for version in self.versions), default=0) + 1
        version = Version(number=number, state=VersionState.DRAFT, record={}, created_by_id=account_id)
        self.versions.append(version)
        return version


class Version(Base):
    """One version of a material: its metadata and its files."""

    __tablename__ = "version"
    # A material has at most one open version: two people who begin a new version at once get the same one.
    __table_args__ = (
        UniqueConstraint("material_id", "number"),
        Index(
            "ix_version_open",
            "material_id",
            unique=True,
            sqlite_where=text("state IN ('draft', 'in_review')"),
            postgresql_where=text("state IN ('draft', 'in_review')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    material_id: Mapped[int] = mapped_column(ForeignKey("material.id", ondelete="CASCADE"), index=True)
    number: Mapped[int] = mapped_column(default=1)
    state: Mapped[VersionState] = mapped_column(
        enum_type(VersionState, "state"), default=VersionState.DRAFT, index=True
    )
    record: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # The questions of its self-check, in the text of `learning.self_checks`; "" for none.
    self_check: Mapped[str] = mapped_column(default="", server_default="")
    created_by_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    submitted_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]
    reviewed_by_id: Mapped[int | None]
    return_reason: Mapped[str | None]
    # What its reviewer could tick when it was published: {"code", "label", "checked"} each; None: nobody was asked.
    review_points: Mapped[list[Any] | None]
    # Of a superseded version: since when it is closed to readers.
    closed_at: Mapped[datetime | None]

    material: Mapped[Material] = relationship(back_populates="versions", foreign_keys=[material_id])
    files: Mapped[list["VersionFile"]] = relationship(
        back_populates="version", order_by="VersionFile.position", cascade="all, delete-orphan"
    )
    # Written by `services.drafts.write_rows` with plain statements: an import writes a dozen rows for each line.
    terms: Mapped[list["VersionTerm"]] = relationship(viewonly=True, order_by="VersionTerm.position")
    contributors: Mapped[list["Contributor"]] = relationship(viewonly=True, order_by="Contributor.position")

    @property
    def working_title(self) -> str:
        """What a draft without a title goes by: the name of its first file, else its address elsewhere; "" for none."""
        if self.files:
            name = self.files[0].name
            return (name.rpartition(".")[0] or name).replace("_", " ").replace("-", " ").strip()
        return str(self.record.get("source_url", "")).partition("://")[2].rstrip("/")

    @property
    def is_draft(self) -> bool:
        """Whether it may be changed."""
        return self.state == VersionState.DRAFT

    @property
    def is_in_review(self) -> bool:
        """Whether it waits for a reviewer's decision."""
        return self.state == VersionState.IN_REVIEW

    @property
    def is_open(self) -> bool:
        """Whether it is being written or reviewed."""
        return self.state in OPEN_STATES

    @property
    def is_kept_public(self) -> bool:
        """Whether it was published and replaced, and may still be read as long as the material is public."""
        return self.state == VersionState.SUPERSEDED and self.closed_at is None

    @property
    def missing_to_publish(self) -> list[str]:
        """The fields that a published material must have and this record lacks."""
        return [field.name for field in FIELDS if field.needed_to_publish and not field.of(self.record)]

    @property
    def has_content(self) -> bool:
        """Whether there is something to read: a file that is the content, or an address elsewhere."""
        return bool(self.record.get("source_url")) or any(file.role == FileRole.CONTENT for file in self.files)

    @property
    def missing_to_submit(self) -> list[Invalid]:
        """What a person still has to add before a review, each with its field; `files` stands for any content."""
        content = [] if self.has_content else [Invalid(_ONLY_BESIDE if self.files else _NO_CONTENT, field="files")]
        fields = [field for field in FIELDS if field.missing and not field.of(self.record)]
        return [*content, *(Invalid(field.missing, field=field.name) for field in fields)]


class VersionFile(Base):
    """A file of a version: its number and title, the name under which it is saved, its role, the blob with its bytes.

    `number` is in its address: it stays through all versions of the material, also when the file is replaced.
    """

    __tablename__ = "version_file"
    __table_args__ = (
        UniqueConstraint("version_id", "position"),
        Index("ix_version_file_number", "version_id", "number", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    number: Mapped[int]
    name: Mapped[str]
    title: Mapped[dict[str, str]] = mapped_column(default=dict)
    description: Mapped[dict[str, str]] = mapped_column(default=dict)
    role: Mapped[FileRole] = mapped_column(enum_type(FileRole, "role"), default=FileRole.CONTENT)
    language: Mapped[str | None]
    blob_sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"), index=True)

    version: Mapped[Version] = relationship(back_populates="files")


class VersionTerm(Base):
    """A code of a version's record, by scheme: the `term_scheme` of a field, "format", or RELATED.

    The parents of a code in its vocabulary have rows too, so that a subject includes the subjects below it. Rows of the
    scheme RELATED name the materials here that the record relates to: relations are read from both ends.
    """

    __tablename__ = "version_term"
    # With the version, so that the materials of a term are counted from the index alone.
    __table_args__ = (Index("ix_version_term_scheme_code_version_id", "scheme", "code", "version_id"),)

    version_id: Mapped[int] = mapped_column(ForeignKey("version.id", ondelete="CASCADE"), primary_key=True)
    scheme: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(default=0)


class Contributor(Base):
    """A creator named in a version's record.

    `key` is the name in one form, by which people are told apart; "" for a name of signs alone, who is nobody.
    `folded` is the name as it is searched for, without marks; `sort_key` its place in the alphabet.
    """

    __tablename__ = "contributor"

    version_id: Mapped[int] = mapped_column(ForeignKey("version.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    key: Mapped[str] = mapped_column(index=True)
    folded: Mapped[str] = mapped_column(index=True)
    # Bytes, because their order does not depend on a database's locale.
    sort_key: Mapped[bytes] = mapped_column(index=True)
    role: Mapped[str]
    affiliation: Mapped[str | None]
    orcid: Mapped[str | None]


class Collection(Base):
    """An ordered set of materials, such as a course or a learning path; it may have parts."""

    __tablename__ = "collection"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_public_id)
    identifier: Mapped[str | None] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(default="course")
    title: Mapped[dict[str, str]] = mapped_column(default=dict)
    summary: Mapped[dict[str, str]] = mapped_column(default=dict)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    published_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    page_revision: Mapped[int] = mapped_column(default=1)

    parts: Mapped[list["CollectionPart"]] = relationship(
        order_by="CollectionPart.position", cascade="all, delete-orphan"
    )
    items: Mapped[list["CollectionItem"]] = relationship(
        order_by="CollectionItem.position", cascade="all, delete-orphan"
    )

    @property
    def is_public(self) -> bool:
        """Whether everybody may see it."""
        return self.published_at is not None

    @property
    def seen_parts(self) -> dict[str, Any]:
        """What its form shows, for `oer.core.seen`."""
        return {"title": self.title, "summary": self.summary, "kind": self.kind}


class CollectionPart(Base):
    """A part of a collection. Parts are not nested."""

    __tablename__ = "collection_part"

    id: Mapped[int] = mapped_column(primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("collection.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    title: Mapped[dict[str, str]] = mapped_column(default=dict)


class CollectionItem(Base):
    """A material's place in a collection: in a part, or before all parts. Notes stand among them, by `position`."""

    __tablename__ = "collection_item"
    __table_args__ = (UniqueConstraint("collection_id", "material_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("collection.id", ondelete="CASCADE"), index=True)
    part_id: Mapped[int | None] = mapped_column(ForeignKey("collection_part.id", ondelete="SET NULL"))
    material_id: Mapped[int] = mapped_column(ForeignKey("material.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]

    material: Mapped[Material] = relationship()


class IndexState(Base):
    """Which state of a material the search index has. It lags behind the database until the next put."""

    __tablename__ = "index_state"

    material_id: Mapped[int] = mapped_column(ForeignKey("material.id", ondelete="CASCADE"), primary_key=True)
    # Made of everything that the document depends on: see `queries.indexing`.
    signature: Mapped[str]
    put_at: Mapped[datetime] = mapped_column(default=now)


class CatalogueState(Base):
    """One row: the revision of the home, browsing and collection pages, and the generation of the search index.

    An index of another generation than `index_generation` was written by another process, or by an indexer that died
    before it recorded what it did: its contents are compared with the database again.
    """

    __tablename__ = "catalogue_state"

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    page_revision: Mapped[int] = mapped_column(default=1)
    index_generation: Mapped[str] = mapped_column(default="")


class IdempotencyKey(Base):
    """The key of a form that was carried out, with its result: the same form sent again gets that result."""

    __tablename__ = "submitted_form"

    key: Mapped[str] = mapped_column(primary_key=True)
    result: Mapped[dict[str, Any]] = mapped_column(JsonValue, default=dict)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
