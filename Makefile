# Everything here works on a fresh machine with make, sh and a Python 3.11 to 3.13; nothing else has to run or be installed.
# PYTHON=/path/to/python picks the interpreter, PYTEST_ARGS what `make test` runs, STEADFAST_POSTGRES the server (15, 18, a folder).
.POSIX:
.PHONY: help run demo test check bench soak clean environment development

BIN = .venv/bin
BOOTSTRAP = PYTHON="$(PYTHON)" sh tooling/python.sh tooling/bootstrap.py
PYTEST_ARGS =
SOAK_ARGS =

help: ## shows this list
	@grep -E '^[a-z]+:.*## ' Makefile | sed 's/:.*## /|/' | awk -F'|' '{ printf "  make %-8s %s\n", $$1, $$2 }'

run: environment ## starts the whole system with demo data on http://127.0.0.1:8080/admin/ (or the next free port); Ctrl-C ends it
	@exec $(BIN)/python -m tooling.run

demo: environment ## plays the four scenarios against the running system, or against one of its own
	@exec $(BIN)/python -m tooling.demo

test: development ## runs all tests against a throw-away PostgreSQL; PYTEST_ARGS="-k saga" runs some
	@exec $(BIN)/python -m pytest $(PYTEST_ARGS)

check: development ## formatting, lint, types, import contracts, system checks, missing migrations, shell syntax
	@exec sh tooling/check.sh

bench: development ## measures throughput and latency beside a bare loop and a peer; JSON goes to var/
	@exec $(BIN)/python -m benchmarks

soak: development ## runs the campaigns with their full counts; takes long
	@exec $(BIN)/python -m pytest -m soak $(SOAK_ARGS)

clean: ## removes var/ (all data of make run) and the caches; keeps .venv
	@exec sh tooling/clean.sh

environment:
	@$(BOOTSTRAP) run

development:
	@$(BOOTSTRAP) dev
