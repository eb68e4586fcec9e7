"""Fetches the wheel of pip for a Python that came without ensurepip and without pip. Standard library only."""

import hashlib
import json
import os
import ssl
import urllib.request
from pathlib import Path
from urllib.parse import urljoin

NAME = "pip-26.3-py3-none-any.whl"
SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
INDEX_DEFAULT = "https://pypi.org/simple"
JSON_INDEX = "application/vnd.pypi.simple.v1+json"
FETCH_SECONDS_MAX = 60


class PipNotFound(Exception):
    """The package index does not offer the pip that we know."""


def fetch_pip(folder: Path) -> Path:
    """Downloads the pinned wheel into `folder`, checks its hash and returns its path."""
    content = read(wheel_address(f"{os.environ.get('PIP_INDEX_URL', INDEX_DEFAULT).rstrip('/')}/pip/"))
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise PipNotFound(f"{NAME} from the package index is not the file that we know.")
    wheel = folder / NAME
    wheel.write_bytes(content)
    return wheel


def wheel_address(page: str) -> str:
    """Where the wheel lies, by the index's JSON page."""
    files = json.loads(read(page, accept=JSON_INDEX))["files"]
    for file in files:
        if file["filename"] == NAME:
            return urljoin(page, str(file["url"]))
    raise PipNotFound(f"{page} does not list {NAME}.")


def read(address: str, accept: str = "*/*") -> bytes:
    """The content at an https address, trusted by the certificates that pip is told to trust."""
    trust = ssl.create_default_context(cafile=os.environ.get("PIP_CERT"))
    request = urllib.request.Request(address, headers={"Accept": accept})  # noqa: S310 (the index is ours to choose)
    with urllib.request.urlopen(request, timeout=FETCH_SECONDS_MAX, context=trust) as answer:  # noqa: S310
        return bytes(answer.read())
