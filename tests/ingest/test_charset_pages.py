"""Web pages as old sites send them: undeclared, declared wrongly, with a byte that is broken.

Each comes out right, or is refused, or says that its charset was guessed. No mojibake in silence.
"""

from __future__ import annotations

import pytest

from bot.errors import UnreadableText
from bot.ingest.extract.charset import decode
from bot.ingest.extract.extract import extract
from tests.ingest.test_charset import TEXTS

THAI = (
    "นักวิทยาศาสตร์ประกาศผลการวิจัยเมื่อวันอังคาร ยานอวกาศเดินทางถึงดาวเคราะห์และส่งภาพแรกกลับมา "
    "คณะวิจัยวางแผนจะส่งยานสำรวจอีกครั้งในปีหน้า"
)
ARABIC = (
    "أعلن العلماء يوم الثلاثاء نتائج البحث. وصلت المركبة الفضائية إلى الكوكب وأرسلت الصور الأولى."
)
HEBREW = (
    "המדענים פרסמו ביום שלישי את תוצאות המחקר. החללית הגיעה לכוכב הלכת ושלחה את התמונות הראשונות."
)
PAGES = [
    *((TEXTS["ru"], name) for name in ("windows-1251", "koi8-r", "iso8859-5", "cp866")),
    *((TEXTS["ja"], name) for name in ("shift_jis", "euc-jp", "iso2022_jp")),
    *((TEXTS["zh"], "gb18030"), (TEXTS["zh-TW"], "big5"), (TEXTS["ko"], "euc-kr")),
    *((TEXTS["en"], "cp1252"), (TEXTS["fr"], "cp1252"), (TEXTS["pl"], "iso8859-2")),
    *((TEXTS["tr"], "cp1254"), (TEXTS["el"], "cp1253"), (THAI, "cp874")),
    *((ARABIC, "cp1256"), (HEBREW, "cp1255")),
]
BEYOND_LATIN = [(text, name) for text, name in PAGES if not text[:1].isascii()]
MENU = "".join(f"<li><a href=/{number}>Menu item {number}</a>" for number in range(20))


def web_page(text: str, charset: str, head: str = "") -> tuple[bytes, str]:
    """Bytes, and the words that should come of them."""
    data = text.encode(charset, "ignore")
    page = f"<!DOCTYPE html><html><head>{head}<title>News</title></head><body><ul>{MENU}</ul><h1>"
    body = b"<p>" + data + b"</p>"
    return page.encode() + b"News</h1>" + body * 3 + b"</body></html>", data.decode(charset)


def in_one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("declared", [None, "utf-8", "iso-8859-1"])
@pytest.mark.parametrize(("text", "charset"), PAGES)
def test_a_page_that_does_not_say_its_charset_or_says_a_wrong_one_is_right(
    text: str, charset: str, declared: str | None
) -> None:
    data, words = web_page(text, charset)
    document = extract(data, "a.html", declared=declared)
    assert in_one_line(words) in in_one_line(document.text)
    is_right = (declared, charset) == ("iso-8859-1", "cp1252")  # as browsers take that name
    assert is_right or any("guessed" in note for note in document.notes)


@pytest.mark.parametrize(("text", "charset"), PAGES)
def test_a_page_whose_head_lies_and_whose_header_does_not_is_right(text: str, charset: str) -> None:
    data, words = web_page(text, charset, "<meta charset=utf-8>")
    assert in_one_line(words) in in_one_line(extract(data, "a.html", declared=charset).text)


@pytest.mark.parametrize(("text", "charset"), BEYOND_LATIN)
def test_one_broken_byte_does_not_turn_a_page_into_another_language(
    text: str, charset: str
) -> None:
    data, words = web_page(text, charset)
    cut = data[: data.rindex(b"</p>") - 1] + b"\xff</p></body></html>"
    document = extract(cut, "a.html", declared=charset)
    assert in_one_line(words) in in_one_line(document.text)


@pytest.mark.parametrize(("text", "charset"), PAGES)
@pytest.mark.parametrize("length", [20, 40, 70, 100])
def test_a_short_text_is_right_or_refused(text: str, charset: str, length: int) -> None:
    data = text[:length].encode(charset, "ignore")
    try:
        decoded = decode(data)
    except UnreadableText:
        return
    assert decoded.text == data.decode(charset)


def test_halves_of_a_pair_in_utf8_are_one_character() -> None:
    halves = "Straße \ud83d\ude00 und".encode("utf-8", "surrogatepass")
    assert decode(halves).text == "Straße \N{GRINNING FACE} und"
    assert decode(b"Stra\xc3\x9fe \xed\xa0\xbd und").notes == (
        "1 broken character couldn't be read.",
    )


def test_japanese_cut_off_within_an_escape_is_not_taken_for_ascii() -> None:
    data = TEXTS["ja"].encode("iso2022_jp", "ignore")
    cut = data[: data.rindex(b"\x1b(B") - 1]
    assert decode(cut).text[:30] == TEXTS["ja"][:30]


def test_a_page_in_utf8_with_a_footer_in_another_charset_is_not_guessed_at() -> None:
    russian = TEXTS["ru"]
    data = (f"<p>{russian * 20}</p>".encode()) + b"<p>\xa9 2020</p>"
    document = extract(data, "a.html")
    assert russian in document.text
    assert document.notes == ("1 broken character couldn't be read.",)
