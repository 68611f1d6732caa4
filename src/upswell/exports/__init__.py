"""Answers as files: CSV, Parquet and XLSX with what was asked beside the figures, and a whole book as a folder.

What an answer says of itself (`upswell.exports.about`) travels in the metadata of its Arrow schema, so that whoever
holds the table can write it: `write_result(workspace.metrics("expansion_mrr"), Path("expansion.xlsx"))`.
"""
