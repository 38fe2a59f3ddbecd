"""What is believed of a file's title, author and date: what it shows, not what programs wrote."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import pytest

from bot.ingest.extract.extract import extract
from bot.ingest.extract.publication_date import printed_date
from tests.ingest.office_files import odf, xlsx
from tests.ingest.sample_files import SENTENCES, archive, drawn_pdf, pdf, prose, raw_docx
from tests.steps import growth

OWN = {
    "2020-03-12": [
        "12 March 2020",
        "March 12, 2020",
        "Thursday, 12th March 2020",
        "Geneva, 12 March 2020",
        "Berlin, den 12. März 2020",
        "12.03.2020",
        "2020-03-12",
        "2020年3月12日",
        "12 de março de 2020",
        "Published: 12 March 2020",
        "Published online 12 Mar. 2020 | Nature 579",
        "Received: 1 January 2020; Accepted: 2 March 2020; Published: 12 March 2020",
        "PUBLISHED 12 MARCH 2020",
        "arXiv:2003.12345v1 [cs.CL] 12 Mar 2020",
        "Veröffentlicht am 12. März 2020",
        "Publié le 12 mars 2020",
        "Опубликовано 12 марта 2020 года",
    ]
}
NOT_OWN = [
    "03/04/2020",
    "31 February 2020",
    "12 March 2999",
    "12 March",
    "March 2020",
    "Accessed 3 May 2020",
    "Last updated 3 May 2020",
    "Received 1 January 2020",
    "The first report was published on 3 May 1999 in Nature.",
    "The storm came on 3 May 1999",
]


@pytest.mark.parametrize("line", OWN["2020-03-12"])
def test_a_date_that_is_the_documents_own_is_believed(line: str) -> None:
    assert printed_date(["On harbours", line, *SENTENCES]) == "2020-03-12"


@pytest.mark.parametrize("line", NOT_OWN)
def test_any_other_date_is_not(line: str) -> None:
    assert printed_date(["On harbours", line, *SENTENCES]) is None


def test_of_two_dates_that_stand_alone_neither_is_believed() -> None:
    assert printed_date(["12 March 2020", "13 March 2020"]) is None
    assert (
        printed_date(["12 March 2020", "13 March 2020", "Published 14 March 2020"]) == "2020-03-14"
    )


@pytest.mark.parametrize("piece", ["Published ", "arXiv:", "12 March ", "Published " + " " * 9_999])
def test_no_first_page_takes_for_ever(piece: str) -> None:
    assert growth(lambda size: printed_date([piece] * size), 25) < 6
    printed_date([piece * 300] * 100)  # backtracking takes hours


def with_xmp(data: bytes, xmp: str) -> bytes:
    pypdf = pytest.importorskip("pypdf")
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(data))
    stream = pypdf.generic.StreamObject()
    stream.set_data(f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{xmp}</x:xmpmeta>".encode())
    writer.root_object[pypdf.generic.NameObject("/Metadata")] = writer._add_object(stream)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


DC_DATE = "<dc:date>\n  <rdf:Seq>\n    <rdf:li>{}</rdf:li>\n  </rdf:Seq>\n</dc:date>"


@pytest.mark.parametrize(
    ("xmp", "published"),
    [
        ("<prism:publicationDate>2019-04-05</prism:publicationDate>", "2019-04-05"),
        ("<rdf:Description prism:coverDate='2019-04-05T00:00:00Z'/>", "2019-04-05"),
        ("<crossmark:MajorVersionDate>2019-04-05</crossmark:MajorVersionDate>", "2019-04-05"),
        (DC_DATE.format("2019-04-05"), "2019-04-05"),
        (DC_DATE.format("2000-01-01"), None),  # the day on which the file was made
        ("<xmp:CreateDate>2019-04-05</xmp:CreateDate>", None),
        ("<prism:publicationDate>2999-04-05</prism:publicationDate>", None),
        ("<prism:publicationDate>", None),
    ],
)
def test_a_date_in_the_metadata_is_believed_if_it_is_of_publishing(
    xmp: str, published: str | None
) -> None:
    pytest.importorskip("reportlab", reason="PDFs are made with reportlab")
    assert extract(with_xmp(pdf(prose(3)), xmp), "a.pdf").published == published


def test_publishers_metadata_come_before_print_and_print_before_a_date_without_purpose() -> None:
    pytest.importorskip("reportlab", reason="PDFs are made with reportlab")
    printed = pdf(["# The harbours", "12 March 2020", *prose(3)])
    stated = "<prism:publicationDate>2019-04-05</prism:publicationDate>"
    assert extract(with_xmp(printed, stated), "a.pdf").published == "2019-04-05"
    dated = DC_DATE.format("2018-04-05")
    assert extract(with_xmp(printed, dated), "a.pdf").published == "2020-03-12"


def test_the_day_on_which_a_pdf_was_made_is_not_its_date() -> None:
    pytest.importorskip("reportlab", reason="PDFs are made with reportlab")
    made = pdf(["# The harbours", *prose(3)], title="The harbours", author="Ann Lee")
    assert b"CreationDate" in made
    document = extract(made, "a.pdf")
    assert (document.title, document.author) == ("The harbours", "Ann Lee")
    assert document.published is None


def test_a_date_beside_the_title_of_a_pdf_is_its_date_and_one_on_a_later_page_is_not() -> None:
    pytest.importorskip("reportlab", reason="PDFs are made with reportlab")
    first = [
        (60, 700, "The harbours of the north"),
        (60, 680, "12 March 2020"),
        (60, 650, "Words."),
    ]
    assert extract(drawn_pdf([first]), "a.pdf").published == "2020-03-12"
    assert extract(drawn_pdf([first[:1], first[1:]]), "a.pdf").published is None


def test_dates_in_a_table_are_not_a_documents_own() -> None:
    pytest.importorskip("reportlab", reason="PDFs are made with reportlab")
    row = [(60, 700, "The flood"), (260, 700, "12 March 2020"), (60, 660, "A line of words.")]
    assert extract(drawn_pdf([row]), "a.pdf").published is None


def core(inner: str) -> dict[str, str]:
    names = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:t="http://purl.org/dc/terms/"'
    return {"docProps/core.xml": f"<core {names}>{inner}</core>"}


def word_file(lines: list[str], properties: str) -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in lines)
    document = f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    return archive({"word/document.xml": document, **core(properties)})


W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def test_a_word_file_is_dated_by_what_it_shows_not_by_when_it_was_made() -> None:
    made = "<t:created>2013-12-23T23:15:00Z</t:created>"  # as python-docx's template has it
    assert extract(word_file(["On harbours", "Words."], made), "a.docx").published is None
    shown = word_file(["On harbours", "12 March 2020", "Words."], made)
    assert extract(shown, "a.docx").published == "2020-03-12"
    assert extract(raw_docx("<w:p><w:r><w:t>x</w:t></w:r></w:p>"), "a.docx").published is None


@pytest.mark.parametrize(
    ("created", "modified", "date"),
    [
        ("2026-02-03T08:00:00Z", "2026-02-04T09:00:00Z", "2026-02-03"),
        ("2026-02-03T08:00:00Z", "", "2026-02-03"),
        ("2019-02-03T08:00:00Z", "2026-02-04T09:00:00Z", None),  # its template's
        ("2013-01-27T09:14:16Z", "2013-01-27T09:15:00Z", None),  # as python-pptx's template has it
        ("2026-02-04T08:00:00Z", "2026-02-03T09:00:00Z", None),
        ("2999-01-01T08:00:00Z", "", None),
        ("yesterday", "2026-02-03T09:00:00Z", None),
    ],
)
def test_the_day_on_which_a_file_was_begun_is_a_day_of_the_file(
    created: str, modified: str, date: str | None
) -> None:
    properties = f"<t:created>{created}</t:created><t:modified>{modified}</t:modified>"
    document = extract(word_file(["Words."], properties), "a.docx")
    assert document.published == date
    assert document.date_kind == ("file" if date else "published")
    assert document.date_source == ("file" if date else "")


def test_a_printed_date_comes_before_the_file_s() -> None:
    properties = "<t:created>2026-02-03T08:00:00Z</t:created>"
    document = extract(word_file(["On harbours", "12 March 2020", "Words."], properties), "a.docx")
    assert (document.published, document.date_kind) == ("2020-03-12", "published")


def test_every_office_file_hands_on_the_day_on_which_it_was_begun() -> None:
    made = {
        "a.odt": odf("text", "<text:p>Words.</text:p>", meta=BEGUN),
        "a.ods": odf("spreadsheet", SHEET, meta=BEGUN),
        "a.xlsx": xlsx(("A", [["Words", "More"]]), change=begin),  # openpyxl sets the day of saving
    }
    for name, data in made.items():
        document = extract(data, name)
        assert (document.published, document.date_kind) == ("2026-02-03", "file"), name


BEGUN = "<meta:creation-date>2026-02-03T08:00:00</meta:creation-date>"
SHEET = (
    "<table:table><table:table-row><table:table-cell><text:p>Words</text:p></table:table-cell>"
    "</table:table-row></table:table>"
)


def begin(book: Any) -> None:
    book.properties.created = datetime(2026, 2, 3)


PROGRAMS = [
    *("Microsoft Word - final2.docx", "untitled", "report.indd", "", "PowerPoint-Präsentation"),
    *(
        "nejmoa2001017 1..11",
        "PII: S0140-6736(20)30183-5",
        "doi:10.1000/182",
        "report_v2",
        "Layout 1",
    ),
]


@pytest.mark.parametrize("title", PROGRAMS)
def test_titles_that_programs_write_are_not_believed(title: str) -> None:
    pytest.importorskip("reportlab", reason="PDFs are made with reportlab")
    assert extract(pdf(["# The harbours", *prose(3)], title=title), "a.pdf").title == "The harbours"
    assert extract(pdf(prose(3), title=title), "a.pdf").title == ""


ACCOUNTS = ["admin", "jsmith", "HP", "Windows User", "ann@example.org", "pc\\ann", "user 7", "DELL"]
NAMES = ["Ann Lee", "Lee, Ann", "A. B. Lee and Bo Ek", "Ludwig van der Rohe", "山田太郎", "Selby"]


@pytest.mark.parametrize("author", ACCOUNTS)
def test_names_of_accounts_are_no_authors(author: str) -> None:
    pytest.importorskip("reportlab", reason="PDFs are made with reportlab")
    assert extract(pdf(prose(3), author=author), "a.pdf").author is None
    word = word_file(["Words."], f"<dc:creator>{author}</dc:creator>")
    assert extract(word, "a.docx").author is None


@pytest.mark.parametrize("author", NAMES)
def test_names_of_people_and_names_on_the_first_page_are_authors(author: str) -> None:
    pytest.importorskip("reportlab", reason="PDFs are made with reportlab")
    assert extract(pdf(prose(3), author=author), "a.pdf").author == author
