"""QTI 2.1 and 3.0: what is given out comes back as it was, what others write is read, what is lost is named."""

import io
import struct
import zipfile
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from oer.core.errors import Invalid
from oer.core.i18n import translate
from oer.learning.qti_reading import MOST_ITEMS, read_qti
from oer.learning.qti_writing import DIALECTS, write_item, write_qti
from oer.learning.self_checks import EXAMPLE, Kind, Number, Question, parse, write
from tests.learning.test_self_checks import questions

VERSIONS = sorted(DIALECTS)
NAMESPACE = 'xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1"'
MATCH = '<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"/>'
MAP = '<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/map_response"/>'


def item(declared, body, rest=MATCH):
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<assessmentItem {NAMESPACE} identifier="q" title="t" adaptive="false" timeDependent="false">
{declared}
<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>
<itemBody>{body}</itemBody>
{rest}
</assessmentItem>"""


def declared(cardinality, kind, *right, mapping=""):
    values = "".join(f"<value>{each}</value>" for each in right)
    correct = f"<correctResponse>{values}</correctResponse>" if right else ""
    told = f'identifier="RESPONSE" cardinality="{cardinality}" baseType="{kind}"'
    return f"<responseDeclaration {told}>{correct}{mapping}</responseDeclaration>"


def choices(*words, name="simpleChoice"):
    return "".join(
        f'<{name} identifier="{"ABCDEFGH"[n]}" fixed="false">{each}</{name}>' for n, each in enumerate(words)
    )


def interaction(kind, inside, **more):
    told = "".join(f' {key}="{value}"' for key, value in more.items())
    return f'<{kind} responseIdentifier="RESPONSE" shuffle="false"{told}>{inside}</{kind}>'


def package(**files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def manifest(*resources):
    inside = "".join(
        f'\n<resource identifier="r{n}" type="{kind}" href="{href}"/>' for n, (kind, href) in enumerate(resources)
    )
    return f'<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"><resources>{inside}</resources></manifest>'


ITEM = "imsqti_item_xmlv2p1"
ONE = item(
    declared("single", "identifier", "B"),
    interaction("choiceInteraction", f"<prompt>Gì?</prompt>{choices('a', 'b')}", maxChoices=1),
)


def read_one(content):
    read = read_qti(content.encode() if isinstance(content, str) else content, "item.xml")
    notes = [(file, fault.line, translate("en", fault.reason, **fault.values)) for file, fault in read.left_out]
    return (read.questions[0] if read.questions else None), notes


def reasons(content):
    return [reason for _file, _line, reason in read_one(content)[1]]


# What is given out


@pytest.mark.parametrize("version", VERSIONS)
@settings(deadline=None, max_examples=80)
@given(asked=st.lists(questions(), max_size=4))
def test_what_is_given_out_as_a_package_is_taken_in_as_the_same_questions(version, asked):
    # Accepted words are a set to others: who writes one twice gets it once.
    told = [
        Question(**{**vars(each), "options": tuple(dict.fromkeys(each.options))}) if each.kind is Kind.WORDS else each
        for each in asked
    ]
    read = read_qti(write_qti(asked, version, "vi"), "a.zip")
    assert (read.questions, read.left_out) == (told, [])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_text_of_the_example_comes_back_as_it_was(version, language):
    text = EXAMPLE[language]
    read = read_qti(write_qti(parse(text), version, language), "a.zip")
    assert write(read.questions) == write(parse(text))


@pytest.mark.parametrize("version", VERSIONS)
def test_each_question_can_be_read_by_itself_and_no_letter_breaks_it(version):
    asked = Question(Kind.ONE, 'a\x01<b>&"]]>', ("x", "y\ud800"[:1]), (1,), why="<script>alert(1)</script>")
    question, notes = read_one(write_item(asked, version, "vi"))
    assert notes == []
    assert question.text == 'a\ufffd<b>&"]]>'
    assert question.why == asked.why


@pytest.mark.parametrize("version", VERSIONS)
def test_a_package_names_its_version_and_its_items(version):
    with zipfile.ZipFile(io.BytesIO(write_qti(parse(EXAMPLE["vi"]), version, "vi"))) as archive:
        root = etree.fromstring(archive.read("imsmanifest.xml"))
        hrefs = [each.get("href") for each in root.iter("{*}resource")]
        assert {each.get("type") for each in root.iter("{*}resource")} == {DIALECTS[version].resource}
        assert sorted([*hrefs, "imsmanifest.xml"]) == sorted(archive.namelist())
        first = etree.fromstring(archive.read(hrefs[0]))
    assert first.tag == f"{{{DIALECTS[version].items}}}" + (
        "qti-assessment-item" if version == "3.0" else "assessmentItem"
    )
    assert first.get("{http://www.w3.org/XML/1998/namespace}lang") == "vi"


def test_the_same_questions_give_the_same_bytes():
    assert write_qti(parse(EXAMPLE["vi"]), "3.0", "vi") == write_qti(parse(EXAMPLE["vi"]), "3.0", "vi")


# What others write


def test_a_choice_with_its_text_before_it_and_in_its_prompt_is_read():
    body = "<p>Nhìn biển báo: <b>CẤM</b> vào.</p>" + interaction(
        "choiceInteraction",
        f"<prompt>Biển nói gì?</prompt>{choices('Được vào', '<p>Không được vào</p>')}",
        maxChoices=1,
    )
    question, notes = read_one(item(declared("single", "identifier", "B"), body))
    assert question == Question(Kind.ONE, "Nhìn biển báo: CẤM vào. Biển nói gì?", ("Được vào", "Không được vào"), (1,))
    assert notes == []


def test_several_choices_with_points_are_right_as_a_whole_and_that_is_said():
    mapping = '<mapping lowerBound="0" defaultValue="-2">' + "".join(
        f'<mapEntry mapKey="{key}" mappedValue="{value}"/>' for key, value in (("A", 1), ("B", 1), ("C", -1))
    )
    body = interaction("choiceInteraction", choices("H", "O", "Cl"), maxChoices=0)
    told = declared("multiple", "identifier", "A", "B", mapping=f"{mapping}</mapping>")
    question, notes = read_one(item(told, f"<p>Nước có gì?</p>{body}", MAP))
    assert question == Question(Kind.SEVERAL, "Nước có gì?", ("H", "O", "Cl"), (0, 1))
    assert [reason for *_, reason in notes] == [
        "Points for parts of an answer were left out: here an answer is right as a whole."
    ]


MATCH_SETS = (
    "<simpleMatchSet><simpleAssociableChoice identifier='P1' matchMax='1'>Pin</simpleAssociableChoice>"
    "<simpleAssociableChoice identifier='P2' matchMax='1'>Vỏ chuối</simpleAssociableChoice></simpleMatchSet>"
    "<simpleMatchSet><simpleAssociableChoice identifier='G1' matchMax='4'>Nguy hại</simpleAssociableChoice>"
    "<simpleAssociableChoice identifier='G2' matchMax='4'>Thừa</simpleAssociableChoice>"
    "<simpleAssociableChoice identifier='G3' matchMax='4'>Khác</simpleAssociableChoice></simpleMatchSet>"
)


def test_a_match_is_pairs_and_what_belongs_to_nothing_is_named():
    body = interaction("matchInteraction", f"<prompt>Bỏ đâu?</prompt>{MATCH_SETS}", maxAssociations=2)
    question, notes = read_one(item(declared("multiple", "directedPair", "P1 G1", "P2 G2"), body))
    assert question == Question(Kind.PAIRS, "Bỏ đâu?", ("Pin", "Vỏ chuối"), (), ("Nguy hại", "Thừa"))
    assert [reason for *_, reason in notes] == ["Choices that belong to nothing were left out."]


def test_a_match_with_the_groups_on_the_left_is_turned():
    sets = MATCH_SETS.replace("<simpleAssociableChoice identifier='G3' matchMax='4'>Khác</simpleAssociableChoice>", "")
    left, right = sets.split("</simpleMatchSet>")[:2]
    body = interaction("matchInteraction", f"<prompt>Bỏ đâu?</prompt>{right}</simpleMatchSet>{left}</simpleMatchSet>")
    question, notes = read_one(item(declared("multiple", "directedPair", "G1 P1", "G1 P2"), body))
    assert dict(zip(question.options, question.partners, strict=True)) == dict.fromkeys(("Pin", "Vỏ chuối"), "Nguy hại")
    assert [reason for *_, reason in notes] == ["Choices that belong to nothing were left out."]
    question, notes = read_one(item(declared("multiple", "directedPair", "G1 P1", "G1 P2", "G2 P2"), body))
    assert question is None  # the peel belongs to both
    assert len(notes) == 1


def test_associations_are_pairs():
    body = interaction(
        "associateInteraction",
        f"<prompt>Ai với ai?</prompt>{choices('An', 'Ba', 'Cô', 'Dì', name='simpleAssociableChoice')}",
    )
    question, notes = read_one(item(declared("multiple", "pair", "A D", "C B"), body))
    assert question == Question(Kind.PAIRS, "Ai với ai?", ("An", "Cô"), (), ("Dì", "Ba"))
    assert notes == []


def test_an_order_is_read_in_its_right_order():
    body = interaction("orderInteraction", f"<prompt>Trước sau?</prompt>{choices('Ba', 'Một', 'Hai')}")
    question, _notes = read_one(item(declared("ordered", "identifier", "B", "C", "A"), body))
    assert question == Question(Kind.ORDER, "Trước sau?", ("Một", "Hai", "Ba"))


def test_words_with_a_mapping_are_those_that_count_fully():
    mapping = (
        '<mapping defaultValue="0"><mapEntry mapKey="York" mappedValue="1"/>'
        '<mapEntry mapKey="york" mappedValue="0.5"/></mapping>'
    )
    body = '<p>Thành phố nào?</p><p><textEntryInteraction responseIdentifier="RESPONSE" expectedLength="15"/>.</p>'
    question, notes = read_one(item(declared("single", "string", "York", mapping=mapping), body, MAP))
    assert question == Question(Kind.WORDS, "Thành phố nào?", ("York",))
    assert len(notes) == 1


@pytest.mark.parametrize(
    ("told", "off"),
    [
        ("", "0"),
        ('<equal toleranceMode="exact"><variable identifier="RESPONSE"/><correct identifier="RESPONSE"/></equal>', "0"),
        ('<equal toleranceMode="absolute" tolerance="0.5 0.5"/>', "0.5"),
        ('<equal toleranceMode="absolute" tolerance="0.5"/>', "0.5"),
        ('<equal toleranceMode="relative" tolerance="10 10"/>', "0.25"),
    ],
)
def test_a_number_has_its_tolerance_and_the_unit_behind_its_field(told, off):
    body = '<p>Bao nhiêu?</p><p><textEntryInteraction responseIdentifier="RESPONSE"/> kWh.</p>'
    marking = f"<responseProcessing>{told}</responseProcessing>" if told else MATCH
    question, notes = read_one(item(declared("single", "float", "2.5"), body, marking))
    assert question == Question(Kind.NUMBER, "Bao nhiêu?", number=Number(Decimal("2.5"), Decimal(off), "kWh"))
    assert notes == []


THREE = """<?xml version="1.0" encoding="UTF-8"?>
<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0" identifier="c" title="c"
 adaptive="false" time-dependent="false" xml:lang="en">
 <qti-response-declaration base-type="identifier" cardinality="single" identifier="RESPONSE">
  <qti-correct-response><qti-value>A</qti-value></qti-correct-response>
 </qti-response-declaration>
 <qti-outcome-declaration base-type="float" cardinality="single" identifier="SCORE">
  <qti-default-value><qti-value>0</qti-value></qti-default-value>
 </qti-outcome-declaration>
 <qti-item-body>
  <p>Look at the text in the picture.</p>
  <qti-choice-interaction max-choices="1" response-identifier="RESPONSE" shuffle="false">
   <qti-prompt>What does it say?</qti-prompt>
   <qti-simple-choice identifier="A">You must stay <em>with</em> your luggage.</qti-simple-choice>
   <qti-simple-choice identifier="B">Do not let someone else look after it.
     <qti-feedback-inline identifier="B" outcome-identifier="F" show-hide="show">No.</qti-feedback-inline>
   </qti-simple-choice>
  </qti-choice-interaction>
 </qti-item-body>
 <qti-response-processing template="https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml"/>
 <qti-modal-feedback identifier="X" outcome-identifier="F" show-hide="show"><p>Because.</p></qti-modal-feedback>
</qti-assessment-item>"""


def test_an_item_of_qti_3_is_read_with_its_one_feedback_as_explanation():
    question, notes = read_one(THREE)
    assert question == Question(
        Kind.ONE,
        "Look at the text in the picture. What does it say?",
        ("You must stay with your luggage.", "Do not let someone else look after it."),
        (0,),
        why="Because.",
    )
    assert notes == [
        ("item.xml", 16, "The words on a single answer were left out: here a question has one explanation.")
    ]


TEXT_ENTRY = '<textEntryInteraction responseIdentifier="RESPONSE"/>'
CHOICE = interaction("choiceInteraction", f"<prompt>Gì?</prompt>{choices('a', 'b')}", maxChoices=1)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (item(declared("single", "string"), '<extendedTextInteraction responseIdentifier="RESPONSE"/>'), "free answer"),
        (item(declared("single", "identifier", "A"), CHOICE + CHOICE), "several parts"),
        (item(declared("single", "point", "1 1"), '<hotspotInteraction responseIdentifier="RESPONSE"/>'), "hotspot"),
        (item(declared("single", "string", "a"), f"<p>Tôi {TEXT_ENTRY} em.</p>"), "gap in a sentence"),
        (item(declared("single", "identifier", "A"), '<p><img src="a.png" alt=""/></p>' + CHOICE), "pictures"),
        (item(declared("single", "identifier"), CHOICE), "does not say what is right"),
        (item(declared("single", "identifier", "Z"), CHOICE), "does not say what is right"),
        (item(declared("single", "identifier", "A", "B"), CHOICE), "does not say what is right"),
        (item("", CHOICE), "does not say what is right"),
        (item(declared("single", "float", "nhiều"), f"<p>Gì? {TEXT_ENTRY}</p>"), "does not say what is right"),
        (item(declared("single", "float", "1e99"), f"<p>Gì? {TEXT_ENTRY}</p>"), "does not say what is right"),
        *(
            (item(declared("single", "float", each), f"<p>Gì? {TEXT_ENTRY}</p>"), "does not say what is right")
            for each in ("1e999999999", "-1e-999999999", "0e999999999", "1" * 500, "1e999999999999999999")
        ),
        (item(declared("single", "float", "NaN"), f"<p>Gì? {TEXT_ENTRY}</p>"), "does not say what is right"),
        (
            item(
                declared("single", "float", "2"),
                f"<p>Gì? {TEXT_ENTRY}</p>",
                '<responseProcessing><equal toleranceMode="absolute" tolerance="1 2"/></responseProcessing>',
            ),
            "same distance",
        ),
        (
            item(
                declared("ordered", "identifier", "B"),
                interaction("orderInteraction", f"<prompt>Gì?</prompt>{choices('a', 'b')}"),
            ),
            "belongs to nothing",
        ),
        (item(declared("single", "identifier", "A"), "<p>Chỉ có chữ.</p>"), "no item"),
        ("<questestinterop/>", "no item"),
        ("<assessmentItem", "cannot be read"),
        ("<a>" * 400, "cannot be read"),
    ],
)
def test_what_cannot_be_taken_in_is_named(content, reason):
    question, notes = read_one(content)
    assert question is None
    assert len(notes) == 1
    assert reason in notes[0][2]


def test_a_marking_of_its_own_is_named_and_the_question_taken():
    marking = "<responseProcessing><setOutcomeValue identifier='SCORE'><random/></setOutcomeValue></responseProcessing>"
    question, notes = read_one(item(declared("single", "identifier", "A"), CHOICE, marking))
    assert question.right == (0,)
    assert ["Its own way of marking" in reason for *_, reason in notes] == [True]


def test_the_line_of_a_fault_is_that_of_the_file():
    body = '\n\n<p>Xem</p>\n<p><img src="a.png" alt=""/></p>' + CHOICE
    assert read_one(item(declared("single", "identifier", "A"), body))[1][0][:2] == ("item.xml", 8)


# Packages


def test_a_package_is_read_in_the_order_of_its_manifest_and_what_is_lost_is_named_with_its_file():
    two = ONE.replace("Gì?", "Hai?")
    files = {
        "imsmanifest.xml": manifest(
            ("imsqti_test_xmlv2p1", "test.xml"),
            (ITEM, "b/hai%20b.xml"),
            ("webcontent", "a.png"),
            (ITEM, "a.xml"),
            (ITEM, "thieu.xml"),
            (ITEM, "hong.xml"),
        ),
        "b/hai b.xml": two,
        "a.xml": ONE,
        "hong.xml": "<x",
        "test.xml": "<assessmentTest/>",
        "a.png": b"x",
    }
    read = read_qti(package(**files), "a.zip")
    assert [each.text for each in read.questions] == ["Hai?", "Gì?"]
    assert [(file, fault.line) for file, fault in read.left_out] == [
        ("imsmanifest.xml", 2),
        ("imsmanifest.xml", 6),
        ("hong.xml", 1),
    ]


def test_a_package_of_very_many_items_ends_with_a_word():
    resources = [(ITEM, "a.xml")] * (MOST_ITEMS + 5)
    read = read_qti(package(**{"imsmanifest.xml": manifest(*resources), "a.xml": ONE}), "a.zip")
    assert len(read.questions) == MOST_ITEMS
    assert [fault.values for _file, fault in read.left_out] == [{"most": MOST_ITEMS}]


def bomb():
    content = package(**{"imsmanifest.xml": manifest((ITEM, "a.xml")), "a.xml": b"\0" * (40 * 1024**2)})
    assert len(content) < 100_000
    return content


def lying_bomb():
    """Says that a member has 100 bytes, and unpacks to a million."""
    content = bytearray(package(**{"imsmanifest.xml": manifest((ITEM, "a.xml")), "a.xml": b"<a>" + b" " * 10**6}))
    place = content.rfind(b"PK\x01\x02")
    content[place + 24 : place + 28] = struct.pack("<L", 100)
    return bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        bomb(),
        package(**{"../../etc/passwd": "x", "imsmanifest.xml": manifest()}),
        package(**{"/etc/passwd": "x", "imsmanifest.xml": manifest()}),
        package(**{"a.xml": ONE}),
        package(**{"imsmanifest.xml": manifest((ITEM, "a.xml")), "a.xml": ONE})[:-30],
        b"PK\x03\x04",
        b"%PDF-1.7",
        b"",
        b"{}",
    ],
)
def test_a_file_that_is_not_opened_is_refused(content):
    with pytest.raises(Invalid):
        read_qti(content, "a.zip")


def test_a_member_that_is_larger_than_it_says_is_not_read():
    read = read_qti(lying_bomb(), "a.zip")
    assert read.questions == []
    assert [file for file, _fault in read.left_out] == ["a.xml"]


def test_a_manifest_leads_nowhere_outside_of_the_package(tmp_path):
    outside = tmp_path / "a.xml"
    outside.write_text(ONE, encoding="utf-8")
    hrefs = [str(outside), f"file://{outside}", f"../../..{outside}", "https://example.org/a.xml", ""]
    read = read_qti(package(**{"imsmanifest.xml": manifest(*((ITEM, each) for each in hrefs))}), "a.zip")
    assert read.questions == []
    assert len(read.left_out) == len(hrefs)


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE a [<!ENTITY x "aaaaaaaaaa"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;">]>',
        '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x">%x;]>',
    ],
)
def test_entities_are_never_followed(doctype):
    content = ONE.replace("<assessmentItem", f"{doctype}<assessmentItem", 1).replace("Gì?", "Gì &x;?")
    question, notes = read_one(content)
    assert question is None
    assert "declares entities" in notes[0][2]


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_fail_otherwise_than_with_a_fault(content):
    for given_bytes in (content, b"PK" + content, b"<" + content):
        try:
            read_qti(given_bytes, "a")
        except Invalid as error:
            assert error.field == "qti"
