"""The image, the compose file and the systemd unit fit the code that they start."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from bot.metrics import HOST
from bot.setting_values import parse_shard_ids
from bot.settings import describe

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
SETTINGS = {name for name, _default, _doc in describe()}
OF_OTHERS = {"PATH", "PYTHONDONTWRITEBYTECODE", "OLLAMA_CONTEXT_LENGTH"} | {
    f"POSTGRES_{name}" for name in ("USER", "DB", "PASSWORD")
}


@pytest.mark.parametrize(
    "name", ["Dockerfile", "compose.yaml", "deploy/footnote.service", "deploy/footnote@.service"]
)
def test_what_is_set_is_a_setting(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    names = set(re.findall(r"^(?:ENV|Environment=| +)\s*([A-Z][A-Z_]{3,})[:=]", text, re.MULTILINE))
    assert "DATA_DIR" in names | set(re.findall(r"Environment=(\w+)=", text))
    assert names - OF_OTHERS <= SETTINGS


def test_all_that_the_image_is_built_from_reaches_the_builder() -> None:
    allowed = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE)
    copied = re.findall(r"^COPY (?!--)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    sources = {source for line in copied for source in line.split()}
    assert sources <= set(allowed)
    assert all((ROOT / source).exists() for source in sources)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert {*wheel["packages"], *wheel["force-include"]} <= sources


def test_the_health_check_asks_where_the_bot_answers() -> None:
    port = re.search(r"METRICS_PORT=(\d+)", DOCKERFILE)
    assert port is not None
    assert f"http://{HOST}:{port[1]}/healthz" in DOCKERFILE


def test_the_container_runs_as_no_root_and_writes_to_its_volumes_alone() -> None:
    assert re.search(r"^USER (?!0|root)\d+", DOCKERFILE, re.MULTILINE)
    compose = (ROOT / "compose.yaml").read_text("utf-8")
    assert "read_only: true" in compose
    assert re.findall(r"- (\w+):/(data|backups)\b", compose) == [
        ("data", "data"),
        ("backups", "backups"),
    ]


def test_the_unit_of_several_processes_differs_by_their_shards_alone() -> None:
    one, several = (
        set((ROOT / f"deploy/{name}.service").read_text("utf-8").splitlines())
        for name in ("footnote", "footnote@")
    )
    different = {line for line in several ^ one if not line.startswith(("#", "Description="))}
    assert different == {"Environment=SHARD_IDS=%i"}


def test_the_health_check_of_a_second_process_asks_at_its_own_port() -> None:
    compose = (ROOT / "compose.yaml").read_text("utf-8")
    first, *_ = parse_shard_ids(re.search(r"SHARD_IDS: (\S+)\n", compose)[1])  # type: ignore[index]
    port = int(re.search(r'METRICS_PORT: "(\d+)"', compose)[1])  # type: ignore[index]
    assert f"http://{HOST}:{port + first}/healthz" in compose
