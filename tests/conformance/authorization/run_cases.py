"""Check a gateway against the cases. It needs nothing but Python.

    python run_cases.py --gateway http://127.0.0.1:4000/graphql --subgraphs http://127.0.0.1:4200

See README.md for how the gateway is to be set up.
"""

import argparse
import json
import math
import sys
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
CODE = "UNAUTHORIZED_FIELD_OR_TYPE"
ACCEPT_PARTS = "multipart/mixed;deferSpec=20220824,application/json"
ACCEPT_EVENTS = "text/event-stream"
BEFORE_EACH_PART = "\r\n\r\n"


def all_cases(without=()):
    cases = [
        case for path in sorted((HERE / "cases").glob("*.json")) for case in json.loads(path.read_text())
    ]
    return [case for case in cases if not set(case["tags"]) & set(without)]


class Checker:
    """One gateway in one mode (`filter`, `reject`, `dry-run`). `token` gives a caller's token by scopes."""

    def __init__(self, gateway, subgraphs, mode="filter", timeout=10):
        self.gateway, self.subgraphs, self.mode, self.timeout = gateway, subgraphs, mode, timeout
        self.tokens = {}

    # ---- one case

    def check(self, case):
        """What is wrong, in a line; None where nothing is."""
        self.call(f"{self.subgraphs}/requests", method="DELETE")
        status, answers = self.ask(case)
        match self.mode:
            case "reject" if case["denied"]:
                return self.check_rejected(case, status, answers)
            case "dry-run":
                return self.check_rehearsed(case, answers)
            case _:
                return self.check_filtered(case, answers)

    def check_filtered(self, case, answers):
        for answer in answers:
            if answer.get("data") != case["data"]:
                return f"data is {answer.get('data')}, not {case['data']}"
            found = paths(answer.get("errors"))
            if found != sorted_paths(case["denied"]):
                return f"denied paths are {found}, not {sorted_paths(case['denied'])}"
        return self.check_requests(case)

    def check_rehearsed(self, case, answers):
        for answer in answers:
            wanted = case.get("open", case["data"])
            if answer.get("data") != wanted:
                return f"data is {answer.get('data')}, not {wanted}"
            if answer.get("errors"):
                return f"a rehearsal has errors: {answer['errors']}"
            found = paths(answer.get("extensions", {}).get("authorizationErrors"))
            if found != sorted_paths(case["denied"]):
                return f"rehearsed paths are {found}, not {sorted_paths(case['denied'])}"
        return None

    def check_rejected(self, case, status, answers):
        if status != 403 and "text/event-stream" not in case.get("accept", accept_of(case)):
            return f"status is {status}, not 403"
        if any("data" in answer for answer in answers):
            return f"there is data: {answers}"
        wanted = {tuple(step for step in path if isinstance(step, str)) for path in case["denied"]}
        found = {tuple(each["path"]) for answer in answers for each in answer["errors"]}
        # Nothing was executed, so what stands below a null or an empty list is told as well.
        if not all(any(path[: len(each)] == each for path in found) for each in wanted):
            return f"rejected paths are {sorted(found)}, not {sorted(wanted)}"
        asked = json.loads(self.call(f"{self.subgraphs}/requests"))
        return f"subgraphs were asked: {asked}" if asked else None

    def check_requests(self, case):
        asked = json.loads(self.call(f"{self.subgraphs}/requests"))
        for name in case.get("unasked", ()):
            if any(each["subgraph"] == name for each in asked):
                return f"the subgraph {name} was asked"
        for word in case.get("unsent", ()):
            if any(word in each["query"] for each in asked):
                return f"{word} was sent: {asked}"
        return None

    # ---- asking

    def ask(self, case):
        """The status, and the answers: several for a subscription; of deferred parts, what they come to."""
        body = json.dumps({"query": case["operation"], "variables": case.get("variables", {})}).encode()
        headers = {"content-type": "application/json", "accept": accept_of(case)}
        if case["scopes"] is not None:
            headers["authorization"] = f"Bearer {self.token(case['scopes'])}"
        request = urllib.request.Request(self.gateway, body, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as response:
                status, kind, text = (
                    response.status,
                    response.headers["content-type"],
                    response.read().decode(),
                )
        except urllib.error.HTTPError as error:
            status, kind, text = error.code, error.headers["content-type"], error.read().decode()
        return status, read_answers(kind, text)

    def token(self, scopes):
        key = "+".join(sorted(scopes))
        if key not in self.tokens:
            self.tokens[key] = self.call(f"{self.subgraphs}/token?scope={key}")
        return self.tokens[key]

    def call(self, url, method="GET"):
        with urllib.request.urlopen(
            urllib.request.Request(url, method=method), timeout=self.timeout
        ) as response:
            return response.read().decode()


def accept_of(case):
    if case["operation"].startswith("subscription"):
        return ACCEPT_EVENTS
    return ACCEPT_PARTS if "defer" in case["tags"] else "application/json"


def read_answers(kind, text):
    if kind.startswith("text/event-stream"):
        lines = [line.removeprefix("data:").strip() for line in text.splitlines() if line.startswith("data:")]
        return [json.loads(line) for line in lines if line]
    if kind.startswith("multipart/mixed"):
        parts = [part.partition(BEFORE_EACH_PART)[2] for part in text.split("\r\n---")]
        return [joined([json.loads(part) for part in parts if part.startswith("{")])]
    return [json.loads(text)]


def joined(parts):
    """Deferred parts as one answer."""
    whole = {"data": parts[0].get("data"), "errors": list(parts[0].get("errors", ()))}
    told = [each.get("extensions", {}) for each in parts]
    for each in (each for part in parts[1:] for each in part.get("incremental", ())):
        whole["errors"] += each.get("errors", ())
        spot = whole["data"]
        for step in each["path"]:
            spot = spot[step]
        spot.update(each["data"] or {})
    extensions = [error for each in told for error in each.get("authorizationErrors", ())]
    return {**whole, "extensions": {"authorizationErrors": extensions}}


def paths(errors):
    return sorted_paths([each["path"] for each in errors or () if each["extensions"]["code"] == CODE])


def sorted_paths(found):
    return sorted(found, key=lambda path: [str(step) for step in path])


def main():
    parser = argparse.ArgumentParser(description="Check a gateway against the authorization cases.")
    parser.add_argument("--gateway", required=True, help="the address of its GraphQL endpoint")
    parser.add_argument("--subgraphs", required=True, help="where serve_subgraphs.py listens")
    parser.add_argument("--mode", choices=["filter", "reject", "dry-run"], default="filter")
    parser.add_argument(
        "--without", action="append", default=[], metavar="TAG", help="leave out: policy, defer, ..."
    )
    parser.add_argument(
        "--rounds", type=int, default=0, help="then all cases again, so often, in mixed order"
    )
    given = parser.parse_args()
    checker = Checker(given.gateway, given.subgraphs, given.mode)
    cases = all_cases(given.without)
    failed = 0
    for number in range(given.rounds + 1):
        step = 2 * number + 1  # another order in each round, so that callers of all kinds follow each other
        while math.gcd(step, len(cases)) > 1:
            step += 2
        for index in range(len(cases)):
            case = cases[index * step % len(cases)] if number else cases[index]
            problem = checker.check(case)
            if problem is not None:
                failed += 1
                sys.stdout.write(f"FAILED {case['name']}: {problem}\n")
    sys.stdout.write(f"{len(cases) * (given.rounds + 1) - failed} passed, {failed} failed\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
