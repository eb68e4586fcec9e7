"""Every address of the site: the admin for staff, `/api` for programs, probes and metrics for the platform."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include("workflow.api.urls")),
    path("api/", include("onboarding.api.urls")),
]
