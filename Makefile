# Every command of the project. `make` alone lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh
PYTHON := .venv/bin/python
CDK := node_modules/.bin/cdk
# Operators' commands act on the local stack, or on AWS if STACK names a deployed one; JSON=1 prints their result as JSON.
# They check their arguments themselves, and say which command to type.
OPERATE = $(PYTHON) -m functions.operate
AS_JSON = $(if $(JSON),--json)
export PYTHONDONTWRITEBYTECODE := 1
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1
export CDK_DISABLE_CLI_TELEMETRY := true

.PHONY: help setup local up down status console pictures test test-code test-stack test-fast nightly nightly-order nightly-properties lint format lock sbom synth deploy smoke app app-remove apps key keys key-rotate key-revoke person sender-alarms alias aliases roster fill-courses course dlq dlq-delete redrive quarantine import replay rebuild restore erase purge export-person trace registry-copy registry-move export sql lake bench cost corpus school-day soak load import-load fuzz mutants

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.ready node_modules/.ready ## install what the other commands need (they do it themselves)

.venv/.ready: requirements-dev.txt .python-version
	@sh infra/local/setup.sh venv

node_modules/.ready: package-lock.json .npmrc
	@sh infra/local/setup.sh node

local: setup ## the real stack on this machine, with a demonstration; Ctrl-C ends it
	@$(PYTHON) -m infra.local demo

up: setup ## the same without the demonstration: returns when the API answers (IDLE_MINUTES=1 shortens the idle timeout; REPLACE=1 replaces a running stack unasked)
	@$(PYTHON) -m infra.local up

down: .venv/.ready ## stop the local stack and clean up
	@$(PYTHON) -m infra.local down

status: .venv/.ready ## what of the local stack runs, and where
	@$(PYTHON) -m infra.local status

console: .venv/.ready ## a link that opens the console of the local stack, signed in; it works once
	@$(PYTHON) -m infra.local console

pictures: setup ## screenshots of the console with the demonstration data, into docs/pictures (needs Chromium)
	@$(PYTHON) -m tests.e2e.console.pictures

# The e2e tests wait for much of their time, so the others run beside them, in what they leave of the machine. The output
# of each comes whole, once it ends (by a make of 4.0 or newer); both run to their end, and either failing is a failure.
test: setup ## every test: unit, integration, infra and, beside them, e2e
	@$(MAKE) --no-print-directory --keep-going -j2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) test-stack test-code

test-code: setup ## unit, integration and infra tests, on two cores
	nice -n 10 $(PYTHON) -m pytest -n 2 --dist loadgroup tests/unit tests/integration tests/infra

test-stack: setup ## e2e tests: a running stack, real clients, a real browser
	$(PYTHON) -m pytest tests/e2e

test-fast: .venv/.ready ## unit tests without the slow ones: under a minute on two cores
	$(PYTHON) -m pytest -n 2 -m "not slow" --hypothesis-profile=fast tests/unit

fuzz: .venv/.ready ## random timelines against the properties of the session fold; a fault is shrunk [TIMELINES=20000] [SEED=0]
	$(PYTHON) -m tests.unit.core.sessions.fuzz $(or $(TIMELINES),20000) $(or $(SEED),0)

nightly: setup ## tests in a random order, 20,000 random timelines, then every property with ten times the examples [TIMELINES=20000] [SEED=0]
	@$(MAKE) --no-print-directory --keep-going nightly-order fuzz nightly-properties

nightly-order: setup ## unit, integration and infra tests in a random order
	$(PYTHON) -m pytest -n 2 --dist loadgroup -p randomly tests/unit tests/integration tests/infra

nightly-properties: setup ## every property with ten times the examples
	$(PYTHON) -m pytest -n 2 -m hypothesis --hypothesis-profile=nightly tests/unit tests/integration

# Small faults in a random sample of places; the first run records which lines each test runs, for later ones to use.
mutants: .venv/.ready ## which faults in the code the tests do not notice [AREA="store query"] [SEED=0] [SAMPLE=200] [AGAIN=1: what survived] [MINUTES=10]
	@$(PYTHON) -m tests.mutants $(if $(SEED),--seed "$(SEED)") $(if $(SAMPLE),--sample "$(SAMPLE)") $(if $(AGAIN),--again) \
	    $(if $(MINUTES),--minutes "$(MINUTES)") $(AREA)

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
	    --generate-hashes --no-emit-index-url requirements-lake.in -o requirements-lake.txt
	UV_CUSTOM_COMPILE_COMMAND="make lock" .venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.13 \
	    --generate-hashes --no-emit-index-url requirements-dev.in -o requirements-dev.txt

sbom: .venv/.ready ## the bill of materials (CycloneDX), made of the lock files: [FILE=sbom.json]
	@$(PYTHON) -m infra.packaging.sbom $(or $(FILE),sbom.json)

synth: setup ## the CloudFormation template into cdk.out (no AWS credentials, no Docker)
	$(CDK) synth --quiet

deploy: setup ## to the AWS account at hand (once per account and region: node_modules/.bin/cdk bootstrap)
	$(CDK) deploy

smoke: .venv/.ready ## check the stack as it runs, a line each, and remove what that made [STACK=Caliper: on AWS] [WAIT=1: for a TimedOut]
	@$(OPERATE) smoke $(AS_JSON) $(if $(WAIT),--wait)

# A switch that is not named stays as it is; `=0` turns it off.
SETTINGS = $(if $(EDAPPS),--edapps "$$EDAPPS") $(if $(STRICT),--$(if $(filter 0,$(STRICT)),no-)strict) \
    $(if $(HOUSE),--house "$(if $(filter 0,$(HOUSE)),,$$HOUSE)") \
    $(if $(SIGNED_BY),--signed-by "$(if $(filter 0,$(SIGNED_BY)),,$$SIGNED_BY)") \
    $(if $(SIGNED_ISSUER),--signed-issuer "$(if $(filter 0,$(SIGNED_ISSUER)),,$$SIGNED_ISSUER)") \
    $(if $(BUDGET),--budget "$$BUDGET") \
    $(if $(CALIPER_1_0),--$(if $(filter 0,$(CALIPER_1_0)),no-)caliper-1-0) \
    $(if $(AUTO_ATTACH),--$(if $(filter 0,$(AUTO_ATTACH)),no-)auto-attach) \
    $(if $(UNIQUE_IDS),--$(if $(filter 0,$(UNIQUE_IDS)),no-)unique-ids) \
    $(if $(IDLE_MINUTES),--idle-minutes "$$IDLE_MINUTES") \
    $(if $(HEARTBEAT_MINUTES),--heartbeat-minutes "$$HEARTBEAT_MINUTES") \
    $(if $(RETENTION_DAYS),--retention-days "$$RETENTION_DAYS") $(if $(ARCHIVE_DAYS),--archive-days "$$ARCHIVE_DAYS") \
    $(if $(LEAVE_OUT),--leave-out "$(if $(filter 0,$(LEAVE_OUT)),,$$LEAVE_OUT)") \
    $(if $(PSEUDONYMOUS),--$(if $(filter 0,$(PSEUDONYMOUS)),no-)pseudonymous)

app: .venv/.ready ## register an app: NAME=… [APP_ID=…] [EDAPPS=…] [STRICT=1] [HOUSE=timeback] [SIGNED_BY=…] [SIGNED_ISSUER=…] [BUDGET=…], or change one: CHANGE=1 NAME=… [NEW_NAME=…]
ifdef CHANGE
	@$(OPERATE) app change $(AS_JSON) $(if $(NEW_NAME),--name "$$NEW_NAME") $(SETTINGS) -- "$$NAME"
else
	@$(OPERATE) app add $(AS_JSON) $(if $(APP_ID),--app-id "$$APP_ID") $(if $(ADMIN),--admin) $(SETTINGS) -- "$$NAME"
endif

app-remove: .venv/.ready ## refuse an app from now on, and keep its data: NAME=…
	@$(OPERATE) app remove $(AS_JSON) -- "$$NAME"

apps: .venv/.ready ## the registered apps with their settings [STACK=Caliper]
	@$(OPERATE) apps $(AS_JSON)

key: .venv/.ready ## give an app one more key: APP=… [LABEL=…] [EXPIRES=2026-12-31] [READ=1] [CLIENT=1: an OAuth client] [PEOPLE=1: it erases and copies]
	@$(OPERATE) key add $(AS_JSON) $(if $(LABEL),--label "$$LABEL") $(if $(EXPIRES),--expires "$$EXPIRES") \
	    $(if $(READ),--read) $(if $(CLIENT),--client) $(if $(PEOPLE),--people) $(if $(ADMIN),--admin) \
	    $(if $(ONLY),--only "$$ONLY") -- "$$APP"

keys: .venv/.ready ## the credentials of an app, with the day of their last use: APP=…
	@$(OPERATE) key list $(AS_JSON) -- "$$APP"

key-rotate: .venv/.ready ## replace a credential: APP=… KEY=… [OVERLAP_HOURS=24: for how long the old one works on]
	@$(OPERATE) key rotate $(AS_JSON) $(if $(OVERLAP_HOURS),--overlap-hours="$$OVERLAP_HOURS") -- "$$APP" "$$KEY"

key-revoke: .venv/.ready ## refuse a credential within a minute: APP=… KEY=…
	@$(OPERATE) key revoke $(AS_JSON) -- "$$APP" "$$KEY"

school-day: setup ## a simulated day at school whose totals are known, compared exactly [SEED=1] [LEARNERS=200]
	@$(PYTHON) -m tests.e2e.school_day $(if $(SEED),--seed "$(SEED)") $(if $(LEARNERS),--learners "$(LEARNERS)")

soak: setup ## sustained load while `process` is killed at random, then every accepted id accounted for [MINUTES=5] [SEED=1] [MISUSE=1: one app misbehaves beside an honest one, and none is killed]
	@$(PYTHON) -m tests.e2e.soak $(if $(MISUSE),--misuse) $(if $(MINUTES),--minutes "$(MINUTES)") $(if $(SEED),--seed "$(SEED)")

load: setup ## events/s and latency over HTTP at 1, 10 and 100 events an envelope, with a plot in .local/ [SECONDS_EACH=20]
	@$(PYTHON) -m tests.e2e.load $(if $(SECONDS_EACH),--seconds "$(SECONDS_EACH)")

import-load: setup ## a generated file imported on a local stack, killed and resumed, while live events arrive [LINES=100000]
	@$(PYTHON) -m tests.e2e.import_load $(if $(LINES),--lines "$(LINES)")

person: .venv/.ready ## let a person sign in to the console: EMAIL=… APP=… [ADMIN=1: every app] [OPERATOR=1: changes webhooks, erases, copies] [REMOVE=1] [STACK=Caliper: on AWS]
	@test -n "$$EMAIL" || { echo "give the address: make person EMAIL=ada@example.org APP='My app'" >&2; exit 2; }
	@$(OPERATE) person $(AS_JSON) $(if $(APP),--app "$$APP") $(if $(ADMIN),--admin) $(if $(OPERATOR),--operator) $(if $(REMOVE),--remove) -- "$$EMAIL"

sender-alarms: .venv/.ready ## tell an app's owner when its sending goes wrong: APP=… [SILENT_HOURS=4] [HOURS=…] [REJECTS=5] [WARNINGS=50] [NEW_CODES=1] [CLOCK=1] [EMAIL=…] [REMOVE=1]
	@$(OPERATE) sender-alarms $(AS_JSON) $(if $(SILENT_HOURS),--silent-hours "$$SILENT_HOURS") $(if $(HOURS),--hours "$$HOURS") \
	    $(if $(REJECTS),--rejects-percent "$$REJECTS") $(if $(WARNINGS),--warnings-percent "$$WARNINGS") \
	    $(if $(NEW_CODES),--$(if $(filter 0,$(NEW_CODES)),no-)new-codes) $(if $(CLOCK),--$(if $(filter 0,$(CLOCK)),no-)clock) \
	    $(if $(EMAIL),--email "$$EMAIL") $(if $(REMOVE),--remove) -- "$$APP"

alias: .venv/.ready ## say that two ids are one person: LEARNER=… ALIAS=… APP=…|'*'; without ALIAS show the ids; REMOVE=1: LEARNER is no alias any more
	@$(OPERATE) alias $(AS_JSON) --app "$$APP" $(if $(ALIAS),--alias "$$ALIAS") $(if $(REMOVE),--remove) -- "$$LEARNER"

aliases: .venv/.ready ## say so of each row of a CSV file: FILE=… APP=…|'*' [PERSON='https://…/users/{sourcedId}' ALIAS='urn:lti:{userIds.LTI}'] [REMOVE=1]
	@$(OPERATE) aliases $(AS_JSON) --app "$$APP" $(if $(PERSON),--person "$$PERSON") $(if $(ALIAS),--alias "$$ALIAS") \
	    $(if $(REMOVE),--remove) -- "$$FILE"

roster: .venv/.ready ## import a roster, OneRoster 1.2 CSV in a zip or folder: FILE=… APP=… [LEARNER='https://…/users/{sourcedId}'] [COURSE='{courseSourcedId}'] [PART=1]
	@$(OPERATE) roster $(AS_JSON) --app "$$APP" $(if $(LEARNER),--learner "$$LEARNER") $(if $(COURSE),--course "$$COURSE") \
	    $(if $(PART),--part) -- "$$FILE"

fill-courses: .venv/.ready ## once after an upgrade: learners who did nothing since come into GET /courses [STACK=Caliper: on AWS]
	@$(OPERATE) fill-courses $(AS_JSON)

course: .venv/.ready ## say how many lessons a course has: ID=… LESSONS=… [APP=…]
	@$(OPERATE) course $(AS_JSON) $(if $(APP),--app "$$APP") -- "$$ID" "$$LESSONS"

dlq: .venv/.ready ## list the dead letters with their reasons [QUEUE=deliveries: those of webhooks] [FILE=letters.ndjson: save them there, with learners' data]
	@$(OPERATE) dlq $(if $(FILE),save,list) $(AS_JSON) $(if $(QUEUE),--queue "$$QUEUE") $(if $(FILE),-- "$$FILE")

dlq-delete: .venv/.ready ## delete dead letters for good: ID=… or ALL=1 [QUEUE=deliveries]
	@$(OPERATE) dlq delete $(AS_JSON) $(if $(QUEUE),--queue "$$QUEUE") $(if $(ALL),--all) $(if $(ID),-- "$$ID")

redrive: .venv/.ready ## put dead letters back into the queue, if that can help [ID=…: only these] [QUEUE=deliveries]
	@$(OPERATE) redrive $(AS_JSON) $(if $(QUEUE),--queue "$$QUEUE") $(if $(ID),-- "$$ID")

quarantine: .venv/.ready ## export rejected items to correct them: APP=… FILE=… [FROM=…] [TO=…] [CODE=…] (then the same with SUBMIT=1 or DISMISS=1)
	@$(OPERATE) quarantine $(if $(SUBMIT),resubmit,$(if $(DISMISS),dismiss,export $(if $(FROM),--from "$$FROM") \
	    $(if $(TO),--to "$$TO") $(if $(CODE),--code "$$CODE") $(if $(STATE),--state "$$STATE"))) $(AS_JSON) -- "$$APP" "$$FILE"

import: .venv/.ready ## bring in recorded events, one JSON object a line: FILE='2025-*.ndjson.gz' APP=… [ARCHIVE_ONLY=1]
	@$(OPERATE) import $(AS_JSON) $(if $(ARCHIVE_ONLY),--archive-only) -- "$$APP" "$$FILE"

replay: .venv/.ready ## replay days from the archive: FROM=2026-01-27 TO=2026-01-31 [APP=…] [WORKERS=8] [ANEW=1: not on from where it was stopped]
	@$(OPERATE) replay $(AS_JSON) $(if $(APP),--app "$$APP") $(if $(WORKERS),--workers "$$WORKERS") $(if $(ANEW),--anew) -- "$$FROM" "$$TO"

rebuild: .venv/.ready ## build the events table from the whole archive: [INTO=table] [WORKERS=8] [RESUME=1]
	@$(OPERATE) rebuild $(AS_JSON) $(if $(INTO),--into "$$INTO") $(if $(WORKERS),--workers "$$WORKERS") $(if $(RESUME),--resume)

restore: .venv/.ready ## bring a lost table back under its own name: TABLE=events or TABLE=registry
	@$(OPERATE) restore $(if $(TABLE),"$$TABLE") $(AS_JSON)

erase: .venv/.ready ## erase a person: LEARNER=<IRI or e-mail> [APP=…|'*'] shows what, with the CODE=… that it shows; AGAIN=1: all again, after a restore
	@$(OPERATE) erase $(AS_JSON) $(if $(APP),--app "$$APP") $(if $(CODE),--code "$$CODE") $(if $(FROM),--from "$$FROM") \
	    $(if $(TO),--to "$$TO") $(if $(AGAIN),--again) $(if $(NO_WAIT),--no-wait) $(if $(LEARNER),-- "$$LEARNER")

purge: .venv/.ready ## take out what one credential sent: APP=… CREDENTIAL=key_… FROM=… TO=… shows what, with the CODE=… that it shows
	@$(OPERATE) purge $(AS_JSON) $(if $(FROM),--from "$$FROM") $(if $(TO),--to "$$TO") $(if $(CODE),--code "$$CODE") \
	    $(if $(NO_WAIT),--no-wait) -- "$$APP" "$$CREDENTIAL"

export-person: .venv/.ready ## everything that is kept of a person, into a new zip file: LEARNER=<IRI or e-mail> FILE=….zip [APP=…|'*']
	@$(OPERATE) export-person $(AS_JSON) $(if $(APP),--app "$$APP") -- "$$LEARNER" "$$FILE"

trace: .venv/.ready ## say where an event is, or what became of it: ID=… [APP=…] [SINCE=2026-01-27: from then on in the archive]
	@$(OPERATE) trace $(AS_JSON) $(if $(APP),--app "$$APP") $(if $(SINCE),--since "$$SINCE") -- "$$ID"

registry-copy: .venv/.ready ## copy the registry into the bucket now; each day it is done anyway
	@$(OPERATE) registry copy $(AS_JSON)

registry-move: .venv/.ready ## once, after an upgrade: move the registry into its own table (docs/upgrading.md)
	@$(OPERATE) registry move $(AS_JSON)

export: .venv/.ready ## write the events of an app to a file: APP=… FROM=2026-01-27 TO=2026-02-01 [FORMAT=csv|ndjson] [FILE=…]
	@$(OPERATE) export $(AS_JSON) $(if $(FORMAT),--format "$$FORMAT") $(if $(FILE),--file "$$FILE") -- "$$APP" "$$FROM" "$$TO"

sql: .venv/.ready ## ask the tables of the lake: [QUERY='SELECT …'] [NAME=list: the questions that ship] [FORMAT=table|csv|json]
	@$(OPERATE) sql $(AS_JSON) $(if $(QUERY),--query "$$QUERY") $(if $(NAME),--name "$$NAME") $(if $(FORMAT),--format "$$FORMAT") $(if $(MOST_GIGABYTES),--most-gigabytes "$$MOST_GIGABYTES")

lake: .venv/.ready ## load the lake now [FROM=2026-01-27 TO=2026-01-31: those days again] [MAINTAIN=1: the nightly work]
	@$(OPERATE) lake $(AS_JSON) $(if $(FROM),--from "$$FROM") $(if $(TO),--to "$$TO") $(if $(MAINTAIN),--maintain)

bench: .venv/.ready ## speed, calls, units and cold starts, one JSON object a line [PARTS="process calls"]
	@$(PYTHON) -m tests.bench $(PARTS)

cost: .venv/.ready ## dollars per million events and per month, from what `make bench` measured: [RETENTION_DAYS=400]
	@RETENTION_DAYS="$(or $(RETENTION_DAYS),400)" $(PYTHON) -m tests.bench.bill

corpus: .venv/.ready ## judge every payload of the corpus, where it is at hand
	@$(PYTHON) -m tests.bench.corpus
