"""QTI 2.1 and 3.0, in which learning platforms exchange questions: basic items are read, what is left out is named.

A file is one item, or a ZIP with an `imsmanifest.xml`. The names of 3.0 (`qti-choice-interaction`, `max-choices`) are
read as those of 2.1 (`choiceInteraction`, `maxChoices`). Nothing outside of the file is ever asked for: entities are
refused, members are found by name in the archive and never unpacked.
"""

import io
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import unquote

from oer.backends.extraction.archives import Archive, ArchiveLimits, check_archive
from oer.backends.extraction.markup import Element, local_name, parse_xml
from oer.backends.extraction.protocol import Damaged, LimitReached
from oer.backends.extraction.zip_directory import ArchiveError, ArchiveLimit
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.learning.gift import LEFT_OUT_FEEDBACK
from oer.learning.self_checks import Fault, Kind, Number, Question, read_number

MOST_ITEMS, MOST_ITEM_BYTES = 200, 512 * 1024
_LONGEST_NUMBER = 40  # digits
_LIMITS = ArchiveLimits(entries=1000, total_bytes=32 * 1024**2, ratio_from_bytes=4 * 1024**2, checks_nested=False)
MANIFEST = "imsmanifest.xml"
_NO_FILE = N_("This is neither a QTI package (ZIP) nor a QTI item (XML).")
_UNSAFE = N_("This ZIP is not opened: it is damaged, too large when unpacked, or has names that lead elsewhere.")
_NO_MANIFEST = N_("This ZIP has no imsmanifest.xml, so it is no QTI package.")
_NOT_READ = N_("This XML cannot be read: it is damaged, declares entities, or is nested too deeply.")
_MISSING = N_("The manifest names a file that is not in the package.")
_NO_ITEM = N_("This is no item of QTI 2.1 or 3.0.")
_TOO_MANY = N_("More than %(most)s items: the others were left out.")
_TEST = N_("A test with its order and times was left out; its questions are read one by one.")
_ESSAY = N_("A question with a free answer was left out.")
_SEVERAL = N_("A question of several parts was left out.")
_OTHER = N_("A question of another kind was left out: %(kind)s.")
_GAP = N_("A question with a gap in a sentence was left out.")
_MEDIA = N_("A question with pictures, recordings, formulas or tables was left out.")
_NO_RIGHT = N_("A question that does not say what is right was left out.")
_NOT_WHOLE = N_("A question in which something belongs to nothing, or to several things, was left out.")
_TOLERANCE = N_("A number that is not right within the same distance above and below was left out.")
_POINTS = N_("Points for parts of an answer were left out: here an answer is right as a whole.")
_SPARE = N_("Choices that belong to nothing were left out.")
_MARKING = N_("Its own way of marking was left out: the answer that it gives as right counts.")
_INLINE = ("b", "i", "em", "strong", "span", "sub", "sup", "a", "code", "q", "cite", "small", "u", "tt", "big", "var")
_FOREIGN = frozenset(
    ("img", "object", "audio", "video", "math", "table", "picture", "svg", "include", "mediaInteraction")
)
_MARKS = frozenset(
    (
        *("responseProcessing", "responseCondition", "responseIf", "responseElseIf", "responseElse", "match"),
        *("variable", "correct", "isNull", "not", "and", "setOutcomeValue", "baseValue", "equal", "mapResponse"),
        *("multiple", "default"),
    )
)
_UNIT = re.compile(r"[^\s\d.,±+-][^±]{0,29}")
WHY, AGAIN = "WHY", "AGAIN"


@dataclass
class Read:
    """What was read: the questions, and what was left out, each with its file."""

    questions: list[Question] = field(default_factory=list)
    left_out: list[tuple[str, Fault]] = field(default_factory=list)


class _LeftOut(Exception):
    """A question that is not taken."""

    def __init__(self, element: Element, reason: str, **values: str | int) -> None:
        super().__init__(reason)
        self.fault = _fault(element, reason, **values)


def _fault(element: Element, reason: str, **values: str | int) -> Fault:
    line: Any = element.sourceline  # the stubs of lxml do not know it
    return Fault(line or 1, reason, dict(values))


def read_qti(content: bytes, name: str) -> Read:
    """Return the questions of a QTI package or item. Raises Invalid, for the field `qti`, where there is none."""
    read = Read()
    if content.startswith(b"PK"):
        try:
            file = io.BytesIO(content)
            _read_package(Archive(file, check_archive(file, _LIMITS)), read)
        except (ArchiveError, OSError, ValueError) as error:
            raise Invalid(_UNSAFE, code="qti_package", field="qti") from error
    elif content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        _read_file(content, posixpath.basename(name.replace("\\", "/")) or "item.xml", read)
    else:
        raise Invalid(_NO_FILE, code="qti_file", field="qti")
    return read


def _read_package(archive: Archive, read: Read) -> None:
    if MANIFEST not in archive:
        raise Invalid(_NO_MANIFEST, code="qti_manifest", field="qti")
    try:
        manifest = parse_xml(archive.read(MANIFEST, MOST_ITEM_BYTES))
    except (Damaged, LimitReached):
        read.left_out.append((MANIFEST, Fault(1, _NOT_READ)))
        return
    resources = [each for each in manifest.iter() if local_name(each) == "resource"]
    for place, resource in enumerate(_items(resources, read)):
        if place == MOST_ITEMS:
            read.left_out.append((MANIFEST, _fault(resource, _TOO_MANY, most=MOST_ITEMS)))
            break
        href = posixpath.normpath(unquote(resource.get("href", "")))
        if href not in archive:
            read.left_out.append((MANIFEST, _fault(resource, _MISSING)))
            continue
        try:
            _read_file(archive.read(href, MOST_ITEM_BYTES), href, read)
        except ArchiveLimit:
            read.left_out.append((href, Fault(1, _NOT_READ)))


def _items(resources: list[Element], read: Read) -> Iterator[Element]:
    for resource in resources:
        kind = resource.get("type", "")
        if "imsqti_item" in kind:
            yield resource
        elif "imsqti_test" in kind or "imsqti_assessment" in kind:
            read.left_out.append((MANIFEST, _fault(resource, _TEST)))


def _read_file(content: bytes, name: str, read: Read) -> None:
    try:
        root = parse_xml(content)
    except (Damaged, LimitReached):
        read.left_out.append((name, Fault(1, _NOT_READ)))
        return
    try:
        if _name(root) != "assessmentItem":
            raise _LeftOut(root, _NO_ITEM)
        item = _Item(root)
        read.questions.append(item.question())
        read.left_out.extend((name, note) for note in item.notes)
    except _LeftOut as left_out:
        read.left_out.append((name, left_out.fault))


def _camel(name: str) -> str:
    first, *others = name.removeprefix("qti-").split("-")
    return first + "".join(each.capitalize() for each in others)


def _name(element: Element) -> str:
    name = local_name(element)
    return _camel(name) if "-" in name else name


def _value(element: Element, name: str, otherwise: str = "") -> str:
    kebab = re.sub("([A-Z])", lambda found: f"-{found[1].lower()}", name)
    return str(element.get(name) or element.get(kebab) or otherwise).strip()


def _all(element: Element, name: str) -> list[Element]:
    return [each for each in element.iter() if _name(each) == name]


def _is_interaction(element: Element) -> bool:
    return _name(element).endswith("Interaction")


def _words(element: Element) -> str:
    """Return the text of an element without what an interaction in it has; blocks are set apart by a blank."""
    return " ".join("".join(_parts(element)).split())


def _parts(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        apart = "" if local_name(child) in _INLINE else " "
        if isinstance(child.tag, str) and not _is_interaction(child) and not _name(child).startswith("feedback"):
            yield apart
            yield from _parts(child)
            yield apart
        yield child.tail or ""


class _Item:
    """One item, while it is read."""

    def __init__(self, root: Element) -> None:
        self.root, self.notes = root, list[Fault]()
        self.body = next(iter(_all(root, "itemBody")), root)
        found = [each for each in self.body.iter() if _is_interaction(each)]
        if len(found) != 1:
            raise _LeftOut(self.body, _SEVERAL if found else _NO_ITEM)
        self.asked = found[0]
        foreign = next((each for each in self.body.iter() if _name(each) in _FOREIGN), None)
        if foreign is not None:
            raise _LeftOut(foreign, _MEDIA)
        identifier = _value(self.asked, "responseIdentifier")
        declared = [each for each in _all(root, "responseDeclaration") if _value(each, "identifier") == identifier]
        if not declared:
            raise _LeftOut(self.asked, _NO_RIGHT)
        self.declared = declared[0]
        holders = _all(self.declared, "correctResponse")
        self.right = [_words(each) for holder in holders for each in _all(holder, "value")]

    def note(self, element: Element, reason: str) -> None:
        """Name something that is lost although the question is taken."""
        self.notes.append(_fault(element, reason))

    def question(self) -> Question:
        """Return the question. Raises _LeftOut."""
        kind = _name(self.asked)
        why, again = self._feedback()
        kinds = {
            "choiceInteraction": self._choice,
            "orderInteraction": self._order,
            "matchInteraction": self._match,
            "associateInteraction": self._associate,
            "textEntryInteraction": self._entry,
        }
        if kind == "extendedTextInteraction":
            raise _LeftOut(self.asked, _ESSAY)
        if kind not in kinds:
            raise _LeftOut(self.asked, _OTHER, kind=kind)
        read = kinds[kind]()
        marking = (each for holder in _all(self.root, "responseProcessing") for each in holder.iter())
        strange = next((each for each in marking if isinstance(each.tag, str) and _name(each) not in _MARKS), None)
        if strange is not None:
            self.note(strange, _MARKING)
        text = _words(self.body) if kind == "textEntryInteraction" else self._prompt()
        if not text:
            raise _LeftOut(self.body, _NO_ITEM)
        return replace(read, text=text, why=why, again=again)

    def _prompt(self) -> str:
        prompts = [each for each in self.asked if _name(each) == "prompt"]
        return " ".join(filter(None, [_words(self.body), *map(_words, prompts)]))

    def _feedback(self) -> tuple[str, str]:
        shown = {_value(each, "identifier"): each for each in _all(self.root, "modalFeedback")}
        why = shown.get(WHY)
        if why is None and len(shown) == 1 and AGAIN not in shown:
            why = next(iter(shown.values()))
        lost = next((each for key, each in shown.items() if each is not why and key != AGAIN), None)
        inline = next((each for each in self.body.iter() if _name(each).startswith("feedback")), None)
        for each in (lost, inline):
            if each is not None:
                self.note(each, LEFT_OUT_FEEDBACK)
        again = shown.get(AGAIN)
        return _lines(why) if why is not None else "", _words(again) if again is not None else ""

    def _points(self) -> dict[str, Decimal]:
        """Return the points of the mapping's keys, and name it if some count for a part."""
        entries = _all(self.declared, "mapEntry")
        points = {_value(each, "mapKey"): _decimal(_value(each, "mappedValue")) or Decimal(0) for each in entries}
        best = max(points.values(), default=Decimal(0))
        if entries and (any(0 < each < best for each in points.values()) or any(each < 0 for each in points.values())):
            self.note(entries[0], _POINTS)
        return points

    def _choice(self) -> Question:
        choices = {_value(each, "identifier"): _words(each) for each in _all(self.asked, "simpleChoice")}
        points, names = self._points(), list(choices)
        right = set(self.right) or {key for key, value in points.items() if value > 0}
        places = tuple(place for place, each in enumerate(names) if each in right)
        if not places or len(places) != len(right):
            raise _LeftOut(self.declared, _NO_RIGHT)
        is_one = _value(self.declared, "cardinality") == "single"
        if is_one and len(places) > 1:
            raise _LeftOut(self.declared, _NO_RIGHT)
        return Question(Kind.ONE if is_one else Kind.SEVERAL, "", tuple(choices.values()), places)

    def _order(self) -> Question:
        choices = {_value(each, "identifier"): _words(each) for each in _all(self.asked, "simpleChoice")}
        if not self.right:
            raise _LeftOut(self.declared, _NO_RIGHT)
        if sorted(self.right) != sorted(choices):
            raise _LeftOut(self.declared, _NOT_WHOLE)
        return Question(Kind.ORDER, "", tuple(choices[each] for each in self.right))

    def _pairs(self) -> list[tuple[str, str]]:
        points = self._points()
        told = self.right or [key for key, value in points.items() if value > 0]
        pairs = [tuple(each.split()) for each in told]
        if not pairs or any(len(each) != 2 for each in pairs):
            raise _LeftOut(self.declared, _NO_RIGHT)
        return [(one, other) for one, other in pairs]

    def _match(self) -> Question:
        sets = _all(self.asked, "simpleMatchSet")
        if len(sets) != 2:
            raise _LeftOut(self.asked, _NO_ITEM)
        left, right = (
            {_value(each, "identifier"): _words(each) for each in _all(one, "simpleAssociableChoice")} for one in sets
        )
        pairs = self._pairs()
        if sorted(one for one, _ in pairs) != sorted(left):  # perhaps things stand on the right, and groups on the left
            left, right, pairs = right, left, [(other, one) for one, other in pairs]
        of = dict(pairs)
        if sorted(one for one, _ in pairs) != sorted(left) or not set(of.values()) <= set(right):
            raise _LeftOut(self.declared, _NOT_WHOLE)
        if set(right) - set(of.values()):
            self.note(sets[1], _SPARE)
        partners = tuple(right[of[each]] for each in left)
        return Question(Kind.PAIRS, "", tuple(left.values()), partners=partners)

    def _associate(self) -> Question:
        choices = {_value(each, "identifier"): _words(each) for each in _all(self.asked, "simpleAssociableChoice")}
        pairs = self._pairs()
        used = [each for pair in pairs for each in pair]
        if len(set(used)) != len(used) or not set(used) <= set(choices):
            raise _LeftOut(self.declared, _NOT_WHOLE)
        if set(choices) - set(used):
            self.note(self.asked, _SPARE)
        options, partners = (tuple(choices[pair[side]] for pair in pairs) for side in (0, 1))
        return Question(Kind.PAIRS, "", options, partners=partners)

    def _entry(self) -> Question:
        behind = " ".join((self.asked.tail or "").split()).rstrip(".?!:;")
        is_number = _value(self.declared, "baseType") in ("float", "integer")
        if behind and not (is_number and _UNIT.fullmatch(behind)):
            raise _LeftOut(self.asked, _GAP)
        self.asked.tail = None  # the unit is no part of what is asked
        if is_number:
            return Question(Kind.NUMBER, "", number=self._number(behind))
        points = self._points()
        best = max(points.values(), default=Decimal(0))
        accepted = [*self.right, *(key for key, value in points.items() if value > 0 and value == best)]
        words = tuple(dict.fromkeys(each for each in (" ".join(each.split()) for each in accepted) if each))
        if not words:
            raise _LeftOut(self.declared, _NO_RIGHT)
        return Question(Kind.WORDS, "", words)

    def _number(self, unit: str) -> Number:
        value = _decimal(self.right[0]) if len(self.right) == 1 else None
        if value is None:
            raise _LeftOut(self.declared, _NO_RIGHT)
        off, equal = Decimal(0), next(iter(_all(self.root, "equal")), None)
        if equal is not None and _value(equal, "toleranceMode", "exact") != "exact":
            told = [_decimal(each) for each in _value(equal, "tolerance").split()]
            if not told or None in told or len(set(told)) != 1 or len(told) > 2:
                raise _LeftOut(equal, _TOLERANCE)
            off = abs(told[0] or Decimal(0))
            off = off * abs(value) / 100 if _value(equal, "toleranceMode") == "relative" else off
        if read_number(f"{value:f}") is None or read_number(f"{off:f}") is None:
            raise _LeftOut(self.declared, _NO_RIGHT)
        return Number(value, off, unit)


def _lines(element: Element) -> str:
    blocks = [_words(each) for each in element.iter() if local_name(each) == "p"]
    return "\n".join(filter(None, blocks)) or _words(element)


def _decimal(text: str) -> Decimal | None:
    """Return a number of a file; None for none, or for one such as 1e999999999, which fills the memory."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    is_moderate = value.is_finite() and len(text) <= _LONGEST_NUMBER and abs(value.adjusted()) <= _LONGEST_NUMBER
    return value if is_moderate else None
