"""Word files: everything a reader sees of them, and nothing else; hostile archives are refused."""

from __future__ import annotations

import io
import zipfile

import pytest

from bot.errors import DamagedDocument, DocumentTooComplex, EncryptedDocument, UnsupportedFormat
from bot.ingest.extract.extract import extract
from tests.ingest.sample_files import archive, raw_docx


def written() -> bytes:
    docx = pytest.importorskip("docx", reason="Word files are made with python-docx")
    document = docx.Document()
    document.add_heading("The harbours", 0)
    document.add_paragraph("A first paragraph with a ").add_run("bold").bold = True
    document.add_heading("Depths", 1)
    document.add_paragraph("first", style="List Bullet")
    document.add_paragraph("second", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ("Year", "Depth", "1883", "4 m"), strict=True):
        cell.text = text
    hidden = document.add_paragraph("Seen. ").add_run("Not seen.")
    hidden.font.hidden = True
    document.core_properties.title = "On harbours"
    document.core_properties.author = "Ann Lee"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_a_word_file_comes_out_as_it_was_written() -> None:
    document = extract(written(), "harbours.docx")
    assert document.text == (
        "The harbours\n\nA first paragraph with a bold\n\nDepths\n- first\n- second\n\n"
        "Year | Depth\n1883 | 4 m\n\nSeen."
    )
    assert [mark.value for mark in document.headings] == ["The harbours", "Depths"]
    assert (document.title, document.author) == ("On harbours", "Ann Lee")
    assert document.notes == ("8 hidden characters were left out.",)


def run(text: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


def paragraph(*runs: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(runs)}</w:p>"


@pytest.mark.parametrize(
    "hidden",
    [
        run("secret", "<w:vanish/>"),
        run("secret", '<w:color w:val="FFFFFF"/>'),
        run("secret", '<w:sz w:val="2"/>'),
        f'<w:del w:id="1">{run("secret").replace("w:t>", "w:delText>")}</w:del>',
        f"<w:moveFrom>{run('secret')}</w:moveFrom>",
        "<w:r><w:instrText>secret</w:instrText></w:r>",
    ],
)
def test_what_word_does_not_show_is_not_kept(hidden: str) -> None:
    body = paragraph(run("Seen words."), hidden)
    assert extract(raw_docx(body), "a.docx").text == "Seen words."


@pytest.mark.parametrize(
    "shown",
    [
        run("secret", '<w:vanish w:val="0"/>'),
        run("secret", '<w:color w:val="FFFFFF"/><w:highlight w:val="black"/>'),
        f'<w:ins w:id="1">{run("secret")}</w:ins>',
        f"<w:hyperlink>{run('secret')}</w:hyperlink>",
        f"<w:sdt><w:sdtContent>{run('secret')}</w:sdtContent></w:sdt>",
    ],
)
def test_what_word_shows_is_kept(shown: str) -> None:
    assert "secret" in extract(raw_docx(paragraph(run("Seen."), shown)), "a.docx").text


def test_a_hidden_style_hides_its_paragraphs() -> None:
    styles = '<w:style w:styleId="H"><w:rPr><w:vanish/></w:rPr></w:style>'
    body = paragraph(run("Seen.")) + paragraph(run("secret"), properties='<w:pStyle w:val="H"/>')
    assert extract(raw_docx(body, styles=styles), "a.docx").text == "Seen."


def test_headings_are_told_by_outline_level_in_any_language() -> None:
    styles = (
        '<w:style w:styleId="berschrift1"><w:name w:val="Überschrift"/>'
        '<w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>'
        '<w:style w:styleId="Eigene"><w:basedOn w:val="berschrift1"/></w:style>'
    )
    body = paragraph(run("Kapitel"), properties='<w:pStyle w:val="Eigene"/>') + paragraph(run("X."))
    document = extract(raw_docx(body, styles=styles), "a.docx")
    assert [mark.value for mark in document.headings] == ["Kapitel"]


def test_footnotes_and_endnotes_follow_the_text_in_their_order() -> None:
    body = paragraph(
        run("One"),
        '<w:r><w:endnoteReference w:id="5"/></w:r>',
        run(" two"),
        '<w:r><w:footnoteReference w:id="2"/></w:r>',
        run("."),
    )
    document = extract(
        raw_docx(
            body,
            footnotes=f'<w:footnote w:id="2">{paragraph(run("A foot."))}</w:footnote>',
            endnotes=f'<w:endnote w:id="5">{paragraph(run("An end."))}</w:endnote>',
        ),
        "a.docx",
    )
    assert document.text == "One[1] two[2].\n\n[1] An end.\n\n[2] A foot."


def test_text_boxes_are_read_once() -> None:
    box = f"<w:txbxContent>{paragraph(run('In a box.'))}</w:txbxContent>"
    fallback = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    both = (
        f'<w:r><x:AlternateContent xmlns:x="{fallback}"><x:Choice>{box}</x:Choice>'
        f"<x:Fallback>{box}</x:Fallback></x:AlternateContent></w:r>"
    )
    text = extract(raw_docx(paragraph(run("Around."), both)), "a.docx").text
    assert text == "Around.\n\nIn a box."


def test_tables_in_tables_are_read_with_their_cell() -> None:
    inner = f"<w:tbl><w:tr><w:tc>{paragraph(run('in'))}</w:tc></w:tr></w:tbl>"
    outer = (
        f"<w:tbl><w:tr><w:tc>{inner}{paragraph(run('x'))}</w:tc><w:tc>{paragraph(run('b'))}</w:tc>"
    )
    assert extract(raw_docx(outer + "</w:tr></w:tbl>"), "a.docx").text == "in x | b"


ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
    + ']><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    "<w:body><w:p><w:r><w:t>&j;</w:t></w:r></w:p></w:body></w:document>"
)
OUTSIDE = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    "<w:body><w:p><w:r><w:t>&a;</w:t></w:r></w:p></w:body></w:document>"
)


@pytest.mark.parametrize("xml", [ENTITIES, OUTSIDE, "<w:document", "", "\0" * 99])
def test_entity_tricks_and_broken_xml_are_refused(xml: str) -> None:
    with pytest.raises(DamagedDocument, match="Word file can't be read"):
        extract(archive({"word/document.xml": xml}), "a.docx")


def test_deep_xml_is_refused() -> None:
    body = "<w:sdt>" * 5_000 + "</w:sdt>" * 5_000
    with pytest.raises(DamagedDocument):
        extract(raw_docx(body), "a.docx")


@pytest.mark.parametrize("part", ["word/document.xml", "word/media/picture.bmp"])
def test_bombs_are_refused_by_their_list_of_contents(part: str) -> None:
    parts: dict[str, bytes | str] = {"word/document.xml": "<a/>"}
    parts[part] = b"\0" * 80_000_000
    with pytest.raises(DocumentTooComplex, match="too large to unpack"):
        extract(archive(parts), "a.docx")


def test_a_bomb_that_lies_about_its_size_is_refused() -> None:
    honest = archive({"word/document.xml": b"<a>" + b" " * 4_000_000 + b"</a>"})
    size = (4_000_007).to_bytes(4, "little")
    lying = honest.replace(size, (100).to_bytes(4, "little"))
    with pytest.raises((DamagedDocument, DocumentTooComplex)):
        extract(lying, "a.docx")


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "a\\..\\b", "C:\\x", "a/../../b"]
)
def test_paths_that_climb_out_are_refused(name: str) -> None:
    data = archive({"word/document.xml": "<a/>", name: "x"})
    with pytest.raises(DamagedDocument, match="table of contents is suspicious"):
        extract(data, "a.docx")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_twice_is_refused() -> None:
    out = io.BytesIO(raw_docx(paragraph(run("one"))))
    with zipfile.ZipFile(out, "a") as packed:
        packed.writestr("word/document.xml", "<two/>")
    with pytest.raises(DamagedDocument):
        extract(out.getvalue(), "a.docx")


def test_a_locked_part_is_refused_as_locked() -> None:
    data = bytearray(raw_docx(paragraph(run("words"))))
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    data[6] |= 1
    with pytest.raises(EncryptedDocument, match="without the password"):
        extract(bytes(data), "a.docx")


def test_a_cut_off_file_is_refused() -> None:
    with pytest.raises(DamagedDocument, match="a Word file, but it's damaged or incomplete"):
        extract(raw_docx(paragraph(run("words")))[:-40], "a.docx")


@pytest.mark.parametrize(
    ("part", "kind"),
    [("xl/workbook.bin", "a binary Excel file"), ("Index/Document.iwa", "an Apple Pages file")],
)
def test_other_office_files_are_refused_by_name(part: str, kind: str) -> None:
    with pytest.raises(UnsupportedFormat, match=f"This is {kind}"):
        extract(archive({part: "x"}), "a.docx")


def test_comments_headers_deletions_and_pictures_are_counted_or_named() -> None:
    body = paragraph(run("The pier is old.")) + (
        '<w:p><w:del w:id="1"><w:r><w:delText>and ugly</w:delText></w:r></w:del></w:p>'
    )
    data = raw_docx(
        body,
        comments="<w:comment><w:p><w:r><w:t>Is it?</w:t></w:r></w:p></w:comment>" * 2,
        header1="<w:p><w:r><w:t>Draft of May</w:t></w:r></w:p>",
        footer1="<w:p><w:r><w:t>12</w:t></w:r></w:p>",
    )
    parts = dict.fromkeys(
        ("word/media/a.png", "word/charts/chart1.xml", "word/vbaProject.bin"), "x"
    )
    with zipfile.ZipFile(io.BytesIO(data)) as unpacked:
        parts |= {name: unpacked.read(name).decode() for name in unpacked.namelist()}
    document = extract(archive(parts), "a.docx")

    assert document.text == "The pier is old."
    assert document.notes == (
        "Left out: 1 picture, 1 chart, 2 comments, 1 tracked deletion, its macros.",
        "Left out from the top and bottom of each page: “Draft of May”.",
    )
