"""The risk register over the API: entries, controls, and what an acceptance would sign. Accepting needs a session."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audits.models.audit import Audit
from governance.api.output import RecordOutput
from governance.api.personal import check_in_person
from governance.api.risks_shapes import (
    CountingAcceptanceOutput,
    CountingRegisterOutput,
    Data,
    RegisterAcceptanceOutput,
    RiskAcceptanceInput,
    RiskAcceptanceOutput,
    RiskControlInput,
    RiskControlRevisionInput,
    RiskDetailOutput,
    RiskInput,
    RiskOutput,
    RiskRevisionInput,
)
from governance.api.signing import ReadableThenPersonal
from governance.core.meanings import ACCEPTANCE, SENTENCES
from governance.core.risk import Written
from governance.models.risk import RiskEntry
from governance.risk_permissions import is_decision
from governance.services import risk_acceptance, risk_register, risk_standing, risks
from governance.services.risk_register import Current
from governance.services.risk_standing import Accepted, RegisterAccepted
from governance.services.risks import ControlGiven
from registry.api.calls import caller, validated
from registry.api.idempotency import Idempotent
from registry.core.canonical import digest
from registry.core.scopes import RISKS_WRITE
from registry.models.model import Model

ENTRIES = RiskEntry.objects.select_related("model__team")


class RisksView(Idempotent):
    """GET: the register. POST: a new entry."""

    write_scope = RISKS_WRITE

    @extend_schema(responses=RiskOutput(many=True))
    def get(self, request: Request, slug: str) -> Response:
        return Response(_all(risk_register.register(get_object_or_404(Model, slug=slug))))

    @extend_schema(request=RiskInput, responses={201: RiskDetailOutput})
    def post(self, request: Request, slug: str) -> Response:
        entry = risks.add(model=_model(slug), by=caller(request), said=_written(validated(RiskInput, request)))
        return Response(_detail(entry), status=status.HTTP_201_CREATED)


class SuggestionsView(Idempotent):
    """Draft entries for the hazards that every clinical model shares; asking again adds none."""

    write_scope = RISKS_WRITE

    @extend_schema(request=None, responses={201: RiskOutput(many=True)})
    def post(self, request: Request, slug: str) -> Response:
        made = {entry.pk for entry in risks.suggest(model=_model(slug), by=caller(request))}
        register = risk_register.register(_model(slug))
        return Response(_all([each for each in register if each.entry.pk in made]), status=status.HTTP_201_CREATED)


class RiskView(APIView):
    """One entry with its whole history."""

    @extend_schema(responses=RiskDetailOutput)
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(_detail(get_object_or_404(ENTRIES, pk=pk)))


class RiskRevisionsView(Idempotent):
    """What the entry says from now on. Closing one that was estimated takes a person's own session."""

    write_scope = RISKS_WRITE

    @extend_schema(request=RiskRevisionInput, responses={201: RiskDetailOutput})
    def post(self, request: Request, pk: UUID) -> Response:
        entry, given = get_object_or_404(ENTRIES, pk=pk), validated(RiskRevisionInput, request)
        state, expected = given.pop("state"), given.pop("expected")
        if is_decision(entry, state):
            check_in_person(self, request)
        risks.revise(entry=entry, by=caller(request), state=state, expected=expected, said=_written(given))
        return Response(_detail(entry), status=status.HTTP_201_CREATED)


class RiskControlsView(Idempotent):
    write_scope = RISKS_WRITE

    @extend_schema(request=RiskControlInput, responses={201: RiskDetailOutput})
    def post(self, request: Request, pk: UUID) -> Response:
        entry = get_object_or_404(ENTRIES, pk=pk)
        risks.add_control(entry=entry, by=caller(request), given=_control(validated(RiskControlInput, request)))
        return Response(_detail(entry), status=status.HTTP_201_CREATED)


class RiskControlView(Idempotent):
    """A further revision of one control, or its withdrawal."""

    write_scope = RISKS_WRITE

    @extend_schema(request=RiskControlRevisionInput, responses={201: RiskDetailOutput})
    def post(self, request: Request, pk: UUID, number: int) -> Response:
        entry, given = get_object_or_404(ENTRIES, pk=pk), validated(RiskControlRevisionInput, request)
        apart = {name: given.pop(name) for name in ("withdrawn", "expected")}
        risks.revise_control(entry=entry, number=number, by=caller(request), given=_control(given), **apart)
        return Response(_detail(entry), status=status.HTTP_201_CREATED)


class RiskToSignView(APIView):
    """The entry as an acceptance would freeze it; and, for the caller, whether they may and why not."""

    @extend_schema(responses=RecordOutput)
    def get(self, request: Request, pk: UUID) -> Response:
        found = risk_register.current(get_object_or_404(ENTRIES, pk=pk))
        may = {role: risk_acceptance.can_accept(caller(request), found, role) for role in risk_acceptance.ACCEPTERS}
        return Response(_to_sign(risk_register.record_of(found), may))


class RegisterToSignView(APIView):
    """The register as an acceptance of all that is left would freeze it."""

    @extend_schema(responses=RecordOutput)
    def get(self, request: Request, slug: str) -> Response:
        model, person = _model(slug), caller(request)
        entries = risk_register.register(model)
        asked = risk_acceptance.can_accept_register
        may = {role: asked(person, entries, role) for role in risk_acceptance.ACCEPTERS}
        return Response(_to_sign(risk_register.register_record(model, entries), may))


class RiskAcceptancesView(ReadableThenPersonal):
    @extend_schema(responses=CountingAcceptanceOutput(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(CountingAcceptanceOutput(_acceptances(get_object_or_404(ENTRIES, pk=pk)), many=True).data)

    @extend_schema(request=RiskAcceptanceInput, responses={201: RiskAcceptanceOutput})
    def post(self, request: Request, pk: UUID) -> Response:
        entry = get_object_or_404(ENTRIES, pk=pk)
        made = risk_acceptance.accept(entry=entry, by=caller(request), **validated(RiskAcceptanceInput, request))
        return Response(RiskAcceptanceOutput(made).data, status=status.HTTP_201_CREATED)


class RegisterAcceptancesView(ReadableThenPersonal):
    @extend_schema(responses=CountingRegisterOutput(many=True))
    def get(self, request: Request, slug: str) -> Response:
        model = _model(slug)
        found: tuple[RegisterAccepted, ...] = risk_standing.register_acceptances(model, risk_register.register(model))
        return Response(CountingRegisterOutput(found, many=True).data)

    @extend_schema(request=RiskAcceptanceInput, responses={201: RegisterAcceptanceOutput})
    def post(self, request: Request, slug: str) -> Response:
        model, given = _model(slug), validated(RiskAcceptanceInput, request)
        made = risk_acceptance.accept_register(model=model, by=caller(request), **given)
        return Response(RegisterAcceptanceOutput(made).data, status=status.HTTP_201_CREATED)


def _model(slug: str) -> Model:
    return get_object_or_404(Model.objects.select_related("team"), slug=slug)


def _written(given: Data) -> Written:
    return Written(**{**given, "characteristics": tuple(given["characteristics"])})


def _control(given: Data) -> ControlGiven:
    audits = Audit.objects.select_related("version")
    audit = get_object_or_404(audits, pk=given["audit"]) if given["audit"] else None
    return ControlGiven(**{**given, "audit": audit})


def _all(entries: list[Current] | tuple[Current, ...]) -> Any:  # noqa: ANN401 - JSON is any JSON
    accepted = risk_standing.accepted(entries)
    return [RiskOutput(_one(each, accepted.get(each.entry.pk))).data for each in entries]


def _one(found: Current, by: Accepted | None) -> Data:
    return {
        "id": found.entry.pk,
        "number": found.entry.number,
        "untouched": found.untouched,
        "revision": found.revision,
        "controls": found.controls,
        "accepted_by": by.row.signature.printed_name if by else None,
    }


def _detail(entry: RiskEntry) -> Any:  # noqa: ANN401 - JSON is any JSON
    acceptances = _acceptances(entry)
    counting = next((each for each in acceptances if not each.why_not), None)
    found = {
        **_one(risk_register.current(entry), counting),
        "revisions": entry.revisions.select_related("written_by"),
        "control_history": entry.controls.select_related("written_by"),
        "acceptances": acceptances,
    }
    return RiskDetailOutput(found).data


def _acceptances(entry: RiskEntry) -> tuple[Accepted, ...]:
    return risk_standing.acceptances([risk_register.current(entry)]).get(entry.pk, ())


def _to_sign(record: Data, may: dict[Any, tuple[bool, str]]) -> Data:
    return {
        "record": record,
        "record_sha256": digest(record),
        "statements": {"accept": SENTENCES[ACCEPTANCE]},
        "may": [{"role": str(role), "allowed": allowed, "reason": why} for role, (allowed, why) in may.items()],
    }
