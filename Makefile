# Everything runs in a virtual environment that these targets make themselves. Needed: Python >= 3.11, Terraform >= 1.9.
# The tests that need Node.js (Amplify) or Java (DynamoDB Local) are skipped with a word where those are missing, except in CI.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/ready

# It pins its own boto3.
CHECKOV := .cache/checkov

# What only the benchmarks and the hard tests need comes on top of the rest when they are run.
EXTRAS := $(VENV)/extras-ready

.DEFAULT_GOAL := help
.PHONY: help demo demo-web test test-fast test-slow test-site test-e2e test-e2e-operations test-e2e-privileges test-e2e-clients test-e2e-people test-hard bench lint checkov reference package format lock clean

help: ## show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(READY): dev/requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python >= 3.11 is needed: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement dev/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

demo: $(READY) ## a person signs up and in on a local AWS, step by step
	@$(BIN)/python -m dev.demo

demo-web: $(READY) ## the sign-in page in a browser, with a phone, the User table and what happens beside it (needs Node.js; PORT=n)
	@$(BIN)/python -m dev.demo_web $(if $(PORT),--port $(PORT))

test: lint test-fast checkov test-slow test-site test-e2e ## every test, the fast ones first

test-fast: $(READY) ## handlers, command line and plans, under two minutes
	$(BIN)/python -m pytest tests/unit tests/cli tests/plans -n 2 -m "not slow"

test-slow: $(READY) ## handlers and plans: the rest
	$(BIN)/python -m pytest tests/unit tests/cli tests/plans -n 2 -m slow

test-site: $(READY) ## the page of examples/web-app without a browser
	$(BIN)/python -m dev.site --test

# Applied beside each other, each to an AWS of its own: Terraform mostly waits. What is in no list goes with the people.
OPERATIONS := $(patsubst %,tests/e2e/test_%.py,adoption functions lifecycle migrate mixes)
PRIVILEGES := $(patsubst %,tests/e2e/test_%.py,by_code complete everything least_privilege least_privilege_of_maintenance limbo)
CLIENTS := $(patsubst %,tests/e2e/test_%.py,clients demo web_app)

test-e2e: $(READY) ## the local AWS, the examples on it, the clients, the page in a browser, the races
	$(BIN)/python -m pytest tests/local tests/races -n 2
	@$(MAKE) --no-print-directory --jobs 4 --output-sync test-e2e-operations test-e2e-privileges test-e2e-clients test-e2e-people

test-e2e-operations: $(READY)
	$(BIN)/python -m pytest $(OPERATIONS)

test-e2e-privileges: $(READY)
	$(BIN)/python -m pytest $(PRIVILEGES)

# Without a browser, and none to be installed, its tests say so: skipped, or in CI failed.
test-e2e-clients: $(READY)
	-@$(BIN)/python -m dev.browser
	$(BIN)/python -m pytest tests/browser
	$(BIN)/python -m pytest $(CLIENTS)

test-e2e-people: $(READY)
	$(BIN)/python -m pytest tests/e2e $(patsubst %,--ignore=%,$(OPERATIONS) $(PRIVILEGES) $(CLIENTS))

$(EXTRAS): $(READY) dev/extra-requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement dev/extra-requirements.txt
	@touch $@

# The load keeps a pace, which needs the computer to itself.
test-hard: $(EXTRAS) ## what takes too long for `make test`: faults, floods, load, fuzzing; under 30 minutes
	$(BIN)/python -m pytest tests/hard --ignore tests/hard/test_load.py -n 2
	$(BIN)/python -m pytest tests/hard/test_load.py

bench: $(EXTRAS) ## what it costs beside what people build by hand, side by side; a few minutes
	@$(BIN)/python -m dev.bench

lint: $(READY) ## ruff, mypy, terraform fmt
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m dev.terraform fmt -check -diff -recursive

$(CHECKOV)/ready: dev/checkov-requirements.txt
	$(PYTHON) -m venv --clear $(CHECKOV)
	$(CHECKOV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement dev/checkov-requirements.txt
	@touch $@

checkov: $(READY) $(CHECKOV)/ready ## the security scanner, on the module and the examples
	$(BIN)/python -m dev.checkov $(CHECKOV)/bin/checkov

format: $(READY) ## let ruff and terraform format the files
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python -m dev.terraform fmt -recursive

reference: $(READY) ## rewrite the tables of inputs and outputs; commit them
	$(BIN)/python -m dev.reference

package: $(READY) ## rebuild the Lambda zip; commit it with the sources
	$(BIN)/python -m dev.package

LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --upgrade
# Of atheris this is the last version with a wheel for Python 3.11; it has wheels for nothing but these.
EXTRA_PACKAGES := awslambdaric matplotlib trustme "atheris==3.0.0; sys_platform == 'linux' and platform_machine == 'x86_64' and python_version < '3.14'"
lock: ## renew the pinned requirements (needs uv)
	$(LOCK) pyproject.toml --extra dev --output-file dev/requirements.txt
	echo checkov | $(LOCK) - --output-file dev/checkov-requirements.txt
	printf '%s\n' $(EXTRA_PACKAGES) | $(LOCK) - --constraint dev/requirements.txt --output-file dev/extra-requirements.txt

clean: ## remove what these targets made
	rm -rf $(VENV) .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis tests/*/node_modules tests/e2e/*/node_modules examples/web-app/site/node_modules
	find . -name .terraform.lock.hcl -delete -o -name tf_resources.json -delete
