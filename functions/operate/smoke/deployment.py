"""What CloudFormation knows of the stack that is checked: its state, its outputs, and the names of its resources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.operate.errors import StackError


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    kind: str
    logical_id: str
    physical_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    name: str
    status: str
    outputs: Mapping[str, str]
    resources: Sequence[Resource]

    def output(self, name: str) -> str:
        """That output; StackError if the deployed version has none of that name."""
        if name not in self.outputs:
            raise StackError(f"Stack {self.name} has no output {name}: deploy this version of it.")
        return self.outputs[name]

    def physical_id(self, kind: str, part: str) -> str:
        """The name of the one resource of `kind` whose logical id contains `part`; StackError if there is none."""
        names = [
            resource.physical_id for resource in self.resources if resource.kind == kind and part in resource.logical_id
        ]
        if len(names) != 1:
            raise StackError(f"Stack {self.name} has {len(names) or 'no'} {kind} called {part}: deploy this version.")
        return names[0]


def deployment_of(cloudformation: Any, *, table: str, name: str | None = None) -> Deployment:
    """The stack of that name, or (on a laptop, which has one) that with `table`; StackError if there is none."""
    parameters = {"StackName": name} if name else {}
    for page in cloudformation.get_paginator("describe_stacks").paginate(**parameters):
        for stack in page["Stacks"]:
            outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
            if outputs.get("TableName") == table:
                return Deployment(
                    name=stack["StackName"],
                    status=stack["StackStatus"],
                    outputs=outputs,
                    resources=_resources(cloudformation, stack["StackName"]),
                )
    raise StackError(f"No stack has the table {table}: run `make down`, then `make up`.")


def _resources(cloudformation: Any, name: str) -> list[Resource]:
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
    return [
        Resource(
            kind=resource["ResourceType"],
            logical_id=resource["LogicalResourceId"],
            physical_id=resource.get("PhysicalResourceId", ""),
        )
        for page in pages
        for resource in page["StackResourceSummaries"]
    ]
