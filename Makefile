# Calico labs. `make help` lists the targets.
SHELL := /bin/sh
STACK ?= byocni
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LABCTL := bin/labctl
SOURCES := labs components sandbox labctl tests bench __main__.py
TYPED := labs components sandbox labctl bench __main__.py
# One stamp a set of pins: changed pins install again, unchanged ones cost nothing.
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help venv tools up down test format lint types layers unit e2e bench requirements clean ci

help: ## list every target
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: venv ## start the sandbox and bring a lab up in it (STACK=byocni)
	@$(LABCTL) up --stack $(STACK)

down: venv ## destroy the lab and stop the sandbox (STACK=byocni)
	@$(LABCTL) down --stack $(STACK)

test: lint types layers unit ## all checks that need no sandbox: format, lint, types, layers, unit tests

lint: venv
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)

types: venv
	$(BIN)/mypy $(TYPED)

layers: venv
	$(BIN)/lint-imports

unit: venv
	$(BIN)/python -m pytest -n auto -m "not e2e"

e2e: venv tools ## tests on the real engine, API server and operator
	$(BIN)/python -m pytest -m e2e --timeout 600

bench: venv tools ## measure previews, time to Ready, memory; each as a ratio (WRITE=1 keeps them)
	$(BIN)/python -m bench $(if $(WRITE),--write)

format: venv ## format the sources
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

venv: $(STAMP) ## the Python environment, with pinned dependencies

$(STAMP): requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed, $(PYTHON) is $$($(PYTHON) --version 2>&1); set PYTHON=..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing Python dependencies into $(VENV) (about 500 MB, a minute or two)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $(STAMP)

tools: venv ## the sandbox's programs: found, downloaded or built
	@$(LABCTL) sandbox tools

requirements: venv ## pin the dependencies of pyproject.toml again
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
		--output-file requirements.txt pyproject.toml
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
		--allow-unsafe --extra sandbox --extra dev --constraint requirements.txt \
		--output-file requirements-dev.txt pyproject.toml

clean: ## remove what the project made here: sandbox, environment, caches; keeps built tools
	@test ! -x $(BIN)/python || $(LABCTL) sandbox stop
	rm -rf .sandbox $(VENV) .mypy_cache .ruff_cache .hypothesis .import_linter_cache .pytest_cache

ci: ## what CI runs
	./.ci/run
