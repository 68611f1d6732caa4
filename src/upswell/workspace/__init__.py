"""The use cases of Upswell, and so its public Python API.

import upswell

workspace = upswell.init("acme", currency="USD")
workspace.import_file("items.csv", table="items")
workspace.build()
workspace.metrics(["expansion_mrr"], by=["driver"]).to_pandas()
"""

from upswell.workspace.core import Workspace, init, open_workspace

__all__ = ["Workspace", "init", "open_workspace"]
