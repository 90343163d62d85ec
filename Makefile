# Landfall on your machine. Needs make and Python 3.11 or newer; everything else is installed into .venv, and all
# state (databases, logs, secrets) is kept below .landfall/. `make help` lists the targets.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PORT ?= 8080
TESTS ?= tests
SPARK_TESTS ?= tests/spark
SIZE ?= 1
SOURCE ?= prohandel
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1) + 2)

UV := 0.13.9

# Python would compile Airflow's thousands of modules anew in every process.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
RUN := .venv/.installed-run
DEV := .venv/.installed-dev

# A company's own certificate authority is in the system's store, not in uv's (two names: the older and the newer).
export UV_NATIVE_TLS ?= true
export UV_SYSTEM_CERTS ?= true

# A misspelt setting would otherwise be ignored without a word.
SETTINGS := ARGS PYTHON PORT SIZE SPARK_TESTS SOURCE TESTS WORKERS
given := $(foreach v,$(.VARIABLES),$(if $(findstring command line,$(origin $(v))),$(v)))
unknown := $(strip $(filter-out $(SETTINGS) MAKE% -%,$(given)))
ifneq ($(unknown),)
$(error There is no setting '$(unknown)'. Settings are: $(SETTINGS))
endif

.PHONY: help demo up airflow test test-spark spark-parts test-sail sail-parts campaign lint fmt bench fivetran clean
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

help:
	@echo "make demo    a simulated vendor into a real warehouse, with Airflow's own runner; no Docker, no account"
	@echo "make up      Airflow's web interface on http://127.0.0.1:8080, until Ctrl-C   (PORT=8080)"
	@echo "make airflow ARGS='…'  a command of Airflow in what \`make up\` has started, such as ARGS='dags list'"
	@echo "make test    what CI runs: lint, formatting, types, then the tests   (TESTS=$(TESTS) WORKERS=$(WORKERS))"
	@echo "make test-spark  the same tables on a real Spark with Delta; needs Java 17 and Maven"
	@echo "make test-sail  what of it Sail can run, which needs no Java"
	@echo "make lint    the first three of these only"
	@echo "make fmt     formats the code and mends what can be mended mechanically"
	@echo "make campaign  kills, breaks and mutates for hours what make test does for minutes   (SIZE=0.1 for a tenth)"
	@echo "make bench   measures loading and publishing against a real PostgreSQL"
	@echo "make fivetran  a source as a Fivetran connector: zips for AWS Lambda, a folder for the SDK   (SOURCE=$(SOURCE))"
	@echo "make clean   removes .venv and .landfall, with the demo's databases"

demo: $(RUN)
	@$(BIN)/python -m sandbox.demo

up: $(RUN)
	@$(BIN)/python -m sandbox.up --port $(PORT)

airflow: $(RUN)
	@$(BIN)/python -m sandbox.inside airflow $(ARGS)

bench: $(DEV)
	@$(BIN)/python -m tests.bench

fivetran: $(RUN)
	@$(BIN)/python -m landfall.fivetran.package $(SOURCE)

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Tests of one file often share what takes long to make, so a file goes to one process.
test: lint
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(TESTS)

# Spark and Delta as the current runtime of Fabric has them, in an environment without Airflow.
SPARK := .venv-spark/.installed
DELTA := delta-spark_4.1_2.13:4.2.0 delta-storage:4.2.0
JARS := .landfall/spark-jars/4.2.0

spark-parts: $(SPARK) $(JARS)

test-spark: spark-parts
	LANDFALL_SPARK_JARS=$(CURDIR)/$(JARS) .venv-spark/bin/python -m pytest $(SPARK_TESTS)

$(SPARK): $(addprefix requirements/,core.txt lake.txt sandbox.txt spark-tests.txt) constraints.txt pyproject.toml
	@java -version >/dev/null 2>&1 || { echo "make test-spark needs Java 17 or newer."; exit 1; }
	@echo "Installing Spark into .venv-spark (some hundred megabytes) ..."
	@$(PYTHON) -m venv --clear .venv-spark
	@$(install_into) .venv-spark/bin/python --constraint constraints.txt \
		$(addprefix --requirement requirements/,sandbox.txt spark-tests.txt) --editable '.[lake,spark]'
	@touch $@

$(JARS):
	@command -v mvn >/dev/null || { echo "make test-spark needs Maven for Delta's jars."; exit 1; }
	@for jar in $(DELTA); do mvn -q -B dependency:copy -Dartifact=io.delta:$$jar -DoutputDirectory=$(CURDIR)/$@.part || exit 1; done
	@mv $@.part $@

# Its client and pyspark are one package by two names, so each has an environment of its own.
SAIL := .venv-sail/.installed

sail-parts: $(SAIL)

test-sail: sail-parts
	.venv-sail/bin/python -m pytest $(SPARK_TESTS)

$(SAIL): $(addprefix requirements/,core.txt lake.txt sandbox.txt sail-tests.txt) constraints.txt pyproject.toml
	@echo "Installing Sail into .venv-sail (some hundred megabytes) ..."
	@$(PYTHON) -m venv --clear .venv-sail
	@$(install_into) .venv-sail/bin/python --constraint constraints.txt \
		$(addprefix --requirement requirements/,sandbox.txt sail-tests.txt) --editable '.[lake,spark]'
	@touch $@

campaign: $(DEV)
	LANDFALL_CAMPAIGN=$(SIZE) nice -n 19 $(BIN)/pytest -n $(WORKERS) -m campaign tests

fmt: $(DEV)
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

clean:
	@for link in $$(find .landfall -maxdepth 2 -type l 2>/dev/null); do rm -rf "$$(readlink -f "$$link")"; done
	rm -rf .venv .venv-sail .venv-spark .landfall .pytest_cache .mypy_cache .ruff_cache .hypothesis plugins/*.egg-info build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# uv installs in seconds where pip needs minutes; without it pip does the same.
install_into = install() { into=$$1; shift; \
	if command -v uv >/dev/null; then uv pip install --quiet --python $$into "$$@"; \
	elif [ -x $(BIN)/uv ]; then $(BIN)/uv pip install --quiet --python $$into "$$@"; \
	else $$into -m pip install --quiet --disable-pip-version-check "$$@"; fi; }; install
install = $(install_into) $(BIN)/python

$(BIN)/python:
	@if [ -z "$(PYTHON)" ] || ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
		echo "Landfall needs Python 3.11 or newer; '$(or $(PYTHON),python3)' is $$($(or $(PYTHON),python3) --version 2>&1)."; \
		echo "Install one, or name it: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 1; fi
	@echo "Making .venv with $$($(PYTHON) --version) ..."
	@rm -rf .venv
	@if command -v uv >/dev/null; then uv venv --quiet --python "$$(command -v $(PYTHON))" .venv; else \
		$(PYTHON) -m venv .venv && { $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV) || true; }; fi

NEEDS := $(addprefix requirements/,core.txt airflow.txt lake.txt sandbox.txt)

$(RUN): $(NEEDS) constraints.txt pyproject.toml | $(BIN)/python
	@echo "Installing what Landfall runs on into .venv (the first time takes a minute or more) ..."
	@$(install) --constraint constraints.txt --requirement requirements/sandbox.txt --editable '.[airflow,lake]'
	@touch $@

$(DEV): requirements/dev.txt $(RUN)
	@echo "Installing the test tools into .venv ..."
	@$(install) --constraint constraints.txt --requirement requirements/dev.txt
	@touch $@

.DEFAULT:
	@echo "There is no target '$@'. Targets are:"; $(MAKE) --no-print-directory help; exit 2
