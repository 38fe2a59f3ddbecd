"""Answers questions that are asked with the command, a mention or a message's context menu.

A public answer uses what everyone in the channel may see, a private one what its asker may see.
Every answer is stored, so that its footnotes can be opened, and so that the asker can see it again
(``/last``), follow up on it and share it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace

import discord

from bot.discord_app import access, delivery, errors, replies
from bot.discord_app.cards import answers as cards
from bot.discord_app.cards import components
from bot.discord_app.cards.help import help_card
from bot.discord_app.cards.progress import interrupted_card
from bot.discord_app.handlers.answering import Answering, show_answer
from bot.discord_app.handlers.context import (
    Interaction,
    RequestContext,
    Services,
    cooldown_key,
    is_on_private_card,
    reports_errors,
)
from bot.discord_app.handlers.helping import help_facts
from bot.discord_app.handlers.question_requests import (
    AskRequest,
    PreparedQuestion,
    SummaryCall,
    asker_of,
    may_ask_again,
    parse_since,
    prepare_question,
    prepare_summary,
    report_missing_permissions,
    text_without_mentions,
    thread_turns,
)
from bot.discord_app.handlers.running_questions import RunningQuestion
from bot.discord_app.locales import guild_language, member_language, server_language
from bot.discord_app.modals import QuestionForm
from bot.discord_app.previews import questions_on
from bot.errors import ArticleNotFound
from bot.service.alerts import decline_alert
from bot.service.ask import UserQuestion
from bot.service.changed_sources import with_changes
from bot.service.saved_answers import last_answer, load_answer, readable_answer
from bot.service.typed import check_question, clean_line
from bot.strings import _, speaking

Prepare = Callable[[RequestContext], Awaitable[PreparedQuestion]]
"""Makes a question of a request, once its library is open."""


class Asking:
    """Handles questions and their stored answers."""

    def __init__(self, services: Services, answering: Answering):
        self._services, self._answering = services, answering
        self._mentions: set[int] = set()  # being answered: an event can arrive twice

    async def ask(self, interaction: Interaction, request: AskRequest) -> None:
        """Answers in the channel, or privately."""
        async with reports_errors(interaction):
            await self._ask(interaction, request)

    async def ask_where(
        self, interaction: Interaction, request: AskRequest, private: bool | None
    ) -> None:
        """Answers privately or not; None: as the server has set."""
        async with reports_errors(interaction):
            if private is None:
                private = await self._services.answers_privately(interaction)
            await self._ask(interaction, replace(request, private=private))

    async def _ask(self, interaction: Interaction, request: AskRequest) -> None:
        """Raises FootnoteError."""
        check_question(clean_line(request.question))
        parse_since(request.since)
        await self._answer(
            interaction, request, lambda context: prepare_question(interaction.id, context, request)
        )

    async def summarise_where(
        self, interaction: Interaction, call: SummaryCall, private: bool | None
    ) -> None:
        """Sums up privately or not; None: as the server has set."""
        async with reports_errors(interaction):
            if private is None:
                private = await self._services.answers_privately(interaction)
            await self.summarise(interaction, replace(call, private=private))

    async def summarise(self, interaction: Interaction, call: SummaryCall) -> None:
        """Sums up articles in the channel, or privately."""
        # What is asked again after a crash: the question plan understands it.
        request = AskRequest(f"Summarise {' and '.join(call.articles)}", private=call.private)
        async with reports_errors(interaction):
            await self._answer(
                interaction, request, lambda context: prepare_summary(interaction.id, context, call)
            )

    async def summarise_shown(self, interaction: Interaction, article_id: int) -> None:
        """Sums up the article whose card a button is on: privately under a private card."""
        call = SummaryCall((str(article_id),), private=is_on_private_card(interaction))
        await self.summarise(interaction, call)

    async def _answer(
        self, interaction: Interaction, request: AskRequest, prepare: Prepare
    ) -> None:
        """Answers what ``prepare`` makes of a request, as a reply to its interaction.

        Raises FootnoteError.
        """
        self._check_may_ask(interaction)
        async with (
            self._acknowledged(interaction, request) as running,
            self._services.request(interaction) as context,
        ):
            prepared = await prepare(context)
            if not request.question:  # it was in the library
                running.request = replace(request, question=prepared.question.text)
            self._services.question_cooldown.record(cooldown_key(context.member))
            reply = replies.InteractionReply(interaction, private=request.private)
            await self._answering.answer_and_show(prepared, context.library, reply, running)

    @asynccontextmanager
    async def _acknowledged(
        self, interaction: Interaction, request: AskRequest
    ) -> AsyncIterator[RunningQuestion]:
        """A registered question, responded to before the library is opened."""
        member, place = access.acting_member(interaction)
        running = RunningQuestion(
            interaction.id,
            member.id,
            access.server_id(member.guild),
            place.id,
            request.private,
            request,
        )
        language = member_language if request.private else server_language
        async with AsyncExitStack() as stack:
            stack.enter_context(speaking(language(interaction)))
            async with self._services.acknowledging():  # its row comes first
                row = self._answering.running_questions.register(running)
                await stack.enter_async_context(row)
                private = request.private
                running.card_id = await delivery.defer(interaction, thinking=True, private=private)
            yield running

    def _check_may_ask(self, interaction: Interaction) -> None:
        """What can be checked before the library is opened. Raises NotAllowed."""
        member, _place = access.acting_member(interaction)
        self._answering.running_questions.check_open()
        self._services.question_cooldown.check(cooldown_key(member))

    async def ask_suggested(self, interaction: Interaction, article_id: int, number: int) -> None:
        """Asks a question that the card of a new article suggests, of that article."""
        message = interaction.message
        question = questions_on(message).get(number)
        if message is None or question is None:
            gone = ArticleNotFound(_("This button no longer works. Please start again."))
            await errors.report(interaction, gone)
            return
        private = message.flags.ephemeral
        await self.ask(interaction, AskRequest(question, str(article_id), private=private))

    async def ask_again(self, interaction: Interaction, event_id: int) -> None:
        """Asks an interrupted question again, as the person who pressed the button."""
        async with reports_errors(interaction):
            rows = await self._services.app.store.questions()
            row = next((row for row in rows if row.event_id == event_id), None)
            if row is None or not may_ask_again(row, interaction.guild_id, interaction.user.id):
                raise ArticleNotFound(_("This button no longer works. Please start again."))
            request = AskRequest(row.question, row.article, row.tag, row.since, row.private)
            await self._ask(interaction, request)
            await self._services.app.store.drop_question(event_id)

    async def open_question_form(self, interaction: Interaction, message: discord.Message) -> None:
        """Shows a form to ask about a message, which the question may point at ("he", "it")."""

        async def submit(submitted: Interaction, question: str, private: bool) -> None:
            request = AskRequest(question, private=private, about=message.content)
            await self.ask(submitted, request)

        async with reports_errors(interaction):
            access.acting_member(interaction)
            private = await self._services.answers_privately(interaction)
            form = QuestionForm(message.content, submit, private=private)
            await delivery.send_form(interaction, form)

    async def open_empty_form(self, interaction: Interaction) -> None:
        """Shows a form to ask a question."""
        async with reports_errors(interaction):
            access.acting_member(interaction)
            private = await self._services.answers_privately(interaction)
            await delivery.send_form(
                interaction, QuestionForm("", self._submit_form, private=private)
            )

    async def open_reply_form(self, interaction: Interaction, answer_id: int) -> None:
        """Shows a form for the next question of a thread. ``answer_id``: the answer above it."""
        await self.open_empty_form(interaction)

    async def ask_everywhere(self, interaction: Interaction, answer_id: int) -> None:
        """Asks a question again, of all articles instead of those that it names."""
        await self._ask_again(interaction, answer_id, everywhere=True)

    async def ask_of_choice(
        self, interaction: Interaction, answer_id: int, article_id: int
    ) -> None:
        """Asks a question again, of the one of several articles that it may have meant."""
        await self._ask_again(interaction, answer_id, article=str(article_id))

    async def _ask_again(
        self,
        interaction: Interaction,
        answer_id: int,
        *,
        article: str = "",
        everywhere: bool = False,
    ) -> None:
        private = is_on_private_card(interaction)
        request = AskRequest("", article, private=private, everywhere=everywhere)

        async def prepare(context: RequestContext) -> PreparedQuestion:
            stored = await readable_answer(context.library, answer_id, context.scope)
            repeated = replace(request, question=stored.question)
            return await prepare_question(interaction.id, context, repeated)

        async with reports_errors(interaction):
            await self._answer(interaction, request, prepare)

    async def _submit_form(self, interaction: Interaction, question: str, private: bool) -> None:
        await self.ask(interaction, AskRequest(question, private=private))

    async def mention(self, message: discord.Message) -> None:
        """Answers a message that mentions the bot."""
        reply = replies.MessageReply(message)
        try:
            with (
                speaking(guild_language(message.guild)),
                self._services.requests.track(),
                self._first_delivery(message.id) as is_first,
            ):
                if is_first:
                    await self._answer_mention(message, reply)
        except Exception as error:  # noqa: BLE001 - reported to the author of the message
            view = components.message(
                errors.error_message(error, message.channel.id), components.RED
            )
            if not reply.is_final:
                with replies.logs_send_errors("report an error"):
                    await reply.show(view)

    async def _answer_mention(self, message: discord.Message, reply: replies.MessageReply) -> None:
        member, place = access.require_member(message.author, message.channel)
        if access.missing_permissions(place, *access.reply_permissions(place)):
            return await report_missing_permissions(message, place)
        text = clean_line(text_without_mentions(message))
        scope = access.public_scope(place)
        async with self._services.app.store.library(scope.server_id) as library:
            if not text:
                facts = await help_facts(member, place, library, scope)
                await replies.reply_to(message, help_card(facts))
                return None
            text = check_question(text)
            if await library.answers.id_of_event(message.id) is not None:
                return None
            self._services.question_cooldown.check(cooldown_key(member))
            self._services.question_cooldown.record(cooldown_key(member))
            question = UserQuestion(
                text,
                scope,
                asker_of(member, message.id),
                place.id,
                turns=await thread_turns(library, place, scope),
            )
            prepared = PreparedQuestion(question, member, place)
            await self._answering.answer_and_show(prepared, library, reply)
        return None

    @contextmanager
    def _first_delivery(self, event_id: int) -> Iterator[bool]:
        """Whether this event is not being handled already."""
        is_first = event_id not in self._mentions
        self._mentions.add(event_id)
        try:
            yield is_first
        finally:
            if is_first:
                self._mentions.discard(event_id)

    async def stop(self, interaction: Interaction, event_id: int) -> None:
        """Stops the model; the card then shows what was written so far."""
        async with reports_errors(interaction):
            member, _place = access.acting_member(interaction)
            if self._answering.running_questions.stop(event_id, member):
                await delivery.defer(interaction)
                return
            async with self._services.request(interaction, "private") as context:
                is_answered = await context.library.answers.id_of_event(event_id) is not None
            text = components.message(_("This answer is already complete."))
            view = text if is_answered else interrupted_card()
            await replies.send_ephemeral(interaction, view)

    async def decline_alert(self, interaction: Interaction, answer_id: int) -> None:
        """Lets an asker not be notified when an article answers their question."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "private") as context,
        ):
            await decline_alert(context.library, answer_id, context.member.id, context.scope)
            text = _("I won't notify you about this question.")
            await replies.send_ephemeral(interaction, components.message(text))

    # --- stored answers ----------------------------------------------------------------------

    async def last(self, interaction: Interaction) -> None:
        """Shows a member their last answer again."""
        async with (
            reports_errors(interaction),
            self._services.request(interaction, "private") as context,
        ):
            stored = await last_answer(context.library, context.member.id, context.scope)
            if stored is None:
                raise ArticleNotFound(
                    _("You have no answers that I can show here. Use `/ask` to ask a question.")
                )
            answer, within = load_answer(stored)
            answer = await with_changes(context.library, answer, context.scope)
            step = "share" if stored.private else ""
            answer_cards = cards.answer_cards(answer, next_step=step, within=within, saved=True)
            await show_answer(replies.InteractionReply(interaction, private=True), answer_cards)

    async def ask_next(self, interaction: Interaction, question: str) -> None:
        """Asks a question that was chosen under an answer: privately under a private one."""
        private = is_on_private_card(interaction)
        await self.ask(interaction, AskRequest(question, private=private))
