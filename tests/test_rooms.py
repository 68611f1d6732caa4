"""Data moves down the page: a room imports only from rooms above it, imports inside functions counted."""

from __future__ import annotations

from pathlib import Path

import grimp

# Top of the page first (README, "The rooms"). `workspace` is the use cases, `interfaces` renders them.
ROOMS = (
    *("errors", "state", "money", "policy", "engines", "contract", "sources", "ledger", "metrics"),
    *("analysis", "growth", "charts", "exports", "workspace"),
    "interfaces",
)


def test_a_room_imports_only_from_rooms_above_it() -> None:
    graph = grimp.build_graph("upswell", exclude_type_checking_imports=False, cache_dir=None)
    layers = [f"upswell.{room}" for room in reversed(ROOMS)]
    broken = graph.find_illegal_dependencies_for_layers(layers)
    assert {(found.importer, found.imported) for found in broken} == set()


def test_every_room_is_in_the_list() -> None:
    package = Path(__file__).parent.parent / "src" / "upswell"
    rooms = {path.stem for path in package.iterdir() if path.suffix in {"", ".py"} and not path.name.startswith("_")}
    assert rooms == set(ROOMS)


def test_no_import_cycles_between_modules_of_a_room() -> None:
    graph = grimp.build_graph("upswell", exclude_type_checking_imports=True, cache_dir=None)
    packages = {module for module in graph.modules if graph.find_children(module)}
    cycles = [
        (module, imported)
        for module in graph.modules - packages
        for imported in graph.find_modules_directly_imported_by(module) - packages
        if graph.chain_exists(importer=imported, imported=module)
    ]
    assert cycles == []
