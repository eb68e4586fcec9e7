"""Every address of the site: the admin for staff, `/api` for programs, probes and metrics for the platform."""

from django.contrib import admin
from django.urls import include, path, re_path

from workflow.api.handlers import unknown_address

handler400 = "workflow.api.handlers.bad_request"
handler403 = "workflow.api.handlers.permission_denied"
handler404 = "workflow.api.handlers.page_not_found"
handler500 = "workflow.api.handlers.server_error"

urlpatterns = [
    path("", include("workflow.api.probes")),
    path("admin/", admin.site.urls),
    path("api/", include("workflow.api.urls")),
    path("api/", include("onboarding.api.urls")),
    re_path("^api/", unknown_address),
]
