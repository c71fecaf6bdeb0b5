"""What is catalogued and near to a draft: in its bytes, in its text, in what it is about."""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from oer.catalogue.models import OPEN_STATES, FileRole, Material, Version, VersionFile
from oer.files.likeness import NEARLY_SAME, Sketch
from oer.files.models import TextSketch, TextSketchKey

_MOST_SAME = 10
_MOST_CANDIDATES = 30
_FRESH_SECONDS = 300.0


class SameContent(NamedTuple):
    """Another material with a file that has the same bytes (`likeness` 1) or nearly the same text.

    `is_public`: else it is an own draft or submission.
    """

    name: str
    public_id: str
    title: dict[str, str] | None
    is_public: bool
    likeness: float = 1.0


def _is_public() -> sa.ColumnElement[bool]:
    return sa.and_(Material.current_version_id == Version.id, Material.withdrawn_at.is_(None))


def _may_be_told_of(version: Version) -> sa.ColumnElement[bool]:
    """Public materials, and what the same owner has not published yet: other people's drafts are not told of."""
    is_own = sa.and_(Material.owner_id == version.material.owner_id, Version.state.in_(OPEN_STATES))
    return sa.and_(Material.id != version.material_id, sa.or_(_is_public(), is_own))


def same_content(session: Session, version: Version) -> list[SameContent]:
    """Return the first other materials with a content file of the bytes of one of a version's, or nearly of its text.

    What has the same bytes comes first, then what is most alike.
    """
    here, there = aliased(VersionFile), aliased(VersionFile)
    query = (
        sa.select(here.name, Material.public_id, Version.record["title"], sa.case((_is_public(), True), else_=False))
        .join(there, there.blob_sha256 == here.blob_sha256)
        .join(Version, Version.id == there.version_id)
        .join(Material, Material.id == Version.material_id)
        .where(here.version_id == version.id, here.role == FileRole.CONTENT, there.role == FileRole.CONTENT)
        .where(_may_be_told_of(version))
        .order_by(here.position, Material.id)
        .limit(_MOST_SAME)
    )
    found = [SameContent(*row) for row in session.execute(query)]
    known = {each.public_id for each in found}
    return [*found, *(each for each in _same_text(session, version) if each.public_id not in known)][:_MOST_SAME]


def _same_text(session: Session, version: Version) -> list[SameContent]:
    own = {file.blob_sha256: file.name for file in version.files if file.role == FileRole.CONTENT}
    shared = _sharing_keys(session, own)
    sketches = _sketches(session, {*own, *(sha256 for near in shared.values() for sha256 in near)})
    likeness: dict[str, tuple[float, str]] = {}
    for mine, others in shared.items():
        for other in others:
            alike = sketches[mine].likeness(sketches[other])
            if alike >= max(NEARLY_SAME, likeness.get(other, (0.0, ""))[0]):
                likeness[other] = (alike, own[mine])
    if not likeness:
        return []
    query = (
        sa.select(
            *(VersionFile.blob_sha256, Material.public_id, Version.record["title"]),
            sa.case((_is_public(), True), else_=False),
        )
        .join(Version, Version.id == VersionFile.version_id)
        .join(Material, Material.id == Version.material_id)
        .where(VersionFile.blob_sha256.in_(likeness), VersionFile.role == FileRole.CONTENT, _may_be_told_of(version))
        .order_by(Material.id, VersionFile.position)
    )
    best: dict[str, SameContent] = {}
    for sha256, public_id, title, is_public in session.execute(query):
        alike, name = likeness[sha256]
        if public_id not in best or alike > best[public_id].likeness:
            best[public_id] = SameContent(name, public_id, title, is_public, min(alike, 0.99))
    return sorted(best.values(), key=lambda each: -each.likeness)


def _sharing_keys(session: Session, own: Iterable[str]) -> dict[str, list[str]]:
    """Return for each blob those that share most of its keys, itself left out."""
    mine, theirs = aliased(TextSketchKey), aliased(TextSketchKey)
    query = (
        sa.select(mine.blob_sha256, theirs.blob_sha256)
        .join(theirs, sa.and_(theirs.key == mine.key, theirs.blob_sha256 != mine.blob_sha256))
        .where(mine.blob_sha256.in_(list(own)))
        .group_by(mine.blob_sha256, theirs.blob_sha256)
        .order_by(mine.blob_sha256, sa.func.count().desc(), theirs.blob_sha256)
    )
    found: dict[str, list[str]] = defaultdict(list)
    for sha256, other in session.execute(query):
        if len(found[sha256]) < _MOST_CANDIDATES:
            found[sha256].append(other)
    return found


def _sketches(session: Session, hashes: Iterable[str]) -> dict[str, Sketch]:
    query = sa.select(TextSketch.blob_sha256, TextSketch.features, TextSketch.shingles)
    rows = session.execute(query.where(TextSketch.blob_sha256.in_(list(hashes))))
    return {sha256: Sketch.read(features, shingles) for sha256, features, shingles in rows}


# What a text is about: its nearest neighbours among everything that is public.


@dataclass(frozen=True)
class Neighbour:
    """A public material whose text is near, with how near (0 to 1) and its record."""

    nearness: float
    public_id: str
    record: Mapping[str, Any]


@dataclass(frozen=True)
class _Catalogued:
    """The features of all public materials: one entry for each feature of each material, sorted by feature."""

    version_ids: npt.NDArray[np.int64]
    features: npt.NDArray[np.uint32]
    rows: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]

    def nearness(self, sketches: Sequence[Sketch]) -> npt.NDArray[np.float64]:
        """Return the cosine of the sketches together with each material."""
        features, weights = _together(sketches)
        begin, end = (np.searchsorted(self.features, features, side) for side in ("left", "right"))
        weights = weights * _idf(np.maximum(end - begin, 1), len(self.version_ids))
        scores = np.zeros(len(self.version_ids))
        for weight, first, last in zip(weights.tolist(), begin.tolist(), end.tolist(), strict=True):
            scores[self.rows[first:last]] += self.weights[first:last] * weight  # a material has a feature once
        return scores / max(float(np.sqrt((weights**2).sum())), 1e-9)


def _together(sketches: Sequence[Sketch]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.float64]]:
    features, place = np.unique(np.concatenate([each.features for each in sketches]), return_inverse=True)
    counts = np.zeros(len(features))
    np.add.at(counts, place, np.concatenate([each.counts for each in sketches]).astype(float))
    return features.astype(np.uint32), 1 + np.log(counts)


def _idf(materials: npt.NDArray[Any], of: int) -> npt.NDArray[np.float64]:
    return np.log(1 + max(of, 1) / materials)


_kept: WeakKeyDictionary[sa.Engine, tuple[float, _Catalogued]] = WeakKeyDictionary()


def neighbours(session: Session, version: Version, most: int = 12) -> list[Neighbour]:
    """Return the public materials that are about the same as the content files of a version, the nearest first."""
    own = [file.blob_sha256 for file in version.files if file.role == FileRole.CONTENT]
    sketches = [each for each in _sketches(session, own).values() if len(each.features)]
    if not sketches:
        return []
    catalogued = _catalogued(session)
    nearness = catalogued.nearness(sketches)
    best = np.argsort(-nearness, kind="stable")[: most + 1]
    near = {int(catalogued.version_ids[place]): float(nearness[place]) for place in best if nearness[place] > 0}
    query = (
        sa.select(Version.id, Material.public_id, Version.record)
        .join(Material, Material.id == Version.material_id)
        .where(Version.id.in_(near), Material.id != version.material_id, _is_public())
    )
    found = [Neighbour(near[version_id], public_id, record) for version_id, public_id, record in session.execute(query)]
    return sorted(found, key=lambda each: -each.nearness)[:most]


def _catalogued(session: Session) -> _Catalogued:
    """Return what is catalogued, as of some minutes ago at most: whoever describes a draft does not notice."""
    engine, moment = session.connection().engine, time.monotonic()
    at, found = _kept.get(engine, (0.0, None))
    if found is None or moment - at > _FRESH_SECONDS:
        found = _read_catalogued(session)
        _kept[engine] = moment, found
    return found


def forget_catalogued() -> None:
    """Have what is catalogued read anew."""
    _kept.clear()


def _read_catalogued(session: Session) -> _Catalogued:
    query = (
        sa.select(Version.id, TextSketch.features)
        .join(Material, Material.current_version_id == Version.id)
        .join(VersionFile, VersionFile.version_id == Version.id)
        .join(TextSketch, TextSketch.blob_sha256 == VersionFile.blob_sha256)
        .where(Material.withdrawn_at.is_(None), VersionFile.role == FileRole.CONTENT)
    )
    sketches: dict[int, list[Sketch]] = defaultdict(list)
    for version_id, packed in session.execute(query):
        sketches[version_id].append(Sketch.read(packed))
    parts = [_together(each) for each in sketches.values()] or [(np.zeros(0, np.uint32), np.zeros(0))]
    features = np.concatenate([each for each, _ in parts])
    weights = np.concatenate([each for _, each in parts])
    rows = np.repeat(np.arange(len(parts), dtype=np.int32), [len(each) for each, _ in parts])
    _, place, times = np.unique(features, return_inverse=True, return_counts=True)
    weights = weights * _idf(times, len(sketches))[place]
    length = np.sqrt(np.bincount(rows, weights**2, minlength=len(parts)))
    weights = weights / length[rows]
    order = np.argsort(features, kind="stable")
    return _Catalogued(
        np.array(list(sketches), np.int64),
        features[order],
        rows[order],
        weights[order].astype(np.float32),
    )
