# Every command of the project. `make` alone lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh
PYTHON := .venv/bin/python
CDK := node_modules/.bin/cdk
# Operators' commands act on the local stack, or on AWS where STACK names a deployed one: they read it themselves.
OPERATE := $(PYTHON) -m functions.operate
RECOVER := $(PYTHON) -m functions.operate.recovery.commands
export PYTHONDONTWRITEBYTECODE := 1
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1
export CDK_DISABLE_CLI_TELEMETRY := true

.PHONY: help setup local up down status test lint format lock synth deploy smoke app apps course dlq redrive quarantine replay rebuild bench cost corpus school-day soak load fuzz

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.ready node_modules/.ready ## install what the other commands need (they do it themselves)

.venv/.ready: requirements-dev.txt .python-version
	@sh infra/local/setup.sh venv

node_modules/.ready: package-lock.json .npmrc
	@sh infra/local/setup.sh node

local: setup ## the real stack on this machine, with a demonstration; Ctrl-C ends it
	@$(PYTHON) -m infra.local demo

up: setup ## the same without the demonstration: returns when the API answers (IDLE_MINUTES=1 shortens the idle timeout)
	@$(PYTHON) -m infra.local up

down: .venv/.ready ## stop the local stack and clean up
	@$(PYTHON) -m infra.local down

status: .venv/.ready ## what of the local stack runs, and where
	@$(PYTHON) -m infra.local status

test: setup ## unit, integration, infra and e2e tests
	$(PYTHON) -m pytest

fuzz: .venv/.ready ## random timelines against the properties of the session fold; a fault is shrunk [TIMELINES=20000] [SEED=0]
	$(PYTHON) -m tests.unit.core.sessions.fuzz $(or $(TIMELINES),20000) $(or $(SEED),0)

lint: .venv/.ready ## ruff (rules and format) and mypy strict
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

format: .venv/.ready ## mend what ruff can mend
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

lock: .venv/.ready ## lock the newest fitting versions of requirements*.in (no package index is named in the locks)
	UV_CUSTOM_COMPILE_COMMAND="make lock" .venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.13 \
	    --generate-hashes --no-emit-index-url requirements.in -o requirements.txt
	UV_CUSTOM_COMPILE_COMMAND="make lock" .venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.13 \
	    --generate-hashes --no-emit-index-url requirements-dev.in -o requirements-dev.txt

synth: setup ## the CloudFormation template into cdk.out (no AWS credentials, no Docker)
	$(CDK) synth --quiet

deploy: setup ## to the AWS account at hand (once per account and region: node_modules/.bin/cdk bootstrap)
	$(CDK) deploy

smoke: .venv/.ready ## check the stack as it runs, a line each, and remove what that made [STACK=Caliper: on AWS] [WAIT=1: for a TimedOut]
	@$(PYTHON) -m functions.operate.smoke $(if $(WAIT),--wait)

app: .venv/.ready ## register an app: NAME=… [APP_ID=…] [EDAPPS=…] [STRICT=1] [HOUSE=timeback] [SIGNED_BY=…] [STACK=Caliper: on AWS]
	@test -n "$$NAME" || { echo "give the app a name: make app NAME='My app'" >&2; exit 2; }
	@$(OPERATE) app $(if $(APP_ID),--app-id "$$APP_ID") $(if $(EDAPPS),--edapps "$$EDAPPS") \
	    $(if $(STRICT),--strict) $(if $(HOUSE),--house "$$HOUSE") $(if $(SIGNED_BY),--signed-by "$$SIGNED_BY") \
	    $(if $(CALIPER_1_0),--caliper-1-0) $(if $(AUTO_ATTACH),--auto-attach) $(if $(ADMIN),--admin) -- "$$NAME"

apps: .venv/.ready ## the registered apps [STACK=Caliper]
	@$(OPERATE) apps

school-day: setup ## a simulated day at school whose totals are known, compared exactly [SEED=1] [LEARNERS=200]
	@$(PYTHON) -m tests.e2e.school_day $(if $(SEED),--seed "$(SEED)") $(if $(LEARNERS),--learners "$(LEARNERS)")

soak: setup ## sustained load while `process` is killed at random, then every accepted id accounted for [MINUTES=5] [SEED=1]
	@$(PYTHON) -m tests.e2e.soak $(if $(MINUTES),--minutes "$(MINUTES)") $(if $(SEED),--seed "$(SEED)")

load: setup ## events/s and latency over HTTP at 1, 10 and 100 events an envelope, with a plot in .local/ [SECONDS_EACH=20]
	@$(PYTHON) -m tests.e2e.load $(if $(SECONDS_EACH),--seconds "$(SECONDS_EACH)")

course: .venv/.ready ## say how many lessons a course has: ID=… LESSONS=… [APP=…]
	@$(OPERATE) course $(if $(APP),--app "$$APP") "$$ID" "$$LESSONS"

dlq: .venv/.ready ## list the dead letters with their reasons
	@$(RECOVER) dlq

redrive: .venv/.ready ## put every dead letter back into the queue
	@$(RECOVER) redrive

quarantine: .venv/.ready ## take rejected items out to correct them: APP=… FILE=… (then the same with SUBMIT=1)
	@$(RECOVER) $(if $(SUBMIT),submit,take-out) "$$APP" "$$FILE"

replay: .venv/.ready ## replay days from the archive: FROM=2026-01-27 TO=2026-01-31 [APP=…] [ANEW=1: not on from where it was stopped]
	@$(RECOVER) replay $(if $(APP),--app "$$APP") $(if $(ANEW),--anew) "$$FROM" "$$TO"

rebuild: .venv/.ready ## build the table again from the whole archive: [INTO=table] [RESUME=1]
	@$(RECOVER) rebuild $(if $(INTO),--into "$$INTO") $(if $(RESUME),--resume)

bench: .venv/.ready ## speed, calls, units and cold starts, one JSON object a line [PARTS="process calls"]
	@$(PYTHON) -m tests.bench $(PARTS)

cost: .venv/.ready ## dollars per million events and per month, from what `make bench` measured
	@$(PYTHON) -m tests.bench.bill

corpus: .venv/.ready ## judge every payload of the corpus, where it is at hand
	@$(PYTHON) -m tests.bench.corpus
