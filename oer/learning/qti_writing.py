"""QTI 2.1 and 3.0: a self-check as a package of items that learning platforms import.

One item for each question, and a manifest. Explanation and place to read again are feedback that is shown after every
answer; a unit stands behind the field for the number. `oer.learning.qti_reading` reads it as the same questions.
"""

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree
from lxml.builder import ElementMaker

from oer.backends.extraction.markup import Element
from oer.learning.qti_reading import AGAIN, MANIFEST, WHY
from oer.learning.self_checks import Kind, Question, shown_number


@dataclass(frozen=True)
class Dialect:
    """A version of QTI: the namespaces of items and manifest, how it names itself, and whether names have hyphens."""

    number: str
    items: str
    manifest: str
    schema: tuple[str, str]
    resource: str
    hyphens: bool


DIALECTS = {
    "2.1": Dialect(
        "2.1",
        "http://www.imsglobal.org/xsd/imsqti_v2p1",
        "http://www.imsglobal.org/xsd/imscp_v1p1",
        ("QTIv2.1 Package", "1.0.0"),
        "imsqti_item_xmlv2p1",
        hyphens=False,
    ),
    "3.0": Dialect(
        "3.0",
        "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
        "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
        ("QTI Package", "3.0.0"),
        "imsqti_item_xmlv3p0",
        hyphens=True,
    ),
}
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_LONGEST_TITLE = 120
_HTML = ("p", "div")


def write_qti(questions: Sequence[Question], version: str, language: str) -> bytes:
    """Return questions as a package (ZIP) of a version of QTI, "2.1" or "3.0": the same bytes each time."""
    dialect = DIALECTS[version]
    items = {f"items/question-{number}.xml": each for number, each in enumerate(questions, 1)}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(zipfile.ZipInfo(MANIFEST), _manifest(dialect, list(items)))
        for number, (name, question) in enumerate(items.items(), 1):
            package.writestr(zipfile.ZipInfo(name), write_item(question, version, language, number))
    return packed.getvalue()


def _xml(root: Element) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=False))


def _manifest(dialect: Dialect, names: list[str]) -> bytes:
    make = ElementMaker(namespace=dialect.manifest, nsmap={None: dialect.manifest})
    schema, schema_version = dialect.schema
    metadata = make.metadata(make.schema(schema), make.schemaversion(schema_version))
    resources = [
        make.resource(make.file(href=name), identifier=f"question-{number}", type=dialect.resource, href=name)
        for number, name in enumerate(names, 1)
    ]
    return _xml(make.manifest(metadata, make.organizations(), make.resources(*resources), identifier="self-check"))


def write_item(question: Question, version: str, language: str, number: int = 1) -> bytes:
    """Return one question as an item."""
    return _xml(_Writer(DIALECTS[version], question).item(language, number))


def _hyphened(name: str) -> str:
    return re.sub("([A-Z])", lambda found: f"-{found[1].lower()}", name)


class _Writer:
    """Makes the elements of one item, named as in 2.1 and written as its version has them."""

    def __init__(self, dialect: Dialect, question: Question) -> None:
        self.dialect, self.question = dialect, question
        self._maker = ElementMaker(namespace=dialect.items, nsmap={None: dialect.items})

    def make(self, name: str, *children: Element | str, **values: str) -> Element:
        """Make an element; the text in it is any text."""
        if self.dialect.hyphens:
            name = name if name in _HTML else f"qti-{_hyphened(name)}"
            values = {_hyphened(key): value for key, value in values.items()}
        inside = [_NO_XML.sub("\ufffd", each) if isinstance(each, str) else each for each in children]
        told = {key: _NO_XML.sub("\ufffd", value) for key, value in values.items()}
        made: Element = self._maker(name, *inside, **told)
        return made

    def item(self, language: str, number: int) -> Element:
        asked = self.question
        feedback = {WHY: asked.why.split("\n") if asked.why else [], AGAIN: [asked.again] if asked.again else []}
        shown = {key: lines for key, lines in feedback.items() if lines}
        outcomes = [self.make("outcomeDeclaration", identifier="SCORE", cardinality="single", baseType="float")]
        if shown:
            told = {"identifier": "FEEDBACK", "cardinality": "multiple", "baseType": "identifier"}
            outcomes.append(self.make("outcomeDeclaration", **told))
        modal = [
            self.make(
                "modalFeedback",
                *(self.make("p", line) for line in lines),
                outcomeIdentifier="FEEDBACK",
                identifier=key,
                showHide="show",
            )
            for key, lines in shown.items()
        ]
        title = asked.text if len(asked.text) <= _LONGEST_TITLE else f"{asked.text[: _LONGEST_TITLE - 1]}…"
        root = self.make(
            "assessmentItem",
            self._response(),
            *outcomes,
            self._body(),
            self._processing(list(shown)),
            *modal,
            identifier=f"question-{number}",
            title=title,
            adaptive="false",
            timeDependent="false",
        )
        root.set(_LANGUAGE, language)
        return root

    def _response(self) -> Element:
        asked = self.question
        cardinality = {Kind.SEVERAL: "multiple", Kind.PAIRS: "multiple", Kind.ORDER: "ordered"}
        types = {Kind.NUMBER: "float", Kind.WORDS: "string", Kind.PAIRS: "directedPair"}
        right = self._right()
        inside = [self.make("correctResponse", *(self.make("value", each) for each in right))]
        if asked.kind is Kind.WORDS:
            entries = (
                self.make("mapEntry", mapKey=words, mappedValue="1", caseSensitive="false") for words in asked.options
            )
            inside.append(self.make("mapping", *entries, defaultValue="0"))
        return self.make(
            "responseDeclaration",
            *inside,
            identifier="RESPONSE",
            cardinality=cardinality.get(asked.kind, "single"),
            baseType=types.get(asked.kind, "identifier"),
        )

    def _right(self) -> list[str]:
        asked = self.question
        if asked.number is not None:
            return [shown_number(asked.number.value, ".")]
        if asked.kind is Kind.WORDS:
            return [asked.options[0]]
        if asked.kind is Kind.PAIRS:
            sides = list(dict.fromkeys(asked.partners))
            return [f"L{place} R{sides.index(each)}" for place, each in enumerate(asked.partners)]
        return [f"C{place}" for place in (range(len(asked.options)) if asked.kind is Kind.ORDER else asked.right)]

    def _body(self) -> Element:
        asked = self.question
        told = {"responseIdentifier": "RESPONSE"}
        if asked.kind in (Kind.NUMBER, Kind.WORDS):
            entry = self.make("textEntryInteraction", **told)
            unit = [f" {asked.number.unit}"] if asked.number and asked.number.unit else []
            return self.make("itemBody", self.make("p", asked.text), self.make("p", entry, *unit))
        prompt = self.make("prompt", asked.text)
        if asked.kind is Kind.PAIRS:
            return self.make("itemBody", self._match(prompt, told))
        choices = [self.make("simpleChoice", words, identifier=f"C{n}") for n, words in enumerate(asked.options)]
        if asked.kind is Kind.ORDER:
            return self.make("itemBody", self.make("orderInteraction", prompt, *choices, shuffle="true", **told))
        most = "1" if asked.kind is Kind.ONE else "0"
        interaction = self.make("choiceInteraction", prompt, *choices, shuffle="false", maxChoices=most, **told)
        return self.make("itemBody", interaction)

    def _match(self, prompt: Element, told: dict[str, str]) -> Element:
        asked = self.question
        left = [
            self.make("simpleAssociableChoice", words, identifier=f"L{place}", matchMax="1")
            for place, words in enumerate(asked.options)
        ]
        right = [
            self.make("simpleAssociableChoice", words, identifier=f"R{place}", matchMax="0")
            for place, words in enumerate(dict.fromkeys(asked.partners))
        ]
        sets = (self.make("simpleMatchSet", *each) for each in (left, right))
        return self.make("matchInteraction", prompt, *sets, shuffle="true", maxAssociations="0", **told)

    def _processing(self, shown: list[str]) -> Element:
        asked = self.question
        score = {"identifier": "SCORE"}
        response = self.make("variable", identifier="RESPONSE")
        right = self.make("correct", identifier="RESPONSE")
        if asked.kind is Kind.WORDS:
            rule = self.make("setOutcomeValue", self.make("mapResponse", identifier="RESPONSE"), **score)
        else:
            test = self.make("match", response, right)
            if asked.number is not None:
                off = shown_number(asked.number.off, ".")
                within = {"toleranceMode": "absolute", "tolerance": f"{off} {off}"} if asked.number.off else {}
                test = self.make("equal", response, right, **(within or {"toleranceMode": "exact"}))
            one = self.make("baseValue", "1", baseType="float")
            condition = self.make("responseIf", test, self.make("setOutcomeValue", one, **score))
            rule = self.make("responseCondition", condition)
        rules = [rule]
        if shown:
            values = (self.make("baseValue", each, baseType="identifier") for each in shown)
            told = self.make("multiple", *values)
            rules.append(self.make("setOutcomeValue", told, identifier="FEEDBACK"))
        return self.make("responseProcessing", *rules)
