# Guichet. `make help` lists the targets; every one works from a bare checkout.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
# Two processes, a whole file to each in turn: much of the time goes by waiting for servers, kills and syncs. The order stays
# that of the folders, so that the long files (browser, faults) come first.
TWICE := -q -n 2 --dist loadfile --no-loadscope-reorder
NODE_TOOLS := tests/browser/node_modules/axe-core/axe.min.js
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help run demo test check quick bench bench-peers bench-weight relevance faults units scan lock settings-doc masking-rules format clean \
  system-packages why-doc

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk 'BEGIN{FS=":.*## "}{printf "  make %-14s %s\n", $$1, $$2}'

run: $(VENV)/.run ## set up and start the product: http://127.0.0.1:8000 (PORT, GUICHET_DATA)
	@exec $(BIN)/python -m webapp.run

demo: $(VENV)/.run ## the product on every door: a bank's site, a partner's, a social page (PORT, DEMO_PORT)
	@exec $(BIN)/python -m tests.demo

test: $(VENV)/.dev system-packages $(NODE_TOOLS) ## set up and run every test (Chromium, PostgreSQL, process kills included)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest $(TWICE)

check: $(VENV)/.dev ## ruff, mypy --strict, the quick tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -m "not browser and not slow"

bench: $(VENV)/.dev bench-packages ## figures: requests, searches, tickets, files, helpdesk, memory, the ear, publishing (benchmarks/results/)
	$(BIN)/python -m benchmarks.run
	$(BIN)/python -m benchmarks.publishing
	$(BIN)/python -m benchmarks.ear
	$(BIN)/python -m benchmarks.tickets
	$(BIN)/python -m benchmarks.attachments
	$(BIN)/python -m benchmarks.helpdesk

bench-peers: $(VENV)/.dev bench-packages ## the same beside django-helpdesk, in an environment of its own under var/
	$(BIN)/python -m benchmarks.peers

bench-weight: $(VENV)/.dev system-packages benchmarks/node_modules/.done ## weight of the pages in a browser, Lighthouse
	$(BIN)/python -m benchmarks.weight

faults: $(VENV)/.dev system-packages ## the long run of everything that breaks: 300 kills, 40 reloads (docs/reliability.md)
	GUICHET_TORTURE_SECONDS=600 GUICHET_TORTURE_KILLS=300 GUICHET_RELOADS=40 GUICHET_QUEUED=10000 $(BIN)/python -m pytest -s \
	  tests/faults tests/deploy tests/tickets/test_intake.py tests/delivery tests/test_refusals.py

units: $(VENV)/.dev system-packages ## the systemd units started as services, in namespaces of their own (as root; deploy/README.md)
	@tests/deploy/units.sh

scan: $(VENV)/.dev system-packages benchmarks/node_modules/.done ## attackers' and reviewers' tools; fails on a finding without a reason
	$(BIN)/python -m benchmarks.scan

relevance: $(VENV)/.dev ## search quality on the evaluation sets and on our own French questions
	$(BIN)/python -m benchmarks.relevance
	$(BIN)/python -m benchmarks.french_questions

format: $(VENV)/.dev ## put the code in its standard form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

settings-doc: $(VENV)/.run ## write docs/settings.md from webapp/settings.py
	$(BIN)/flask --app wsgi settings --markdown > docs/settings.md

why-doc: $(VENV)/.run ## write the examples of docs/pourquoi.md again, by the command that they show
	$(BIN)/python -m benchmarks.why_page

masking-rules: $(VENV)/.run ## write static/js/masking-rules.js from webapp/confidential/
	$(BIN)/python -m webapp.confidential.for_browsers > static/js/masking-rules.js

lock: $(VENV)/.dev ## lock the dependencies again, with hashes and no index address
	$(BIN)/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --strip-extras --allow-unsafe \
	  -o requirements.lock pyproject.toml
	$(BIN)/pip-compile -q --extra dev --generate-hashes --no-emit-index-url --no-emit-find-links --strip-extras --allow-unsafe \
	  -c requirements.lock -o requirements-dev.lock pyproject.toml

clean: ## forget the environment, the data, the index and every cache
	rm -rf $(VENV) var search_index/* .pytest_cache .mypy_cache .ruff_cache .hypothesis \
	  tests/browser/node_modules benchmarks/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A Python without ensurepip (Debian's, bare) still has pip: virtualenv then does the same.
$(VENV)/bin/python:
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { rm -rf $(VENV); \
	  $(PYTHON) -m pip install -q --user --break-system-packages virtualenv && $(PYTHON) -m virtualenv -q $(VENV); }

$(VENV)/.run: requirements.lock | $(VENV)/bin/python
	@echo "Installing what Guichet needs (once)…"
	@$(BIN)/python -m pip install -q --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "Installing what the tests need (once)…"
	@$(BIN)/python -m pip install -q --require-hashes -r requirements-dev.lock
	@touch $@

system-packages:
	@sh tests/system-packages.sh chromium firefox postgresql strace nginx systemd node request-tracker dovecot clamd

.PHONY: bench-packages
bench-packages:
	@sh tests/system-packages.sh wrk postgresql request-tracker

$(NODE_TOOLS): tests/browser/package-lock.json | system-packages
	@cd tests/browser && npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

benchmarks/node_modules/.done: benchmarks/package-lock.json | system-packages
	@cd benchmarks && npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@
