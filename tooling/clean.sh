#!/bin/sh
# `make clean`: removes data and caches, unless the system that uses them is running.
if [ -f var/run/pid ] && kill -0 "$(cat var/run/pid)" 2>/dev/null; then
    echo "The system is running (process $(cat var/run/pid)); end it first." >&2
    exit 1
fi
rm -rf var .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
echo "Removed var/ and the caches. The environment stays in .venv."
