"""What a month costs: the three examples of docs/operating.md, by the code that books the charges.

``python -m bench.costs`` prints them; ``--prices`` takes MODEL_PRICES. A question is counted with
the most tokens that its prompt may have, so these are upper bounds for that many questions.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from bot.answer.budget import Budget
from bot.answer_records import Usage, to_money
from bot.setting_values import parse_prices
from bot.settings import DEFAULT_PROMPT_TOKENS

PRICES = "gpt-6-luna=0.10/0.50, text-embedding-3-small=0.02/0"
DAYS = 30
ANSWER_TOKENS = 200  # an answer of three or four sentences with its markers
SUGGESTION = Usage(1_700, 200)  # 6,000 characters of the article, rules, at most 200 to write
JUDGEMENT = Usage(1_200, 100)  # SUPPORT=model: the rules, four sentences and what they cite
REPAIR = Usage(DEFAULT_PROMPT_TOKENS, ANSWER_TOKENS)  # SUPPORT=model, if a sentence fails
ARTICLE_TOKENS = 4_000  # of a text of 3,000 words
QUESTION_TOKENS = 20


@dataclass(frozen=True, slots=True)
class Example:
    """A server on one day. ``judged``, ``repaired``: how many answers in a hundred are."""

    name: str
    questions: int
    articles: int
    judged: int = 0
    repaired: int = 0
    embeds_on_server: bool = False


EXAMPLES = (
    Example("a reading group, with a model", questions=20, articles=3),
    Example(
        "a busy community, with SUPPORT=model", questions=500, articles=20, judged=100, repaired=20
    ),
    Example("the same, embedding on a server", 500, 20, 100, 20, embeds_on_server=True),
)


def month(example: Example, budget: Budget, model: str, embeddings: str) -> int:
    """The cost of 30 such days, in millionths of the currency."""
    answer = Usage(DEFAULT_PROMPT_TOKENS, ANSWER_TOKENS)
    calls = [
        (model, answer, example.questions * 100),
        (model, JUDGEMENT, example.questions * example.judged),
        (model, REPAIR, example.questions * example.repaired),
    ]
    calls.append((model, SUGGESTION, example.articles * 100))
    if example.embeds_on_server:
        calls.append((embeddings, Usage(ARTICLE_TOKENS), example.articles * 100))
        calls.append((embeddings, Usage(QUESTION_TOKENS), example.questions * 100))
    return sum((budget.cost(name, usage) or 0) * n for name, usage, n in calls) * DAYS // 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prices", default=PRICES, help=f"default: {PRICES}")
    prices = parse_prices(parser.parse_args().prices)
    model, *others = prices
    for example in EXAMPLES:
        cost = month(example, Budget(prices), model, others[0] if others else model)
        print(f"{to_money(cost):8.2f}  {example.name}")
        print(f"{'':10}{example.questions} questions and {example.articles} articles a day")


if __name__ == "__main__":
    main()
