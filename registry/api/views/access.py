"""Sessions, tokens, accounts, teams: who may come in."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib.auth import authenticate, login, logout
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, generics, status
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from registry.api.authentication import SessionAuthentication
from registry.api.calls import caller, validated
from registry.api.idempotency import Idempotent
from registry.api.serializers import (
    MemberInput,
    RolesInput,
    SessionInput,
    TeamInput,
    TeamOutput,
    TokenInput,
    TokenOutput,
    UserInput,
    UserOutput,
)
from registry.core.scopes import USERS_WRITE, scopes_of
from registry.models.team import Team
from registry.models.token import ApiToken
from registry.models.user import User
from registry.services import teams, tokens, users

SIGN_IN_FAILED = "User name or password is wrong, or there were too many tries; then wait a quarter of an hour."


class SessionView(APIView):
    """A person's own session, kept in a cookie: what signing needs."""

    permission_classes = [AllowAny]
    authentication_classes = [SessionAuthentication]

    @extend_schema(request=SessionInput, responses={200: dict})
    def post(self, request: Request) -> Response:
        given = validated(SessionInput, request)
        user = authenticate(request, username=given["username"], password=given["password"])
        if not isinstance(user, User):
            raise exceptions.AuthenticationFailed(SIGN_IN_FAILED, code="sign_in_failed")
        login(request, user)
        return Response({"user": UserOutput(user).data, "csrf_token": get_token(request)})

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        logout(request)
        return Response(status=status.HTTP_204_NO_CONTENT)


class MeView(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(responses=dict)
    def get(self, request: Request) -> Response:
        user = caller(request)
        return Response({"user": UserOutput(user).data, "scopes": sorted(scopes_of(user.role_names))})


class TokensView(APIView):
    """One's own tokens. Made in a session only: a token cannot beget another.

    No Idempotency-Key: the kept answer would hold the secret, which is shown once and stored nowhere.
    """

    permission_classes = [IsAuthenticated]
    authentication_classes = [SessionAuthentication]

    @extend_schema(responses=TokenOutput(many=True))
    def get(self, request: Request) -> Response:
        return Response(TokenOutput(ApiToken.objects.filter(user=caller(request)), many=True).data)

    @extend_schema(request=TokenInput, responses={201: dict})
    def post(self, request: Request) -> Response:
        given = validated(TokenInput, request)
        token, secret = tokens.issue(
            by=caller(request), name=given["name"], scopes=given["scopes"], lifetime=timedelta(days=given["days"])
        )
        return Response({**TokenOutput(token).data, "token": secret}, status=status.HTTP_201_CREATED)


class TokenView(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(responses=TokenOutput)
    def delete(self, request: Request, pk: UUID) -> Response:
        token = tokens.revoke(by=caller(request), token=get_object_or_404(ApiToken, pk=pk))
        return Response(TokenOutput(token).data)


class UsersView(generics.ListAPIView[User]):
    """No Idempotency-Key: what it keeps of a request would depend on a password. A repeated name is refused anyway."""

    write_scope = USERS_WRITE
    serializer_class = UserOutput
    queryset = User.objects.prefetch_related("role_grants").order_by("username")
    filterset_fields = ["username", "is_active"]

    @extend_schema(request=UserInput, responses={201: UserOutput})
    def post(self, request: Request) -> Response:
        user = users.create(by=caller(request), **validated(UserInput, request))
        return Response(UserOutput(user).data, status=status.HTTP_201_CREATED)


class UserRolesView(APIView):
    write_scope = USERS_WRITE

    @extend_schema(request=RolesInput, responses=UserOutput)
    def put(self, request: Request, pk: UUID) -> Response:
        user = users.set_roles(
            by=caller(request), user=get_object_or_404(User, pk=pk), **validated(RolesInput, request)
        )
        return Response(UserOutput(user).data)


class UserCloseView(APIView):
    write_scope = USERS_WRITE

    @extend_schema(request=None, responses=UserOutput)
    def post(self, request: Request, pk: UUID) -> Response:
        return Response(UserOutput(users.close(by=caller(request), user=get_object_or_404(User, pk=pk))).data)


class TeamsView(Idempotent, generics.ListAPIView[Team]):
    write_scope = USERS_WRITE
    serializer_class = TeamOutput
    queryset = Team.objects.prefetch_related("members")

    @extend_schema(request=TeamInput, responses={201: TeamOutput})
    def post(self, request: Request) -> Response:
        team = teams.create(by=caller(request), **validated(TeamInput, request))
        return Response(TeamOutput(team).data, status=status.HTTP_201_CREATED)


class TeamMembersView(APIView):
    write_scope = USERS_WRITE

    @extend_schema(request=MemberInput, responses=TeamOutput)
    def post(self, request: Request, slug: str) -> Response:
        given = validated(MemberInput, request)
        team = get_object_or_404(Team, slug=slug)
        teams.add_member(by=caller(request), team=team, user=given["username"])
        return Response(TeamOutput(team).data)
