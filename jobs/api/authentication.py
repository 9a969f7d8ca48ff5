"""Tokens in the header `Authorization: Token …`, checked by one query."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q
from django.utils import timezone
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from knox.auth import TokenAuthentication as KnoxAuthentication
from knox.crypto import hash_token
from knox.models import AuthToken
from rest_framework.exceptions import AuthenticationFailed

REFUSED = "The token is unknown, expired or revoked: send `Authorization: Token …` with a live one."


class TokenAuthentication(KnoxAuthentication):
    """Knox' tokens. Its own class makes two queries, and a third would ask for the groups."""

    def authenticate_credentials(self, token: bytes) -> tuple[Any, AuthToken]:
        """The user, whose `group_names` are known, and the token."""
        try:
            digest = hash_token(token.decode("ascii"))
        except UnicodeDecodeError:
            raise AuthenticationFailed(REFUSED) from None
        names = ArrayAgg(
            "user__groups__name", filter=Q(user__groups__name__isnull=False), default=[]
        )
        found = (
            AuthToken.objects.select_related("user")
            .annotate(group_names=names)
            .filter(digest=digest, user__is_active=True)
            .first()
        )
        if found is None or (found.expiry and found.expiry < timezone.now()):
            raise AuthenticationFailed(REFUSED)
        found.user.group_names = found.group_names
        return found.user, found


class TokenScheme(KnoxTokenScheme):  # type: ignore[no-untyped-call]
    """Describes the header to OpenAPI."""

    target_class = "jobs.api.authentication.TokenAuthentication"
    name = "token"
