# Calico labs. `make help` lists the targets.
SHELL := /bin/sh
STACK ?= byocni
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LABCTL := bin/labctl
SOURCES := labs reach checks doctor components package guardrails preview sandbox labctl tests bench __main__.py
TYPED := labs reach checks doctor components package guardrails preview sandbox labctl bench __main__.py
# One stamp a set of pins: changed pins install again, unchanged ones cost nothing.
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help venv tools up down test format lint types layers unit sockets e2e node-packages e2e-real faults bench bench-reach preview previews workflows guardrails fuzz audit dates requirements clean ci

help: ## list every target
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: venv ## start the sandbox and bring a lab up in it (STACK=byocni NODES=simulated|real|auto)
	@$(LABCTL) up --stack $(STACK) $(if $(NODES),--nodes $(NODES))

down: venv ## destroy the lab and stop the sandbox (STACK=byocni)
	@$(LABCTL) down --stack $(STACK)

test: lint types layers unit ## all checks that need no sandbox: format, lint, types, layers, unit tests

lint: venv ## format and lint
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)

types: venv ## mypy
	$(BIN)/mypy $(TYPED)

layers: venv ## which room may import which (import-linter)
	$(BIN)/lint-imports

unit: venv guardrails ## unit and component tests
	$(BIN)/python -m pytest -n auto -m "not e2e"

sockets: venv ## the probe command against real sockets, drops and rejects; needs root on Linux and fails without
	CALICO_LABS_MUST_RUN=1 $(BIN)/python -m pytest tests/checks/test_network_namespaces.py

# Two sandboxes side by side, a file at a time: most of a test's time is waiting, and the tests of a file are a story.
e2e: venv tools ## tests on the real engine, API server and operator
	$(BIN)/python -m pytest -m "e2e and not real and not long" -n 2 --dist loadfile --timeout 600

e2e-real: venv ## tests on real nodes and real packets; skipped with the reason where they cannot run (CALICO_LABS_MUST_RUN=1 fails there)
	$(BIN)/python -m pytest tests/e2e_real -m real --timeout 900 -rs

node-packages: venv ## install the Debian packages that real nodes need (root)
	$(BIN)/python -m sandbox.nodes.real.packages

# Side by side as above; the whole takes about an hour.
faults: venv tools ## what goes wrong, tried at length: faults in Azure's place, kills, deletions that hang, upgrades, load
	$(BIN)/python -m pytest tests/faults -n 2 --dist loadfile --timeout 1800

BASE ?= origin/main
preview: venv ## what the work tree changes in every stack, without a cluster (BASE=origin/main)
	$(LABCTL) preview --base "$(BASE)"

previews: venv ## preview every stack from nothing, without a cluster, each timed
	@$(LABCTL) previews

workflows: ## check the workflows with actionlint, built at its pinned version
	cd .github/actionlint && go run github.com/rhysd/actionlint/cmd/actionlint -no-color ../workflows/*.yml

# The policy pack has an environment of its own: its SDK wants an older protobuf than the program's pins.
PACK := guardrails/.venv
guardrails: venv $(PACK)/.installed ## the policy pack's own Python environment

$(PACK)/.installed: guardrails/requirements.txt
	@test -x $(PACK)/bin/python || $(PYTHON) -m venv $(PACK)
	@$(PACK)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r guardrails/requirements.txt
	@touch $(PACK)/.installed

# The coverage-guided fuzzer has an environment of its own too: no unit test needs it.
FUZZER := tests/fuzz/.venv
INPUTS ?= 100000
SEED ?= 20261127
PARSERS := cidrs kubeconfigs manifests selectors stack-files
fuzz: venv $(FUZZER)/.installed ## feed every reader INPUTS=100000 bad inputs from SEED, the parsers twice
	$(BIN)/python -m tests.fuzz --inputs $(INPUTS) --seed $(SEED)
	@set -e; for parser in $(PARSERS); do echo "$$parser, coverage-guided:"; \
		$(FUZZER)/bin/python -m tests.fuzz.coverage_guided $$parser -runs=$(INPUTS) -seed=$(SEED) -verbosity=0; done

$(FUZZER)/.installed: tests/fuzz/requirements.txt
	@test -x $(FUZZER)/bin/python || $(PYTHON) -m venv $(FUZZER)
	@$(FUZZER)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/fuzz/requirements.txt
	@touch $(FUZZER)/.installed

# Two programs that ask public databases of known vulnerabilities, so they need the network. Both always run.
AUDIT := .github/audit
PINS := requirements-dev.txt guardrails/requirements.txt bench/requirements.txt tests/fuzz/requirements.txt $(AUDIT)/requirements.txt
audit: venv tools $(AUDIT)/.venv/.installed ## known vulnerabilities in the pinned Python packages and Go modules
	@status=0; \
	for pins in $(PINS); do echo "pip-audit: $$pins"; \
		$(AUDIT)/.venv/bin/pip-audit --strict --require-hashes --disable-pip --progress-spinner off -r $$pins || status=1; done; \
	sh $(AUDIT)/govulncheck.sh "$$($(BIN)/python -c "from sandbox.tools import tools_folder; print(tools_folder())")" || status=1; \
	exit $$status

$(AUDIT)/.venv/.installed: $(AUDIT)/requirements.txt
	@test -x $(AUDIT)/.venv/bin/python || $(PYTHON) -m venv $(AUDIT)/.venv
	@$(AUDIT)/.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(AUDIT)/requirements.txt
	@touch $(AUDIT)/.venv/.installed

dates: venv ## what reaches its end of life within a month, or has (docs/dates.md)
	$(BIN)/python -m labs.dates

bench: venv tools bench-reach ## measure previews, time to Ready, memory, states, policies, reach; each as a ratio (WRITE=1 keeps them)
	$(BIN)/python -m bench $(if $(WRITE),--write)
	$(BIN)/python -m bench.stacks $(if $(WRITE),--write)
	$(BIN)/python -m bench.real_nodes $(if $(WRITE),--write)

# What reach is measured beside has an environment of its own too: its pins would not go together with the program's.
BESIDE := bench/.venv
bench-reach: venv $(BESIDE)/.installed ## measure reach beside network-config-analyzer (WRITE=1 keeps the figures)
	$(BIN)/python -m bench.reach --nca $(BESIDE)/bin/nca $(if $(WRITE),--write)

$(BESIDE)/.installed: bench/requirements.txt
	@test -x $(BESIDE)/bin/python || $(PYTHON) -m venv $(BESIDE)
	@$(BESIDE)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r bench/requirements.txt
	@touch $(BESIDE)/.installed

format: venv ## format the sources and mend what lint can
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
	@$(LABCTL) sandbox tools $(if $(NODES),--nodes $(NODES))

requirements: venv ## pin the dependencies of pyproject.toml again
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
		--output-file requirements.txt pyproject.toml
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
		--allow-unsafe --extra sandbox --extra dev --constraint requirements.txt \
		--output-file requirements-dev.txt pyproject.toml
	for folder in guardrails bench tests/fuzz $(AUDIT); do (cd $$folder && "$(CURDIR)/$(BIN)/pip-compile" --quiet --strip-extras --generate-hashes \
		--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --allow-unsafe \
		--output-file requirements.txt requirements.in) || exit 1; done

clean: ## remove what the project made here: sandbox, environment, caches; keeps built tools
	@test ! -x $(BIN)/python || $(LABCTL) sandbox stop
	rm -rf .sandbox $(VENV) $(PACK) $(BESIDE) package/venv $(FUZZER) $(AUDIT)/.venv .mypy_cache .ruff_cache .hypothesis .import_linter_cache .pytest_cache

ci: ## make test, make e2e and make e2e-real; as root it also installs the Debian packages that real nodes need
	./.ci/run
