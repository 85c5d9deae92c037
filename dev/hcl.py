"""Read what the Terraform files declare, without Terraform: resources with their arguments and blocks, and moves."""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hcl2

from dev.terraform import ROOT

MODULES = [
    ROOT,
    *sorted(ROOT.glob("modules/*/")),
    *sorted(ROOT.glob("examples/*/")),
    *sorted(ROOT.glob("tests/e2e/*/")),
]
"""The folders with Terraform files: the module, the nested ones, the examples, what the tests apply."""

_OF_TERRAFORM = {"count", "for_each", "provider", "depends_on", "lifecycle", "provisioner", "connection"}


@dataclass(frozen=True)
class Block:
    """A block's own arguments by name, and the blocks in it by name; a dynamic block is one of its content."""

    arguments: Mapping[str, Any]
    blocks: tuple[tuple[str, "Block"], ...]


@dataclass(frozen=True)
class Resource:
    """A resource that a file declares.

    Attributes:
        file: the file.
        address: with `[0]` if it has a count, and `["*"]` if it has a for_each.
        type: its type.
        body: what is the provider's in it, not Terraform's (count, lifecycle, ...).
    """

    file: Path
    address: str
    type: str
    body: Block


def resources(folder: Path) -> Iterator[Resource]:
    """Yield the resources that a folder's files declare."""
    for file, kind, name, body in _declared(folder):
        key = "[0]" if "count" in body else '["*"]' if "for_each" in body else ""
        own = {part: value for part, value in body.items() if part not in _OF_TERRAFORM}
        yield Resource(file, f"{kind}.{name}{key}", kind, _block(own))


def moves(folder: Path) -> set[str]:
    """Return the addresses that a folder's `moved` blocks move resources from."""
    return {str(move["from"]).removeprefix("${").removesuffix("}") for _, move in _top_level(folder, "moved")}


@functools.cache
def parsed(folder: Path) -> Mapping[Path, Mapping[str, Any]]:
    """Return a folder's files as the parser has them: texts keep their quotes, expressions stand in `${}`."""
    return {file: hcl2.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.tf"))}


def _top_level(folder: Path, what: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    for file, content in parsed(folder).items():
        for block in content.get(what, []):
            yield file, block


def _declared(folder: Path) -> Iterator[tuple[Path, str, str, dict[str, Any]]]:
    for file, declared in _top_level(folder, "resource"):
        for kind, named in declared.items():
            for name, body in named.items():
                yield file, kind.strip('"'), name.strip('"'), body


def _block(body: Mapping[str, Any]) -> Block:
    arguments: dict[str, Any] = {}
    blocks: list[tuple[str, Block]] = []
    for name, value in body.items():
        if name == "dynamic":
            blocks += [
                (label.strip('"'), _block(content))
                for dynamic in value
                for label, parts in dynamic.items()
                for content in parts["content"]
            ]
        elif isinstance(value, list) and any(isinstance(each, dict) and "__is_block__" in each for each in value):
            blocks += [(name, _block(each)) for each in value]
        elif not name.startswith("__"):
            arguments[name] = value
    return Block(arguments, tuple(blocks))
