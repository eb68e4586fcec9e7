"""What the workflow's screens learn of onboarding: links to the applicant, masks, and what the groups may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from onboarding.admin.read_only import SEE_PERSONAL_DATA
from onboarding.conf import WORKFLOW
from onboarding.models import Applicant
from onboarding.personal import masked
from workflow.admin import Link, grant, register_links, register_mask

SEEN = ("applicant", "profile", "document", "identitycheck", "screening", "account", "wallet", "card")
LISTS = ("sanctionslist", "sanctionsentry")


def applicant_links(instances: Sequence[Any], user: Any) -> Mapping[Any, list[Link]]:
    """The applicant of each instance, whose id is the instance's; named by the client's own id of the user."""
    if not user.has_perm("onboarding.view_applicant"):
        return {}
    rows = Applicant.objects.filter(pk__in=[row.pk for row in instances]).values_list("pk", "client", "user_id")
    return {
        pk: [Link(f"{client}: {user_id}", reverse("admin:onboarding_applicant_change", args=[pk]))]
        for pk, client, user_id in rows
    }


register_links(WORKFLOW, applicant_links)
register_mask(masked, lifted_by=SEE_PERSONAL_DATA)
for group in ("viewer", "auditor", "analyst", "operator", "lead"):
    grant(group, *(f"onboarding.view_{model}" for model in SEEN))
for group in ("auditor", "analyst", "lead"):
    grant(group, *(f"onboarding.view_{model}" for model in LISTS))
grant("analyst", SEE_PERSONAL_DATA)
for group in ("analyst", "lead"):
    grant(group, "onboarding.change_screening")  # the API asks for it where staff decides a review
