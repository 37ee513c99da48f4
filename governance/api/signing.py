"""Reviewing, approving, returning and waiving: a person's own session, and their password again.

These calls take no Idempotency-Key: what it keeps of a request would depend on a password. A repeated signature is
refused as `already_signed` instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, generics, status
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audits.models.check import CheckRow
from governance import permissions
from governance.api.input import ApprovalInput, FindingsInput, WaiverInput
from governance.api.output import ApprovalOutput, RecordOutput, WaiverOutput
from governance.core.meanings import MEANING_OF_ROLE, REJECTION, RESPONSIBILITY, SENTENCES
from governance.models.approval import Approval, ApprovalDecision
from governance.models.waiver import Waiver
from governance.services import approvals, waivers
from registry.api.calls import caller, validated
from registry.api.permissions import SignedInPerson, SignedInWithScope
from registry.core.canonical import digest
from registry.models.user import User
from registry.models.version import ModelVersion

VERSIONS = ModelVersion.objects.select_related("model", "training_dataset")
CHECKS = CheckRow.objects.select_related("audit__plan", "audit__version__model")


class ReadableThenPersonal(APIView):
    """Whoever may read, may look; only a person in their own session may sign."""

    def get_permissions(self) -> Sequence[BasePermission]:
        return [SignedInWithScope() if self.request.method in SAFE_METHODS else SignedInPerson()]


class RecordToSignView(APIView):
    """What a reviewer or approver would sign now; and, for the caller, whether they may and why not."""

    @extend_schema(responses=RecordOutput)
    def get(self, request: Request, pk: UUID) -> Response:
        version = get_object_or_404(VERSIONS, pk=pk)
        record = approvals.record_to_sign(version)
        statements = {role: SENTENCES[meaning] for role, meaning in MEANING_OF_ROLE.items()}
        return Response(
            {
                "record": record,
                "record_sha256": digest(record),
                "statements": {**statements, "return": SENTENCES[REJECTION]},
                "may": _may(caller(request), version),
            }
        )


def _may(person: User, version: ModelVersion) -> list[dict[str, Any]]:
    asked = {ApprovalDecision.APPROVE: permissions.can_approve, ApprovalDecision.RETURN: permissions.can_return}
    return [
        {"role": role, "decision": str(decision), "allowed": allowed, "reason": reason}
        for role in MEANING_OF_ROLE
        for decision, ask in asked.items()
        for allowed, reason in [ask(person, version, role)]
    ]


class ApprovalsView(ReadableThenPersonal, generics.ListAPIView[Approval]):
    serializer_class = ApprovalOutput
    queryset = Approval.objects.select_related("signature")

    def get_queryset(self) -> Any:  # noqa: ANN401 - DRF's own type varies with the manager
        return super().get_queryset().filter(version=self.kwargs.get("pk"))

    @extend_schema(request=ApprovalInput, responses={201: ApprovalOutput})
    def post(self, request: Request, pk: UUID) -> Response:
        asked = validated(ApprovalInput, request)
        act = approvals.approve if asked.pop("decision") == ApprovalDecision.APPROVE else approvals.return_version
        approval = act(version=get_object_or_404(VERSIONS, pk=pk), by=caller(request), **asked)
        return Response(ApprovalOutput(approval).data, status=status.HTTP_201_CREATED)


class WaiversView(ReadableThenPersonal, generics.ListAPIView[Waiver]):
    """POST: waive one or several findings of the version with one signature."""

    serializer_class = WaiverOutput
    queryset = Waiver.objects.select_related("signature")

    def get_queryset(self) -> Any:  # noqa: ANN401 - DRF's own type varies with the manager
        return super().get_queryset().filter(version=self.kwargs.get("pk"))

    @extend_schema(request=WaiverInput, responses={201: WaiverOutput(many=True)})
    def post(self, request: Request, pk: UUID) -> Response:
        asked = validated(WaiverInput, request)
        made = waivers.waive_many(by=caller(request), **{**asked, "checks": _checks(pk, asked["checks"])})
        return Response(WaiverOutput(made, many=True).data, status=status.HTTP_201_CREATED)


class FindingsToSignView(APIView):
    """`?checks=1&checks=2`: the findings as they would be signed, and on which terms they may be waived."""

    @extend_schema(parameters=[FindingsInput], responses=RecordOutput)
    def get(self, request: Request, pk: UUID) -> Response:
        given = FindingsInput(data=request.query_params)
        given.is_valid(raise_exception=True)
        checks = _checks(pk, given.validated_data["checks"])
        record, terms = waivers.findings_to_sign(checks), [waivers.terms_of(check) for check in checks]
        held = [term for term in terms if term is not None]
        possible = len(held) == len(terms)
        may: dict[str, Any] = {"waivable": possible, "roles": sorted(waivers.roles_for(held)) if possible else []}
        if possible:
            may["maximum_days"] = min(term.maximum_days for term in held)
            may["compensating_measure"] = any(term.compensating_measure for term in held)
        statements = {"waive": SENTENCES[RESPONSIBILITY]}
        return Response({"record": record, "record_sha256": digest(record), "statements": statements, "may": [may]})


def _checks(version: UUID, ids: list[int]) -> list[CheckRow]:
    """The checks of this version with these ids; 404 when one of them is none of its own."""
    found = list(CHECKS.filter(pk__in=ids, audit__version=version))
    if len(found) != len(set(ids)):
        raise exceptions.NotFound("This version has no check with one of these ids.", code="not_found")
    return found
