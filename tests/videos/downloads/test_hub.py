"""Models of the hub: all that loading needs, or a plain word on why not."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import samscope
from samscope.support.errors import SamscopeError, UsageError
from tests.command import message, save_model
from tests.videos.downloads.hub import (
    COMMIT,
    FILES,
    UNREACHABLE,
    Hub,
    cache_in,
    download_model,
    serving_hub,
    use_hub,
)


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return cache_in(tmp_path / "hub", monkeypatch)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a model that loads, one of them a processor's, and a checkpoint that is not fetched."""
    folder = save_model(tmp_path_factory.mktemp("model"))
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    return {
        **files,
        "preprocessor_config.json": json.dumps({"image_mean": [0.5] * 3, "size": 64}).encode(),
        "sam2.1_hiera_tiny.pt": b"pickled",
    }


def snapshot(cache: Path, files: dict[str, bytes], commit: str = COMMIT) -> Path:
    """Put files into the cache as the hub's client does: blobs, and links to them."""
    repository = cache / "models--someone--model"
    folder = repository / "snapshots" / commit
    for part in (repository / "blobs", repository / "refs", folder):
        part.mkdir(parents=True, exist_ok=True)
    (repository / "refs/main").write_text(commit)
    for name, content in files.items():
        blob = repository / "blobs" / f"blob-of-{name}"
        blob.write_bytes(content)
        (folder / name).symlink_to(Path("../../blobs") / blob.name)
    return folder


def only(*names: str) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return lambda files: {name: files[name] for name in names}


def changed(name: str, change: Callable[[bytes], bytes]) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return lambda files: {**files, name: change(files[name])}


IN_PART = {
    "what the official package leaves": only("sam2.1_hiera_tiny.pt"),
    "configuration alone": only("config.json"),
    "weights alone": only("model.safetensors"),
    "processor and configuration": only("preprocessor_config.json", "config.json"),
    "truncated weights": changed("model.safetensors", lambda content: content[:-1000]),
    "truncated header": changed("model.safetensors", lambda content: content[:100]),
    "empty weights": changed("model.safetensors", lambda _: b""),
    "empty configuration": changed("config.json", lambda _: b""),
    "configuration cut": changed("config.json", lambda content: content[:50]),
}


@pytest.mark.parametrize("kept", IN_PART.values(), ids=IN_PART)
def test_what_is_cached_in_part_is_made_whole(
    cache: Path,
    model: dict[str, bytes],
    kept: Callable[[dict[str, bytes]], dict[str, bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    snapshot(cache, kept(model))
    with serving_hub(Hub(model, model)) as endpoint:
        outcome = download_model("someone/model", endpoint, monkeypatch)
    assert outcome.status == 0, outcome.err
    folder = cache / "models--someone--model" / "snapshots" / COMMIT
    for name in ("config.json", "model.safetensors", "preprocessor_config.json"):
        assert (folder / name).read_bytes() == model[name]
    use_hub(UNREACHABLE, monkeypatch)
    loaded = samscope.load_model("someone/model")
    assert loaded.image_size == 64
    assert loaded.normalisation.mean == (0.5, 0.5, 0.5)


@pytest.mark.parametrize("kept", IN_PART.values(), ids=IN_PART)
def test_what_is_cached_in_part_without_a_network(
    cache: Path,
    model: dict[str, bytes],
    kept: Callable[[dict[str, bytes]], dict[str, bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = snapshot(cache, kept(model))
    outcome = download_model("someone/model", UNREACHABLE, monkeypatch)
    assert outcome.status == 2
    told = message(outcome)
    assert "is in the local cache without" in told
    assert "the hub does not answer; check the network" in told
    if left(folder) == ["sam2.1_hiera_tiny.pt"]:
        assert "without config.json and model.safetensors" in told
        assert f"--model {folder / 'sam2.1_hiera_tiny.pt'} takes the official checkpoint" in told
    with pytest.raises(UsageError, match="is in the local cache without"):
        samscope.load_model("someone/model")


def test_a_link_whose_file_is_gone(
    cache: Path, model: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = snapshot(cache, model)
    (folder / "model.safetensors").resolve().unlink()
    with serving_hub(Hub(model, model)) as endpoint:
        outcome = download_model("someone/model", endpoint, monkeypatch)
    assert outcome.status == 0, outcome.err
    assert (folder / "model.safetensors").read_bytes() == model["model.safetensors"]


def test_parts_of_weights_are_all_needed(
    cache: Path, model: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    parts = {
        "config.json": model["config.json"],
        "model.safetensors.index.json": json.dumps(index).encode(),
        "model-1.safetensors": FILES["model.safetensors"],
        "model-2.safetensors": FILES["model.safetensors"] + b" ",
    }
    parts["model-2.safetensors"] = b"\x03\0\0\0\0\0\0\0{} "
    snapshot(cache, {name: content for name, content in parts.items() if name != "model-2.safetensors"})
    with serving_hub(Hub(parts, parts)) as endpoint:
        outcome = download_model("someone/model", endpoint, monkeypatch)
    assert outcome.status == 0, outcome.err
    folder = cache / "models--someone--model" / "snapshots" / COMMIT
    assert (folder / "model-2.safetensors").read_bytes() == parts["model-2.safetensors"]


def test_a_model_that_the_hub_has_in_part(
    cache: Path, model: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    for lacking, said in (
        ("config.json", "has no config.json on the hub"),
        ("model.safetensors", "has no safetensors weights on the hub"),
    ):
        files = {name: content for name, content in model.items() if name != lacking}
        with serving_hub(Hub(files, files)) as endpoint:
            outcome = download_model("someone/model", endpoint, monkeypatch)
        assert outcome.status == 1
        assert said in message(outcome)
    index = json.dumps({"weight_map": {"a": "part-1.safetensors", "b": "part-2.safetensors"}}).encode()
    files = {
        "config.json": model["config.json"],
        "model.safetensors.index.json": index,
        "part-1.safetensors": FILES["model.safetensors"],
    }
    with serving_hub(Hub(files, files)) as endpoint:
        outcome = download_model("someone/model", endpoint, monkeypatch)
    assert outcome.status == 1
    assert "so that it cannot be loaded" in message(outcome)


def test_a_model_of_another_kind_is_told_before_its_weights_come(
    cache: Path, model: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {**model, "config.json": b'{"model_type": "bert"}'}
    hub = Hub(files, files)
    for _ in range(2):
        with serving_hub(hub) as endpoint:
            outcome = download_model("someone/model", endpoint, monkeypatch)
        assert outcome.status == 1
        assert "a model of type 'bert'; samscope runs models of type 'sam2_video'" in message(outcome)
    assert not any(path.endswith("model.safetensors") for path in hub.asked)


def test_a_whole_model_of_another_kind_in_the_cache(
    cache: Path, model: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot(cache, {**model, "config.json": b'{"model_type": "bert"}'})
    outcome = download_model("someone/model", UNREACHABLE, monkeypatch)
    assert outcome.status == 1
    assert "a model of type 'bert'" in message(outcome)


@dataclass(frozen=True)
class Refusal:
    """What the hub answers to whose request, and what is told of it with which exit status."""

    answers: dict[str, tuple[int, str, str]]
    token: str | None
    status: int
    said: tuple[str, ...]


REFUSALS = {
    "private, nobody": Refusal(
        {"api": (401, "RepoNotFound", "Repository not found")},
        None,
        2,
        ("is private, or there is none of that name", "(401)", "set HF_TOKEN"),
    ),
    "private, no code": Refusal(
        {"api": (401, "", "Invalid username or password.")},
        None,
        2,
        ("is private, or there is none of that name", "set HF_TOKEN"),
    ),
    "expired": Refusal(
        {"api": (401, "", 'User Access Token "laptop" is expired')},
        "hf_old",
        1,
        ("refuses the token", "(401)", "expired", "set HF_TOKEN"),
    ),
    "invalid": Refusal(
        {"api": (401, "", "Invalid credentials in Authorization header")},
        "hf_wrong",
        1,
        ("refuses the token", "(401)", "set HF_TOKEN"),
    ),
    "private, somebody": Refusal(
        {"api": (404, "RepoNotFound", "Repository not found")},
        "hf_other",
        2,
        ("is not on the hub, or it is private and the token may not see it",),
    ),
    "forbidden": Refusal(
        {"api": (403, "", "Forbidden")},
        "hf_narrow",
        1,
        ("the token may not read it (403)", "HF_TOKEN"),
    ),
    "gated list": Refusal(
        {"api": (403, "GatedRepo", "Access to model is restricted")},
        "hf_other",
        1,
        ("is gated (403)", "accept its terms at https://huggingface.co/someone/model", "HF_TOKEN"),
    ),
    "gated files, nobody": Refusal(
        {"resolve": (401, "GatedRepo", "Access to model is restricted")},
        None,
        1,
        ("is gated (401)", "accept its terms", "HF_TOKEN"),
    ),
    "gated files, somebody": Refusal(
        {"resolve": (403, "GatedRepo", "Access to model is restricted")},
        "hf_other",
        1,
        ("is gated (403)", "accept its terms"),
    ),
    "files forbidden": Refusal(
        {"resolve": (403, "", "Forbidden")},
        "hf_narrow",
        1,
        ("the token may not read it (403)",),
    ),
    "too many": Refusal({"api": (429, "", "Too many")}, None, 1, ("(429)", "too many requests")),
    "broken": Refusal(
        {"api": (500, "", "Internal")}, None, 1, ("answers with an error (500)", "try again later")
    ),
}


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_refusals_are_told_as_such(
    model: dict[str, bytes], refusal: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    if refusal.token is not None:
        monkeypatch.setenv("HF_TOKEN", refusal.token)
    hub = Hub(model, model, refusal.answers)
    with serving_hub(hub) as endpoint:
        outcome = download_model("someone/model", endpoint, monkeypatch)
        told = message(outcome)
        with pytest.raises(SamscopeError) as error:
            samscope.load_model("someone/model")
    assert outcome.status == refusal.status, told
    for words in refusal.said:
        assert words in told
        assert words in str(error.value)
    assert "network" not in told
    assert set(hub.tokens) == {None if refusal.token is None else f"Bearer {refusal.token}"}


def test_a_hub_that_must_not_be_asked(
    cache: Path, model: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    outcome = download_model("someone/model", UNREACHABLE, monkeypatch)
    assert outcome.status == 2
    assert "HF_HUB_OFFLINE forbids to ask it: unset that" in message(outcome)


def test_a_model_comes_into_the_hubs_cache_without_what_is_pickled(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving_hub(Hub(FILES, FILES)) as endpoint:
        outcome = download_model("someone/model", endpoint, monkeypatch)
    assert outcome.status == 0, outcome.err
    assert "go on with: samscope study --model someone/model" in outcome.out
    (folder,) = (cache / "models--someone--model" / "snapshots").iterdir()
    assert left(folder) == ["config.json", "model.safetensors"]
    again = download_model("someone/model", UNREACHABLE, monkeypatch)
    assert again.status == 0, again.err


@pytest.mark.parametrize("file", ["config.json", "model.safetensors"])
def test_a_model_whose_files_are_not_those_on_the_list(
    cache: Path, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = FILES[file][:-1] + b"X"
    with serving_hub(Hub(FILES, {**FILES, file: other})) as endpoint:
        outcome = download_model("someone/model", endpoint, monkeypatch)
    assert outcome.status == 1, outcome.err
    assert message(outcome).startswith(f"model 'someone/model': {file} is not the hub's")
    assert not list(cache.rglob(file))
    assert not [path for path in cache.rglob("*") if path.is_file() and path.read_bytes() == other]
    with serving_hub(Hub(FILES, FILES)) as endpoint:
        assert download_model("someone/model", endpoint, monkeypatch).status == 0


@pytest.mark.usefixtures("cache")
def test_a_model_that_is_not_there_or_a_hub_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving_hub(Hub(FILES, FILES)) as endpoint:
        outcome = download_model("someone/else", endpoint, monkeypatch)
    assert outcome.status == 2
    assert "model 'someone/else' is not on the hub" in message(outcome)
    begin = time.monotonic()
    outcome = download_model("someone/model", UNREACHABLE, monkeypatch)
    assert time.monotonic() - begin < 10
    assert outcome.status == 2
    assert "or get it by hand, on a machine with a network: hf download someone/model" in message(outcome)
