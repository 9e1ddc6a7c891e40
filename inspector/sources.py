"""A source is what weights are asked for by: a file, a folder, or a repository of a hub.

Whatever it is, one file comes of it, and that file is read by the same safe reader.
"""

from pathlib import Path

FOLDER = "local-dir:"
HUB = ("hf-hub:", "hf_hub:")
PREFIXES = (*HUB, FOLDER)
"""How timm, too, is told that a name is a source and not a network of its own."""

FILES = ("model.safetensors", "pytorch_model.bin", "model.bin", "pytorch_model.pth")
"""Names under which a folder or repository keeps its weights, the safest first."""


def file_of(source: str | Path) -> Path:
    """Returns the file that a source stands for, downloaded if it lies on the hub.

    Args:
        source: path of a file or folder, `local-dir:FOLDER`, or `hf-hub:OWNER/NAME[@REVISION]`.

    Raises:
        FileNotFoundError: there is no such file or folder.
        ValueError: the folder or repository holds no weights, or the hub cannot be reached.
    """
    text = str(source)
    if text.startswith(HUB):
        return _downloaded(text, text.partition(":")[2])
    path = Path(text.removeprefix(FOLDER))
    if path.is_dir():
        return _in_folder(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no checkpoint file {str(path)!r}. Expected a file, a folder or "
            "hf-hub:OWNER/NAME."
        )
    return path


def title_of(source: str | Path) -> str:
    """Returns how a source is called where readers see it: without the folders of this machine."""
    text = str(source)
    return text if text.startswith(HUB) else Path(text.removeprefix(FOLDER)).name


def _in_folder(folder: Path) -> Path:
    found = next((folder / name for name in FILES if (folder / name).is_file()), None)
    if found is None:
        raise ValueError(
            f"The folder {folder} holds no weights under a known name: expected one of "
            f"{', '.join(FILES)}. Give the file itself."
        )
    return found


def _downloaded(source: str, repository: str) -> Path:
    from huggingface_hub import hf_hub_download  # noqa: PLC0415 - slow to import, rarely needed
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError  # noqa: PLC0415

    name, _, revision = repository.partition("@")
    reasons: list[Exception] = []
    answered = True
    for file in FILES:
        try:
            # a hub that did not answer is not asked again: the other names may lie here already
            found = hf_hub_download(
                name, file, revision=revision or None, local_files_only=not answered
            )
            return Path(found)
        except Exception as error:  # whatever a network, a hub or a wrong name comes to
            reasons.append(error)
            absent = isinstance(error, EntryNotFoundError)
            answered = answered and absent and not isinstance(error, LocalEntryNotFoundError)
    raise ValueError(
        f"No weights were had from {source} ({type(reasons[0]).__name__}): expected one of "
        f"{', '.join(FILES)} there, and a connection. Download the file where there is one, and "
        "give its path as the checkpoint."
    ) from reasons[0]
