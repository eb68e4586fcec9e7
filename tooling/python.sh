#!/bin/sh
# Runs its arguments with a Python that suits: 3.11, 3.12 or 3.13, wherever this machine has one.
suits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}
for candidate in ${PYTHON:-} python3.13 python3.12 python3.11 python3 python \
    /opt/homebrew/bin/python3.1[123] /usr/local/bin/python3.1[123] "$HOME"/.pyenv/versions/3.1[123]*/bin/python; do
    if suits "$candidate"; then
        exec "$candidate" "$@"
    fi
done
echo "No Python 3.11, 3.12 or 3.13 was found. Install one, or name it: make run PYTHON=/path/to/python3.12" >&2
exit 1
