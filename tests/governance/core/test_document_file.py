"""Which files are kept as documents, and what is said of those that are not?"""

from __future__ import annotations

import io
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.core import document_archive, document_pdf, document_refusal, document_text
from governance.core.document_file import ENDINGS, media_type_of
from governance.core.document_refusal import FileRefused
from tests.governance import document_files as files


def relations(kind: str, written: str = '<Relationship Type="{type}" Target="https://a.example/x" {mode}/>') -> str:
    """A list of relations with one to something outside of the file. written: how its element is spelled."""
    element = written.format(type=f"{OFFICE_RELATIONS}/{kind}", mode='TargetMode="External"')
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{element}</Relationships>'
    )


OFFICE_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SINGLE_QUOTES = "<Relationship Type='{type}' Target='https://a.example/x' TargetMode='External'/>"
CHARACTER_CODES = '<Relationship Type="{type}" Target="https://a.example/x" TargetMode="Extern&#97;l"/>'
ENTITIES = '<!DOCTYPE a [<!ENTITY e "External">]><a><Relationship Type="x/frame" TargetMode="&e;"/></a>'
ACCEPTED = {
    "protocol.pdf": (files.pdf(), "application/pdf"),
    "sheet.docx": (files.docx(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "list.xlsx": (files.xlsx(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "notice.odt": (files.odf(), "application/vnd.oasis.opendocument.text"),
    "list.ods": (files.odf("spreadsheet"), "application/vnd.oasis.opendocument.spreadsheet"),
    "note.txt": ("Grüße, 5 < 7\n".encode(), "text/plain"),
    "note-with-mark.txt": (b"\xef\xbb\xbfplain", "text/plain"),
    "read.md": (b"# Title\n\nA line<br>and <b>another</b>.\n", "text/markdown"),
    "list.csv": (b"kind,value\nage,-5\nchange,+1.5e-3\nnone,-\nshare,-12 %\n", "text/csv"),
    "german.csv": ('"Art";"Wert"\n"Veränderung";"-1.234,5"\n'.encode(), "text/csv"),
    "commented.md": (b"<!-- checked --> <!-- twice -->\n# Title\n", "text/markdown"),
    "linked.docx": (
        files.docx(**{"word/_rels/document.xml.rels": relations("hyperlink")}),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    "facts.json": (b'{"attack": "<script>alert(1)</script>"}', "application/json"),
    "plot.png": (files.png(), "image/png"),
    "scan.JPG": (files.jpeg(), "image/jpeg"),
    "scan-with-padding.jpeg": (files.jpeg() + b"\0" * 300, "image/jpeg"),
}
RELATIONS = (
    '<Relationship Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" '
    'Target="https://example.org/t.dotm" TargetMode="External"/>'
)
MACRO_TYPES = files.CONTENT_TYPES.replace("openxmlformats-officedocument.{kind}", "ms-word.document.macroEnabled")
REFUSED = {
    "nothing": ("a.pdf", b"", "file_empty"),
    "a Windows program": ("a.pdf", b"MZ\x90\x00" + b"\0" * 60, "file_executable"),
    "a Linux program": ("a.txt", b"\x7fELF\x02\x01", "file_executable"),
    "a shell script named as text": ("a.txt", b"#!/bin/sh\nrm -rf /\n", "file_executable"),
    "a script behind a byte-order mark": ("a.txt", b"\xef\xbb\xbf#!/bin/sh\n", "file_executable"),
    "a web page": ("a.html", b"<!DOCTYPE html><html></html>", "file_markup"),
    "a web page behind comments": ("a.txt", b"<!-- a --> <!--> <!-- b --!>\n<body>", "file_markup"),
    "JSON with a number of 5,000 digits": ("a.json", b"[" + b"1" * 5_000 + b"]", "file_damaged"),
    "JSON with a number that no reader holds": ("a.json", b"[1e999999]", "file_damaged"),
    "a web page named as text": ("a.txt", b"\n <!-- x -->\n<HTML><body>", "file_markup"),
    "a drawing": ("a.svg", b'<?xml version="1.0"?><svg onload="alert(1)"/>', "file_markup"),
    "a drawing named as markdown": ("a.md", b"# Title\n<svg onload=alert(1)>", "file_markup"),
    "markdown with a script": ("a.md", b"# Title\n\n<script src=x></script>", "file_markup"),
    "old Office, or a password": ("a.doc", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "file_encrypted"),
    "an archive": ("a.zip", files.archive({"a.txt": "a"}), "file_type_refused"),
    "another kind of archive": ("a.7z", b"7z\xbc\xaf\x27\x1c\x00\x04", "file_type_refused"),
    "slides": ("a.pptx", files.archive({"[Content_Types].xml": "<Types/>", "ppt/a.xml": ""}), "file_type_refused"),
    "OpenDocument slides": ("a.odp", files.odf("presentation"), "file_type_refused"),
    "text in Latin-1": ("a.txt", "Grüße".encode("latin-1"), "file_type_refused"),
    "text with control characters": ("a.txt", b"a\x1b[2Jb", "file_type_refused"),
    "a script by its name alone": ("a.js", b"alert(1)", "file_name_misleads"),
    "text without an ending": ("README", b"text", "file_name_misleads"),
    "a PDF named as a program": ("a.pdf.exe", files.pdf(), "file_name_misleads"),
    "a picture named as a PDF": ("a.pdf", files.png(), "file_name_misleads"),
    "a Word file named as a PDF": ("a.pdf", files.docx(), "file_name_misleads"),
    "a PDF with a password": ("a.pdf", files.pdf(trailer=b"/Encrypt 9 0 R"), "file_encrypted"),
    "a PDF with a script": ("a.pdf", files.pdf(b"3 0 obj <</S /JavaScript /JS (x)>> endobj"), "file_active_content"),
    "a PDF that hides a script's name": ("a.pdf", files.pdf(b"<</S/Java#53cript>>"), "file_active_content"),
    "a PDF that starts a program": ("a.pdf", files.pdf(b"<</S /Launch /F (cmd.exe)>>"), "file_active_content"),
    "a PDF with a form of its own": ("a.pdf", files.pdf(b"<</AcroForm <</XFA 3 0 R>>>>"), "file_active_content"),
    "a PDF with a script packed away": (
        "a.pdf",
        files.pdf(files.object_stream(b"7 0 <</S /JavaScript /JS (x)>>")),
        "file_active_content",
    ),
    "a PDF with a script packed away without saying so": (
        "a.pdf",
        files.pdf(files.object_stream(b"7 0 <</S /JavaScript /JS (x)>>", dictionary=b"/N 1")),
        "file_active_content",
    ),
    "a PDF with a file inside": ("a.pdf", files.pdf(b"<</Type /EmbeddedFile>>"), "file_attachments"),
    "a PDF with a part that cannot be unpacked": (
        "a.pdf",
        files.pdf(b"5 0 obj <</Type /ObjStm /Filter /LZWDecode>> stream\nxx\nendstream endobj"),
        "file_damaged",
    ),
    "a PDF that is cut off": ("a.pdf", files.pdf()[:-10], "file_damaged"),
    "a PDF with an archive behind it": ("a.pdf", files.pdf() + b"\0" * 2000, "file_damaged"),
    "Word with macros": ("a.docx", files.docx(**{"word/vbaProject.bin": b"x"}), "file_macros"),
    "Word with macros by its list of types": (
        "a.docx",
        files.archive({"[Content_Types].xml": MACRO_TYPES.format(part="word/document.xml"), "word/document.xml": ""}),
        "file_macros",
    ),
    "Excel with old macros": ("a.xlsx", files.xlsx(**{"xl/macrosheets/sheet1.xml": ""}), "file_macros"),
    "Word with a macro file inside": ("a.docx", files.docx(**{"word/embeddings/book.xlsm": b"x"}), "file_macros"),
    "OpenDocument with macros": ("a.odt", files.odf(**{"Basic/Standard/Module1.xml": ""}), "file_macros"),
    "Word with an object": ("a.docx", files.docx(**{"word/embeddings/oleObject1.bin": b"x"}), "file_attachments"),
    "Word with a control": ("a.docx", files.docx(**{"word/activeX/activeX1.xml": b"x"}), "file_attachments"),
    "OpenDocument with an object": ("a.odt", files.odf(**{"Object 1": "x"}), "file_attachments"),
    "Word that loads a template": (
        "a.docx",
        files.docx(**{"word/_rels/settings.xml.rels": RELATIONS}),
        "file_active_content",
    ),
    "Word that loads a template, in single quotes": (
        "a.docx",
        files.docx(**{"word/_rels/settings.xml.rels": relations("attachedTemplate", SINGLE_QUOTES)}),
        "file_active_content",
    ),
    "Word that loads a template, spelled by its codes": (
        "a.docx",
        files.docx(**{"word/_rels/settings.xml.rels": relations("attachedTemplate", CHARACTER_CODES)}),
        "file_active_content",
    ),
    "Word that loads a frame": (
        "a.docx",
        files.docx(**{"word/_rels/webSettings.xml.rels": relations("frame")}),
        "file_active_content",
    ),
    "Word that loads an object": (
        "a.docx",
        files.docx(**{"word/_rels/document.xml.rels": relations("oleObject")}),
        "file_active_content",
    ),
    "Word that loads a part": (
        "a.docx",
        files.docx(**{"word/_rels/document.xml.rels": relations("subDocument")}),
        "file_active_content",
    ),
    "Excel that loads another table": (
        "a.xlsx",
        files.xlsx(**{"xl/externalLinks/_rels/externalLink1.xml.rels": relations("externalLinkPath")}),
        "file_active_content",
    ),
    "Word with relations that are no XML": ("a.docx", files.docx(**{"word/_rels/a.xml.rels": "<a"}), "file_damaged"),
    "Word with relations that declare entities": (
        "a.docx",
        files.docx(**{"word/_rels/a.xml.rels": ENTITIES}),
        "file_damaged",
    ),
    "Word with a password": ("a.docx", files.encrypted(files.docx()), "file_encrypted"),
    "OpenDocument with a password": ("a.odt", files.odf(manifest="<manifest:encryption-data/>"), "file_encrypted"),
    "Word that is cut off": ("a.docx", files.docx()[:-4], "file_damaged"),
    "Word with something behind it": ("a.docx", files.docx() + b"MZ", "file_damaged"),
    "Word with a part above its folder": ("a.docx", files.docx(**{"../../etc/passwd": b""}), "file_damaged"),
    "OpenDocument without its manifest": (
        "a.odt",
        files.archive({"mimetype": "application/vnd.oasis.opendocument.text"}),
        "file_damaged",
    ),
    "a bomb by its claim": ("a.docx", files.claiming(files.docx(), 2**30), "file_bomb"),
    "a bomb by its ratio": ("a.docx", files.docx(**{"word/media/a.xml": b"\0" * 3_000_000}), "file_bomb"),
    "a bomb of members": ("a.docx", files.docx(**{f"word/{n}.xml": b"" for n in range(2_000)}), "file_bomb"),
    "a picture that is cut off": ("a.png", files.png()[:-5], "file_damaged"),
    "a picture with an archive behind it": ("a.png", files.png() + files.docx(), "file_damaged"),
    "a photograph that is cut off": ("a.jpg", files.jpeg()[:-2], "file_damaged"),
    "JSON that says two things": ("a.json", b'{"a": 1, "a": 2}', "file_damaged"),
    "a table with a formula": ("a.csv", b"name,value\n=cmd|' /C calc'!A0,1\n", "file_active_content"),
    "a table with a formula behind a semicolon": ("a.csv", b"name;value\nx;=1+1\n", "file_active_content"),
    "a table with a formula behind a semicolon in a cell": ("a.csv", b"name,value\n1,a;=1+1\n", "file_active_content"),
    "a table with a formula behind a tab": ("a.csv", b"name\tvalue\nx\t@SUM(A1)\n", "file_active_content"),
    "a table with a formula behind a space": ("a.csv", b"name,value\nx, =1+1\n", "file_active_content"),
    "a table with a formula that begins with a plus": ("a.csv", b"a,b\nx,+cmd|' /C calc'!A0\n", "file_active_content"),
    "a table with a formula that begins with a minus": ("a.csv", b"a,b\nx,-2+3+HYPERLINK(A1)\n", "file_active_content"),
    "a table with a wide formula": ("a.csv", "a,b\nx,\uff1d1+1\n".encode(), "file_active_content"),
    "a table with a quote that never ends": ("a.csv", b'name\n"open\n', "file_damaged"),
    "too much text": ("a.txt", b"a" * (document_text.MAX_BYTES + 1), "file_text_too_large"),
}


def refusal(name: str, content: bytes) -> FileRefused:
    with pytest.raises(FileRefused) as found:
        media_type_of(io.BytesIO(content), name=name)
    return found.value


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_file_is_known_by_its_content(name: str) -> None:
    content, expected = ACCEPTED[name]
    assert media_type_of(io.BytesIO(content), name=name) == expected


def test_every_accepted_type_has_an_example() -> None:
    assert {expected for _, expected in ACCEPTED.values()} == set(ENDINGS)


@pytest.mark.parametrize("case", REFUSED)
def test_what_could_do_harm_is_refused_with_a_way_forward(case: str) -> None:
    name, content, code = REFUSED[case]
    found = refusal(name, content)
    assert found.code == code
    # At least two sentences: what was found, and what to do instead.
    assert found.message.endswith(".")
    assert len(found.message) > 40


def test_every_refusal_has_an_example() -> None:
    # One more is for what only the limits of the child process end (test_document_examining).
    assert {code for _, _, code in REFUSED.values()} | {document_refusal.UNEXAMINED} == set(document_refusal.CODES)


def test_a_pdf_that_only_mentions_a_script_on_its_pages_is_accepted() -> None:
    page = files.object_stream(b"BT (see /JavaScript and /Launch) Tj ET", dictionary=b"/Length1 3")
    assert media_type_of(io.BytesIO(files.pdf(page)), name="a.pdf") == "application/pdf"


def test_a_pdf_with_harmless_object_streams_is_accepted() -> None:
    assert media_type_of(io.BytesIO(files.pdf(files.object_stream(b"7 0 <</A 1>>"))), name="a.pdf")


def test_a_pdf_is_unpacked_only_as_far_as_the_allowance_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_pdf, "MAX_UNPACKED", 10_000)
    bomb = files.pdf(files.object_stream(b"7 0 " + b" " * 9_000), files.object_stream(b"8 0 " + b" " * 9_000))
    assert refusal("a.pdf", bomb).code == "file_bomb"


def test_a_stream_that_contains_the_word_endstream_hides_nothing() -> None:
    packer = zlib.compressobj(0)
    packed = packer.compress(b"7 0 (endstream endobj) <</S /Java" + b"Script>>") + packer.flush()
    hidden = b"5 0 obj <</Type /ObjStm /Filter /FlateDecode>> stream\n" + packed + b"\nendstream endobj"
    assert refusal("a.pdf", files.pdf(hidden)).code == "file_active_content"


@pytest.mark.parametrize("allowance", ["MAX_STREAMS", "MAX_OBJECTS"])
def test_a_pdf_of_endless_parts_is_refused(allowance: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_pdf, allowance, 20)
    parts = [b"%d 0 obj <<>> stream\nx\nendstream endobj" % number for number in range(3, 24)]
    assert refusal("a.pdf", files.pdf(*parts)).code == "file_bomb"
    assert media_type_of(io.BytesIO(files.pdf(*parts[:15])), name="a.pdf") == "application/pdf"


def test_a_part_is_known_by_its_whole_dictionary_however_long() -> None:
    packed = zlib.compress(b"% no number first\n7 0 <</S /JavaScript /JS (x)>>")
    said = b"5 0 obj <</Type /ObjStm /Filter /FlateDecode /X (" + b"x" * 10_000 + b")>>"
    hidden = said + b" stream\n" + packed + b"\nendstream endobj"
    assert refusal("a.pdf", files.pdf(hidden)).code == "file_active_content"


def test_lists_of_relations_are_read_only_as_far_as_the_allowance_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_archive, "MAX_RELATIONS", 500)
    lists = {f"word/_rels/{number}.xml.rels": relations("hyperlink") for number in range(3)}
    assert refusal("a.docx", files.docx(**lists)).code == "file_bomb"


def test_a_large_list_of_types_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_archive, "MAX_READ", 100)
    assert refusal("a.docx", files.docx()).code == "file_bomb"


@given(st.binary(max_size=300), st.sampled_from(["a.pdf", "a.docx", "a.txt", "a.csv", "a.json", "a.png", "a"]))
def test_any_bytes_are_accepted_or_refused_and_never_raise_anything_else(content: bytes, name: str) -> None:
    for start in (b"", b"%PDF-", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"):
        with suppress(FileRefused):
            assert media_type_of(io.BytesIO(start + content), name=name) in ENDINGS


@given(st.data())
def test_a_word_file_with_any_byte_changed_never_raises_anything_else(data: st.DataObject) -> None:
    content = bytearray(files.docx())
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(FileRefused):
        assert media_type_of(io.BytesIO(bytes(content)), name="a.docx") == ACCEPTED["sheet.docx"][1]
