# Formulary's commands. `make help` lists them.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
# Tools that only import the settings need no database: this address is never connected to.
NO_DATABASE := DATABASE_URL=postgresql://nobody@localhost:1/none DJANGO_SETTINGS_MODULE=config.settings.dev
# The packages are pinned with hashes and complete, so the resolver has nothing left to decide.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes

.DEFAULT_GOAL := help
.PHONY: help demo run test test-slow check format lock bench clean docs

help: ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | awk -F'\t' '{printf "  make %-10s %s\n", $$1, $$2}'

demo: $(VENV)/.base ## Play the main story on real data, then leave the product running (ONCE=1: stop after it)
	@$(BIN)/python -m config.demo $(if $(ONCE),--once)

run: $(VENV)/.base ## Start the product, empty, on http://127.0.0.1:8000
	@$(BIN)/python manage.py up

test: $(VENV)/.dev ## Run the tests (TESTS=tests/audits: some of them)
	$(BIN)/python -m pytest -m "not slow" $(TESTS)

test-slow: $(VENV)/.dev ## Run the slow tests too, as before a release
	$(BIN)/python -m pytest

check: $(VENV)/.dev ## Format, lint, types, imports, migrations, sizes, query counts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(NO_DATABASE) $(BIN)/mypy .
	$(BIN)/lint-imports
	$(NO_DATABASE) $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(NO_DATABASE) $(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null
	$(BIN)/python -m pytest tests/architecture

format: $(VENV)/.dev ## Rewrite the code in the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.dev ## Make docs/measures.md from the catalogue
	$(BIN)/python -m audits.measures_page > docs/measures.md

lock: $(VENV)/.dev ## Compile requirements/*.in to pinned, hashed requirements/*.txt
	cd requirements && for name in base spark warehouse dev; do \
		../$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --python-version 3.11 $$name.in -o $$name.txt; \
	done

bench: $(VENV)/.dev ## Measure here, beside DuckDB's scan, fairlearn, evidently and aequitas (minutes; ROWS=100000 ...)
	$(BIN)/python -m bench $(if $(ROWS),--rows $(ROWS))

clean: ## Remove the virtual environment and this machine's data
	rm -rf $(VENV) var

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Formulary needs Python 3.11 or newer."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }

$(VENV)/.base: requirements/base.txt | $(VENV)/bin/python
	@echo "Installing the pinned packages (once; some 1.4 GB) ..."
	@$(INSTALL) -r requirements/base.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(VENV)/bin/python
	@echo "Installing the pinned packages (once; some 2.3 GB with the test tools) ..."
	@$(INSTALL) -r requirements/dev.txt
	@touch $@ $(VENV)/.base
