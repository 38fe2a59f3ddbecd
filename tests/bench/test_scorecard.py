"""What a scorecard keeps of the one before."""

from __future__ import annotations

from bench.scorecard import card, read_sections

BEFORE = """# Scorecard

Some machine.

## Conversations

`python -m bench.conversations` · 2026-01-02

### By kind

| kind | good |

## Whole lists

```text
50
```
"""


def test_a_section_that_is_not_measured_again_stays() -> None:
    measured = read_sections(BEFORE)
    measured["Whole lists"] = "## Whole lists\n\n51"
    after = card(measured)

    assert "## Conversations\n\n`python -m bench.conversations` · 2026-01-02\n\n### By" in after
    assert "51" in after
    assert "```text" not in after
    assert after.index("## Whole lists") < after.index("## Conversations")  # in their order


def test_what_is_measured_no_longer_goes() -> None:
    assert "Gone" not in card(read_sections("# Scorecard\n\n## Gone\n\nold\n"))
