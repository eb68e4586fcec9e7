"""What a client application asks for one of its users. Each view is one call of a service."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from onboarding import selectors, services
from onboarding.api import problems, shapes
from onboarding.api.answers import answer, decided
from onboarding.api.examples import ACTIONS, STANDING, STARTS
from onboarding.documents import SIZE_BYTES_MAX
from onboarding.states import Action
from workflow.api.credentials import asked_by, credential_of
from workflow.api.problems import Problem
from workflow.api.scopes import declare_scope
from workflow.api.views import ApiView

SCOPE = declare_scope("onboarding", "start onboardings and carry them through, for users of this client")
TAG = "onboarding"
FORM_BYTES_MAX = 64 * 1024  # what a multipart body may have beside the file


class OnboardingView(ApiView):
    """A key sees what its client started. Staff see all, where a view says so."""

    scope = SCOPE

    def application_id(self, request: Request, instance_id: str) -> str:
        """The id as we write it, if it is the caller's to see; ApplicationNotFound otherwise."""
        credential = credential_of(request)
        if not credential.is_client:
            return str(selectors.get_applicant(instance_id).id)
        return str(selectors.get_application(instance_id, client=credential.name).id)

    def asked(self, request: Request) -> dict[str, Any]:
        """What the services hand on to the front door; the actor is theirs to say."""
        return {name: value for name, value in asked_by(request).items() if name != "actor"}


class StartView(OnboardingView):
    problems = {"POST": problems.START}

    @extend_schema(
        operation_id="startOnboarding",
        tags=[TAG],
        request=shapes.StartForm,
        responses={200: shapes.StandingShape, 201: shapes.StandingShape},
        examples=[*STARTS, STANDING],
    )
    def post(self, request: Request) -> Response:
        """Start the onboarding of a user: 201. While one is under way: 200 and the same one."""
        asked = self.read(shapes.StartForm, request)
        started = services.start_onboarding(client=credential_of(request).name, **asked, **self.asked(request))
        message = "A code is on its way to the phone." if started.created else "This onboarding is under way already."
        return Response(
            shapes.standing(started.instance_id, started.state, message),
            status=status.HTTP_201_CREATED if started.created else status.HTTP_200_OK,
            headers={"Location": f"/api/onboarding/{started.instance_id}/status"},
        )


class ActionView(OnboardingView):
    problems = {"POST": (*problems.ACTION, *problems.NEXT, *problems.RESEND)}
    staff_permission = "onboarding.change_screening"
    data_pointer = "#/data"

    @extend_schema(
        operation_id="actOnOnboarding",
        tags=[TAG],
        request=shapes.ActionForm,
        responses={200: shapes.StandingShape, 202: shapes.StandingShape},
        examples=[*ACTIONS, STANDING],
    )
    def post(self, request: Request, instance_id: str) -> Response:
        """Ask for the next step: 200 when it is done, 202 while it is still going on."""
        asked = self.read(shapes.ActionForm, request)
        found = self.application_id(request, instance_id)
        if not credential_of(request).is_client:
            return decided(request, found, asked)
        result = services.act(instance_id=found, **asked, **self.asked(request))
        return answer(found, result)


class ResendView(OnboardingView):
    problems = {"POST": (*problems.ACTION, *problems.RESEND)}

    @extend_schema(
        operation_id="resendOtp",
        tags=[TAG],
        request=shapes.NothingForm,
        responses={200: shapes.StandingShape, 202: shapes.StandingShape},
        examples=[STANDING],
    )
    def post(self, request: Request, instance_id: str) -> Response:
        """Send another code; the earlier ones do not count any more."""
        self.read(shapes.NothingForm, request)
        found = self.application_id(request, instance_id)
        return answer(found, services.act(instance_id=found, action=Action.RESEND_OTP, **self.asked(request)))


class DocumentsView(OnboardingView):
    problems = {"POST": (*problems.ACTION, *problems.DOCUMENT)}
    parser_classes = (MultiPartParser,)

    @extend_schema(
        operation_id="uploadDocument",
        tags=[TAG],
        request={"multipart/form-data": shapes.DocumentForm},
        responses={201: shapes.UploadedShape, 202: shapes.UploadedShape},
    )
    def post(self, request: Request, instance_id: str) -> Response:
        """Upload a document; another one takes its place until the application is submitted."""
        found = self.application_id(request, instance_id)
        _refuse_beyond(request, SIZE_BYTES_MAX + FORM_BYTES_MAX)
        asked = self.read(shapes.DocumentForm, request)
        file: UploadedFile[Any] = asked["file"]
        document, result = services.upload_document(
            instance_id=found, kind=asked["kind"], content=file.read(), **self.asked(request)
        )
        response = answer(found, result, done=status.HTTP_201_CREATED)
        response.data = {**response.data, "document": shapes.DocumentShape(document).data}
        return response


class StatusView(OnboardingView):
    problems = {"GET": problems.APPLICATION}
    staff_permission = "onboarding.view_applicant"

    @extend_schema(operation_id="getOnboardingStatus", tags=[TAG], responses=shapes.StatusShape)
    def get(self, request: Request, instance_id: str) -> Response:
        """Where the onboarding stands, and what the user can do now."""
        applicant = selectors.get_applicant(self.application_id(request, instance_id))
        found = selectors.get_status(str(applicant.id), client=applicant.client)
        return Response(shapes.StatusShape(found).data)


def _refuse_beyond(request: Request, size_bytes: int) -> None:
    """Before a byte of it is read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > size_bytes:
        raise Problem("body-too-large")
