"""An admin that shows and changes nothing. `personal` names the fields that are masked without the right to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from onboarding.personal import mask

SEE_PERSONAL_DATA = "onboarding.view_personal_data"
ROWS_PER_PAGE = 50

if TYPE_CHECKING:  # the stubs' class takes the model, Django's own does not
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


def masked_field(name: str) -> Callable[[Any, Any], str]:
    """A column that shows the mask of a field."""

    @admin.display(description=name.replace("_", " "))
    def masked(_admin: Any, row: Any) -> str:
        return mask(getattr(row, name))

    return masked


class ReadOnlyAdmin(ModelAdmin):
    """Services are the only writers. Lists are masked for everybody; a single row shows more to those who may."""

    personal: ClassVar[tuple[str, ...]] = ()
    hidden: ClassVar[tuple[str, ...]] = ()
    actions = None
    list_per_page = ROWS_PER_PAGE
    show_full_result_count = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in cls.personal:
            setattr(cls, f"masked_{name}", masked_field(name))

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:  # noqa: ARG002
        """Every field of the row; the personal ones as masks, unless the person may see them."""
        names = [field.name for field in self.model._meta.concrete_fields if field.name not in self.hidden]
        if request.user.has_perm(SEE_PERSONAL_DATA):
            return names
        return [f"masked_{name}" if name in self.personal else name for name in names]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.get_fields(request, obj)
