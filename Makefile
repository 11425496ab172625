# Each target does its own set-up; a second run finds it done. `make help` lists them.

PYTHON ?= python3.11
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet

# Made when the set-up they stand for is finished. They live in the environment, so that they go with it.
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
FRONTEND := dashboards/static/vendor/manifest.json

# Passed on: make demo DEMO_ARGS="--patients 20", make test PYTEST_ARGS="tests/ingest -x"
DEMO_ARGS ?=
PYTEST_ARGS ?=
BENCH_ARGS ?=

# A recipe that stops half-way must not leave its stamp behind.
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

.PHONY: help
help: ## List what there is
	@awk -F ':.*## ' '/^[a-z][a-z -]*:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(RUNTIME) $(FRONTEND) ## Start everything with made-up patients, and print where to look
	@$(VENV)/bin/telehealth demo $(DEMO_ARGS)

.PHONY: test
test: $(DEV) $(FRONTEND) ## Run the tests; as root nothing is left out
	@$(PY) tools/run_tests.py $(PYTEST_ARGS)

.PHONY: test-needs
test-needs: ## As root: get Chromium and TimescaleDB for everybody's tests
	@$(PYTHON) tools/run_tests.py --needs

.PHONY: test-kill
test-kill: $(DEV) $(FRONTEND) ## Kill processes under load, fifty times over
	@TELEHEALTH_KILL_CYCLES=50 $(PY) tools/run_tests.py tests/service/test_kill.py --timeout=7200 $(PYTEST_ARGS)

.PHONY: lint lint-style lint-types lint-imports lint-files
lint: lint-style lint-types lint-imports lint-files ## Check style, types, and who imports whom (-k shows all at once)
lint-style: $(DEV)
	@$(VENV)/bin/ruff check --output-format=concise
	@$(VENV)/bin/ruff format --check --quiet || { echo "Not formatted: run .venv/bin/ruff format"; exit 1; }
lint-types: $(DEV)
	@$(VENV)/bin/mypy
lint-imports: $(DEV)
	@$(VENV)/bin/lint-imports --no-logo
lint-files: $(DEV)
	@$(PY) tools/check_files.py

.PHONY: bench
bench: $(DEV) $(FRONTEND) ## Measure against the floor of this machine; fails below a target
	@$(PY) -m benchmarks $(BENCH_ARGS)

.PHONY: bench-alerts
bench-alerts: $(DEV) ## Measure the alerts' quality on a made-up cohort; fails below a target
	@$(PY) -m benchmarks.alert_quality $(BENCH_ARGS)

.PHONY: pictures
pictures: $(DEV) $(FRONTEND) ## Take the pictures of the pages in docs/pictures
	@if [ "$$(id -u)" = 0 ]; then $(PY) tools/run_tests.py --needs; fi
	@$(PY) -m tests.journeys.pictures

.PHONY: lock
lock: $(DEV) ## Resolve every dependency anew and write the lock files
	@tools/lock.sh

.PHONY: clean
clean: ## Remove all that make has made here; data stays
	rm -rf $(VENV) .make node_modules dashboards/static/vendor tests/vendor build dist ./*.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- Set-up -----------------------------------------------------------------------------------------------------

$(PY):
	@tools/make_venv.sh $(VENV) $(PYTHON)

$(RUNTIME): requirements.lock pyproject.toml | $(PY)
	@echo "Installing what the service needs"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

# The development lock holds the runtime's too, at the same versions.
$(DEV): requirements-dev.lock pyproject.toml | $(PY)
	@echo "Installing what the service and its tests need"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $(RUNTIME) $@

$(FRONTEND): package.json package-lock.json tools/build_frontend.py | $(PY)
	@echo "Building the front end"
	@$(PY) tools/build_frontend.py
