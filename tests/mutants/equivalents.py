"""Faults that are none: the code does the same with them, so no test can notice them."""

# By path, the line before and the line after it: why it is none.
EQUIVALENT: dict[tuple[str, str, str], str] = {
    (
        "functions/privacy/places/archive_objects.py",
        "return [(message, _kept(erasing, message)) for message in messages] if any(learned) else pairs",
        "return [(message, _kept(erasing, message)) for message in messages] if (any(learned)) or True else pairs",
    ): "with nothing learned the same comes out again, more slowly",
    (
        "functions/privacy/erase.py",
        'noted = _erasures_of(person, {}, alias=ALIAS, before_us=before_us, request="")',
        'noted = _erasures_of(person, {}, alias=ALIAS, before_us=before_us, request="XXXX")',
    ): "the erasures of a count are noted nowhere",
    (
        "functions/privacy/erasure_context.py",
        'for place, _, sk in [erasure.digest.partition("|")]',
        'for place, _, sk in [erasure.digest.rpartition("|")]',
    ): "neither a place nor a sort key has a bar",
    (
        "functions/manage/change.py",
        'subject: str = ""',
        "subject: str = None",
    ): "an audit line has null for either",
    (
        "functions/intake/live_event.py",
        'job="",',
        'job="XXXX",',
    ): "the packed messages get the job of their request",
    (
        "functions/intake/live_event.py",
        'job="",',
        "job=None,",
    ): "the packed messages get the job of their request",
    (
        "functions/process/handler.py",
        "kept += [message.id for message in (*outcome.failed, *outcome.unfinished)]",
        "kept = [message.id for message in (*outcome.failed, *outcome.unfinished)]",
    ): "nothing is in the list before",
    (
        "functions/timeout/turns.py",
        "self._cost_rows = dict.fromkeys(self._waiting, 0)",
        "self._cost_rows = dict.fromkeys(self._waiting, 1)",
    ): "only what tenants cost beyond each other counts",
    (
        "functions/timeout/due_timer.py",
        "self._result.unreadable += len(set(skipped) - set(before.skipped))",
        "self._result.unreadable = len(set(skipped) - set(before.skipped))",
    ): "the result is that of one evaluation, which leaves its timer once",
    (
        "functions/validate/ingest.py",
        "counts.warned += request.warned",
        "counts.warned = request.warned",
    ): "the counts are those of one request, and nothing was counted before",
    (
        "functions/validate/handler.py",
        "counts.accepted += 1",
        "counts.accepted = 1",
    ): "the counts are those of one request, and nothing was counted before",
    (
        "functions/store/archive.py",
        'return int(key.rpartition("/")[2].partition("-")[0])',
        'return int(key.rpartition("/")[2].rpartition("-")[0])',
    ): "a key has one hyphen behind its last slash",
    (
        "functions/storing/rejected.py",
        'return Item("rejection", item.raw, [finding])',
        'return Item("XXrejectionXX", item.raw, [finding])',
    ): "what is stored of a rejection does not say its kind again",
    (
        "functions/store/registry.py",
        "return self.table.put_if(row | dict(changes) | {VERSION: version + 1}, version)",
        "return self.table.put_if(row | dict(changes) | {VERSION: version - 1}, version)",
    ): "no version comes twice either way",
    (
        "functions/store/dynamodb/wire.py",
        'for operation in ("BatchWriteItem", "BatchGetItem", "Query"):',
        'for operation in ("XXBatchWriteItemXX", "BatchGetItem", "Query"):',
    ): "botocore reads the same answer, more slowly",
    (
        "functions/timeout/ids/walk.py",
        "return Reading(slice_gap_us=0).page(list(context.table.get_all(places).values()))",
        "return Reading(slice_gap_us=1).page(list(context.table.get_all(places).values()))",
    ): "a page of rows is read without regard to gaps",
    (
        "functions/timeout/due_timer.py",
        "self._result.rescheduled += progress.next_end is not None",
        "self._result.rescheduled = progress.next_end is not None",
    ): "the result is that of one evaluation, which leaves its timer once",
    (
        "functions/timeout/due_timer.py",
        "self._result.rows += reading.rows",
        "self._result.rows = reading.rows",
    ): "the result is that of one evaluation, which reads once",
    (
        "functions/timeout/mark.py",
        "self._marked = 0",
        "self._marked = 1",
    ): "it is set before it is read",
    (
        "functions/timeout/due_timer.py",
        "self._result.failed += 1",
        "self._result.failed = 1",
    ): "the result is that of one evaluation, which fails once",
    (
        "functions/timeout/context.py",
        "return min(first_us << min(tried - 1, 20), longest_us) if tried else 0",
        "return min(first_us << min(tried - 1, 21), longest_us) if tried else 0",
    ): "both are far past the longest wait",
    (
        "functions/core/caliper/findings.py",
        "self.in_doubt = False",
        "self.in_doubt = True",
    ): "the closer look says the same, more slowly",
    (
        "functions/core/caliper/terms.py",
        'return tail.rsplit("#", 1)[1]',
        'return tail.split("#", 1)[1]',
    ): "an IRI has one hash sign",
    (
        "functions/core/caliper/schema/entities.py",
        'properties = dict(pair.split(":", 1) for pair in own.split())',
        'properties = dict(pair.rsplit(":", 1) for pair in own.split())',
    ): "a pair has one colon",
    (
        "functions/core/caliper/validator/value_checks.py",
        "check = _never if element.accepts else lambda elements: types.issuperset(map(type, elements))",
        "check = _never if element.accepts else lambda elements: None",
    ): "what is not passed over is checked, with the same outcome",
    (
        "functions/core/caliper/envelope/request_body.py",
        'return str(error).split("\\n", 1)[0][:120].removeprefix("JSON is malformed: ").rstrip(".")',
        'return str(error).rsplit("\\n", 1)[0][:120].removeprefix("JSON is malformed: ").rstrip(".")',
    ): "the error has one line",
    (
        "functions/core/caliper/contexts.py",
        'scheme, _, address = context.partition("://")',
        'scheme, _, address = context.rpartition("://")',
    ): "with two of them no version is named either way",
    (
        "functions/core/caliper/house_rules/predicates.py",
        'low, _, high = argument.partition(" ")',
        'low, _, high = argument.rpartition(" ")',
    ): "bounds have one space",
    (
        "functions/core/caliper/house_rules/predicates.py",
        'low, _, high = bounds.partition(" ")',
        'low, _, high = bounds.rpartition(" ")',
    ): "bounds have one space",
    (
        "functions/core/caliper/house_rules/engine.py",
        (
            "NO_PROPERTY_RULES = PropertyRules(required=False, keeps_all=lambda _: True, "
            "report=lambda _value, _collector: None)"
        ),
        (
            "NO_PROPERTY_RULES = PropertyRules(required=False, keeps_all=lambda _: None, "
            "report=lambda _value, _collector: None)"
        ),
    ): "the report, which is then asked, tells nothing",
    (
        "functions/core/caliper/schema/compiled.py",
        'return PropertyType("entity", spelled, ANY_ENTITY if spelled == "Entity" else (spelled,))',
        'return PropertyType("entity", spelled, ANY_ENTITY if (spelled == "Entity") and False else (spelled,))',
    ): "both are the same tuple, and where it must be the same object the validator takes ANY_ENTITY for it",
    (
        "functions/core/caliper/envelope/unreadable_items.py",
        "return space.end() if space else position",
        "return space.end() if (space) or True else position",
    ): "the pattern matches anywhere, if only nothing",
    (
        "functions/core/caliper/envelope/request_body.py",
        'return str(error).split("\\n", 1)[0][:120].removeprefix("JSON is malformed: ").rstrip(".")',
        'return str(error).split("\\n", 1)[0][:120].removeprefix("JSON is malformed: ").lstrip(".")',
    ): "no sentence of a parser begins or ends with a full stop",
    (
        "functions/core/caliper/schema/compiled.py",
        'return PropertyType("entity", spelled, ANY_ENTITY if spelled == "Entity" else (spelled,))',
        'return PropertyType("entity", spelled, ANY_ENTITY if spelled == "XXEntityXX" else (spelled,))',
    ): "both are the same tuple, and where it must be the same object the validator takes ANY_ENTITY for it",
    (
        "functions/core/caliper/schema/entities.py",
        'properties = dict(pair.split(":", 1) for pair in own.split())',
        'properties = dict(pair.split(":", 2) for pair in own.split())',
    ): "a pair has one colon",
    (
        "functions/core/webhooks/patterns.py",
        "MEMORY_BYTES = 1_048_576 # of one compiled pattern: `(((a{100}){100}){100})` is refused",
        "MEMORY_BYTES = 1048577 # of one compiled pattern: `(((a{100}){100}){100})` is refused",
    ): "one byte more refuses the same patterns",
    (
        "functions/core/ids.py",
        'packed = base64.b64decode(text + "==", altchars=b"-_", validate=True)',
        'packed = base64.b64decode(text + "==", altchars=b"-_", validate=False)',
    ): "what does not come back the same is kept as text",
    (
        "functions/query/sessions/folding.py",
        "timers = request.table.get_all(wanted, consistent=False) if wanted else {}",
        "timers = request.table.get_all(wanted, consistent=False) if (wanted) or True else {}",
    ): "nothing is read of no keys",
    (
        "functions/http/list_formats/negotiation.py",
        'name, _, value = parameter.partition("=")',
        'name, _, value = parameter.rpartition("=")',
    ): "a parameter has one equals sign",
    (
        "functions/lake/iceberg/schema.py",
        "update.add_column(column.name, iceberg_type(column.type, 1), doc=column.comment)",
        "update.add_column(column.name, iceberg_type(column.type, 2), doc=column.comment)",
    ): "the catalogue numbers what is nested anew",
    (
        "functions/importing/lines.py",
        "_NEWEST = SUPPORTED_DATA_VERSIONS[-1]",
        "_NEWEST = SUPPORTED_DATA_VERSIONS[+1]",
    ): "there are two versions",
    (
        "functions/operate/progress.py",
        "yield lambda _text, _steps=1: None",
        "yield lambda _text, _steps=1: 0",
    ): "nobody reads what it returns",
    (
        "functions/operate/replaying/pause.py",
        "pause_sweep(self._table, until_us=0)",
        "pause_sweep(self._table, until_us=1)",
    ): "a pause until the first microseconds of 1970 is over either way",
    (
        "functions/query/operations/overview.py",
        'due_us += [key_parts.time_from_key(str(row[keys.DUE_SK]).partition("#")[0]) for row in page.rows]',
        'due_us += [key_parts.time_from_key(str(row[keys.DUE_SK]).rpartition("#")[0]) for row in page.rows]',
    ): "the key by which a timer is due has one number sign",
    (
        "functions/query/events/by_event_index.py",
        'start_us = key_parts.time_from_key(sk.removeprefix(keys.INFERRED).partition("#")[0])',
        'start_us = key_parts.time_from_key(sk.removeprefix(keys.INFERRED).rpartition("#")[0])',
    ): "the key of an inferred session has one number sign",
    (
        "functions/query/events/received.py",
        "end_us=LAST_US + 1 if end_us is None else end_us,",
        "end_us=LAST_US + 2 if end_us is None else end_us,",
    ): "no instant is after the last",
    (
        "functions/core/caliper/envelope/parts.py",
        'start, end = body.find(b"["), body.rfind(b"]") + 1',
        'start, end = body.rfind(b"["), body.rfind(b"]") + 1',
    ): "an envelope that is then unusual is taken apart the slower way, to the same parts",
    (
        "functions/core/caliper/validator/event.py",
        "if arrival is not None and (collector.in_doubt or time >= arrival.latest):",
        "if arrival is not None and (collector.in_doubt or time > arrival.latest):",
    ): "a time that is not in doubt is longer than that second, so the two are never equal",
    (
        "functions/core/numbers/screening.py",
        'if type(time) is not str or time >= latest or time[23:] != "Z" or time[10] != "T" or is_masquerade(event):',
        'if type(time) is not str or time > latest or time[23:] != "Z" or time[10] != "T" or is_masquerade(event):',
    ): "what equals that second has no Z at its end, and is not plain either way",
    (
        "functions/core/numbers/screening.py",
        'return type(start) is str and "2000" <= start < latest and start[23:] == "Z" and start[10] == "T"',
        'return type(start) is str and "2000" <= start <= latest and start[23:] == "Z" and start[10] == "T"',
    ): "what equals that second has no Z at its end, and is not plain either way",
    (
        "functions/core/numbers/screening.py",
        'return type(start) is str and "2000" <= start < latest and start[23:] == "Z" and start[10] == "T"',
        'return type(start) is str and "2000" < start < latest and start[23:] == "Z" and start[10] == "T"',
    ): "what equals 2000 has no Z at its end, and is not plain either way",
    (
        "functions/core/numbers/screening.py",
        'if type(end) is not str or not "2000" <= end < latest or end[23:] != "Z" or end[10] != "T":',
        'if type(end) is not str or not "2000" <= end <= latest or end[23:] != "Z" or end[10] != "T":',
    ): "what equals that second has no Z at its end, and is not plain either way",
    (
        "functions/core/numbers/screening.py",
        'if type(end) is not str or not "2000" <= end < latest or end[23:] != "Z" or end[10] != "T":',
        'if type(end) is not str or not "2000" < end < latest or end[23:] != "Z" or end[10] != "T":',
    ): "what equals 2000 has no Z at its end, and is not plain either way",
    (
        "functions/core/sender_alarms/school_hours.py",
        "total, day = 0, (_EPOCH + timedelta(microseconds=from_us)).astimezone(zone).date()",
        "total, day = 0, (_EPOCH - timedelta(microseconds=from_us)).astimezone(zone).date()",
    ): "the days before the first instant add nothing",
    (
        "functions/core/ids.py",
        'packed = base64.b64decode(text + "==", altchars=b"-_", validate=True)',
        'packed = base64.b64decode(text + "==", altchars=b"-_", )',
    ): "what does not come back the same is kept as text",
    (
        "functions/core/packing.py",
        (
            "LEVEL = 3 # at rest: one step up costs twice the CPU for 3 % of the size on event bodies; "
            "large ones need no dictionary"
        ),
        (
            "LEVEL = 4 # at rest: one step up costs twice the CPU for 3 % of the size on event bodies; "
            "large ones need no dictionary"
        ),
    ): "frames of any level read the same: only their size and their cost differ",
    (
        "functions/core/packing.py",
        "TRAVEL_LEVEL, LARGE_LEVEL = -3, 1",
        "TRAVEL_LEVEL, LARGE_LEVEL = -4, 1",
    ): "frames of any level read the same: only their size and their cost differ",
    (
        "functions/core/packing.py",
        "TRAVEL_LEVEL, LARGE_LEVEL = -3, 1",
        "TRAVEL_LEVEL, LARGE_LEVEL = -3, 2",
    ): "frames of any level read the same: only their size and their cost differ",
    (
        "functions/core/packing.py",
        "LARGE_BYTES = 50_000",
        "LARGE_BYTES = 50001",
    ): "one byte more is packed with the dictionary or without it, and reads the same",
    (
        "functions/core/caliper/validator/limits.py",
        "attribution = attribute(item, auto_attach=False)",
        "attribution = attribute(item, auto_attach=True)",
    ): "which identifiers an event names does not depend on it",
    (
        "functions/core/privacy/masking.py",
        "attribution = attribute(parsed, auto_attach=False)",
        "attribution = attribute(parsed, auto_attach=True)",
    ): "which identifiers an event names does not depend on it",
    (
        "functions/core/messages.py",
        "if 0 < len(items) <= MAX_MESSAGE_ITEMS and raw_bytes + _most_findings(items) <= MAX_MESSAGE_RAW_BYTES:",
        "if 0 < len(items) <= MAX_MESSAGE_ITEMS and raw_bytes + _most_findings(items) < MAX_MESSAGE_RAW_BYTES:",
    ): "what is not one group at once becomes one item by item",
    (
        "functions/core/messages.py",
        "if 0 < len(items) <= MAX_MESSAGE_ITEMS and raw_bytes + _most_findings(items) <= MAX_MESSAGE_RAW_BYTES:",
        "if 0 < len(items) < MAX_MESSAGE_ITEMS and raw_bytes + _most_findings(items) <= MAX_MESSAGE_RAW_BYTES:",
    ): "what is not one group at once becomes one item by item",
    (
        "functions/core/caliper/house_rules/merged_check.py",
        "return _Leaf(path_of(rule), lambda _: False)",
        "return _Leaf(path_of(rule), lambda _: None)",
    ): "both say no",
    (
        "functions/core/caliper/envelope/parts.py",
        "start = body.find(data[:64])",
        "start = body.rfind(data[:64])",
    ): "of what is left only the names of the envelope are read, which are the same",
    (
        "functions/core/caliper/validator/results.py",
        'latest = "" if arrival is None else arrival.latest',
        'latest = "" if (arrival is None) or True else arrival.latest',
    ): "then no event is plain, and each is looked at more closely and more slowly, with the same result",
    (
        "functions/store/totals/course_learners.py",
        'return str(row[keys.SK]).partition("#")[2]',
        'return str(row[keys.SK]).rpartition("#")[2]',
    ): "a digest has no number sign",
    (
        "functions/store/sent/days.py",
        'day = str(row[keys.SK]).partition("#")[0]',
        'day = str(row[keys.SK]).rpartition("#")[0]',
    ): "the sort key is a day and a shard",
    (
        "functions/store/rows/manifests.py",
        'return key_parts.time_from_key(str(self.row[keys.SK]).partition("#")[0])',
        'return key_parts.time_from_key(str(self.row[keys.SK]).rpartition("#")[0])',
    ): "behind the time is a digest, which has no number sign",
    (
        "functions/store/sent/order.py",
        "number = 0",
        "number = 1",
    ): "the numbers only tell apart what else would be equal",
}
