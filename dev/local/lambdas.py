"""What Lambda does and MiniStack does not: its environment limit, its runtime's manners, its own permission to log."""

import contextvars
import json
import queue
import time
from pathlib import Path
from typing import Any

from dev.local import iam
from dev.local.journal import JOURNAL
from dev.local.ministack import module, replace
from dev.local.worker import END_OF_LOG

_runtime = module(
    "core.lambda_runtime", "_PYTHON_WORKER_SCRIPT", "acquire_worker", "ensure_spawned", "release_worker", "kill_workers"
)
_service = module("services.lambda_svc", "_functions", "_get_func_record_for_ref", "_execution_record_for_config")
_logs = module("services.cloudwatch_logs", "_log_groups")
_events = module("services.eventbridge", "_put_events")
_responses = module("core.responses", "error_response_json", "get_account_id", "get_region")

# Lambda guide, quotas: "Environment variables: 4 KB, for all environment variables associated with the function, in
# aggregate". Its refusal quotes what it measured: the variables as JSON.
ENVIRONMENT_LIMIT = 4096

# Lambda guide, invocation-async-retain-records: what the role needs, by the destination's service.
_DESTINATION_ACTIONS = {
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "lambda": "lambda:InvokeFunction",
    "events": "events:PutEvents",
}

# Lambda guide, configuration-vpc, "Required IAM permissions"; the words of the refusal are as users reported them.
_NETWORK_OPERATIONS = (
    "CreateNetworkInterface",
    "DescribeNetworkInterfaces",
    "DescribeSubnets",
    "DeleteNetworkInterface",
    "AssignPrivateIpAddresses",
    "UnassignPrivateIpAddresses",
)

_acquire_of_ministack = _runtime.acquire_worker
# The environment leased for the invocation that runs in this context.
_prepared: contextvars.ContextVar[list[Any] | None] = contextvars.ContextVar("prepared", default=None)

# A handler's last log line and its answer travel on two pipes; this bounds the wait for the first.
_LOG_WAIT_SECONDS = 1.0


def install() -> None:
    """Put these behaviours into MiniStack."""
    worker_script = Path(__file__).with_name("worker.py").read_text(encoding="utf-8")
    detect = _runtime._detect_runtime_binary

    def detect_runtime_binary(runtime: str) -> tuple[str, str]:
        # Whatever Python version is declared, the one that runs this server runs the function.
        binary, script = detect(runtime)
        return (binary, worker_script) if runtime.startswith("python") else (binary, script)

    replace(_runtime, "_detect_runtime_binary", detect_runtime_binary)

    invoke = _runtime.Worker.invoke

    def invoke_and_keep(self: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Turn what the worker reports as raised into an error only now, when MiniStack no longer kills for it."""
        result: dict[str, Any] = invoke(self, *args, **kwargs)
        if "raised" in result:
            result |= {"status": "error", "error": result.pop("raised")}
        return result

    replace(_runtime.Worker, "invoke", invoke_and_keep)
    replace(_runtime.Worker, "_drain_stderr_bounded", _drain_log)

    replace(_service, "acquire_worker", _acquire)

    credentials = _runtime.execution_credentials

    def environment_of_the_role(config: dict[str, Any]) -> dict[str, str]:
        # MiniStack merges this into a new worker's environment: the place to add what Lambda tells its runtime.
        logging_config = config.get("LoggingConfig") or {}
        environment: dict[str, str] = dict(credentials(config))
        environment["AWS_EXECUTION_ENV"] = f"AWS_Lambda_{config.get('Runtime', '')}"
        snapshot = (config.get("SnapStart") or {}).get("OptimizationStatus") == "On"
        environment["AWS_LAMBDA_INITIALIZATION_TYPE"] = "snap-start" if snapshot else "on-demand"
        environment["AWS_LAMBDA_LOG_FORMAT"] = logging_config.get("LogFormat") or "Text"
        environment["AWS_LAMBDA_LOG_LEVEL"] = logging_config.get("ApplicationLogLevel") or ""
        environment["AWS_LAMBDA_LOG_GROUP_NAME"] = log_group_name(config)
        return environment

    replace(_runtime, "execution_credentials", environment_of_the_role)

    create = _service._create_function

    def create_function(data: dict[str, Any]) -> Any:
        name = data.get("FunctionName", "")
        return environment_error(data) or role_error(name, data) or network_error(name, data) or create(data)

    replace(_service, "_create_function", create_function)
    update = _service._update_config

    def update_configuration(name: str, data: dict[str, Any]) -> Any:
        return environment_error(data) or role_error(name, data) or network_error(name, data) or update(name, data)

    replace(_service, "_update_config", update_configuration)

    emit = _service._emit_lambda_logs

    def emit_if_allowed(func: dict[str, Any], request_id: str, *args: Any, **kwargs: Any) -> None:
        JOURNAL.name_invocation(request_id)
        # On AWS the function's role writes the log: without the right there is none, and nobody is told.
        if may_write_log(func.get("config") or func):
            emit(func, request_id, *args, **kwargs)

    replace(_service, "_emit_lambda_logs", emit_if_allowed)

    tell = _service._route_async_failure

    def tell_if_allowed(target_arn: str, func_name: str, event: Any, result: dict[str, Any]) -> None:
        # Lambda uses the function's role for its failure destination too.
        config = _service._functions[func_name]["config"]
        service = target_arn.split(":")[2]
        if not iam.role_allows(config["Role"].rsplit("/", 1)[-1], _DESTINATION_ACTIONS[service], (target_arn,)):
            return
        if service == "events":
            tell_a_bus(target_arn, config["FunctionArn"], event, result)
        else:
            tell(target_arn, func_name, event, result)

    replace(_service, "_route_async_failure", tell_if_allowed)

    invoke_asynchronously = _service.invoke_async_with_retry

    def invoke_with_the_aliases_settings(func: dict[str, Any], event: Any) -> None:
        # MiniStack looks for them in the version's record, which has none.
        name, _, qualifier = func["config"]["FunctionArn"].split(":", 6)[6].partition(":")
        settings = _service._functions[name].get("event_invoke_configs") or {}
        invoke_asynchronously({**func, "event_invoke_config": settings.get(qualifier)}, event)

    replace(_service, "invoke_async_with_retry", invoke_with_the_aliases_settings)


def tell_a_bus(bus_arn: str, function_arn: str, event: Any, result: dict[str, Any]) -> None:
    """Put the record of a failed asynchronous invocation on an event bus, where MiniStack knows none as a destination.

    Its fields are those of the Lambda guide, invocation-async-retain-records.
    """
    record = {
        "version": "1.0",
        "requestContext": {"functionArn": f"{function_arn}:$LATEST", "condition": "RetriesExhausted"},
        "requestPayload": event,
        "responseContext": {"statusCode": 200, "functionError": result.get("function_error") or "Unhandled"},
        "responsePayload": result.get("body"),
    }
    _events._put_events(
        {
            "Entries": [
                {
                    "EventBusName": bus_arn,
                    "Source": "lambda",
                    "DetailType": "Lambda Function Invocation Result - Failure",
                    "Resources": [bus_arn, f"{function_arn}:$LATEST"],
                    "Detail": json.dumps(record),
                }
            ]
        }
    )


def environment_error(data: dict[str, Any]) -> Any:
    """The refusal of a Create or UpdateFunction request whose environment is over 4 KB, or None."""
    variables: dict[str, str] = (data.get("Environment") or {}).get("Variables") or {}
    if len(json.dumps(variables, ensure_ascii=False, separators=(",", ":")).encode()) <= ENVIRONMENT_LIMIT:
        return None
    return _responses.error_response_json(
        "InvalidParameterValueException",
        "Lambda was unable to configure your environment variables because the environment variables you have "
        f"provided exceeded the 4KB limit. String measured: {json.dumps(variables)}",
        400,
    )


def role_error(name: str, data: dict[str, Any]) -> Any:
    """The refusal of a role that does not trust Lambda, or None; MiniStack looks only whether the role exists."""
    role = data.get("Role")
    arn = f"arn:aws:lambda:{_responses.get_region()}:{_responses.get_account_id()}:function:{name}"
    if not role or iam.service_may_assume(role, "lambda.amazonaws.com", arn):
        return None
    return _responses.error_response_json(
        "InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.", 400
    )


def network_error(name: str, data: dict[str, Any]) -> Any:
    """The refusal of a VPC in which the function's role may not make network interfaces, or None."""
    if not (data.get("VpcConfig") or {}).get("SubnetIds"):
        return None
    known = (_service._functions.get(name) or {}).get("config") or {}
    role = (data.get("Role") or known.get("Role", "")).rsplit("/", 1)[-1]
    for operation in _NETWORK_OPERATIONS:
        if not iam.role_allows(role, f"ec2:{operation}", ("*",)):
            return _responses.error_response_json(
                "InvalidParameterValueException",
                f"The provided execution role does not have permissions to call {operation} on EC2",
                400,
            )
    return None


def log_group_name(config: dict[str, Any]) -> str:
    """Where a function's log goes."""
    group = (config.get("LoggingConfig") or {}).get("LogGroup")
    return str(group or f"/aws/lambda/{config.get('FunctionName', '')}")


def may_write_log(config: dict[str, Any]) -> bool:
    """Whether the function's role may open a stream and write to it; a missing right goes to the journal."""
    group = log_group_name(config)
    arn = f"arn:aws:logs:{_responses.get_region()}:{_responses.get_account_id()}:log-group:{group}"
    stream = f"{arn}:log-stream:any"
    needed = [("logs:CreateLogStream", (stream, arn)), ("logs:PutLogEvents", (stream,))]
    if group not in _logs._log_groups:
        needed.insert(0, ("logs:CreateLogGroup", (f"{arn}:log-stream:", arn)))
    role = config.get("Role", "").rsplit("/", 1)[-1]
    return all(iam.role_allows(role, action, resources) for action, resources in needed)


def find(arn: str) -> dict[str, Any] | None:
    """The record of a function by its ARN (an alias's or a version's too), ready to be executed, or None."""
    record, config, _name = _service._get_func_record_for_ref(arn)
    if record is None or config is None:
        return None
    found: dict[str, Any] = _service._execution_record_for_config(record, config)
    return found


def resource_policy(arn: str) -> dict[str, Any]:
    """A function's resource policy: who may invoke it."""
    record, _config, _name = _service._get_base_func_record_for_ref(arn)
    return dict((record or {}).get("policy") or {})


def prepare(record: dict[str, Any]) -> list[Any]:
    """Lease an execution environment that has started; give it to `execute`, which uses it.

    The start of an interpreter on this computer says nothing about AWS's, so it shall not count against a time limit.
    Empty when there is nothing to prepare, or when the function does not load: `execute` meets that error again.
    """
    config = record["config"]
    if not record.get("code_zip") or not str(config.get("Runtime", "")).startswith("python"):
        return []
    worker, _reason = _acquire(config["FunctionName"], config, record["code_zip"], config.get("Version", "$LATEST"))
    if worker is None:
        return []
    try:
        _runtime.ensure_spawned(worker)
    except RuntimeError:
        _runtime.kill_workers([worker])
        _runtime.release_worker(worker)
        return []
    return [worker]


def execute(record: dict[str, Any], event: dict[str, Any], prepared: list[Any]) -> dict[str, Any]:
    """Run a function and wait for it; the result has `body`, and `error` when it failed."""
    _prepared.set(prepared)
    result: dict[str, Any] = _service._execute_function_with_config_scope(record, event)
    for worker in prepared:  # not reached, as when the function's concurrency was used up
        _runtime.release_worker(worker)
    return result


def _acquire(
    func_name: str, config: dict[str, Any], code_zip: bytes, qualifier: str = "$LATEST", max_concurrency: Any = None
) -> tuple[Any, str]:
    prepared = _prepared.get()
    if prepared:
        return prepared.pop(), "reused"
    acquired: tuple[Any, str] = _acquire_of_ministack(func_name, config, code_zip, qualifier, max_concurrency)
    return acquired


def _drain_log(self: Any) -> str:
    """Collect one invocation's log up to its end mark; MiniStack guesses the end by waiting, 50 ms each time."""
    lines: list[str] = []
    until = time.monotonic() + _LOG_WAIT_SECONDS
    while (left := until - time.monotonic()) > 0:
        try:
            line = self._stderr_queue.get(timeout=left)
        except queue.Empty:
            break
        if line == END_OF_LOG:
            break
        lines.append(line)
    return "\n".join(lines)
