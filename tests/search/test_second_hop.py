"""A name links to the articles that may be searched."""

from __future__ import annotations

import pytest

from bot.search.second_hop import LinkingName, begins_with_name, linked_articles

WHOLE, PART = ((0, "oda"), (1, "finch")), ((0, "finch"),)


def test_a_name_whose_whole_title_may_not_be_searched_links_by_its_parts() -> None:
    name = LinkingName(WHOLE, (PART,))

    assert linked_articles([name], {WHOLE: (), PART: (3, 7)}, 7) == [3]
    assert linked_articles([name], {WHOLE: (5,), PART: (3,)}, 7) == [5]


@pytest.mark.parametrize(
    ("title", "leads"),
    [("Oda Finch", True), ("Oda Finch, a painter", True), ("Oda", False), ("Finch Island", False)],
)
def test_only_a_whole_name_leads_to_a_title(title: str, leads: bool) -> None:
    assert begins_with_name(title, [LinkingName(WHOLE, (PART, ((0, "oda"),)))]) == leads
