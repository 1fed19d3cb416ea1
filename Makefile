# What a person does with samscope from a fresh clone. `make help` lists it.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
READY := $(VENV)/ready
FRESH := $(VENV)-constraints

# The study of `make study`: what is empty means samscope's own default.
VIDEOS ?=
MODEL ?=
CLIPS ?=
SEED ?=
DEVICE ?=
OUT ?= out/study

# Only the default folder is replaced without asking: a study that was given a place of its own is kept.
ifeq ($(origin OUT),file)
OVERWRITE := --overwrite
endif

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup study test check format constraints

help: ## list these targets
	@echo "make TARGET, where TARGET is one of:"
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  \1|\2/p' $(firstword $(MAKEFILE_LIST)) \
		| while IFS='|' read -r name what; do printf '%-13s %s\n' "$$name" "$$what"; done
	@echo
	@echo "make study VIDEOS=folder MODEL=name CLIPS=8 SEED=0 DEVICE=cpu OUT=folder   (each may be left out)"
	@echo "make setup PYTHON=python3.12                                               (another Python)"

setup: $(READY) ## make .venv with everything in it, at the versions of constraints.txt

study: $(READY) ## run the whole study and say where its page is (VIDEOS= MODEL= CLIPS= SEED= DEVICE= OUT=)
	@$(RUN)/samscope study --out "$(OUT)" $(OVERWRITE) \
		$(if $(VIDEOS),--videos "$(VIDEOS)") $(if $(MODEL),--model "$(MODEL)") \
		$(if $(CLIPS),--clips "$(CLIPS)") $(if $(SEED),--seed "$(SEED)") $(if $(DEVICE),--device "$(DEVICE)")

test: $(READY) ## run every test, two files at a time
	@$(RUN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(READY) ## check style, types and the order of imports
	@$(RUN)/ruff check
	@$(RUN)/ruff format --check
	@$(RUN)/mypy
	@$(RUN)/lint-imports --no-cache > $(VENV)/imports.log || { cat $(VENV)/imports.log; exit 1; }

format: $(READY) ## put the code into the house's style
	@$(RUN)/ruff check --fix
	@$(RUN)/ruff format

# A setup that was broken off leaves no $(READY), so the next one starts again. Libraries come with their
# bytecode; samscope, which stays where it is, gets its own here: commands begin half a second sooner.
$(READY): pyproject.toml constraints.txt
	@command -v "$(PYTHON)" > /dev/null || { echo "make: no '$(PYTHON)' here; install Python 3.11 or newer, or name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: '$(PYTHON)' is $$("$(PYTHON)" --version 2>&1); samscope needs Python 3.11 or newer: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2> /dev/null || { echo "make: '$(PYTHON)' cannot make environments; install its venv module (Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }
	@echo "setting up $(VENV) (once; some minutes)"
	@"$(PYTHON)" -m venv --clear $(VENV)
	@$(RUN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt setuptools
	@$(RUN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-build-isolation -e '.[dev]'
	@$(RUN)/python -m compileall -q src nano benchmarks
	@touch $@

constraints: ## pin the newest versions that pyproject.toml allows into constraints.txt
	"$(PYTHON)" -m venv --clear $(FRESH)
	$(FRESH)/bin/python -m pip install --disable-pip-version-check setuptools -e '.[dev]'
	@{ sed -n '/^#/p' constraints.txt; \
		$(FRESH)/bin/python -m pip freeze --all --exclude-editable \
		| sed 's/+cpu$$//' | grep -v -i -E '^(pip|nvidia-.*|cuda-.*|triton)=='; } > constraints.new
	mv constraints.new constraints.txt
	rm -rf $(FRESH)
