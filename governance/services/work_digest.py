"""The daily e-mail: what waits for a person, in plain text. Names models and controls, never a patient."""

from __future__ import annotations

import smtplib
from collections.abc import Iterable
from datetime import date

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from governance import links
from governance.core import queue
from governance.core.queue import Item, Urgency
from governance.models.work import WorkSetting
from governance.services import work_queue
from registry.models.user import User

log = structlog.get_logger(__name__)
MOST = 40
HEADINGS = {
    Urgency.OVERDUE: "Overdue",
    Urgency.SOON: "Due within a week",
    Urgency.LATER: "Due later",
    Urgency.OPEN: "Waiting, without a day",
}


def send_due(*, today: date) -> int:
    """One e-mail a day to everybody for whom something waits and who has not turned it off. Safe to run twice."""
    if not settings.EMAIL_HOST:
        log.info("no_mail_server")
        return 0
    people = User.objects.filter(is_active=True).exclude(email="").exclude(work_setting__digest=False)
    people = people.exclude(work_setting__digest_sent_on=today)
    everything = work_queue.everything(today=today) if people.exists() else ()
    return sum(_sent(person, everything, today) for person in people)


def _sent(person: User, everything: Iterable[Item], today: date) -> bool:
    items = queue.mine(everything, work_queue.as_person(person))
    if not items:
        return False
    with transaction.atomic():
        WorkSetting.objects.get_or_create(person=person)
        row = WorkSetting.objects.select_for_update().get(person=person)
        if row.digest_sent_on == today or not row.digest:
            return False
        try:
            message(person, items, today).send()
        except (smtplib.SMTPException, OSError, ValueError):
            # The others must not wait for one address, be it malformed; tomorrow, or the next run, tries again.
            log.exception("digest_not_sent", person=str(person.pk))
            return False
        row.digest_sent_on = today
        row.save(update_fields=["digest_sent_on"])
    return True


def message(person: User, items: tuple[Item, ...], today: date) -> EmailMessage:
    """The e-mail as it is sent."""
    count = len(items)
    subject = f"Formulary: {count} {'thing waits' if count == 1 else 'things wait'} for you"
    return EmailMessage(subject, text(person, items, today), settings.DEFAULT_FROM_EMAIL, [person.email])


def text(person: User, items: tuple[Item, ...], today: date) -> str:
    """Its body: the most urgent first, at most 40, each with its page."""
    shown, parts = items[:MOST], [f"Good morning, {person}.", ""]
    for urgency, heading in HEADINGS.items():
        under = [item for item in shown if item.urgency(today) is urgency]
        if under:
            parts += [heading, "-" * len(heading), *(line for item in under for line in _lines(item)), ""]
    if len(items) > MOST:
        parts += [f"And {len(items) - MOST} more.", ""]
    parts += [f"All of it: {links.whole(links.to('work'))}", "There you can also turn this e-mail off."]
    return "\n".join(parts)


def _lines(item: Item) -> tuple[str, ...]:
    due = f" (by {item.due_on})" if item.due_on else ""
    of = f"{item.model}: " if item.model else ""
    return f"* {of}{item.what}{due}", f"  {item.why}", f"  {links.whole(item.link)}"
