"""Addresses of onboarding under /api/."""

from __future__ import annotations

from django.urls import path

from onboarding.api import views
from onboarding.api.webhooks import WebhookView

urlpatterns = [
    path("onboarding/start", views.StartView.as_view()),
    path("onboarding/<str:instance_id>/action", views.ActionView.as_view()),
    path("onboarding/<str:instance_id>/resend-otp", views.ResendView.as_view()),
    path("onboarding/<str:instance_id>/documents", views.DocumentsView.as_view()),
    path("onboarding/<str:instance_id>/status", views.StatusView.as_view()),
    path("webhooks/<slug:provider>", WebhookView.as_view()),
]
