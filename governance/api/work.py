"""What waits for the caller, how they want to hear of it, and their calendar behind its secret address."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance import links
from governance.api.signing import ReadableThenPersonal
from governance.core.calendar_feed import Event, feed
from governance.core.queue import Item
from governance.services import work_queue, work_settings
from registry.api.calls import caller, validated
from registry.api.permissions import SignedInPerson
from registry.api.serializers import Data


class WorkItemOutput(serializers.Serializer[Any]):
    """One thing to do. urgency: overdue, soon (within a week), later, open (without a day)."""

    key = serializers.CharField()
    what = serializers.CharField()
    why = serializers.CharField()
    model = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())
    severity = serializers.CharField()
    urgency = serializers.CharField()
    due_on = serializers.DateField(allow_null=True)
    since = serializers.DateTimeField(allow_null=True)
    link = serializers.CharField()


class DigestInput(serializers.Serializer[Data]):
    digest = serializers.BooleanField()


class WorkSettingOutput(serializers.Serializer[Any]):
    digest = serializers.BooleanField()
    feed = serializers.BooleanField(help_text="Whether there is a calendar address.")
    feed_made_at = serializers.DateTimeField(allow_null=True)


class FeedOutput(serializers.Serializer[Any]):
    """url: told only now. Whoever has it reads the calendar without signing in."""

    url = serializers.CharField()


class WorkView(APIView):
    """What waits for you, the most urgent first."""

    @extend_schema(responses=WorkItemOutput(many=True))
    def get(self, request: Request) -> Response:
        today = timezone.now().date()
        return Response([_item(each, today) for each in work_queue.waiting_for(caller(request), today=today)])


class WorkSettingView(ReadableThenPersonal):
    """Whether you get the daily e-mail."""

    @extend_schema(responses=WorkSettingOutput)
    def get(self, request: Request) -> Response:
        return Response(_setting(caller(request)))

    @extend_schema(request=DigestInput, responses=WorkSettingOutput)
    def put(self, request: Request) -> Response:
        work_settings.set_digest(by=caller(request), on=validated(DigestInput, request)["digest"])
        return Response(_setting(caller(request)))


class WorkFeedView(APIView):
    """POST: a new secret address for your calendar; the one before stops working. DELETE: none any more."""

    permission_classes = [SignedInPerson]

    @extend_schema(request=None, responses={201: FeedOutput})
    def post(self, request: Request) -> Response:
        secret = work_settings.make_feed(by=caller(request))
        return Response({"url": address_of(secret)}, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        work_settings.revoke_feed(by=caller(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class CalendarRenderer(BaseRenderer):
    media_type = "text/calendar"
    format = "ics"
    charset = "utf-8"

    def render(self, data: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - DRF's signature
        return data if isinstance(data, bytes) else str(data).encode()


class CalendarView(APIView):
    """The calendar itself, for a program that only knows the address: what is due, on its day."""

    permission_classes = [AllowAny]
    authentication_classes = []
    renderer_classes = [CalendarRenderer]

    @extend_schema(responses={(200, "text/calendar"): str})
    def get(self, request: Request, secret: str) -> HttpResponse:
        person, now = work_settings.person_of(secret), timezone.now()
        items = work_queue.waiting_for(person, today=now.date())
        found = feed(
            (event for item in items for event in _events(item)),
            name="Formulary: due",
            origin=urlsplit(settings.PRODUCT_ID).hostname or "formulary",
            at=now,
        )
        answer = HttpResponse(found, content_type="text/calendar; charset=utf-8")
        answer["Cache-Control"] = "private, no-store"
        return answer


def address_of(secret: str) -> str:
    """The calendar's whole address."""
    return links.whole(links.to("work-calendar", secret))


def _events(item: Item) -> list[Event]:
    if item.due_on is None:
        return []
    title = f"{item.model}: {item.what}" if item.model else item.what
    return [Event(item.key, item.due_on, title, item.why, links.whole(item.link))]


def _item(item: Item, today: Any) -> dict[str, Any]:  # noqa: ANN401 - a date
    names = ("key", "what", "why", "model", "roles", "severity", "due_on", "since", "link")
    return {**{name: getattr(item, name) for name in names}, "urgency": str(item.urgency(today))}


def _setting(person: Any) -> dict[str, Any]:  # noqa: ANN401 - the caller
    row = work_settings.setting_of(person)
    return {"digest": row.digest, "feed": bool(row.feed_sha256), "feed_made_at": row.feed_made_at}
