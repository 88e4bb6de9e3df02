"""Faults that are none: the code does the same with them, so no test can notice them."""

# By path, the line before and the line after it: why it is none.
EQUIVALENT: dict[tuple[str, str, str], str] = {
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
}
