# `make labs` and `make test` are all that a new user needs; both set up what is missing first.

VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 6

# Ordinary users often lack the directories of system programs.
export PATH := $(PATH):/usr/sbin:/sbin

.PHONY: setup setup-tests labs test unit browser emulation messages lint format bench fuzz schema
.PHONY: docs prove-releases

labs: setup
	$(BIN)/tcplab run --all

# The browser comes last, since there are machines on which none can be installed.
test: setup-tests unit emulation browser

setup:
	@./setup.sh

setup-tests:
	@./setup.sh --tests

# Without root, on every core.
unit:
	$(BIN)/pytest -n auto

# Reports in Chromium; screenshots lie in build/screenshots.
browser:
	$(BIN)/pytest -m browser

# In sandboxes of their own, so many at once: the slow ones wait for kernel timers, beside the rest.
emulation:
	$(BIN)/pytest -m emulation -n $(WORKERS) --dist loadfile

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Speed, as ratios within one run: run it on an idle machine.
bench: setup
	$(BIN)/python -m bench

# Ten minutes, or FUZZ_SECONDS; a damaged capture that isn't read or refused is kept in build/fuzz/.
fuzz: setup
	$(BIN)/python -m tests.captures.fuzz

# The catalogs of other languages, with today's sentences; then translate what is empty, and again.
messages: setup
	$(BIN)/python -m tests.reports.messages

# The JSON Schema of run.json, from the types that read and write it.
schema: setup
	$(BIN)/python -c 'import json; from captures import run; print(json.dumps(run.json_schema(), indent=2))' > docs/run.schema.json

# The documents as a site, in build/docs/; a link to nothing ends it.
docs: setup
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

# Both commands of the README on clean systems: needs root and mmdebstrap (see the script).
RELEASES ?= bookworm trixie noble resolute
prove-releases:
	tests/releases/prove.sh $(RELEASES)
