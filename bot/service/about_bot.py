"""What the bot says of itself, and in reply to a greeting or thanks.

Short and friendly, in the language of the line as far as there is a catalog of it. Never about an
article. Each front end has commands of its own, so a few replies differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from bot.answer_records import Answer, BotTopic
from bot.strings import N_, _, speaking

FrontEnd = Literal["discord", "terminal"]

REPLIES: Mapping[BotTopic, str] = {
    "greeting": N_("Hello! What would you like to know about the articles here?"),
    "thanks": N_("You're welcome!"),
    "goodbye": N_("Goodbye! Come back any time."),
    "acknowledge": N_("I'm here whenever you have a question."),
    "praise": N_("Thank you, that's good to hear!"),
    "complaint": N_(
        "I'm sorry about that. Please ask again in other words, or press the rating that fits "
        "under the answer, so that the people who look after this library can see it."
    ),
    "insult": N_("I'm sorry I wasn't of more help. Try other words, or look at what there is."),
    "help": N_(
        "Ask me a question, and I answer from the articles that people here have added. Every "
        "sentence has a footnote that opens its source. If the articles don't say, I tell you."
    ),
    "identity": N_(
        "I'm Footnote, a program that looks things up. I answer only from the articles that people "
        "here have added, and every sentence has a footnote that opens its source."
    ),
    "chatter": N_("I'm better at looking things up: ask me about the articles here."),
    "languages": N_(
        "Ask in your own language; articles can be in any. I'm at my best in English, German, "
        "Spanish, French, Portuguese, Russian, Japanese and Chinese. Quotes stay in the language "
        "of their article."
    ),
    "privacy": N_(
        "I read only messages that mention me. An answer in a channel uses only articles that "
        "everyone there may read; with `/ask` and `private`, only you see it. Articles, questions "
        "and answers are stored on the computer that runs me. If a language model is set up "
        "there, it gets your question and the passages found for it."
    ),
    "how_add": N_(
        "Add a link, a file (PDF, Word, EPUB, HTML, Markdown, text and more) or pasted text with "
        "`/article add`. To add a message, open its menu: Apps, *Add to library*."
    ),
    "how_remove": N_(
        "Use `/article remove`, or *Remove* on the article's card. You may remove what you added, "
        "and restore it for a day."
    ),
    "how_find": N_(
        "`/library` lists the articles and searches their titles. The numbers under an "
        "answer open its sources, and `/last` shows your last answer again."
    ),
    "how_share": N_(
        "An answer in a channel is there for everyone in it. Under a private one, press *Share*."
    ),
    "how_ask": N_(
        "Use `/ask`, or mention me with your question. For follow-up questions, press *Follow up* "
        "under an answer."
    ),
}
IN_TERMINAL: Mapping[BotTopic, str] = {
    "complaint": N_("I'm sorry about that. Please ask again in other words."),
    "privacy": N_(
        "Articles, questions and answers are stored on this computer. If a language model is set "
        "up, it gets your question and the passages found for it; otherwise nothing is sent."
    ),
    "how_add": N_("Add files, folders or links with: footnote add SOURCE…"),
    "how_remove": N_("Remove articles with: footnote remove ID… (footnote list shows the ids.)"),
    "how_find": N_(
        "footnote list lists the articles, footnote search QUESTION finds passages, and "
        "footnote show ID prints an article."
    ),
    "how_share": N_("footnote ask QUESTION --json prints an answer for other programs."),
    "how_ask": N_("Type your question. Follow-up questions are understood from those before."),
}
# Of these, the reply invites a question, which an empty library could not answer.
IF_EMPTY: Mapping[BotTopic, str] = {
    "greeting": N_(
        "Hello! There are no articles here yet, so there is nothing I could answer from."
    ),
    "acknowledge": N_("There are no articles here yet."),
    "chatter": N_("I'm better at looking things up, but there are no articles here yet."),
    "how_ask": N_("There are no articles here yet, so there is nothing I could answer from."),
    "insult": N_("I'm sorry I wasn't of more help. There are no articles here yet."),
}
ADD_FIRST: Mapping[FrontEnd, str] = {
    "discord": N_("Add the first one with `/article add`, then ask."),
    "terminal": N_("Add the first one with: footnote add SOURCE"),
}


def reply_about_bot(answer: Answer, front_end: FrontEnd) -> str:
    """The words of a reply about the bot itself; empty for any other answer."""
    if answer.bot_topic is None:
        return ""
    own = IN_TERMINAL if front_end == "terminal" else {}
    with speaking(answer.language):
        if answer.library_is_empty and answer.bot_topic in IF_EMPTY:
            return f"{_(IF_EMPTY[answer.bot_topic])} {_(ADD_FIRST[front_end])}"
        return _(own.get(answer.bot_topic, REPLIES[answer.bot_topic]))
