"""A part is a finding as the page tells it: Markdown, figures, and what its controls say.

Parts can be kept on a shelf, so that a page that takes an hour goes on where it was ended.
"""

import ast
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import hooks
import inspector
from inspector.capsules.manifest import versions
from inspector.devices import pick_device
from inspector.export import figure_bytes, write_atomically
from inspector.findings.finding import Finding
from inspector.findings.study import Study

FINDINGS = Path(__file__).parent
FIGURES = Path("pictures", "findings")
"""Where figures lie, from the page."""


@dataclass(frozen=True)
class Part:
    """A finding as the page tells it.

    Attributes:
        title: the question's subject.
        text: the whole of it as Markdown.
        controls: of each verdict the network, "yes" if it is told apart or "no", and the sentence.
        figures: SVG by file name.
    """

    title: str
    text: str
    controls: tuple[tuple[str, str, str], ...] = ()
    figures: Mapping[str, str] = field(default_factory=dict)

    def draw(self, folder: Path) -> None:
        """Writes the figures where the text looks for them.

        Args:
            folder: of the page.
        """
        (folder / FIGURES).mkdir(parents=True, exist_ok=True)
        for name, svg in self.figures.items():
            (folder / FIGURES / name).write_text(svg, encoding="utf-8")


def part_of(key: str, finding: Finding) -> Part:
    """Returns a finding as the page tells it.

    Args:
        key: of the finding, for the names of its figures.
        finding: what was found.
    """
    names = {title: f"{key}{place or ''}.svg" for place, title in enumerate(finding.figures)}
    drawn = {
        names[title]: figure_bytes(figure, "svg").decode()
        for title, figure in finding.figures.items()
    }
    controls = tuple(
        (name, "yes" if apart else "no", finding.controls[name])
        for name, apart in finding.told_apart.items()
    )
    return Part(finding.title, _text(finding, names), controls, drawn)


def _text(finding: Finding, names: Mapping[str, str]) -> str:
    drawn = [
        f"![{title}]({(FIGURES / name).as_posix()})\n\n*{title}.*" for title, name in names.items()
    ]
    parts = (
        f"## {finding.title}",
        f"**Claimed.** {finding.claim}",
        "**Found.**",
        "\n".join(f"- {sentence}" for sentence in finding.found),
        *(f"**Control, {name}.** {words}" for name, words in finding.controls.items()),
        *drawn,
        finding.table.markdown(),
        f"**What it does not show.** {finding.caveat}",
    )
    return "\n\n".join(parts)


class Shelf:
    """Where the parts of a study are kept; those of other code, weights or images are not taken.

    Args:
        folder: of the parts, made if it is not there.
        study: that they are made of.
        findings: by key, what makes each.
    """

    def __init__(
        self, folder: Path, study: Study, findings: Mapping[str, Callable[[Study], Finding]]
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._study, self._findings = folder, study, findings
        self._manner = {"versions": versions(), **_shown(study)}
        # Now: a file that is edited while others are made is not the code that will run.
        self._code = {key: code_digest(one.__module__) for key, one in findings.items()}

    def part(self, key: str) -> tuple[Part, bool]:
        """Returns a part, and whether it was kept already; if not, it is made and kept."""
        path, code = self._folder / f"{key}.json", self._code[key]
        if (kept := self._kept(path, code)) is not None:
            return kept, True
        self._study.asked.clear()
        part = part_of(key, self._findings[key](self._study))
        told = {"made_of": self._made_of(code, self._study.asked), "part": asdict(part)}
        write_atomically(path, json.dumps(told, indent=1).encode(), force=True)
        return part, False

    def _kept(self, path: Path, code: str) -> Part | None:
        try:
            told = json.loads(path.read_bytes())
            made_of, fields = told["made_of"], told["part"]
            # Code first: other code may not know the networks.
            if made_of["code"] != code or made_of != self._made_of(code, made_of["networks"]):
                return None
            controls = tuple(tuple(line) for line in fields.pop("controls"))
            return Part(**fields, controls=controls)
        except (OSError, ValueError, KeyError, TypeError):  # none, or no file of this code
            return None

    def _made_of(self, code: str, networks: Iterable[str]) -> dict[str, Any]:
        weights = {name: self._study.model(name).weights_sha256 for name in sorted(networks)}
        return {"code": code, **self._manner, "networks": weights}


def _shown(study: Study) -> dict[str, Any]:
    return {
        "images": study.images.digest(),
        "sizes": asdict(study.sizes),
        "device": str(pick_device(study.device)),
    }


def code_digest(module: str) -> str:
    """Returns the SHA-256 of the code that a finding is made by, file by file.

    Of the other findings only those count whose functions it uses, so that words of one can be
    changed and only that one is made again.

    Args:
        module: name of the finding's module.
    """
    found = hashlib.sha256()
    used = _used(FINDINGS / f"{module.rpartition('.')[2]}.py")
    for package in (hooks, inspector):
        root = Path(str(package.__file__)).parent
        for path in sorted(root.rglob("*.py")):
            if path.parent != FINDINGS or path in used:
                found.update(f"{package.__name__}/{path.relative_to(root).as_posix()}\n".encode())
                found.update(path.read_bytes())
    return found.hexdigest()


def _used(path: Path) -> set[Path]:
    """The file of a finding, this one, which words it, and all that they import beside them."""
    used: set[Path] = set()
    waiting = [path, FINDINGS / Path(__file__).name]
    while waiting:
        file = waiting.pop()
        if file not in used and file.is_file():
            used.add(file)
            waiting += [FINDINGS / f"{name}.py" for name in _imported(file)]
    return used


def _imported(file: Path) -> Iterator[str]:
    """Last parts of the names that a file imports from, or imports."""
    for at in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(at, ast.ImportFrom):
            yield str(at.module).rpartition(".")[2]
            yield from (alias.name for alias in at.names)
