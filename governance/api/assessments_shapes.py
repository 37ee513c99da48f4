"""What assessments, their reasons and waivers of controls look like over the API. None of these saves."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from governance.api.input import SHA256
from governance.api.output import ControlOutput, SignatureOutput
from governance.core.document import document
from governance.models.control_waiver import ControlWaiver
from governance.models.decision import Environment
from governance.services.assessed import UnderPack
from governance.services.why import Chain
from registry.api.serializers import Data


class PlaceInput(serializers.Serializer[Data]):
    """Where. site: "" or absent for all sites together."""

    environment = serializers.ChoiceField(Environment.choices, default=Environment.PRODUCTION)
    site = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)


class ReassessInput(PlaceInput):
    newest = serializers.BooleanField(default=False, help_text="Under the contents of the packs that are in use now.")


class ControlInput(PlaceInput):
    pack = serializers.CharField(max_length=80, help_text="The id under which the pack is adopted.")
    control = serializers.CharField(max_length=80)


class ControlWaiverInput(ControlInput):
    reason = serializers.CharField(max_length=5000)
    compensating_measure = serializers.CharField(max_length=5000, required=False, default="", allow_blank=True)
    expires_at = serializers.DateTimeField()
    password = serializers.CharField(max_length=200, trim_whitespace=False)
    expected_sha256 = serializers.RegexField(SHA256)


class AssessedControlOutput(ControlOutput):
    statements = serializers.ListField(child=serializers.DictField())


class AssessmentOutput(serializers.Serializer[Any]):
    """One adopted pack. assessed_at: null where it was not looked at yet. newer: other content is in use now."""

    pack = serializers.CharField()
    title = serializers.CharField()
    version = serializers.CharField()
    policy_sha256 = serializers.CharField()
    newer = serializers.BooleanField()
    counts = serializers.DictField()
    next_change_on = serializers.DateField(allow_null=True)
    assessed_at = serializers.DateTimeField(allow_null=True)
    because = serializers.CharField()
    controls = AssessedControlOutput(many=True)


class AssessmentsOutput(serializers.Serializer[Any]):
    """dirty: a fact has changed since; it is looked at again soon."""

    environment = serializers.CharField()
    site = serializers.CharField()
    dirty = serializers.BooleanField()
    assessments = AssessmentOutput(many=True)
    most_useful = serializers.ListField(child=serializers.DictField())


class ChainOutput(serializers.Serializer[Any]):
    pack = serializers.CharField()
    policy_sha256 = serializers.CharField()
    assessed_at = serializers.DateTimeField()
    dirty = serializers.BooleanField()
    control = ControlOutput()
    found = serializers.ListField(child=serializers.DictField())


class ControlWaiverOutput(serializers.ModelSerializer[ControlWaiver]):
    signature = SignatureOutput()
    pack = serializers.CharField(source="pack.slug")
    policy_sha256 = serializers.CharField(source="pack.digest")

    class Meta:
        model = ControlWaiver
        fields = [
            "id",
            "environment",
            "site",
            "pack",
            "policy_sha256",
            "control",
            "status",
            "reason",
            "compensating_measure",
            "expires_at",
            "signature",
            "created_at",
        ]


_INNER = frozenset({"sections", "ways"})


def of_pack(under: UnderPack) -> dict[str, Any]:
    row, pack = under.row, under.row.pack if under.row is not None else under.adoption.pack
    return {
        "pack": under.adoption.slug,
        "title": pack.title,
        "version": pack.version,
        "policy_sha256": pack.digest,
        "newer": under.newer,
        "counts": row.counts if row is not None else {},
        "next_change_on": row.next_change_on if row is not None else None,
        "assessed_at": row.assessed_at if row is not None else None,
        "because": row.because if row is not None else "",
        "controls": [_control(document(each)) for each in under.results],
    }


def of_chain(chain: Chain) -> dict[str, Any]:
    """The whole answer, down to the ledger's indexes."""
    found = document(chain.found)
    for each in found:
        each["statement"].pop("ways")
        for proof in each["proofs"]:
            proof["piece"] = {key: value for key, value in proof["piece"].items() if key not in {"objects", "card"}}
    return {
        "pack": chain.assessed.slug,
        "policy_sha256": chain.assessed.pack.digest,
        "assessed_at": chain.assessed.assessed_at,
        "dirty": chain.dirty,
        "control": {key: value for key, value in _control(document(chain.result)).items() if key != "statements"},
        "found": found,
    }


def _control(result: dict[str, Any]) -> dict[str, Any]:
    found = {key: value for key, value in result.items() if key not in _INNER}
    found["statements"] = [{key: value for key, value in each.items() if key != "ways"} for each in found["statements"]]
    return found
