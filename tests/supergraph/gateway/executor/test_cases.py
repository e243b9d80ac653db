"""Each folder of tests/cases/execution: a plan and what subgraphs answer -> the requests made and the response.

`subgraphs.json` holds each subgraph's answers in the order in which it is asked; `requests.json` what each is sent,
without the documents, which stand in the plan.
"""

import json
from pathlib import Path

import pytest
from graphql import parse

from supergraph.gateway.executor import (
    Denial,
    ExecutionRequest,
    execute,
    prepare,
    read_execution_schema,
    write_json,
)
from supergraph.gateway.transport import SubgraphResponse
from supergraph.planner import NormalizedOperation, normalize, plan_from_json
from supergraph.spec import client_schema, read_supergraph

CASES = sorted((Path(__file__).resolve().parents[3] / "cases" / "execution").iterdir())


class Script:
    def __init__(self, answers):
        self.answers = {name: list(each) for name, each in answers.items()}
        self.requests = []

    async def send(self, request):
        body = json.loads(request.body)
        self.requests.append({"subgraph": request.subgraph, "variables": body.get("variables", {})})
        answer = self.answers[request.subgraph].pop(0)
        if isinstance(answer, str):
            return SubgraphResponse(500, answer.encode())
        return SubgraphResponse(200, json.dumps(answer).encode())

    async def close(self):
        pass


def read(case, name, otherwise=None):
    path = case / name
    return json.loads(path.read_text()) if path.exists() else otherwise


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_the_plan_runs_as_the_case_says(case):
    supergraph = read_supergraph((case / "supergraph.graphql").read_text())
    api = client_schema(supergraph)
    operation = normalize(api, parse((case / "operation.graphql").read_text()))
    assert isinstance(operation, NormalizedOperation), operation
    denials = [Denial(tuple(each["path"]), each["coordinate"]) for each in read(case, "denials.json", [])]
    plan = plan_from_json(read(case, "plan.json"))
    executable = prepare(plan, operation, read_execution_schema(supergraph, api), denials)
    script = Script(read(case, "subgraphs.json"))
    result = await execute(executable, ExecutionRequest(script, read(case, "variables.json", {})))
    response = {"data": result.data} | ({"errors": result.errors} if result.errors else {})
    assert sorted(script.requests, key=str) == sorted(read(case, "requests.json"), key=str)
    # As text: the order of the keys is part of the response.
    assert json.dumps(json.loads(write_json(response))) == json.dumps(read(case, "response.json"))
    assert not any(script.answers.values()), "a subgraph was asked less often than the case says"


def test_each_case_says_what_it_shows():
    assert CASES
    for case in CASES:
        assert (case / "case.md").read_text().strip(), case.name
