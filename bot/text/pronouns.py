"""Pronouns that stand for what was named before, in several languages. Patterns and words only."""

from __future__ import annotations

import regex

from bot.text.tokenize import word_set

PERSONS = "he|she|him|her|his|hers|himself|herself|er|ihm|ihn|él|ella|elle|lui|он|она|его|её|ему"
THINGS = (
    "it|its|itself|they|them|their|theirs|themselves|"
    "sie|ihr|ihre[mnrs]?|seine?[mnrs]?|davon|dafür|damit|darüber|daran|dazu|dort|dagegen|darin|"
    "ellos|ellas|su|sus|eso|esto|allí|ahí|ils|elles|leurs?|cela|ça|celui-ci|celle-ci|"
    "оно|они|их|им|там|это|этого"
)
# These refer back in a text; in a question they depend on the words around them.
_DEMONSTRATIVES = "this|these|that|such|both|diese[mnrs]?|es|il"
REFERS_BACK = regex.compile(
    rf"\b(?:{PERSONS}|{THINGS}|{_DEMONSTRATIVES})\b|[他她它其这]", regex.IGNORECASE
)
SUBJECTS = word_set("he she they er sie él ella ellos ellas il elle ils elles он она они")
