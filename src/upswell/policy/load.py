"""Finding a policy by name: a preset, a table of upswell.toml, or a TOML file.

`load("recurly")` reads the preset of that name; `load("board", own={"board": {...}})` one that the
workspace defines; `load("./audit.toml")` a file. A policy of the user's own starts from a preset
(`extends = "strict"`) and states only what differs. `find` also says where it comes from.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from upswell.errors import NotFoundError, UsageError
from upswell.policy.model import VARIANTS, Policy

_OWN: Final = "upswell.toml"
# Between a policy's name and what is asked of it besides.
VARIANT_MARK: Final = "+"


@dataclass(frozen=True, kw_only=True)
class FoundPolicy:
    """A policy and where it is written: `preset`, `upswell.toml`, or the path of a file."""

    policy: Policy
    source: str


def preset_names() -> tuple[str, ...]:
    """Names of the presets that ship with Upswell, sorted."""
    folder = resources.files("upswell.policy") / "presets"
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if _is_toml(entry.name)))


def load(name: str, *, own: Mapping[str, Mapping[str, Any]] | None = None) -> Policy:
    """The policy called `name`. Raises `NotFoundError` for an unknown name and `UsageError` for a malformed policy."""
    return find(name, own=own).policy


def find(name: str, *, own: Mapping[str, Mapping[str, Any]] | None = None) -> FoundPolicy:
    """The policy called `name` with its source.

    Raises `NotFoundError` for an unknown name and `UsageError` for a malformed policy.
    """
    base, *variants = name.split(VARIANT_MARK)
    if variants and not _is_toml(name):
        found = find(base, own=own)
        return FoundPolicy(policy=_varied(found.policy, variants, name), source=found.source)
    own = own or {}
    taken = sorted(set(own) & set(preset_names()))
    if taken:
        raise _taken(taken[0], where=_OWN)
    if name in own:
        return FoundPolicy(policy=_validate({"name": name, **own[name]}, where=f"{_OWN}, policy {name}"), source=_OWN)
    if name in preset_names():
        return FoundPolicy(policy=_preset(name), source="preset")
    if not _is_toml(name):
        raise _unknown(name, (*preset_names(), *own))
    policy = _from_file(Path(name))
    if policy.name in (*preset_names(), *own):
        raise _taken(policy.name, where=name)
    return FoundPolicy(policy=policy, source=name)


def find_all(*, own: Mapping[str, Mapping[str, Any]] | None = None) -> tuple[FoundPolicy, ...]:
    """Every preset, `strict` first, then the workspace's own by name. Raises as `find` does."""
    presets = sorted(preset_names(), key=lambda name: (name != "strict", name))
    return tuple(find(name, own=own) for name in (*presets, *sorted(own or {})))


def _varied(policy: Policy, variants: list[str], name: str) -> Policy:
    for variant in variants:
        if variant not in VARIANTS:
            raise _unknown(name, tuple(f"{policy.name}{VARIANT_MARK}{each}" for each in VARIANTS))
        if variant == "family" and policy.level == "subscription":
            raise UsageError(
                f"policy {policy.name} decides by subscription, and so not by family",
                code="grain_not_possible",
                expected="a policy of level customer",
                found=f"level {policy.level}",
                remedy="name another policy, such as strict",
            )
        policy = policy.with_variant(variant)
    return policy


def _preset(name: str) -> Policy:
    text = (resources.files("upswell.policy") / "presets" / f"{name}.toml").read_text("utf-8")
    return _validate(tomllib.loads(text), where=f"preset {name}")


def _from_file(path: Path) -> Policy:
    try:
        fields = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise NotFoundError(
            f"policy file {path} cannot be read: {error.strerror}",
            code="policy_file_unreadable",
            where=str(path),
            remedy="give the path of a readable TOML file",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"policy file {path} is not TOML: {error}",
            code="policy_malformed",
            where=str(path),
            remedy="mend the file; docs/policies.md shows one",
        ) from error
    return _validate(fields, where=str(path))


def _validate(fields: Mapping[str, Any], *, where: str) -> Policy:
    base = fields.get("extends")
    inherited = {} if base is None else _preset_fields(str(base), where=where)
    stated = {key: value for key, value in fields.items() if key != "extends"}
    try:
        return Policy.model_validate({**inherited, **stated})
    except ValidationError as error:
        first = error.errors()[0]
        switch = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        raise UsageError(
            # What two switches say together belongs to neither alone.
            f"{where}: {switch}: {said}" if switch else f"{where}: {said}",
            code="policy_malformed",
            where=f"{where}, {switch}" if switch else where,
            found=str(first.get("input")) if switch else None,
            remedy="docs/policies.md lists every switch with its values",
        ) from error


def _preset_fields(name: str, *, where: str) -> dict[str, Any]:
    if name not in preset_names():
        raise _unknown(name, preset_names(), where=where)
    return _preset(name).switches()


def _taken(name: str, *, where: str) -> UsageError:
    # Two policies of one name would print one name beside different figures.
    return UsageError(
        f"{where}: there already is a policy {name}",
        code="policy_name_taken",
        where=where,
        found=name,
        remedy="give this policy a name of its own; `extends` keeps the preset's rules",
    )


def _unknown(name: str, known: tuple[str, ...], *, where: str | None = None) -> NotFoundError:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return NotFoundError(
        f"there is no policy {name}",
        code="policy_unknown",
        where=where,
        expected=f"one of: {', '.join(known)}, or a .toml file",
        found=name,
        remedy=f"{hint}name a preset, a policy of upswell.toml or a TOML file",
    )


def _is_toml(name: str) -> bool:
    return name.endswith(".toml")
