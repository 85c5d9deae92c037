"""Looks at the local AWS for what has happened there, and puts it into the timeline: triggers, logs, messages, rows."""

import contextlib
import json
import re
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from dev.demo_web import decisions
from dev.demo_web.timeline import Timeline, Tone, Words
from dev.local import LocalAWS, TriggerRun

_EVERY_SECONDS = 0.25
_LOG_GROUPS = "/aws/lambda/"
# A log line is written after its time was taken: the last look may have missed some of before it.
_LATE_SECONDS = 5.0

_CODE = re.compile(r"(?<!\d)\d{6,10}(?!\d)")
_STATUSES: dict[str, tuple[str, Tone]] = {
    "PENDING": ("not proven yet", "warning"),
    "ACTIVE": ("active", "good"),
    "DISABLED": ("disabled", "bad"),
    "DELETED": ("deleted", "bad"),
}


class Watcher:
    """Notes each thing once. What follows from a public call is noted as part of it.

    Args:
        aws: where the module is applied.
        outputs: the applied example's: `user_pool_id`, `user_table_name`.
        timeline: where it is put.
    """

    def __init__(self, aws: LocalAWS, outputs: Mapping[str, Any], timeline: Timeline) -> None:
        self._aws = aws
        self._timeline = timeline
        self._table = outputs["user_table_name"]
        self._name = f"{self._table.removesuffix('-users')}-"  # what the module's functions are called before their own
        pool = aws.client("cognito-idp").describe_user_pool(UserPoolId=outputs["user_pool_id"])["UserPool"]
        arns = [value for value in pool["LambdaConfig"].values() if isinstance(value, str)]
        # Their lines are noted after the run of the trigger that wrote them; all other functions run by themselves.
        self._triggered = {f"{_LOG_GROUPS}{arn.rpartition(':function:')[2]}" for arn in arns}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="demo-watcher")

        # What was there before is no news, but for the rows.
        self._told_runs = set(range(len(aws.trigger_log())))
        self._texts = {number: len(texts) for number, texts in self._all_texts().items()}
        self._mails = len(aws.emails())
        self._begun_at = self._looked_at = time.time()
        self._lines: dict[str, list[tuple[float, dict[str, Any]]]] = defaultdict(list)  # by request id, of triggers
        self._others: list[tuple[float, dict[str, Any]]] = []  # of functions that no trigger runs
        self._seen_streams: dict[str, float] = {}  # of the last seconds, with their times
        self._rows: dict[str, dict[str, str]] = {}

        self._who: dict[str, str] = {}  # what the person typed, by call
        self._call_about: dict[str, str] = {}  # the newest call, by what the person typed
        self._asked_by: dict[str, str] = {}  # the newest call that led to a message, by what the person typed
        self._call_of_challenge: dict[str | None, str] = {}  # the call that asked for the code, by correlation id
        self._row_by: dict[str, str] = {}  # the newest call that led to the row, by the account's sub
        self._newest_call = ""
        self._open: set[str] = set()  # calls that are not answered: what they lead to waits for their triggers

    def start(self) -> None:
        """Look every quarter of a second from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def called(self, call: str, who: str) -> None:
        """Say that a public call begins, and about which number, address or name, if it is known."""
        with self._lock:
            self._newest_call = call
            self._open.add(call)
            if who:
                self._who[call] = who.casefold()
                self._call_about[who.casefold()] = call

    def answered(self, call: str) -> None:
        """Say that a public call is answered, and note what it led to."""
        with self._lock:
            self._open.discard(call)
        self.look()

    def look(self) -> None:
        """Note what is new, up to now; what a busy computer keeps back is noted by the next look."""
        with self._lock, contextlib.suppress(OSError, BotoCoreError, ClientError):
            # The journal first: what a finished trigger has logged is there for sure afterwards.
            runs = self._aws.trigger_log()
            self._read_logs()
            self._note_runs(runs)
            self._note_others()
            self._note_messages()
            self._note_rows()

    def rows(self) -> list[dict[str, str]]:
        """Return the rows of the User table as they were last seen."""
        with self._lock:
            return list(self._rows.values())

    def _run(self) -> None:
        while not self._ended.wait(_EVERY_SECONDS):
            self.look()

    def _note_runs(self, runs: list[TriggerRun]) -> None:
        for number, run in enumerate(runs):
            if number in self._told_runs or run.milliseconds is None:
                continue
            self._told_runs.add(number)
            function = run.function.removeprefix(self._name)
            words = decisions.of_trigger(run.source, function, run.outcome, run.attempt)
            self._timeline.note("trigger", words, at=run.at, call=run.call, milliseconds=run.milliseconds)
            for at, line in self._lines.pop(run.request_id, []):
                self._note_line(at, line, run.call)

    def _read_logs(self) -> None:
        logs = self._aws.client("logs")
        since, now = max(self._begun_at, self._looked_at - _LATE_SECONDS), time.time()
        for group in logs.describe_log_groups(logGroupNamePrefix=_LOG_GROUPS)["logGroups"]:
            name = group["logGroupName"]
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=name, startTime=int(since * 1000))
            # The local AWS writes an invocation's lines all at once, and to a stream of its own.
            events = [event for page in pages for event in page["events"]]
            new = [event for event in events if event["logStreamName"] not in self._seen_streams]
            for event in new:
                at = self._seen_streams[event["logStreamName"]] = event["timestamp"] / 1000
                self._read_line(name, at, event["message"])
        self._seen_streams = {stream: at for stream, at in self._seen_streams.items() if at >= since}
        self._looked_at = now

    def _read_line(self, group: str, at: float, message: str) -> None:
        try:
            line = json.loads(message)
        except ValueError:
            return  # Lambda's own lines around an invocation
        if not isinstance(line, dict):
            return
        if group in self._triggered:
            self._lines[str(line.get("requestId"))].append((at, line))
        else:
            self._others.append((at, line))

    def _note_others(self) -> None:
        """Note what functions wrote that run by themselves: with the call that asked for it, once that is known."""
        waiting, self._others = self._others, []
        for at, line in waiting:
            challenge = line.get("correlation_id")
            if challenge in self._call_of_challenge or challenge is None or at < time.time() - _LATE_SECONDS:
                self._note_line(at, line, self._call_of_challenge.get(challenge, ""))
            else:
                self._others.append((at, line))

    def _note_line(self, at: float, line: dict[str, Any], call: str) -> None:
        words = decisions.of_line(line)
        if words is None:
            return
        self._timeline.note("decision", words, at=at, call=call)
        if line["message"] == "user_row":
            self._row_by[str(line.get("sub"))] = call
        if line["message"] in ("challenge", "resend") and line["outcome"] in ("requested", "simulated"):
            self._call_of_challenge[line.get("correlation_id")] = call
            self._asked_by[self._who.get(call, "")] = call

    def _note_messages(self) -> None:
        for number, texts in self._all_texts().items():
            call = self._call_of(number)
            if call not in self._open:
                for text in texts[self._texts.get(number, 0) :]:
                    self._note_message(call, "sms", number, "", text)
                self._texts[number] = len(texts)
        for mail in self._aws.emails()[self._mails :]:
            address = mail["To"][0]
            call = self._call_of(address)
            if call in self._open:
                break
            self._note_message(call, "email", address, mail["Subject"], mail["BodyText"])
            self._mails += 1

    def _all_texts(self) -> dict[str, list[str]]:
        by_number: dict[str, list[str]] = defaultdict(list)
        for message in self._aws.sms_messages():
            by_number[message["PhoneNumber"]].append(message["Message"])
        return by_number

    def _note_message(self, call: str, channel: str, to: str, subject: str, text: str) -> None:
        code = _CODE.search(text)
        title = f"A text arrives at {to}" if channel == "sms" else f"A mail arrives at {to}"
        self._timeline.note(
            "message",
            Words(title, "It brings the code." if code else "", channel, "good"),
            call=call,
            channel=channel,
            to=to,
            subject=subject,
            text=text,
            code=code.group() if code else "",
        )

    def _note_rows(self) -> None:
        pages = self._aws.client("dynamodb").get_paginator("scan").paginate(TableName=self._table)
        for item in (item for page in pages for item in page["Items"]):
            row = {name: str(next(iter(value.values()))) for name, value in item.items()}
            before = self._rows.get(row["id"])
            call = self._row_by.get(row["id"], self._newest_call)
            if row == before or call in self._open:
                continue
            self._rows[row["id"]] = row
            who = row.get("phone_number") or row.get("email") or row.get("username") or row["id"]
            status, tone = _STATUSES.get(row.get("status", ""), (row.get("status", ""), "plain"))
            if before is None:
                words = Words(f"The User table has a row for {who}: {status}", "", row.get("status", ""), tone)
            elif before.get("status") != row.get("status"):
                words = Words(f"The row of {who} is now {status}", "", row.get("status", ""), tone)
            else:
                changed = sorted(name for name in {*before, *row} if before.get(name) != row.get(name))
                words = Words(f"The row of {who} has changed", ", ".join(changed), row.get("status", ""), "plain")
            self._timeline.note("row", words, call=call, row=row)

    def _call_of(self, address: str) -> str:
        """Return the call that led to a message to somebody; the newest of all, if none is known to be about them."""
        who = address.casefold()
        return self._asked_by.get(who) or self._call_about.get(who) or self._newest_call
