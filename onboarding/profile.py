"""What a profile must be: its shape (`ProfileData`), and the rules it is judged by (`profile_problems`)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from onboarding.countries import is_country
from onboarding.email_rules import RefusedEmail, judge_email

AGE_YEARS_MIN = 18
AGE_YEARS_MAX = 120
NAME_LENGTH_MAX = 100
TEXT_LENGTH_MAX = 200
NAME_PUNCTUATION = frozenset(
    " '\u2019.-\u00b7,"
)  # apostrophes, the dot of initials, the hyphen, the Catalan middle dot
POSTAL_CODE = re.compile(r"^[0-9A-Za-z][0-9A-Za-z -]{1,11}$")


def printable(text: str) -> str:
    """Refuses control characters, which no database and no card can carry."""
    if not text.isprintable():
        raise ValueError("contains characters that cannot be printed")
    return text


Printable = AfterValidator(printable)
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TEXT_LENGTH_MAX), Printable]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_LENGTH_MAX), Printable]
Code = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z]{2}$")]


class ProfileData(BaseModel):
    """A profile as a client sends it, in camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)

    first_name: Name = Field(repr=False)
    last_name: Name = Field(repr=False)
    date_of_birth: date = Field(repr=False)
    nationality: Code = Field(repr=False)
    street: Text = Field(repr=False)
    postal_code: Text = Field(repr=False)
    city: Text = Field(repr=False)
    country: Code = Field(repr=False)
    email: Text = Field(repr=False)


class Problem(BaseModel):
    """One thing that is wrong with a profile. It names the field and never repeats the value."""

    field: str  # as the client spells it
    code: str
    message: str


def profile_problems(profile: ProfileData, *, today: date, email_logic: int) -> list[Problem]:
    """Everything that is wrong, so that a customer corrects it in one go; empty when all is well."""
    found = [*_name_problems(profile), *_birth_problems(profile, today), *_place_problems(profile)]
    email = judge_email(profile.email, logic=email_logic)
    if isinstance(email, RefusedEmail):
        found.append(Problem(field="email", code=email.code, message=email.message))
    return found


def _name_problems(profile: ProfileData) -> Iterator[Problem]:
    if not is_name(profile.first_name):
        yield Problem(field="firstName", code="name", message="A name has letters, and nothing but what names have.")
    if not is_name(profile.last_name):
        yield Problem(field="lastName", code="name", message="A name has letters, and nothing but what names have.")


def is_name(text: str) -> bool:
    """Letters and marks of any script, with the punctuation that names have."""
    kinds = {unicodedata.category(character)[0] for character in text if character not in NAME_PUNCTUATION}
    return "L" in kinds and kinds <= {"L", "M"}


def _birth_problems(profile: ProfileData, today: date) -> Iterator[Problem]:
    age = age_in_years(profile.date_of_birth, today)
    if profile.date_of_birth > today or age > AGE_YEARS_MAX:
        yield Problem(field="dateOfBirth", code="birth-date", message="This cannot be a date of birth.")
    elif age < AGE_YEARS_MIN:
        message = f"Customers are at least {AGE_YEARS_MIN} years old."
        yield Problem(field="dateOfBirth", code="too-young", message=message)


def age_in_years(born_on: date, today: date) -> int:
    """Whole years; who was born on 29 February ages on 1 March of other years."""
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))


def _place_problems(profile: ProfileData) -> Iterator[Problem]:
    if not is_country(profile.nationality):
        yield Problem(field="nationality", code="country", message="This is no ISO 3166-1 country code.")
    if not is_country(profile.country):
        yield Problem(field="country", code="country", message="This is no ISO 3166-1 country code.")
    if not POSTAL_CODE.match(profile.postal_code):
        yield Problem(field="postalCode", code="postal-code", message="This is not a postal code.")
    if not any(character.isalpha() for character in profile.street):
        yield Problem(field="street", code="street", message="A street has a name.")
    if not any(character.isalpha() for character in profile.city):
        yield Problem(field="city", code="city", message="A city has a name.")
