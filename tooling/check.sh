#!/bin/sh
# `make check`: everything that can be known without running the system. Every check runs; any failure fails the whole.
failed=""
check() {
    echo "--- $1"
    shift
    "$@" || failed="yes"
}
shell_syntax() {
    status=0
    for script in $(git ls-files '*.sh' .ci/run); do
        sh -n "$script" || status=1
    done
    return $status
}
PATH="$PWD/.venv/bin:$PATH"
DJANGO_SETTINGS_MODULE=config.settings_test
export PATH DJANGO_SETTINGS_MODULE

check "formatting" ruff format --check --quiet .
check "lint" ruff check --quiet .
check "types" mypy .
check "import contracts" lint-imports --no-cache
check "system checks" python -W error -m tooling.postgres --run -- python -W error manage.py check --fail-level WARNING
check "migrations" python -W error -m tooling.postgres --run -- python -W error manage.py makemigrations --check --dry-run
check "shell syntax" shell_syntax

[ -z "$failed" ] && echo "All checks passed." && exit 0
echo "Some checks failed." >&2
exit 1
