"""Text sketches: which texts are nearly the same, and which are about the same things.

A sketch has two parts, both made of the folded keys of a text's words. Features are pairs of neighbouring words (most
Vietnamese words are such a pair) and words of other languages, with how often they occur: near texts have many in
common. Shingles are runs of SHINGLE words; of their hashes the smallest are kept, which makes a fair sample of the
whole text (bottom-k, Broder 1997): the share that two samples have in common estimates the share of the texts.
"""

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.files.models import Blob, Rendition, RenditionPage, RenditionState, TextSketch, TextSketchKey
from oer.vietnamese.keys import keys_of, tokens
from oer.vietnamese.syllables import is_syllable

Hashes = npt.NDArray[np.uint32]
READ_CHARACTERS = 200_000
SHINGLE, SAMPLE, KEYS = 5, 128, 16
FEWEST_WORDS = 40
"""Texts of fewer words are alike by chance: covers, a line of rights."""
NEARLY_SAME = 0.7
MOST_FEATURES = 120
_PACKED = np.dtype([("feature", "<u4"), ("count", "<u2")])
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Sketch:
    """A text's features, sorted, with how often each occurs; and the smallest hashes of its shingles, sorted."""

    features: Hashes
    counts: npt.NDArray[np.uint16]
    shingles: Hashes

    @classmethod
    def of(cls, text: str) -> "Sketch":
        """Return the sketch of the first READ_CHARACTERS of a text."""
        words = tokens(text[:READ_CHARACTERS])
        hashes = np.fromiter((_hash_of(word) for word in words), np.uint32, len(words))
        foreign = np.fromiter((_stands_alone(word) for word in words), bool, len(words))
        pairs = _run(hashes, 2)
        found, first, counts = np.unique(
            np.concatenate([pairs, hashes[foreign]]), return_index=True, return_counts=True
        )
        kept = np.sort(np.lexsort((first, -counts))[:MOST_FEATURES])
        shingles = np.unique(_run(hashes, SHINGLE))[:SAMPLE] if len(words) >= FEWEST_WORDS else hashes[:0]
        return cls(found[kept], np.minimum(counts[kept], 65_535).astype(np.uint16), shingles)

    @classmethod
    def read(cls, features: bytes, shingles: bytes = b"") -> "Sketch":
        """Return what a row of `TextSketch` keeps."""
        packed = np.frombuffer(features, _PACKED)
        sample = np.frombuffer(shingles, "<u4").astype(np.uint32)
        return cls(packed["feature"].astype(np.uint32), packed["count"].astype(np.uint16), sample)

    @property
    def packed_features(self) -> bytes:
        """The features with their counts, as a row keeps them."""
        packed = np.empty(len(self.features), _PACKED)
        packed["feature"], packed["count"] = self.features, self.counts
        return packed.tobytes()

    def likeness(self, other: "Sketch") -> float:
        """Return about which share of what either text says both say, from 0 to 1; 0 for very short texts."""
        if not len(self.shingles) or not len(other.shingles):
            return 0.0
        sample = np.union1d(self.shingles, other.shingles)[:SAMPLE]
        common = np.intersect1d(self.shingles, other.shingles, assume_unique=True)
        return float(np.isin(sample, common, assume_unique=True).mean())


@lru_cache(maxsize=1 << 16)
def _hash_of(word: str) -> int:
    return zlib.crc32(keys_of(word).folded.encode())


@lru_cache(maxsize=1 << 16)
def _stands_alone(word: str) -> bool:
    return len(word) > 3 and not is_syllable(word) and not _NUMBER.search(word)


def _run(hashes: Hashes, length: int) -> Hashes:
    """Return a hash of each run of so many words, well spread over 32 bits (the finisher of MurmurHash3)."""
    count = max(len(hashes) - length + 1, 0)
    mixed = np.zeros(count, np.uint32)
    for place in range(length):
        mixed = mixed * np.uint32(0x01000193) ^ hashes[place : place + count]
        mixed = (mixed ^ (mixed >> np.uint32(16))) * np.uint32(0x85EBCA6B)
        mixed = (mixed ^ (mixed >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return mixed ^ (mixed >> np.uint32(16))


def keep_sketch(session: Session, sha256: str, texts: Iterable[str]) -> None:
    """Keep the sketch of a blob's text, in place of the one that it had."""
    sketch = Sketch.of("\n".join(_first(texts)))
    session.execute(sa.delete(TextSketchKey).where(TextSketchKey.blob_sha256 == sha256))
    session.execute(sa.delete(TextSketch).where(TextSketch.blob_sha256 == sha256))
    shingles = sketch.shingles.astype("<u4").tobytes()
    values = {"blob_sha256": sha256, "features": sketch.packed_features, "shingles": shingles}
    session.execute(sa.insert(TextSketch), [values])
    keys = [{"key": key, "blob_sha256": sha256} for key in sketch.shingles[:KEYS].tolist()]
    if keys:
        session.execute(sa.insert(TextSketchKey), keys)


def _first(texts: Iterable[str]) -> Iterable[str]:
    left = READ_CHARACTERS
    for text in texts:
        if left <= 0:
            return
        yield text[:left]
        left -= len(text)


_ENDED = (RenditionState.OK, RenditionState.LIMIT)


def due_for_sketch(session: Session, most: int) -> list[str]:
    """Return the hashes of some blobs that have a text and no sketch: they were read before there were any."""
    has_text = sa.exists().where(Rendition.blob_sha256 == Blob.sha256, Rendition.state.in_(_ENDED))
    has_sketch = sa.exists().where(TextSketch.blob_sha256 == Blob.sha256)
    return list(session.scalars(sa.select(Blob.sha256).where(has_text, ~has_sketch).order_by(Blob.sha256).limit(most)))


def sketch_kept_text(session: Session, sha256: str) -> None:
    """Make the sketch of a blob from the text that is kept of it."""
    newest = sa.select(Rendition.id).where(Rendition.blob_sha256 == sha256, Rendition.state.in_(_ENDED))
    rendition_id = session.scalar(newest.order_by(Rendition.extractor_version.desc()).limit(1))
    pages = sa.select(RenditionPage.text).where(RenditionPage.rendition_id == rendition_id)
    keep_sketch(session, sha256, session.scalars(pages.order_by(RenditionPage.number)))
