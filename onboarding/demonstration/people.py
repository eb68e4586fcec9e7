"""Made-up people and how their onboardings end. The simulator decides by last name, the screening by the samples."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

FIRST_NAMES = ("Ada", "Bruno", "Chiara", "Dilan", "Edda", "Farid", "Grete", "Hugo", "Ines", "Jonas", "Kaya", "Lena")
LAST_NAMES = ("Lindqvist", "Moretti", "Nowak", "Okafor", "Petrova", "Quint", "Ritter", "Sandberg", "Tanaka", "Urban")
PICTURE_SIZE = (640, 440)


@dataclass(frozen=True, slots=True)
class Person:
    """A customer with a phone of their own."""

    user_id: str
    phone_number: str
    first_name: str
    last_name: str
    date_of_birth: str = "1990-04-17"
    nationality: str = "SE"
    email: str = "customer@example.com"

    @property
    def profile(self) -> dict[str, Any]:
        """As a client application sends it."""
        return {
            "firstName": self.first_name,
            "lastName": self.last_name,
            "dateOfBirth": self.date_of_birth,
            "nationality": self.nationality,
            "street": "Storgatan 1",
            "postalCode": "111 22",
            "city": "Stockholm",
            "country": "SE",
            "email": self.email,
        }

    def but(self, **changes: str) -> Person:
        """The same person with changes."""
        return replace(self, **changes)


def somebody() -> Person:
    """A new person whose onboarding completes."""
    number = secrets.randbelow(10**7)
    first_name, last_name = secrets.choice(FIRST_NAMES), secrets.choice(LAST_NAMES)
    return Person(
        user_id=f"user-{secrets.token_hex(5)}",
        phone_number=f"+1415{number:07d}",
        first_name=first_name,
        last_name=last_name,
        email=f"{first_name}.{last_name}@example.com".lower(),
    )


def sanctioned() -> Person:
    """A new user who is the first person on the sample list, under another spelling."""
    return somebody().but(first_name="Wiktor", last_name="Drakmoor", date_of_birth="1962-07-12", nationality="IR")


def doubtful() -> Person:
    """A new user who is like a listed person whose birth date nobody knows: staff decides."""
    return somebody().but(first_name="Marisol", last_name="Estevez Quiroga", nationality="CU")


def passport(person: Person) -> bytes:
    """A picture that decodes; each person has another one."""
    picture = Image.new("RGB", PICTURE_SIZE, "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((20, 60, 220, 320), outline="black")
    draw.text((250, 80), f"SPECIMEN {person.user_id}", fill="black")
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
