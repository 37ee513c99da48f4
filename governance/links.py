"""Where in the pages does something stand? Addresses by name, for pages, API, e-mails and calendars alike."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from registry.models.version import ModelVersion


def to(name: str, *args: object, anchor: str = "", **query: str) -> str:
    """The path of a page; "" where this installation has no such page."""
    try:
        path = reverse(name, args=args)
    except NoReverseMatch:
        return ""
    asked = {key: value for key, value in query.items() if value}
    return f"{path}{'?' + urlencode(asked) if asked else ''}{'#' + anchor if anchor else ''}"


def of_version(version: ModelVersion, anchor: str = "") -> str:
    return to("version", version.model.slug, version.number, anchor=anchor)


def of_assessment(version: ModelVersion, environment: str, site: str = "", anchor: str = "", **query: str) -> str:
    """The assessment page at one place. anchor: "pack--control" for one control."""
    slug, number = version.model.slug, version.number
    return to("assessment", slug, number, anchor=anchor, environment=environment, site=site, **query)


def whole(path: str) -> str:
    """With the product's own address before it, for what is read elsewhere."""
    return f"{settings.PRODUCT_ID.rstrip('/')}{path}" if path else ""
