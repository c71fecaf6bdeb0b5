"""Makes the sample collection's finished files and `collection.jsonl` from the sources beside this script.

`python -m oer.samples.sources.make` makes everything, `... mau-03` what begins so, `... --list` only the lists.
Needs chromium, poppler (pdftoppm), espeak-ng, ffmpeg and the Noto fonts on the machine.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from oer.samples.sources import docx, epub, household_budget, odf, pages, recordings, slides
from oer.samples.sources.archives import write_archive
from oer.samples.sources.pages import Text

HERE = Path(__file__).parent
FILES = HERE.parent / "files"
COLLECTION = HERE.parent / "collection.jsonl"
RELATIONS = HERE.parent / "relations.yaml"
RIGHTS_URI = "https://creativecommons.org/licenses/by/4.0/"
UNIT = "oer"

Recipe = dict[str, Any]
Maker = Callable[[Path, Recipe, dict[str, Any], Path, Path], None]


def make_pdf(folder: Path, recipe: Recipe, material: dict[str, Any], target: Path, workshop: Path) -> None:
    pages.write_pdf(_text(folder, recipe, material), target, workshop)


def make_page(folder: Path, recipe: Recipe, material: dict[str, Any], target: Path, workshop: Path) -> None:
    pages.write_page(_text(folder, recipe, material), target, workshop)


def make_docx(folder: Path, recipe: Recipe, material: dict[str, Any], target: Path, workshop: Path) -> None:
    docx.write_docx(_text(folder, recipe, material), target, workshop)


def make_epub(folder: Path, recipe: Recipe, material: dict[str, Any], target: Path, workshop: Path) -> None:
    epub.write_epub(_text(folder, recipe, material), target, material["identifier"], workshop)


def make_pptx(folder: Path, recipe: Recipe, material: dict[str, Any], target: Path, workshop: Path) -> None:
    title = recipe.get("title") or material["metadata"]["title"]["vi"]
    slides.write_pptx(slides.read_slides(folder / recipe["from"]), target, workshop, title)


def make_odt(folder: Path, recipe: Recipe, material: dict[str, Any], target: Path, workshop: Path) -> None:
    odf.write_odt(_text(folder, recipe, material), target, workshop)


def make_odp(folder: Path, recipe: Recipe, material: dict[str, Any], target: Path, workshop: Path) -> None:
    title = recipe.get("title") or material["metadata"]["title"]["vi"]
    odf.write_odp(slides.read_slides(folder / recipe["from"]), target, workshop, title)


def make_poster(folder: Path, recipe: Recipe, _material: dict[str, Any], target: Path, workshop: Path) -> None:
    pages.write_poster(folder / recipe["from"], recipe["language"], target, workshop)


def make_cover(folder: Path, recipe: Recipe, material: dict[str, Any], target: Path, workshop: Path) -> None:
    title = recipe.get("title") or material["metadata"]["title"]["vi"]
    pages.write_cover(title, folder / recipe["from"], target, workshop)


def make_video(folder: Path, recipe: Recipe, material: dict[str, Any], target: Path, workshop: Path) -> None:
    recordings.write_video(folder / recipe["from"], material, target, workshop)


def make_copy(folder: Path, recipe: Recipe, _material: dict[str, Any], target: Path, _workshop: Path) -> None:
    shutil.copyfile(folder / recipe["from"], target)


def make_budget(folder: Path, recipe: Recipe, _material: dict[str, Any], target: Path, _workshop: Path) -> None:
    household_budget.write_budget(folder / recipe["from"], recipe["language"], target)


def make_audio(folder: Path, recipe: Recipe, material: dict[str, Any], target: Path, workshop: Path) -> None:
    recordings.write_audio((folder / recipe["from"]).read_text("utf-8"), material, target, workshop)


def make_pack(folder: Path, recipe: Recipe, _material: dict[str, Any], target: Path, _workshop: Path) -> None:
    members: dict[str, bytes | str] = {name: (folder / name).read_bytes() for name in recipe["and"]}
    write_archive(target, members | {name: (FILES / name).read_bytes() for name in recipe["holds"]})


def _text(folder: Path, recipe: Recipe, material: dict[str, Any]) -> Text:
    language = recipe.get("language", "vi")
    return Text(
        markdown=(folder / recipe["from"]).read_text("utf-8"),
        folder=folder,
        title=recipe.get("title") or material["metadata"]["title"][language],
        subtitle=recipe.get("subtitle", ""),
        language=language,
        style=recipe.get("style", "handbook"),
        cover=recipe.get("cover", ""),
    )


MAKERS: dict[str, Maker] = {
    "pdf": make_pdf,
    "page": make_page,
    "docx": make_docx,
    "copy": make_copy,
    "epub": make_epub,
    "pptx": make_pptx,
    "odt": make_odt,
    "odp": make_odp,
    "poster": make_poster,
    "cover": make_cover,
    "video": make_video,
    "budget": make_budget,
    "audio": make_audio,
    "pack": make_pack,
}


def make(folder: Path) -> None:
    """Makes each file that a material's sources name."""
    material = yaml.safe_load((folder / "metadata.yaml").read_text("utf-8"))
    for recipe in material["make"]:
        with tempfile.TemporaryDirectory() as workshop:
            MAKERS[recipe["by"]](folder, recipe, material, FILES / recipe["name"], Path(workshop))
        for name in [recipe["name"], *recipe.get("with", [])]:
            print(f"{(FILES / name).stat().st_size:>9,}  {name}")


def line(folder: Path) -> dict[str, Any]:
    """A material as a line of the import format, signed by the project and under its licence."""
    material = yaml.safe_load((folder / "metadata.yaml").read_text("utf-8"))
    names = [name for recipe in material["make"] for name in [recipe["name"], *recipe.get("with", [])]]
    roles = {recipe["name"]: "cover" for recipe in material["make"] if recipe["by"] == "cover"}
    roles |= material.get("roles", {})
    languages = {recipe["name"]: recipe["language"] for recipe in material["make"] if "language" in recipe}
    languages |= material.get("languages", {})
    words = {"title": material.get("titles", {}), "description": _descriptions(folder, material)}
    files = [_file(name, roles.get(name), languages.get(name), words) for name in names]
    creators = [{"name": pages.PUBLISHER["vi"], "role": "author"}]
    metadata = material["metadata"]
    whole = {**metadata, "creators": creators, "unit": UNIT, "licence": RIGHTS_URI, "published_on": "2026-01-01"}
    content = folder / "content.md"
    inline = {"content": content.read_text("utf-8")} if content.is_file() else {}
    return {"identifier": material["identifier"], "metadata": whole, "files": files, **inline}


def _descriptions(folder: Path, material: dict[str, Any]) -> dict[str, dict[str, str]]:
    """What each file is; of a poster, every word of it, which is what screen readers read aloud."""
    found = dict(material.get("descriptions", {}))
    for recipe in material["make"]:
        if recipe["by"] == "poster":
            written = yaml.safe_load((folder / recipe["from"]).read_text("utf-8"))[recipe["language"]]
            found[recipe["name"]] = {recipe["language"]: words_of_poster(written)}
    return found


def words_of_poster(written: dict[str, Any]) -> str:
    """All that stands on a poster, in the order in which it is read."""
    lines = [written["title"], written["lead"]]
    for step in written["steps"]:
        lines += [step["head"], *step["lines"]]
    lines += [
        written["fire_head"],
        written["fire"],
        written["before_head"],
        *written["before"],
        written["numbers_head"],
    ]
    return "\n".join(lines + [f"{number}: {what}" for number, what in written["numbers"]])


def _file(name: str, role: str | None, language: str | None, words: dict[str, dict[str, Any]]) -> str | dict[str, Any]:
    facts = {"name": name, "role": role, "language": language}
    facts |= {what: said.get(name) for what, said in words.items()}
    found = {key: value for key, value in facts.items() if value}
    return found if len(found) > 1 else name


def relations(folders: list[Path]) -> list[dict[str, str]]:
    """What builds on what, by identifier: the loader puts in the ids that the materials were given."""
    found: list[dict[str, str]] = []
    for folder in folders:
        material = yaml.safe_load((folder / "metadata.yaml").read_text("utf-8"))
        found += [
            {"from": material["identifier"], "type": each["type"], "to": each["target"]}
            for each in material.get("relations", [])
        ]
    return found


def main(arguments: list[str]) -> None:
    folders = sorted(place.parent for place in HERE.glob("*/metadata.yaml"))
    FILES.mkdir(exist_ok=True)
    if "--list" not in arguments:
        for folder in folders:
            if not arguments or any(folder.name.startswith(start) for start in arguments):
                make(folder)
    lines = [json.dumps(line(folder), ensure_ascii=False) for folder in folders]
    COLLECTION.write_text("".join(f"{one}\n" for one in lines), "utf-8")
    RELATIONS.write_text(yaml.safe_dump({"relations": relations(folders)}, sort_keys=False), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
