"""What the description shows: the calls of one onboarding, as they are sent."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample

PROFILE = {
    "firstName": "Ada",
    "lastName": "Lovelace",
    "dateOfBirth": "1990-12-10",
    "nationality": "GB",
    "street": "12 St James's Square",
    "postalCode": "SW1Y 4JH",
    "city": "London",
    "country": "GB",
    "email": "ada@example.com",
}
INSTANCE_ID = "0198c0de-0000-7000-8000-000000000000"

STARTS = [
    OpenApiExample("known user", value={"userId": "user123"}, request_only=True),
    OpenApiExample("with a number", value={"userId": "user42", "phoneNumber": "+14155550142"}, request_only=True),
]
ACTIONS = [
    OpenApiExample("code", value={"action": "NEXT", "data": {"otp": "123456"}}, request_only=True),
    OpenApiExample("profile", value={"action": "NEXT", "data": PROFILE}, request_only=True),
    OpenApiExample("submit", value={"action": "NEXT"}, request_only=True),
    OpenApiExample(
        "decision of staff", value={"action": "AML_CLEAR", "data": {"reason": "Another person."}}, request_only=True
    ),
]
STANDING = OpenApiExample(
    "standing",
    value={"instanceId": INSTANCE_ID, "currentState": "PHONE_ENTERED", "message": "A code is on its way to the phone."},
    response_only=True,
    status_codes=["200", "201", "202"],
)
