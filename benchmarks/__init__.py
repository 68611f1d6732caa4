"""Benchmarks: ratios against a floor or a peer's shape, measured in one run (`make bench`)."""
