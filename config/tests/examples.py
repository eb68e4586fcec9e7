"""The examples of the documents, taken out of them and made modules, so that tests run them as they are written."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from workflow.core.definition import Definition, steps
from workflow.core.registry import registry

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def python_blocks(document: str) -> list[str]:
    """Every Python example of a document, in order."""
    return FENCE.findall((ROOT / document).read_text())


@contextmanager
def written_down(folder: Path, package: str, document: str, number: int = 0) -> Iterator[ModuleType]:
    """`package.workflows` with an example as its text; inside, its definitions are all that is known."""
    (folder / package).mkdir()
    (folder / package / "__init__.py").touch()
    (folder / package / "workflows.py").write_text(python_blocks(document)[number])
    sys.path.insert(0, str(folder))
    known = dict(steps)
    try:
        with registry.isolated():
            importlib.invalidate_caches()
            module = importlib.import_module(f"{package}.workflows")
            yield module
    finally:
        sys.path.remove(str(folder))
        for name in (package, f"{package}.workflows"):
            sys.modules.pop(name, None)
        steps.clear()
        steps.update(known)


def definition(module: ModuleType, name: str) -> Definition[object, object]:
    """A definition of the example, by its name in the module."""
    found: Definition[object, object] = getattr(module, name)
    return found
