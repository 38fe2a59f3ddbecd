"""Style sheets as the web has them: whatever stands in one, a page's other rules hold."""

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.extract.html import styles
from bot.ingest.extract.html.styles import (
    PROPERTIES,
    STEPS,
    STEPS_A_CHARACTER,
    CascadedStyle,
    StepBudget,
    Styles,
    TooComplex,
)

PAGE = """<html><body><div id=y class="x z"><p class=x lang=en>a<b a=b>c</b></p></div>
<fieldset disabled><legend>a</legend><legend><input disabled></legend></fieldset>
<a href="http://a.example">x</a></body></html>"""
PIECES = r"""
    a * | b|a *|a .x #y [ ] [a [a=b] [a~=''] [*|a] [a|b=c : :: :has( :is( :not( :where( )
    :nth-child( 2n+1 n of even :lang( en :root :disabled :enabled :checked :empty :local-link
    , > + ~ & { } top:0 left:1px; @media print @supports ( \\ \0 " ' /* */ <!-- --> !important
    var(--a) --a:var(--a) ; url( 😀
"""
PIECE = st.sampled_from([*PIECES.split(), " ", "\n", "9" * 5_000])


def every_style(page_styles: Styles, page: str = PAGE) -> list[CascadedStyle]:
    stack, found = [page_styles.root(lxml.html.fromstring(page))], []
    while stack:
        element = stack.pop()
        found.append(page_styles.declarations_for(element))
        stack += element.children()
    return found


@given(st.lists(PIECE, max_size=12).map("".join), st.lists(PIECE, max_size=4).map("".join))
def test_no_sheet_keeps_another_from_being_read(selector: str, value: str) -> None:
    sheets = [f"{selector}{{top:0;color:{value}}}", ".z{bottom:9px!important}"]
    found = every_style(Styles(sheets))
    assert sum(style.get("bottom") == "9px" for style in found) == 1


@pytest.mark.parametrize(
    ("sheet", "won"),
    [
        (".x{top:1px}p{top:2px}", "1px"),
        (".x{top:1px}.x{top:2px}", "2px"),
        ("p{top:1px!important}.x{top:2px}", "1px"),
        (":is(#n,p){top:1px}.x{top:2px}", "1px"),
        (":where(#y) p{top:1px}b,p{top:2px}", "2px"),
        (".x{top:1px;top:2px}", "2px"),
        ("@media(min-width:90em){.x{top:1px}}.z{.x{top:2px}}", "2px"),
        ("@media(max-width:80em){.x{top:1px}}", "1px"),
        (".z{& > .x{top:1px}}p.x{top:2px}", "1px"),
        (".x{top:var(--t)}:root{--t:1px}", "1px"),
    ],
)
def test_the_rule_that_a_browser_follows_wins(sheet: str, won: str) -> None:
    assert won in (style.get("top") for style in every_style(Styles([sheet])))


@pytest.mark.parametrize(
    ("sheet", "body"),
    [
        ("u~i~i~i~b{top:0}", "<i></i>" * 60 + "<b></b>"),
        ("a div div div div b{top:0}", "<div>" * 30 + "<b></b>"),
        (":has(p:has(b)){top:0}", "<div>" * 30 + "<p>a</p>" * 300),
        ("i:nth-last-of-type(3n){top:0}", "<i></i>" * 2_000),
        ("*{top:0}" * 500, "<i></i>" * 200),
        ("".join(f".a{n}{{top:0}}" for n in range(2_000)), ""),
        (";" * 20_000, ""),
        (f"*{{{';'.join(f'{name}:0' for name in PROPERTIES)}}}" * 20, "<i></i>" * 300),
    ],
)
def test_sheets_that_take_too_many_steps_are_ignored(sheet: str, body: str) -> None:
    page = PAGE.replace("</body>", f"{body}</body>")
    for steps, too_complex in ((60_000, True), (STEPS, False)):
        page_styles = Styles([sheet], steps)
        every_style(page_styles, page)
        assert page_styles.too_complex == too_complex


def test_what_a_rule_sets_is_worked_out_once_for_all_its_selectors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []
    long_forms = styles._long_forms

    def counted(name: str, value: str) -> list[tuple[str, str]]:
        read.append(name)
        return long_forms(name, value)

    monkeypatch.setattr(styles, "_long_forms", counted)
    found = every_style(Styles([",".join(["b"] * 50) + "{" + "top:0;" * 50 + "top:1px}"]))
    assert [style["top"] for style in found if style] == ["1px"]
    assert len(read) == 51


def test_the_budget_of_steps_is_spent_to_the_last() -> None:
    budget = StepBudget(left=STEPS_A_CHARACTER)
    budget.spend(STEPS_A_CHARACTER)
    with pytest.raises(TooComplex):
        budget.spend()
