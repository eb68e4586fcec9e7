"""The documents are true: links lead somewhere, what is named exists, nothing that can be set or called is left out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands

from config import settings
from config.tests.examples import ROOT
from workflow.conf import SETTINGS
from workflow.engine import committer, recovery, wakeup, watchdog

DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "simulator" / "README.md")
)
REFERENCE = "docs/reference.md"
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
WORD = re.compile(r"`([^`\n]+)`")
NAMED_FILE = re.compile(r"^[\w.-]+(?:/[\w.-]+)+\.(?:py|sql|md|sh|yml|toml|txt|html|csv)$")
NAMED_TEST = re.compile(r"^([\w/]+\.py)::(test_\w+)$")
INVENTED = ("shop/", "loans/", "var/")  # what the reader of an example makes
ABOUT_THE_MAKING = re.compile(
    r"/(?:work|tmp|home|root)/|\bissue \d|\b(?:sub)?agents?\b|\bClaude\b|\blanguage model|\bthis session\b",
    re.IGNORECASE,
)


def text_of(document: str) -> str:
    return (ROOT / document).read_text()


def prose_of(document: str) -> str:
    """Without the examples."""
    return FENCE.sub("", text_of(document))


def anchors(document: Path) -> set[str]:
    """What headings are linked by."""
    titles = re.findall(r"^#+ (.+)$", FENCE.sub("", document.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def dead_links(document: str) -> Iterator[str]:
    for link in LINK.findall(prose_of(document)):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / document).parent / path if path else ROOT / document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document: str) -> None:
    assert list(dead_links(document)) == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_is_named_exists(document: str) -> None:
    named = [
        word for word in WORD.findall(prose_of(document)) if NAMED_FILE.match(word) and not word.startswith(INVENTED)
    ]
    places = (ROOT, (ROOT / document).parent)
    assert [word for word in named if not any((place / word).exists() for place in places)] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_test_that_is_named_exists(document: str) -> None:
    named = [found for word in WORD.findall(text_of(document)) if (found := NAMED_TEST.match(word))]
    assert [found[0] for found in named if not is_test(found[1], found[2])] == []


def is_test(path: str, name: str) -> bool:
    return (ROOT / path).exists() and f"def {name}(" in (ROOT / path).read_text()


@pytest.mark.parametrize("document", [*DOCUMENTS, "test-full-flow.sh"])
def test_the_documents_speak_of_the_product_alone(document: str) -> None:
    assert ABOUT_THE_MAKING.findall(text_of(document)) == []


def test_every_document_is_in_the_index() -> None:
    index, adr = text_of("docs/README.md"), text_of("docs/adr/README.md")
    for path in (ROOT / "docs").rglob("*.md"):
        below = path.relative_to(ROOT / "docs").as_posix()
        assert below == "README.md" or f"({below})" in index or f"({path.name})" in adr, f"{below} is in no index"


# -- invariants, decisions, features, changes ------------------------------------------------------------------------


def sections(document: str) -> dict[str, str]:
    """The parts of a document by their second headings."""
    parts = re.split(r"^## (.+)$", text_of(document), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def numbered_invariants() -> dict[str, str]:
    return {title: body for title, body in sections("docs/invariants.md").items() if title[0].isdigit()}


def kept_invariants() -> list[str]:
    """Those that this version promises."""
    return [title for title, body in numbered_invariants().items() if "**Not in this version.**" not in body]


def test_the_invariants_are_numbered_without_a_gap() -> None:
    numbers = [int(title.split(".")[0]) for title in numbered_invariants()]
    assert numbers == list(range(1, 15))


@pytest.mark.parametrize("title", kept_invariants())
def test_an_invariant_names_what_enforces_it_and_what_proves_it(title: str) -> None:
    enforced, proven = re.split(r"^\*\*Proven by", numbered_invariants()[title], maxsplit=1, flags=re.MULTILINE)
    assert "**Enforced by" in enforced
    assert any(NAMED_FILE.match(word) for word in WORD.findall(enforced))
    assert any(NAMED_TEST.match(word) for word in WORD.findall(proven))


def test_the_constraints_that_are_named_exist() -> None:
    sources = "".join(
        path.read_text()
        for app in ("workflow", "onboarding")
        for folder in ("models", "migrations")
        for path in (ROOT / app / folder).rglob("*.*")
        if path.suffix in (".py", ".sql")
    )
    words = set(WORD.findall(text_of("docs/invariants.md")))
    named = {word for word in words if re.fullmatch(r"(?:workflow|step_execution|state_snapshot)_[a-z_]+", word)}
    assert named
    assert {word for word in named if word not in sources} == set()


@pytest.mark.parametrize(
    ("sentence", "number"),
    [
        ("whatever queued up meanwhile, at most {},", committer.FLUSH_MEMBERS_MAX),
        ("What is unwritten after {} ms is written by the watchdog", watchdog.FLUSH_AFTER_SECONDS * 1000),
        ("A worker beats every {} s", SETTINGS["heartbeat_seconds"].default),
        ("One that is silent for {} s is dead", SETTINGS["dead_after_seconds"].default),
        ("at {} it stands in a QUARANTINE incident", recovery.QUARANTINE_RECOVERIES),
        ("one NOTIFY per {} ms", wakeup.COALESCE_SECONDS * 1000),
        ("({} s) after the last good heartbeat", SETTINGS["dead_after_seconds"].default * 2 / 3),
    ],
)
def test_the_numbers_of_the_architecture_are_those_of_the_code(sentence: str, number: float) -> None:
    assert sentence.format(f"{number:g}") in " ".join(text_of("docs/architecture.md").split())


def test_every_decision_is_in_the_list_under_its_own_title() -> None:
    listed = text_of("docs/adr/README.md")
    pages = sorted((ROOT / "docs" / "adr").glob("0*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        number, title = page.read_text().splitlines()[0].removeprefix("# ").split(" ", 1)
        assert page.name.startswith(number)
        assert f"| {number} | [{title}]({page.name}) |" in listed


def test_every_feature_links_to_its_proof() -> None:
    features = [line for line in sections("README.md")["Features"].splitlines() if line.startswith("- ")]
    assert len(features) > 20
    unproven = [
        line for line in features if not any(Path(link).name.startswith("test_") for link in LINK.findall(line))
    ]
    assert unproven == []


def test_the_changelog_begins_with_the_version_that_this_is() -> None:
    version = tomllib.loads(text_of("pyproject.toml"))["project"]["version"]
    released = re.findall(r"^## \[(.+?)\] - \d{4}-\d{2}-\d{2}$", text_of("CHANGELOG.md"), re.MULTILINE)
    assert released[0] == version


# -- the reference ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_every_setting_stands_in_the_reference_with_its_default(name: str) -> None:
    setting = SETTINGS[name]
    spelled = f"WORKFLOW_{setting.name}"
    environment = "yes" if spelled in settings.WORKFLOW_VARIABLES else ""
    default = str(setting.default) or '""'
    assert f"| `{spelled}` | `{default}` | {environment}" in text_of(REFERENCE)


def test_every_variable_of_the_environment_stands_in_the_reference() -> None:
    variables = re.findall(r"^([A-Z_]+)=", text_of(".env.example"), re.MULTILINE)
    assert [variable for variable in variables if f"`{variable}`" not in text_of(REFERENCE)] == []


def test_every_command_stands_in_the_reference() -> None:
    ours = {name for name, app in get_commands().items() if str(app) in ("workflow", "onboarding")}
    assert ours
    assert {name for name in ours if f"| `{name}` |" not in text_of(REFERENCE)} == set()


def test_every_target_of_make_stands_in_the_reference() -> None:
    targets = re.findall(r"^([a-z]+):.*## ", text_of("Makefile"), re.MULTILINE)
    assert [target for target in targets if target != "help" and f"`make {target}`" not in text_of(REFERENCE)] == []


def test_every_address_stands_in_the_reference() -> None:
    from drf_spectacular.generators import SchemaGenerator

    described = SchemaGenerator().get_schema(request=None, public=True)["paths"]  # type: ignore[no-untyped-call]
    reference = placeholders_alike(text_of(REFERENCE))
    addresses = [f"`{method.upper()} {path}`" for path, operations in described.items() for method in operations]
    assert addresses
    assert [each for each in addresses if placeholders_alike(each) not in reference] == []


def placeholders_alike(text: str) -> str:
    return re.sub(r"\{\w+\}", "{}", text)
