# Two commands matter: `make demo` shows what this is, `make test` is everything CI runs.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
VALIDATORS := .validators
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test dev lint types layers checks tests validators sweep-pages sweep-kills sweep-month constraints clean

demo: $(VENV)/.installed  ## crawl the bundled sample portal and show what can be asked
	$(BIN)/kyson demo

# Fetching the validators is mostly waiting, so the checks run meanwhile.
test: $(VENV)/.dev  ## everything CI runs
	$(MAKE) --jobs=2 validators checks
	$(MAKE) tests

checks: lint types layers

dev: $(VENV)/.dev  ## a virtual environment to work in

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

layers: $(VENV)/.dev
	$(BIN)/lint-imports

tests: $(VENV)/.dev
	$(BIN)/python -m pytest --numprocesses 2

sweep-pages: $(VENV)/.dev  ## read 100,000 saved pages with something wrong with them
	$(BIN)/python -m benchmarks.sweep_pages

validators: $(VALIDATORS)/.installed  ## pywb and wacz, which some tests hold our files up to, in an environment of their own

sweep-kills: $(VENV)/.dev  ## kill crawls of three portals two hundred times each, and go on with them; `make test` takes a sample
	$(BIN)/python -m tests.kills 200

sweep-month: $(VENV)/.dev  ## crawl three portals of a thousand articles by calendar for a month of changes; `make test` takes a sample
	$(BIN)/python -m tests.month

constraints: $(VENV)/.dev  ## pin what is installed now
	$(BIN)/python -m pip freeze --exclude-editable --exclude kyson-crawler | sort -f > constraints.txt

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "kyson needs Python 3.11 or newer: make PYTHON=python3.12 demo")'
	@echo "Installing into $(VENV), about half a minute …"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --constraint constraints.txt --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.installed
	$(PIP) install --constraint constraints.txt --editable '.[dev]'
	touch $@

# pywb needs a brotli module that Scrapy cannot work with. All of it is pinned, so nothing has to be resolved.
$(VALIDATORS)/.installed: validators.txt $(VENV)/.installed
	test -x $(VALIDATORS)/bin/python || $(PYTHON) -m venv --without-pip $(VALIDATORS)
	$(PIP) --python $(VALIDATORS)/bin/python install --no-deps --no-compile --requirement validators.txt
	touch $@

clean:  ## forget the virtual environment and the demo's archive
	rm -rf $(VENV) $(VALIDATORS) kyson-demo build dist
