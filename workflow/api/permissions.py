"""A key needs the view's scope; a member of staff needs the view's permission."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from workflow.api.credentials import Credential
from workflow.api.scopes import OPERATOR_VALUES

if TYPE_CHECKING:
    from rest_framework.views import APIView  # whose module reads the settings that name this one

VIEW = "workflow.view_instance"
OPERATE = "workflow.change_instance"
VIEW_VALUES = "workflow.view_workflowevent"


class Permitted(BasePermission):
    """Reads `scope` (None: no key will do) and `staff_permission` (None: no session will do) of the view."""

    message = "Your credential does not permit this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        credential = request.auth
        if not isinstance(credential, Credential):
            return False
        if credential.is_client:
            return getattr(view, "scope", None) in credential.scopes
        permission = getattr(view, "staff_permission", None)
        return permission is not None and request.user.has_perm(permission)


def may_read_values(request: Request) -> bool:
    """Whether inputs, outputs and messages, which hold personal data, are shown to this caller."""
    credential = request.auth
    if not isinstance(credential, Credential):
        return False
    return OPERATOR_VALUES in credential.scopes if credential.is_client else bool(request.user.has_perm(VIEW_VALUES))
