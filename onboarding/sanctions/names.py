"""Names made comparable: without case, accents, punctuation, titles and order of words."""

from __future__ import annotations

import re
import unicodedata

LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "\u0131": "i",  # dotless i
        "ł": "l",
        "ŋ": "n",
        "þ": "th",
        "\u02bb": "",  # ayn
        "\u02bc": "",  # hamza
        "\u2019": "",  # apostrophe
        "'": "",
        "`": "",
    }
)
"""Letters that Unicode does not take apart, and the marks inside words that transcriptions set or leave out."""

TITLES = frozenset(
    {"mr", "mrs", "ms", "miss", "dr", "prof", "sir", "dame", "sheikh", "haji", "hajj", "general", "colonel"}
)
NO_WORD = re.compile(r"[^\w]+|_+")


def normalise(name: str) -> str:
    """`DRAKMOOR, Viktor Ánsgar` and `Viktor Ansgar Drakmoor` become `ansgar drakmoor viktor`; empty without a word."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    plain = "".join(character for character in folded if not unicodedata.combining(character)).translate(LETTERS)
    words = [word for word in NO_WORD.split(plain) if word]
    telling = [word for word in words if word not in TITLES] or words
    return " ".join(sorted(telling))
