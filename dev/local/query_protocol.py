"""AWS's query protocol, read and written by the shapes of the service's own model.

https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

import botocore.session
from botocore.model import ListShape, OperationModel, Shape, StructureShape

_SCALARS: dict[str, Callable[[str], Any]] = {"integer": int, "double": float, "boolean": lambda said: said == "true"}


def operations(service: str, *names: str) -> dict[str, OperationModel]:
    """Return the models of a service's operations by their names."""
    model = botocore.session.get_session().get_service_model(service)
    return {name: model.operation_model(name) for name in names}


def read(parameters: Mapping[str, Any], shape: Shape | None, prefix: str = "") -> Any:
    """Return what a request's parameters say, as its shape has it; None for what is not there.

    Args:
        parameters: by name, as `urllib.parse.parse_qs` gives them or as texts.
        shape: of the operation's input.
        prefix: name of the part that is read, e.g. `"Metrics.member.1"`; empty for all.
    """
    if not any(name == prefix or name.startswith(f"{prefix}." if prefix else "") for name in parameters):
        return None
    match shape:
        case StructureShape():
            dot = f"{prefix}." if prefix else ""
            members = {name: read(parameters, member, dot + name) for name, member in shape.members.items()}
            return {name: value for name, value in members.items() if value is not None}
        case ListShape():
            values: list[Any] = []
            while (value := read(parameters, shape.member, f"{prefix}.member.{len(values) + 1}")) is not None:
                values.append(value)
            return values
    text = parameters[prefix]
    return _SCALARS.get(shape.type_name if shape else "", str)(text[0] if isinstance(text, list) else text)


def write(value: Any, shape: Shape | None) -> str:
    """Return the XML of a value, without an element around it; members that the shape does not know are left out."""
    match shape:
        case StructureShape():
            there = {name: member for name, member in shape.members.items() if value.get(name) is not None}
            return "".join(f"<{name}>{write(value[name], member)}</{name}>" for name, member in there.items())
        case ListShape():
            return "".join(f"<member>{write(each, shape.member)}</member>" for each in value)
    if shape is not None and shape.type_name == "timestamp" and isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC).isoformat()
    return str(value).lower() if isinstance(value, bool) else escape(str(value))
