"""Write the tables of inputs and outputs, from what variables.tf and outputs.tf say themselves.

`python -m dev.reference` writes the README's tables (for each input its default, or its keys with theirs, and the first
sentence of its description), `docs/reference.md` with every input and output whole, and the tables in the nested
modules' READMEs. In a README a table goes between `<!-- inputs: begin -->` and `<!-- inputs: end -->`, and the same for
outputs; what stands around them is written by hand.

Files are read as `terraform fmt` leaves them: a block's arguments are indented by two spaces, an object's keys by four.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from dev.marked import filled
from dev.terraform import ROOT

REFERENCE = ROOT / "docs" / "reference.md"
README = ROOT / "README.md"

_BANNER = re.compile(r"^#{80}\n# (?P<title>.+)\n#{80}$", re.MULTILINE)
_BLOCK = re.compile(r'^(?:variable|output) "(?P<name>\w+)" \{\n(?P<body>.*?)^\}$', re.MULTILINE | re.DOTALL)
_HEREDOC = re.compile(r"^  description += <<-EOT\n(?P<text>.*?)^  EOT$", re.MULTILINE | re.DOTALL)
_QUOTED = re.compile(r'^  description += "(?P<text>.*)"$', re.MULTILINE)
# What belongs to an argument or a key is indented further than it, or begins with the bracket that closes it.
_ASSIGNED = re.compile(r"^  (?P<name>\w+) += (?P<value>.*(?:\n(?:   .*|  [\])}].*)?)*)$", re.MULTILINE)
_SENTENCE = re.compile(r"^.*?(?<!e\.g)(?<!\.\.)\.(?=\s|$)", re.DOTALL)
_PAGE = re.compile(r"\bdocs/([a-z-]+)\.md\b")


@dataclass(frozen=True)
class Entry:
    """An input or an output.

    Attributes:
        name: what callers write.
        section: the banner that it stands under, "" without one.
        description: Markdown.
        type: as it is written, an object's keys indented by two spaces; None for an output.
        default: as it is written; None if there is none.
    """

    name: str
    section: str
    description: str
    type: str | None
    default: str | None

    @property
    def summary(self) -> str:
        """The description's first sentence; "" if it does not begin with one."""
        found = _SENTENCE.match(self.description.split("\n\n")[0].split("\n- ")[0])
        return " ".join(found[0].split()) if found and not found[0].startswith("- ") else ""

    @property
    def pages(self) -> list[str]:
        """The pages of `docs` that the description names, without their ending."""
        return list(dict.fromkeys(_PAGE.findall(self.description)))

    @property
    def keys(self) -> dict[str, str | None]:
        """An object's keys with their defaults; None for one that has to be given."""
        return {key["name"]: _optional(key["value"].rstrip(",\n")) for key in _ASSIGNED.finditer(self.type or "")}


def _optional(written: str) -> str | None:
    """Return the default in `optional(<type>, <default>)`, None if the type is not optional."""
    if not written.startswith("optional("):
        return None
    inner, depth = written.removeprefix("optional(").removesuffix(")"), 0
    for at, character in enumerate(inner):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            return " ".join(inner[at + 1 :].split())
    return "null"


def read(file: Path) -> list[Entry]:
    """Return the inputs or the outputs of a file, in its order."""
    text = file.read_text(encoding="utf-8")
    banners = [(banner.end(), banner["title"]) for banner in _BANNER.finditer(text)]
    return [
        Entry(
            block["name"],
            next((title for end, title in reversed(banners) if end < block.start()), ""),
            _description(block["body"]),
            **_type_and_default(block["body"]),
        )
        for block in _BLOCK.finditer(text)
    ]


def _description(body: str) -> str:
    if found := _HEREDOC.search(body):
        return dedent(found["text"]).strip()
    found = _QUOTED.search(body)
    return found["text"].replace('\\"', '"') if found else ""


def _type_and_default(body: str) -> dict[str, str | None]:
    arguments = {found["name"]: dedent(f"  {found['value']}").rstrip() for found in _ASSIGNED.finditer(body)}
    return {name: arguments.get(name) for name in ("type", "default")}


# What is written of them


def _linked(text: str, to: str) -> str:
    """Make links of the pages that a text names; `to` leads to `docs`."""
    return _PAGE.sub(lambda page: f"[{_title(ROOT / page[0])}]({to}{page[1]}.md)", text)


def _title(page: Path) -> str:
    """Return a page's heading; of one that is yet to be written the name, and the test of links tells so."""
    return page.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ") if page.exists() else page.stem


def _table(head: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [[cell.replace("|", "\\|") for cell in row] for row in (head, *rows)]
    first, *others = (f"| {' | '.join(line)} |" for line in lines)
    return "\n".join([first, f"{'|---' * len(head)}|", *others])


def _defaults(entry: Entry) -> str:
    default = "**required**" if entry.default is None else f"`{' '.join(entry.default.split())}`"
    keys = ", ".join(_key(*key) for key in entry.keys.items())
    if not keys:
        return default
    if (entry.type or "").startswith("object(") and entry.default == "{}":
        return keys
    return f"{default}; {'in each: ' if (entry.type or '').startswith('map(') else ''}{keys}"


def _key(name: str, default: str | None) -> str:
    if default is None:
        return f"`{name}` (required)"
    return f"`{name}`" if default in {"null", "{}", "[]"} else f"`{name} = {default}`"


def _in_short(entry: Entry) -> str:
    """Return the first sentence, and links to the pages that the others name."""
    unnamed = [f"docs/{page}.md" for page in entry.pages if f"docs/{page}.md" not in entry.summary]
    return _linked(f"{entry.summary} See {', '.join(unnamed)}." if unnamed else entry.summary, "docs/")


def _in_a_cell(entry: Entry) -> str:
    return " ".join(entry.description.replace("\n- ", "<br>- ").split())


def _readme() -> str:
    inputs, outputs = read(ROOT / "variables.tf"), read(ROOT / "outputs.tf")
    of_inputs = [
        (f"[`{each.name}`](docs/reference.md#{each.name})", _defaults(each), _in_short(each)) for each in inputs
    ]
    of_outputs = [(f"`{each.name}`", _in_short(each)) for each in outputs]
    return _filled(README, of_inputs, of_outputs)


def _readme_of(module: Path) -> str:
    of_inputs = [(f"`{each.name}`", _defaults(each), _in_a_cell(each)) for each in read(module / "variables.tf")]
    of_outputs = [(f"`{each.name}`", _in_a_cell(each)) for each in read(module / "outputs.tf")]
    return _filled(module / "README.md", of_inputs, of_outputs)


def _filled(readme: Path, inputs: Iterable[Iterable[str]], outputs: Iterable[Iterable[str]]) -> str:
    tables = {"inputs": _table(("input", "default", ""), inputs), "outputs": _table(("output", ""), outputs)}
    return filled(readme, tables)


def _reference() -> str:
    parts = [_INTRODUCTION]
    section = ""
    for each in read(ROOT / "variables.tf"):
        if each.section != section:
            parts.append(f"## {each.section}")
            section = each.section
        default = "" if each.default is None else f"\ndefault = {each.default}"
        parts += [f"### {each.name}", _linked(each.description, ""), f"```hcl\ntype    = {each.type}{default}\n```"]
    outputs = [(f"`{each.name}`", _linked(_in_a_cell(each), "")) for each in read(ROOT / "outputs.tf")]
    parts += ["## Outputs", _table(("output", ""), outputs)]
    return "\n\n".join(parts) + "\n"


_INTRODUCTION = """\
# Inputs and outputs

`make reference` writes this page from [`variables.tf`](../variables.tf) and [`outputs.tf`](../outputs.tf).
A key that is left out has the default that stands in `optional(...)`; without one it is null."""


def written() -> dict[Path, str]:
    """Return every generated file with the text that it should have."""
    nested = sorted(path.parent for path in (ROOT / "modules").glob("*/variables.tf"))
    return {README: _readme(), REFERENCE: _reference(), **{each / "README.md": _readme_of(each) for each in nested}}


if __name__ == "__main__":
    for path, text in written().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))
