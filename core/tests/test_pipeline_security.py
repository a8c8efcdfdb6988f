"""Which instances keep their volume on disks of their own, which the service encrypts itself."""

from __future__ import annotations

import pytest
from cursus.pipeline.security import has_local_disks


@pytest.mark.parametrize(
    "family",
    [
        *("g5", "g6", "g6e", "g7e", "p3dn", "p5en", "m5d", "c5d"),
        *("r5d", "r5dn", "m6gd", "trn1n", "i3", "i4i"),
    ],
)
def test_families_with_local_disks_are_known(family: str) -> None:
    assert has_local_disks(f"ml.{family}.xlarge")


@pytest.mark.parametrize(
    "family", ["m5", "m5n", "c5", "c5n", "r5", "t3", "g4", "p3", "c6i", "m7i", "inf1"]
)
def test_other_families_have_no_local_disks(family: str) -> None:
    assert not has_local_disks(f"ml.{family}.xlarge")
