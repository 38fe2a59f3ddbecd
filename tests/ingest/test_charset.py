"""Bytes in any charset become the right text, or are refused: never the wrong text in silence."""

from __future__ import annotations

import pytest

from bot.errors import UnreadableText
from bot.ingest.extract.charset import decode

TEXTS = {
    "ru": "Совместная российско-европейская миссия на Марс должна искать следы жизни. "
    "Ракета стартовала с космодрома Байконур в понедельник утром.",
    "ja": "日本の探査機は火曜日に小惑星から試料を持ち帰った。研究者たちは、その中に"
    "水と有機物が含まれていると発表した。カプセルはオーストラリアの砂漠に着地した。",
    "zh": "科学家们周三宣布,在火星的土壤样本中发现了水的痕迹。这一结果发表在"
    "最新一期的期刊上,引起了广泛的讨论。研究小组计划明年再次发射探测器。",
    "zh-TW": "科學家們週三宣布,在火星的土壤樣本中發現了水的痕跡。這一結果發表在"
    "最新一期的期刊上,引起了廣泛的討論。研究小組計劃明年再次發射探測器。",
    "ko": "과학자들은 화요일에 연구 결과를 발표했다. 우주선이 행성에 도착하여 "
    "첫 번째 사진을 보냈다. 연구팀은 내년에 다시 탐사선을 발사할 계획이다.",
    "fr": "Les chercheurs ont publié leurs résultats à l’été dernier : « la météo était très "
    "mauvaise », a déclaré la directrice. L’équipe espère un hiver plus doux.",
    "de": "Die Forscher veröffentlichten ihre Ergebnisse im März: „Das Wetter war für die "
    "Messungen überraschend günstig“, sagte die Leiterin.",
    "pl": "Naukowcy ogłosili wyniki badań w zeszłym tygodniu. Łódź podwodna dotarła do dna "
    "morza, gdzie znaleziono ślady życia.",
    "tr": "Bilim insanları salı günü araştırmanın sonuçlarını açıkladı. Uzay aracı gezegene "
    "ulaştı ve ilk görüntüleri gönderdi. Işık çok güçlüydü.",
    "el": "Οι επιστήμονες ανακοίνωσαν την Τρίτη τα αποτελέσματα της έρευνας στον τύπο.",
    "en": "The researchers’ results were published – “surprisingly early”, as the director "
    "said – in the naïve journal of café culture. It cost £5.",
}
GUESSED = [
    *[("ru", name) for name in ("windows-1251", "koi8-r", "iso8859-5", "cp866")],
    *[("ja", name) for name in ("shift_jis", "euc-jp", "iso2022_jp")],
    *[("zh", "gb18030"), ("zh", "gbk"), ("zh-TW", "big5"), ("ko", "euc-kr")],
    *[("fr", "cp1252"), ("de", "cp1252"), ("en", "cp1252"), ("de", "latin-1")],
    *[("pl", "cp1250"), ("pl", "iso8859-2"), ("tr", "cp1254"), ("el", "cp1253")],
]


@pytest.mark.parametrize(("language", "charset"), GUESSED)
def test_a_charset_is_guessed_and_the_guess_is_told(language: str, charset: str) -> None:
    data = TEXTS[language].encode(charset, "ignore")
    decoded = decode(data)
    assert decoded.text == data.decode(charset)
    assert decoded.notes == (f"I guessed this file's text encoding: {decoded.guessed}.",)


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be", "utf-16", "utf-32", "utf-8-sig"])
def test_unicode_is_read_with_and_without_its_mark(language: str, charset: str) -> None:
    assert decode(TEXTS[language].encode(charset)).text == TEXTS[language]


@pytest.mark.parametrize(("language", "charset"), GUESSED)
@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1", "shift_jis", "no-such-charset"])
def test_a_charset_that_is_declared_wrongly_does_no_harm(
    language: str, charset: str, declared: str
) -> None:
    data = TEXTS[language].encode(charset, "ignore")
    assert decode(data, declared).text == data.decode(charset)


@pytest.mark.parametrize(("language", "charset"), GUESSED)
def test_a_declared_charset_needs_no_length(language: str, charset: str) -> None:
    word = TEXTS[language].split()[-1][:30]
    data = word.encode(charset, "ignore")
    assert decode(data, charset).text == data.decode(charset)


def test_names_mean_what_browsers_take_them_for() -> None:
    assert decode("“café”".encode("cp1252"), "ISO-8859-1").text == "“café”"
    assert decode("①髙".encode("cp932"), "Shift_JIS").text == "①髙"
    assert decode("镕".encode("gb18030"), "gb2312").text == "镕"


def test_utf8_is_believed_over_any_declaration() -> None:
    assert decode("naïve café".encode(), "windows-1252") == ("naïve café", "", 0)


def test_a_few_broken_characters_in_utf8_are_told_and_no_reason_to_guess() -> None:
    decoded = decode(TEXTS["ru"].encode() + b" caf\xe9 \xff")
    assert decoded.text == TEXTS["ru"] + " caf\ufffd \ufffd"
    assert decoded.notes == ("2 broken characters couldn't be read.",)


@pytest.mark.parametrize("charset", ["cp1252", "windows-1251", "shift_jis", "gb18030", "big5"])
def test_a_text_too_short_to_guess_from_is_refused(charset: str) -> None:
    data = TEXTS["ja" if charset == "shift_jis" else "ru"][:14].encode(charset, "ignore") + b"\xe9"
    with pytest.raises(UnreadableText, match="Save it as UTF-8"):
        decode(data)


def test_bytes_that_are_no_text_are_refused() -> None:
    noise = bytes((i * 7919 + i * i) % 256 for i in range(4_000))
    for data in (noise, b"\xff\xfe\x00\xd8", b"\xef\xbb\xbf\xff", "text".encode("utf-7") + noise):
        with pytest.raises(UnreadableText):
            decode(data)


def test_names_of_codecs_that_are_no_charsets_mean_nothing() -> None:
    assert decode(b"aGVsbG8=", "base64").text == "aGVsbG8="
    assert decode(b"uryyb", "rot13").text == "uryyb"


def test_a_few_stray_zeros_do_not_make_a_text_unreadable() -> None:
    assert decode(b"plain words\0 and more of them").text.replace("\0", "") == (
        "plain words and more of them"
    )


@pytest.mark.parametrize(("language", "charset"), GUESSED)
@pytest.mark.parametrize("length", [20, 30, 40, 60])
def test_a_short_file_is_read_and_its_guess_is_told(
    language: str, charset: str, length: int
) -> None:
    data = TEXTS[language].encode(charset, "ignore")[:length]
    words = data.decode(charset, "ignore")
    if words.isascii():
        return
    decoded = decode(words.encode(charset))
    assert decoded.text == words
    assert decoded.guessed


@pytest.mark.parametrize("stray", [b"\x7f", b"\0", b"\0" * 500, b"\x01"])
@pytest.mark.parametrize("declared", [None, "windows-1252", "utf-8"])
def test_stray_control_bytes_do_not_make_a_charset_unknown(
    stray: bytes, declared: str | None
) -> None:
    data = TEXTS["de"].encode("cp1252")
    decoded = decode(data[:70] + stray + data[70:], declared)
    assert decoded.text == TEXTS["de"]


@pytest.mark.parametrize("zeros", [b"\0", b"\0\0", b"\0" * 3, b"\0" * 64])
def test_a_text_with_zeros_is_no_chinese(zeros: bytes) -> None:
    text = "The pier was rebuilt after the storm. " * 20
    data = text.encode()
    assert decode(data[:99] + zeros + data[99:300] + zeros + data[300:]).text == text


def test_bytes_between_zeros_are_refused() -> None:
    noise = bytes((i * 7919 + i * i) % 256 for i in range(4_000))
    for data in (noise[:30], bytes(64), b"\x1b[0m\x02\x03" * 50, b"ab\0\0" * 9 + noise):
        with pytest.raises(UnreadableText):
            decode(data)


def test_characters_that_no_text_has_are_refused() -> None:
    for garbled in ("\ue000\ue001\ufffd" * 40, "a\ufffd" * 100, "\u0378\u0379 " * 50):
        with pytest.raises(UnreadableText):
            decode(garbled.encode())
    assert decode("An icon \ue001 stands here, among many words of a text.".encode()).text
