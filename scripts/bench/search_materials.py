"""Made-up materials for the benches of search, about 7 KB each: 1,100 words, a few common, most rare, as in texts.

Facets are as materials have them. The same number always gives the same material.
"""

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from oer.accounts.models import Unit
from oer.catalogue.jobs import rebuild_index
from oer.catalogue.models import Contributor, Material, Version, VersionFile, VersionState, VersionTerm
from oer.config import Settings
from oer.core.installation import Installation, open_backends
from oer.core.schema import upgrade_schema
from oer.files.models import Blob, Rendition, RenditionPage, RenditionState
from oer.vietnamese.keys import collation_key
from oer.vocabularies import vocabularies

BATCH = 500
# Fixed, whatever the product's own grammar says: the same materials, and so comparable figures, in every release.
RIMES = """
a ai ao au ay ac ach am an ang anh ap at ă ăc ăm ăn ăng ăp ăt âu ây âc âm ân âng âp ât e eo ec em en eng ep et
ê êu êch êm ên ênh êp êt i ia iu ich im in inh ip it iêc iêm iên iêng iêp iêt iêu o oi oc om on ong op ot oa oac oach
oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oe oen oeo oet oong ooc ô ôi ôc ôm ôn ông ôp ôt
ơ ơi ơm ơn ơp ơt u ua ui uc um un ung up ut uân uâng uât uây uê uêch uênh uôc uôi uôm uôn uông uôt uơ uy uya uych
uynh uyt uyên uyêt uyu ư ưa ưi ưu ưc ưm ưn ưng ưt ươc ươi ươm ươn ương ươp ươt ươu y yêm yên yêng yêt yêu
"""
INITIALS = "b c ch d đ g gi h k kh l m n ng nh ph qu r s t th tr v x"
LICENCES = ("https://creativecommons.org/licenses/by/4.0/", "https://creativecommons.org/licenses/by-sa/4.0/")
BEGAN = datetime(2020, 1, 1, tzinfo=UTC)


class Words:
    """Words in the frequencies of texts: by Zipf's law over syllables, and names that hardly come twice."""

    def __init__(self) -> None:
        chance = random.Random(1)
        syllables = [initial + rime for initial in INITIALS.split() for rime in RIMES.split()]
        chance.shuffle(syllables)
        self.known = syllables[:3000]
        self._sums: list[float] = []
        total = 0.0
        for rank in range(1, len(self.known) + 1):
            total += 1 / rank**0.9
            self._sums.append(total)

    def some(self, chance: random.Random, count: int) -> str:
        words = chance.choices(self.known, cum_weights=self._sums, k=count)
        for _ in range(count // 60):
            words[chance.randrange(count)] = f"ten{chance.randrange(60_000)}"
        return " ".join(words)


def described(words: Words, number: int, chance: random.Random) -> tuple[dict, dict[str, list[str]]]:
    """A material's metadata, and its terms by scheme: what is drawn, and in which order, is the same for a number."""
    terms = vocabularies()
    title = words.some(chance, chance.randint(4, 10))
    subject = chance.choice([term for term in terms.subjects if term.parent])
    picked = {
        "subject": [subject.code, subject.parent],
        "level": [chance.choice(list(terms.levels.terms))],
        "type": [chance.choice(list(terms.types.terms))],
        "audience": chance.sample(list(terms.audiences.terms), 2),
        "language": ["vi"],
        "licence": [chance.choice(LICENCES)],
        "format": [chance.choice(["pdf", "document", "text", "presentation"])],
    }
    record = {
        "title": {"vi": title},
        "summary": {"vi": words.some(chance, 40)},
        "creators": [{"name": f"Nhóm biên soạn {number % 300}", "role": "author"}],
        "subjects": [subject.code],
        "levels": picked["level"],
        "types": picked["type"],
        "audiences": picked["audience"],
        "language": ["vi"],
        "licence": picked["licence"][0],
        "time_required": chance.choice(["PT10M", "PT1H", "PT3H", "PT9H"]),
        "keywords": [words.some(chance, 2)],
    }
    return record, picked


def rows(words: Words, number: int, unit_ids: list[int]) -> Iterator[tuple[type, dict]]:
    """The rows of one published material with one file, whose text is read."""
    chance = random.Random(number)
    record, picked = described(words, number, chance)
    sha256, day = f"{number:064x}", BEGAN + timedelta(hours=number)
    yield Material, {"id": number, "public_id": f"m{number:04}-{number:05}", "unit_id": chance.choice(unit_ids),
                     "created_at": day, "first_published_at": day, "published_at": day, "revision": 1,
                     "page_revision": 1, "current_version_id": None}  # fmt: skip
    yield Version, {"id": number, "material_id": number, "number": 1, "state": VersionState.PUBLISHED, "record": record,
                    "created_at": day, "changed_at": day}  # fmt: skip
    group = f"nhóm biên soạn {number % 300}"
    yield Contributor, {"version_id": number, "position": 1, "name": group, "key": group,
                        "folded": f"nhom bien soan {number % 300}", "sort_key": collation_key(group).encode(),
                        "role": "author"}  # fmt: skip
    for scheme, codes in picked.items():
        for place, code in enumerate(dict.fromkeys(codes)):
            yield VersionTerm, {"version_id": number, "scheme": scheme, "code": code, "position": place}
    yield Blob, {"sha256": sha256, "size": 250_000 + number, "media_type": "application/pdf", "created_at": day}
    yield VersionFile, {"version_id": number, "position": 1, "name": "bai.pdf", "role": "content",
                       "blob_sha256": sha256}  # fmt: skip
    yield Rendition, {"id": number, "blob_sha256": sha256, "extractor_version": 1, "state": RenditionState.OK,
                      "tries": 1, "facts": {"pages": 3}}  # fmt: skip
    yield RenditionPage, {"rendition_id": number, "number": 1, "label": "", "text": words.some(chance, 1100),
                          "html": ""}  # fmt: skip


def fill(installation: Installation, count: int) -> None:
    words = Words()
    with installation.database.transaction() as session:
        session.add_all(Unit(code=f"u{n}", name={"vi": f"Trường {n}"}, kind="school") for n in range(300))
        session.flush()
        unit_ids = list(session.scalars(sa.select(Unit.id)))
    for start in range(1, count + 1, BATCH):
        tables: dict[type, list[dict]] = {}
        for number in range(start, min(start + BATCH, count + 1)):
            for table, row in rows(words, number, unit_ids):
                tables.setdefault(table, []).append(row)
        with installation.database.transaction() as session:
            for table, values in tables.items():
                session.execute(sa.insert(table), values)
            session.execute(sa.update(Material).values(current_version_id=Material.id).where(Material.id >= start))


def make_installation(folder: Path, count: int) -> Installation:
    settings = Settings(instance_dir=folder, storage_url=f"file:{folder / 'files'}", secret_key="bench")
    fresh = not (folder / "filled").exists()
    if fresh:
        folder.mkdir(parents=True, exist_ok=True)
        upgrade_schema(settings.database)
    installation = open_backends(settings)
    if fresh:
        fill(installation, count)
        begin, wall = time.process_time(), time.monotonic()
        rebuild_index(installation)
        cpu = time.process_time() - begin
        print(f"index made: {count / cpu:.0f} documents per CPU second, {time.monotonic() - wall:.0f} s")
        (folder / "filled").touch()
    return installation
