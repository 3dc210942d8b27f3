# make run: set up and serve.  make test: set up and run every test.  make help: the rest.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# How many tests run beside each other: most of them wait rather than work.
TEST_PROCESSES ?= 3
# In the order of tests/conftest.py, the longest first, and not by the number of tests.
PYTEST_BESIDE := -n $(TEST_PROCESSES) --dist loadgroup --no-loadscope-reorder

.PHONY: help setup run test test-python test-frontend lint lint-python lint-frontend check check-python check-frontend fuzz types bench clean system-packages
.DEFAULT_GOAL := help

help: ## What can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: .setup-python frontend/dist/index.html ## Everything that running needs

run: setup ## Serve on http://127.0.0.1:5000 with this machine's own sensors
	@test -e "$${FIELDROOM_CONFIG:-fieldroom.env}" || $(BIN)/python -m config
	@FIELDROOM_DEFAULTS=HOST_AGENT=1 exec $(BIN)/python app.py

test: .setup-dev frontend/dist/index.html system-packages ## Lint, types, unit, contract, real-time, browser and multi-process tests
	@$(MAKE) --no-print-directory -j2 lint-python lint-frontend test-frontend
	@$(MAKE) --no-print-directory test-python

check: .setup-dev frontend/node_modules/.setup frontend/src/api/schema.d.ts ## What takes a minute or two, for before each commit: lint, types and the tests that start no server
	@$(MAKE) --no-print-directory -j2 check-python check-frontend

check-python: lint-python
	$(BIN)/python -m pytest -q $(PYTEST_BESIDE) -n 2 -m "not server" --hypothesis-profile=quick  # two: these only compute

# ESLint looks only at the files that changed; `make test` at all of them.
check-frontend: frontend/node_modules/.setup frontend/src/api/schema.d.ts
	cd frontend && npm run --silent quick && npm run --silent test

fuzz: .setup-dev ## The tests that make up their own examples, with twenty times as many
	$(BIN)/python -m pytest -q $(PYTEST_BESIDE) -m hypothesis --hypothesis-profile=thorough

test-python: .setup-dev
	$(BIN)/python -m pytest -q $(PYTEST_BESIDE)
	@# A package of its own, whose server is the library's and not the platform's: in a process of its own.
	$(BIN)/python -m pytest -q -n $(TEST_PROCESSES) clients/pi/tests

test-frontend: frontend/dist/index.html
	cd frontend && npm run --silent test

lint: lint-python lint-frontend ## Style, types and the one-way arrows between the layers

lint-python: .setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --config-file clients/pi/pyproject.toml clients/pi/fieldroom_pi
	@if [ -x $(BIN)/hadolint ]; then $(BIN)/hadolint Dockerfile; else echo "hadolint has no build for this machine: the Dockerfile was not linted"; fi
	$(BIN)/lint-imports --no-logo

lint-frontend: frontend/node_modules/.setup frontend/src/api/schema.d.ts
	cd frontend && npm run --silent lint && npm run --silent check

bench: .setup-dev frontend/dist/index.html bench/node_modules/.setup ## Every benchmark, as tables
	$(BIN)/python -m bench

clean: ## Remove what was built, not the data
	rm -rf $(VENV) .setup-* bench/node_modules frontend/node_modules frontend/dist frontend/openapi.json frontend/src/api/schema.d.ts

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Fieldroom needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV) || { echo 'The venv module is missing. On Debian or Ubuntu: apt-get install python3-venv'; rm -rf $(VENV); exit 1; }

.setup-python: requirements.lock | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

.setup-dev: requirements-dev.lock .setup-python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

frontend/node_modules/.setup: frontend/package.json frontend/package-lock.json
	@node -e 'if (+process.versions.node.split(".")[0] < 20) { console.error("Fieldroom needs Node 20 or newer; this is " + process.version); process.exit(1) }'
	cd frontend && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# The Socket.IO server that the fan-out benchmark compares with.
bench/node_modules/.setup: bench/package.json bench/package-lock.json
	cd bench && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# The document is rewritten only where it differs, so that an edit of a view does not rebuild the page for nothing.
PY_API := $(wildcard blueprints/*.py schemas/*.py)
frontend/openapi.json: .setup-python $(PY_API)
	@$(BIN)/python -m blueprints.openapi > $@.new && mv $@.new $@

frontend/src/api/schema.d.ts: frontend/openapi.json frontend/node_modules/.setup
	cd frontend && npm run --silent types

frontend/dist/index.html: frontend/src/api/schema.d.ts $(shell find frontend/src frontend/index.html frontend/public frontend/vite.config.ts frontend/precompress.ts -type f 2>/dev/null)
	cd frontend && npm run --silent build
	@touch $@

# The browser, Redis, an MQTT broker and RabbitMQ (35 MB to fetch, 57 MB on the disk) for the tests: installed where that is allowed, named where it is not. The tests that need a missing one are
# reported at the end of the run.
system-packages:
	@missing=; \
	command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing="$$missing chromium"; \
	command -v redis-server >/dev/null || missing="$$missing redis-server"; \
	PATH="$$PATH:/usr/sbin" command -v mosquitto >/dev/null || missing="$$missing mosquitto"; \
	PATH="$$PATH:/usr/sbin" command -v rabbitmq-server >/dev/null || missing="$$missing rabbitmq-server"; \
	fc-list :lang=zh 2>/dev/null | grep -q . || [ "$$(uname)" = Darwin ] || missing="$$missing fontconfig fonts-noto-cjk"; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	  else echo "Missing:$$missing. Install with: sudo apt-get update && sudo apt-get install -y$$missing   (macOS: brew install redis; brew install --cask chromium)"; fi; \
	fi
