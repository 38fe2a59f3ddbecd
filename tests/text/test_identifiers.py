"""Codes and numbered things are one unit, however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.identifiers import find_identifiers


def keys(text: str) -> list[str]:
    return [unit.key for unit in find_identifiers(text)]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("CVE-2024-1243", "cve 2024-1243 and cve‑2024‑1243"),
        ("KES-1192", "kes1192"),
        ("NAVCAM-2", "navcam2"),
        ("v4.2.1", "4.2.1"),
        ("Chapter IV", "chapter 4"),
        ("season 5", "the fifth season"),
        ("IL-6", "IL6"),
        ("CO2", "CO₂"),
    ],
)
def test_a_unit_is_the_same_however_it_is_written(a: str, b: str) -> None:
    assert set(keys(a)) & set(keys(b))


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("What is CVE-2024-9999?", "cve#-#"),
        ("what did kestrel 4.1.2 fix", "#.#.#"),
        ("bus line 8 last departure", "line #"),
        ("schema 19 is newer", "schem #"),
        ("the virus H5N1", "h#n#"),
        ("127.0.0.1 is refused", "#.#.#.#"),
    ],
)
def test_units_of_a_kind_share_a_family(text: str, family: str) -> None:
    assert family in [unit.family for unit in find_identifiers(text)]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("記事5を要約して", []),
        ("2024年の湧出量は何リットルですか", []),
        ("总结一下第32篇文章", []),
        ("기사5를 요약해 줘", []),
        ("H5N1ウイルスとA4の紙", ["h5n1", "a4"]),
        ("修复CVE-2024-1243了吗", ["cve2024-1243"]),
    ],
)
def test_without_spaces_only_letters_of_other_scripts_make_a_code(
    text: str, codes: list[str]
) -> None:
    assert keys(text) == codes


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("It is about season five of it.", "season 5"),
        ("It is about the fifth season of it.", "season 5"),
        ("It is about the first season, not season five.", "season 1"),
        ("It is about Season V of it.", "season 5"),
        ("It is about season 5 of it.", "season 5"),
    ],
)
def test_a_number_in_any_writing_is_enough(text: str, unit: str) -> None:
    assert unit in keys(text)


def test_a_date_hides_what_lies_in_it_and_nothing_beside_it() -> None:
    assert keys("Line 8 on 12 March 2020 and line 9, not 2020-03-12.") == ["line 8", "line 9"]


@pytest.mark.parametrize(
    "text",
    ["CVE-2024-3094 was published on 12 March 2020.", "On 12 March 2020 came CVE-2024-3094."],
)
def test_a_date_before_or_after_a_unit_hides_it_not(text: str) -> None:
    assert [text[unit.start : unit.end] for unit in find_identifiers(text)] == ["CVE-2024-3094"]


@pytest.mark.parametrize(
    "text",
    [
        "In 2019 it held 12 boats.",
        "a 12-month plan of mid-2020 for 65-year-olds",
        "a 4-man team, a 3-point plan, a 24-hour shop and a 2-door car",
        "30cm, 5kg, m2, 8pm, 22h45, 3rd and 1990s",
        "on 14 May 2026, 14.05.2026 and 2026-05-14",
        "1.234.567 Euro",
        "is the tunnel 18 or 26 million",
        "the emergency number of the office is 116 442",
    ],
)
def test_amounts_dates_and_times_are_no_units(text: str) -> None:
    assert keys(text) == []


@given(st.text(max_size=60))
def test_units_lie_within_the_text_in_order(text: str) -> None:
    units = find_identifiers(text)
    assert all(0 <= unit.start < unit.end <= len(text) for unit in units)
    assert [unit.start for unit in units] == sorted(unit.start for unit in units)
