"""`oer import`: the same again makes nothing new, a faulty line keeps no other out."""

import json
from contextlib import suppress

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from oer.accounts.models import Account, AccountState
from oer.accounts.services.administration import system_account
from oer.catalogue.cli import import_command
from oer.catalogue.jobs import importing
from oer.catalogue.jobs.import_files import path_below
from oer.catalogue.jobs.importing import ImportRun, import_lines
from oer.catalogue.models import Material, Version, VersionFile, VersionState, VersionTerm
from oer.catalogue.services.drafts import new_version
from oer.catalogue.services.importing import Outcome
from oer.catalogue.services.review import submit_for_review
from oer.catalogue.services.withdrawal import withdraw
from oer.core.audit import AuditRecord
from oer.core.errors import Invalid
from oer.files.models import Blob
from tests.accounts.factories import make_unit
from tests.catalogue.factories import BY, make_educator, make_reviewer
from tests.files.factories import keep_file

METADATA = {"title": {"vi": "Nấu ăn"}, "language": ["vi"], "licence": BY, "source_url": "https://example.org/bai"}


def line(identifier="a", files=None, content=None, **metadata) -> str:
    values = {"identifier": identifier, "metadata": {**METADATA, **metadata}}
    if files is not None:
        values["files"] = files
    if content is not None:
        values["content"] = content
    return json.dumps(values, ensure_ascii=False)


@pytest.fixture
def bring(installation, session, tmp_path):
    """Imports lines, published unless told otherwise; returns the outcomes and the errors by line number."""
    folder = tmp_path / "manifest"
    folder.mkdir()
    owner_id = system_account(session).id
    session.commit()

    def run(*lines, owner_id=owner_id, publish=True, folder=folder):
        session.rollback()  # a test that has looked holds the database's write lock
        errors = {}
        order = ImportRun(
            installation, owner_id, folder, publish, lambda error: errors.update({error.number: error.reason})
        )
        return dict(import_lines(order, lines)), errors

    run.folder = folder
    run.order = ImportRun(installation, owner_id, folder, publish=True)
    return run


def states(session, identifier="a"):
    session.expire_all()
    material = session.scalar(sa.select(Material).where(Material.identifier == identifier))
    return [(version.number, version.state) for version in material.versions]


def test_a_line_becomes_a_material_in_service(session, bring):
    assert bring(line(subjects=["bas.song"])) == ({Outcome.ADDED: 1}, {})
    material = session.scalars(sa.select(Material)).one()
    assert material.is_public
    assert material.current_version.record == {**METADATA, "subjects": ["bas.song"]}
    assert session.get(Account, material.owner_id).state is AccountState.SYSTEM
    terms = session.execute(sa.select(VersionTerm.scheme, VersionTerm.code)).all()
    assert {
        ("subject", "bas.song"),
        ("subject", "bas"),
        ("language", "vi"),
        ("licence", BY),
        ("format", "link"),
    } == set(terms)
    told = session.execute(sa.select(AuditRecord.action, AuditRecord.subject_id, AuditRecord.actor_id)).all()
    assert told == [("material.published", material.public_id, material.owner_id)]


def test_without_publish_it_waits_in_a_draft(session, bring):
    unit = make_unit(session)
    session.commit()
    assert bring(line(unit=unit.code), publish=False)[0] == {Outcome.ADDED: 1}
    assert states(session) == [(1, VersionState.DRAFT)]
    assert session.scalars(sa.select(Material.unit_id)).one() == unit.id
    assert bring(line(unit=unit.code), publish=False)[0] == {Outcome.UNCHANGED: 1}
    assert bring(line(unit=unit.code, keywords=["x"]), publish=False)[0] == {Outcome.UPDATED: 1}
    assert states(session) == [(1, VersionState.DRAFT)]


def test_publishing_what_waited_in_a_draft_makes_no_second_version(session, bring):
    bring(line(subjects=["bas.song"], source_url="https://example.org"), publish=False)
    assert bring(line(subjects=["bas.song"], source_url="https://example.org"))[0] == {Outcome.UPDATED: 1}
    assert states(session) == [(1, VersionState.PUBLISHED)]
    codes = session.scalars(sa.select(VersionTerm.code).where(VersionTerm.scheme.in_(["subject", "format"])))
    assert sorted(codes) == ["bas", "bas.song", "link"]


def test_the_same_again_makes_nothing_new(session, bring):
    written = [line(str(number), content="# Bài học") for number in range(3)]
    bring(*written)
    before = session.execute(sa.select(Material.revision, Material.published_at)).all()
    assert bring(*written) == ({Outcome.UNCHANGED: 3}, {})
    assert session.execute(sa.select(Material.revision, Material.published_at)).all() == before


def test_a_change_makes_a_new_version_of_the_same_material(session, bring):
    bring(line())
    public_id = session.scalars(sa.select(Material.public_id)).one()
    assert bring(line(keywords=["bếp"]))[0] == {Outcome.UPDATED: 1}
    assert session.scalars(sa.select(Material.public_id)).one() == public_id
    assert states(session) == [(1, VersionState.SUPERSEDED), (2, VersionState.PUBLISHED)]


def test_one_identifier_twice_in_one_file_is_a_fault_of_the_second_line(session, bring, monkeypatch):
    monkeypatch.setattr(importing, "BATCH_LINES", 2)
    written = [line(keywords=["a"]), line("b"), "", line(keywords=["b"])]
    for outcome in ({Outcome.ADDED: 2}, {Outcome.UNCHANGED: 2}):
        outcomes, errors = bring(*written)
        assert outcomes == outcome
        assert list(errors) == [4]
        assert "line 1" in errors[4]
    assert states(session) == [(1, VersionState.PUBLISHED)]


def test_an_identifier_of_another_owner_makes_no_second_material(session, bring):
    first, second = (make_educator(session, email=f"{name}@example.com").id for name in ("lan", "hoa"))
    session.commit()
    assert bring(line(), owner_id=first)[0] == {Outcome.ADDED: 1}
    outcomes, errors = bring(line(keywords=["khác"]), line("b"), owner_id=second)
    assert outcomes == {Outcome.ADDED: 1}
    assert "lan@example.com" in errors[1]
    assert bring(line(), owner_id=first)[0] == {Outcome.UNCHANGED: 1}
    assert session.scalar(sa.select(sa.func.count()).select_from(Material)) == 2


@pytest.mark.parametrize("names", [{}, {"files": None}, {"files": None, "content": None}])
def test_no_word_about_files_is_no_order_to_remove_them(session, bring, names):
    (bring.folder / "a.txt").write_text("một", encoding="utf-8")
    bring(line(files=["a.txt"]))
    written = {**json.loads(line(keywords=["sửa"])), **names}
    assert bring(json.dumps(written)) == ({Outcome.UPDATED: 1}, {})
    newest = session.scalars(sa.select(Version).order_by(Version.number.desc())).first()
    assert [file.name for file in newest.files] == ["a.txt"]


def test_nothing_without_file_or_address_goes_into_service(session, bring):
    outcomes, errors = bring(line("1", source_url=None), line("2", source_url=None, content="# Bài"), line("3"))
    assert outcomes == {Outcome.ADDED: 2}
    assert "source_url" in errors[1]
    assert bring(line("2", source_url=None, files=[]))[0] == {}, "nor does what is there lose its last file"
    assert bring(line("1", source_url=None), publish=False)[0] == {Outcome.ADDED: 1}


def test_a_line_has_no_more_files_than_a_material(session, bring):
    outcomes, errors = bring(line(files=[f"{number}.txt" for number in range(501)]))
    assert outcomes == {}
    assert "500" in errors[1]
    (bring.folder / "a.txt").write_text("một", encoding="utf-8")
    outcomes, errors = bring(line(files=["a.txt"] * 500, content="# Bài"))
    assert "500" in errors[1]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"identifier": "a", "metadata": {"titel": {"vi": "A"}}}, "titel: There is no field “titel” here."),
        ({"identifier": "a", "metadata": "x"}, "This must be an object with named fields."),
        ({"identifier": 3, "metadata": {"language": ["vi"]}}, "identifier: This must be text."),
        ({"identifier": " ", "metadata": {"language": ["vi"]}}, "identifier: This is needed."),
        (["a"], "This must be an object with named fields."),
    ],
)
def test_a_fault_is_named_once(bring, written, told):
    assert bring(json.dumps(written)) == ({}, {1: told})


@pytest.mark.parametrize(
    ("field", "written", "meant"),
    [
        ("licence", "CC-BY/", BY),
        ("licence", "CC BY-SA 4.0", "https://creativecommons.org/licenses/by-sa/4.0/"),
        ("licence", "https://creativecommons.org/licenses/by/4.0/deed.vi", BY),
        ("subjects", ["bas.sng"], "bas.song"),
        ("levels", ["Trung học cơ sở"], "thcs"),
    ],
)
def test_a_code_that_is_nearly_right_has_the_right_one_offered(bring, field, written, meant):
    assert f"Is it {meant}?" in bring(line(**{field: written}))[1][1]


def test_a_code_that_is_like_none_has_none_offered(bring):
    assert "Is it" not in bring(line(subjects=["zzzzqqq"]))[1][1]


def test_a_faulty_line_is_named_and_the_others_go_in(session, bring):
    outcomes, errors = bring(
        line("1"),
        line("2", titel={"vi": "x"}),
        "{",
        "",
        '{"identifier": "5", "metadata": {}, "owner": "x"}',
        line("6", licence=None),
        line("7", unit="no-such-unit"),
        line("8", files=["no.pdf"]),
        line("", title={"vi": "x"}),
        b'{"identifier": "\xff"}',
        line("11"),
    )
    assert outcomes == {Outcome.ADDED: 2}
    assert list(errors) == [2, 3, 5, 9, 10, 8, 6, 7], "in the order in which they were found"
    assert "titel" in errors[2]
    assert "JSON" in errors[3]
    assert "owner" in errors[5]
    assert "licence" in errors[6]
    assert "no-such-unit" in errors[7]
    assert "no.pdf" in errors[8]
    assert "identifier" in errors[9]
    assert "UTF-8" in errors[10]
    assert set(session.scalars(sa.select(Material.identifier))) == {"1", "11"}


def test_a_faulty_line_leaves_nothing_of_itself(session, bring):
    bring(line("1", unit="no-such-unit", subjects=["bas.song"], content="# Bài"))
    tables = [Material, Version, VersionTerm, VersionFile, Blob]
    assert [session.scalar(sa.select(sa.func.count()).select_from(table)) for table in tables] == [0] * 5


def test_a_mark_at_the_beginning_of_a_file_is_passed_over(bring):
    assert bring(("\ufeff" + line()).encode())[1] == {}


def test_what_was_done_before_a_failure_stays(session, bring, monkeypatch):
    monkeypatch.setattr(importing, "BATCH_LINES", 2)

    def lines():
        yield from (line(str(number)) for number in range(5))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_lines(bring.order, lines())
    assert session.scalar(sa.select(sa.func.count()).select_from(Material)) == 4


def test_content_is_kept_as_a_markdown_file_before_the_others(session, installation, bring):
    (bring.folder / "bai").mkdir()
    (bring.folder / "bai" / "phụ lục.txt").write_text("Phụ lục", encoding="utf-8")
    files = [{"name": "bai/phụ lục.txt", "role": "transcript", "language": "vi"}]
    assert bring(line(content="# Nấu ăn\n", files=files)) == ({Outcome.ADDED: 1}, {})
    found = session.scalars(sa.select(VersionFile).order_by(VersionFile.position)).all()
    assert [(file.name, file.role, file.language) for file in found] == [
        ("Nấu ăn.md", "content", None),
        ("phụ lục.txt", "transcript", "vi"),
    ]
    assert b"".join(installation.storage.read(found[0].blob_sha256)) == "# Nấu ăn\n".encode()
    assert session.get(Blob, found[0].blob_sha256).media_type == "text/markdown"


@pytest.mark.parametrize("publish", [True, False], ids=["published", "draft"])
def test_a_line_without_files_changes_the_metadata_and_leaves_the_files(session, bring, publish):
    (bring.folder / "a.txt").write_text("một", encoding="utf-8")
    bring(line(content="# nội dung", files=["a.txt"]), publish=publish)
    assert bring(line(keywords=["sửa"]), publish=publish) == ({Outcome.UPDATED: 1}, {})
    assert bring(line(keywords=["sửa"]), publish=publish) == ({Outcome.UNCHANGED: 1}, {})
    session.expire_all()
    newest = session.scalars(sa.select(Version).order_by(Version.number.desc())).first()
    assert newest.record["keywords"] == ["sửa"]
    assert [(file.position, file.name) for file in newest.files] == [(1, "Nấu ăn.md"), (2, "a.txt")]
    bring(line(files=[]), publish=publish)
    session.expire_all()
    assert not session.scalars(sa.select(Version).order_by(Version.number.desc())).first().files


def test_changed_bytes_under_the_same_name_are_a_new_version(session, bring):
    path = bring.folder / "a.txt"
    for text in ("một", "một", "hai"):
        path.write_text(text, encoding="utf-8")
        bring(line(files=["a.txt"]))
    assert states(session) == [(1, VersionState.SUPERSEDED), (2, VersionState.PUBLISHED)]


def test_files_that_are_kept_already_are_not_copied_again(bring, installation, monkeypatch):
    (bring.folder / "a.txt").write_text("một", encoding="utf-8")
    bring(line(files=["a.txt"]))
    monkeypatch.setattr(type(installation.storage), "receive", None)
    assert bring(line(files=["a.txt"])) == ({Outcome.UNCHANGED: 1}, {})


def test_a_file_of_a_wrong_type_is_a_fault_of_its_line(bring):
    (bring.folder / "a.pdf").write_text("<html></html>")
    (bring.folder / "empty.txt").touch()
    outcomes, errors = bring(line("1", files=["a.pdf"]), line("2", files=["empty.txt"]), line("3"))
    assert (outcomes, sorted(errors)) == ({Outcome.ADDED: 1}, [1, 2])


@pytest.mark.parametrize(
    "name",
    [
        "../secret.txt",
        "/etc/passwd",
        "x/../../secret.txt",
        "link.txt",
        "folder-link/secret.txt",
        "a\0b",
        ".",
        "none.txt",
        "x" * 300,
        "ring",
    ],
)
def test_no_name_leaves_the_folder(bring, tmp_path, name):
    (tmp_path / "secret.txt").write_text("secret")
    (bring.folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (bring.folder / "folder-link").symlink_to(tmp_path)
    (bring.folder / "ring").symlink_to(bring.folder / "ring")
    outcomes, errors = bring(line(files=[name]))
    assert (outcomes, list(errors)) == ({}, [1])
    assert "secret" not in errors[1].replace(name, "")


def test_a_link_within_the_folder_is_followed(bring):
    (bring.folder / "a.txt").write_text("một", encoding="utf-8")
    (bring.folder / "b.txt").symlink_to("a.txt")
    assert path_below(bring.folder, "b.txt").name == "a.txt"
    assert bring(line(files=["b.txt"]))[0] == {Outcome.ADDED: 1}


@hypothesis_settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet="./\\ab\0ế", max_size=12))
def test_whatever_the_name_only_files_below_the_folder_are_opened(tmp_path, name):
    folder = tmp_path / "folder"
    folder.mkdir(exist_ok=True)
    (tmp_path / "a").touch()
    (folder / "b").touch()
    with suppress(Invalid):
        assert path_below(folder, name) == folder / "b"


def test_files_without_a_folder_are_a_fault(bring):
    assert "folder" in bring(line(files=["a.txt"]), folder=None)[1][1]


def test_what_was_withdrawn_stays_so(session, bring):
    bring(line())
    material = session.scalars(sa.select(Material)).one()
    withdraw(session, make_reviewer(session), material, "wrong", "Sai")
    session.commit()
    assert bring(line())[0] == {Outcome.UNCHANGED: 1}
    assert "withdrawn" in bring(line(keywords=["x"]))[1][1]
    assert states(session) == [(1, VersionState.PUBLISHED)]


def test_another_persons_draft_and_a_review_are_not_overwritten(session, bring):
    bring(
        line(summary={"vi": "x"}, subjects=["bas"], types=["guide"], audiences=["all"], source_url="https://a.example")
    )
    material = session.scalars(sa.select(Material)).one()
    editor = make_educator(session)
    new_version(session, editor, material)
    session.commit()
    assert "draft" in bring(line())[1][1]
    submit_for_review(session, editor, material)
    session.commit()
    assert "review" in bring(line())[1][1]


def test_the_command_says_what_it_did(installation, session, tmp_path):
    owner = make_educator(session, email="co.giao@example.com")
    session.commit()
    path = tmp_path / "lines.jsonl"
    path.write_text(line("1") + "\n" + line("2", licence="free") + "\n", encoding="utf-8")
    arguments = [str(path), "--owner", "co.giao@example.com", "--publish"]
    done = CliRunner().invoke(import_command, arguments, obj=lambda: installation)
    assert done.exit_code == 1
    assert "1 added, 0 updated, 0 unchanged, 1 faulty" in done.stdout
    assert "line 2" in done.stderr
    assert "licence" in done.stderr
    assert session.scalars(sa.select(Material.owner_id)).one() == owner.id


def test_the_command_reads_standard_input_and_ends_well(installation):
    done = CliRunner().invoke(import_command, ["-"], input=line() + "\n", obj=lambda: installation)
    assert (done.exit_code, done.stdout) == (0, "1 added, 0 updated, 0 unchanged, 0 faulty\n")


def test_an_unknown_owner_is_said_before_anything_is_done(installation):
    done = CliRunner().invoke(
        import_command, ["-", "--owner", "no@example.com"], input=line(), obj=lambda: installation
    )
    assert done.exit_code == 2
    assert "no@example.com" in done.stderr


def test_an_import_of_thousands_keeps_no_upload_waiting(session, bring, queue, installation):
    bring(*(line(str(number), content=f"# Bài {number}") for number in range(3)))
    uploaded = keep_file(session, installation.storage).sha256
    session.commit()
    waiting = [task.args[1] for task in queue.huey.pending() if task.args[0] == "files.extract"]
    assert waiting[0] == uploaded
    assert len(waiting) == 4
