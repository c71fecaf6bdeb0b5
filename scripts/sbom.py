"""Write a CycloneDX 1.6 document of every package in requirements.lock, with its hashes and, if installed, its licence.

    .venv/bin/python scripts/sbom.py [LOCK]

Asks nobody: the same lock file and environment give the same document, but for the moment in it.
"""

import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.markers import Marker
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
PRODUCT = "hoclieumo-oer"


def locked(text: str) -> Iterator[tuple[Requirement, list[str]]]:
    """Yield each requirement of a lock file with its SHA-256 hashes. Raises ValueError for one without."""
    for entry in re.split(r"\n(?=[A-Za-z0-9])", text.replace("\\\n", " ")):
        line = re.sub(r"(?m)^\s*#.*$", "", entry).strip()
        if not line:
            continue
        requirement, *hashes = re.split(r"\s+--hash=sha256:", line)
        if not hashes:
            raise ValueError(f"{requirement.strip()} has no hash")
        yield Requirement(requirement.strip()), [each.strip() for each in hashes]


def component(requirement: Requirement, hashes: list[str]) -> Component:
    """Return the entry of a package."""
    (pinned,) = requirement.specifier
    name, version = requirement.name, pinned.version
    address = PackageURL("pypi", name=name, version=version)
    return Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        purl=address,
        bom_ref=str(address),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in hashes],
        licenses=_licences(name, requirement.marker),
    )


def _licences(name: str, marker: Marker | None) -> list[License]:
    if marker is not None and not marker.evaluate():
        return []
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return []
    text = told.get("License-Expression") or _classified(told.get_all("Classifier") or []) or told.get("License") or ""
    one_line = text.strip().splitlines()[0][:100] if text.strip() else ""
    return [LicenseFactory().make_from_string(one_line)] if one_line else []


def _classified(classifiers: list[str]) -> str:
    return ", ".join(each.rpartition(" :: ")[2] for each in classifiers if each.startswith("License :: OSI"))


def document(lock: str, version: str) -> str:
    """Return the document of a lock file's text, as JSON."""
    product = Component(name=PRODUCT, version=version, type=ComponentType.APPLICATION, bom_ref=PRODUCT)
    parts = [component(*each) for each in locked(lock)]
    bom = Bom(components=parts, serial_number=uuid5(NAMESPACE_URL, lock))
    bom.metadata.component = product
    bom.register_dependency(product, parts)
    return JsonV1Dot6(bom).output_as_string(indent=2)


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "requirements.lock"
    print(document(chosen.read_text(encoding="utf-8"), metadata.version(PRODUCT)))
