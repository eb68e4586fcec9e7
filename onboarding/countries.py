"""ISO 3166-1 countries: the codes that are valid, and the code for a name as sanctions lists write it.

The table is the time zone database's own (`iso3166.tab`, in the tzdata package); `OTHER_NAMES` adds the spellings that
lists use for the same countries.
"""

from __future__ import annotations

import importlib.resources
from functools import lru_cache

OTHER_NAMES = {
    "bosnia and herzegovina": "BA",
    "burma": "MM",
    "cabo verde": "CV",
    "central african republic": "CF",
    "china, people's republic of": "CN",
    "congo, democratic republic of the": "CD",
    "congo, republic of the": "CG",
    "cote d ivoire": "CI",
    "cote d'ivoire": "CI",
    "czechia": "CZ",
    "democratic republic of the congo": "CD",
    "east timor": "TL",
    "eswatini": "SZ",
    "gambia, the": "GM",
    "great britain": "GB",
    "holy see": "VA",
    "hong kong": "HK",
    "iran, islamic republic of": "IR",
    "ivory coast": "CI",
    "korea, north": "KP",
    "korea, south": "KR",
    "macau": "MO",
    "myanmar": "MM",
    "north korea": "KP",
    "palestinian": "PS",
    "region: gaza": "PS",
    "republic of the congo": "CG",
    "russian federation": "RU",
    "saint kitts and nevis": "KN",
    "sao tome and principe": "ST",
    "south korea": "KR",
    "syrian arab republic": "SY",
    "the bahamas": "BS",
    "the gambia": "GM",
    "trinidad and tobago": "TT",
    "turkiye": "TR",
    "united kingdom": "GB",
    "united states of america": "US",
    "vietnam": "VN",
    "west bank": "PS",
}


@lru_cache(maxsize=1)
def country_names() -> dict[str, str]:
    """Code to name."""
    table = (importlib.resources.files("tzdata.zoneinfo") / "iso3166.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {code: name for code, name in rows}  # noqa: C416  a row is a list


def is_country(code: str) -> bool:
    """Whether this is an assigned upper-case code."""
    return code in country_names()


@lru_cache(maxsize=1)
def _codes_by_name() -> dict[str, str]:
    return {name.casefold(): code for code, name in country_names().items()} | OTHER_NAMES


def country_code(name: str) -> str | None:
    """The code for a name in English, or None for one we do not know."""
    return _codes_by_name().get(" ".join(name.split()).casefold())
