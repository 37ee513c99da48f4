"""The tree against the RFC's own recursive definitions, for every size up to 65; wrong proofs beside right ones."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

import pytest

from governance.core import merkle
from governance.core.merkle import Coordinate, Frontier, Range

MOST = 65
LEAVES = [merkle.leaf_hash(str(n).encode()) for n in range(MOST)]


@cache
def mth(start: int, end: int) -> bytes:
    """MTH as RFC 9162, 2.1.1 defines it."""
    if end - start == 0:
        return sha256().digest()
    if end - start == 1:
        return sha256(b"\x00" + str(start).encode()).digest()
    k = max(1 << i for i in range(8) if 1 << i < end - start)
    return sha256(b"\x01" + mth(start, start + k) + mth(start + k, end)).digest()


def path(m: int, start: int, end: int) -> list[bytes]:
    """PATH as RFC 9162, 2.1.3.1 defines it; m is relative to start."""
    if end - start == 1:
        return []
    k = max(1 << i for i in range(8) if 1 << i < end - start)
    if m < k:
        return [*path(m, start, start + k), mth(start + k, end)]
    return [*path(m - k, start + k, end), mth(start, start + k)]


def subproof(m: int, start: int, end: int, complete: bool) -> list[bytes]:
    """SUBPROOF as RFC 9162, 2.1.4.1 defines it."""
    n = end - start
    if m == n:
        return [] if complete else [mth(start, end)]
    k = max(1 << i for i in range(8) if 1 << i < n)
    if m <= k:
        return [*subproof(m, start, start + k, complete), mth(start + k, end)]
    return [*subproof(m - k, start + k, end, False), mth(start, start + k)]


def stored(at: Coordinate) -> bytes:
    start = at.position << at.level
    return mth(start, start + (1 << at.level))


def inclusion(idx: int, size: int) -> list[bytes]:
    return [merkle.range_hash(leaves, stored) for leaves in merkle.inclusion_path(idx, size)]


def consistency(first: int, second: int) -> list[bytes]:
    return [merkle.range_hash(leaves, stored) for leaves in merkle.consistency_path(first, second)]


def damaged(proof: list[bytes]) -> list[list[bytes]]:
    """The proof with an element changed, dropped, doubled, swapped, or added at either end."""
    other = bytes(32)
    changed = [[*proof[:i], other, *proof[i + 1 :]] for i in range(len(proof))]
    dropped = [proof[:i] + proof[i + 1 :] for i in range(len(proof))]
    swapped = [[*proof[:i], proof[i + 1], proof[i], *proof[i + 2 :]] for i in range(len(proof) - 1)]
    return [*changed, *dropped, *swapped, [other, *proof], [*proof, other]]


def test_hashes_of_the_rfc() -> None:
    assert merkle.EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert merkle.leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


@pytest.mark.parametrize("size", range(MOST + 1))
def test_root_of_every_size(size: int) -> None:
    tree = Frontier()
    for leaf in LEAVES[:size]:
        tree.add(leaf)
    assert tree.root == mth(0, size) == merkle.range_hash(Range(0, size), stored)


def test_growing_completes_every_complete_subtree_once_at_its_last_leaf() -> None:
    tree, seen = Frontier(), {}
    for idx, leaf in enumerate(LEAVES):
        for node in tree.add(leaf):
            assert merkle.completed_by(node.at) == idx
            assert node.hash == stored(node.at)
            seen[node.at] = node.hash
    assert len(seen) == MOST - MOST.bit_count()


@pytest.mark.parametrize("size", range(MOST))
def test_a_frontier_resumes_from_what_is_stored(size: int) -> None:
    tree = Frontier(size, [stored(at) for at in merkle.cover(Range(0, size))])
    tree.add(LEAVES[size])
    assert tree.root == mth(0, size + 1)


def test_a_frontier_refuses_the_wrong_number_of_hashes() -> None:
    with pytest.raises(ValueError, match="2 complete subtrees"):
        Frontier(5, [LEAVES[0]])


@pytest.mark.parametrize("size", range(1, MOST + 1))
def test_inclusion_of_every_leaf(size: int) -> None:
    root = mth(0, size)
    for idx in range(size):
        proof = inclusion(idx, size)
        assert proof == path(idx, 0, size)
        assert merkle.verify_inclusion(LEAVES[idx], idx, size, proof, root)
        assert not merkle.verify_inclusion(bytes(32), idx, size, proof, root)
        assert not merkle.verify_inclusion(LEAVES[idx], idx, size, proof, bytes(32))
        for wrong in damaged(proof):
            assert not merkle.verify_inclusion(LEAVES[idx], idx, size, wrong, root)


@pytest.mark.parametrize("size", range(1, MOST + 1))
def test_a_leaf_is_included_at_no_other_index(size: int) -> None:
    root = mth(0, size)
    for idx in range(size):
        proof = inclusion(idx, size)
        for other in (*range(-1, idx), *range(idx + 1, size + 2)):
            assert not merkle.verify_inclusion(LEAVES[idx], other, size, proof, root)


@pytest.mark.parametrize("second", range(MOST + 1))
def test_consistency_of_every_beginning(second: int) -> None:
    new = mth(0, second)
    for first in range(second + 1):
        old, proof = mth(0, first), consistency(first, second)
        assert proof == (subproof(first, 0, second, True) if first else [])
        assert merkle.verify_consistency(first, second, old, new, proof)
        assert not merkle.verify_consistency(first, second, bytes(32), new, proof)
        assert first == 0 or not merkle.verify_consistency(first, second, old, bytes(32), proof)
        assert all(not merkle.verify_consistency(first, second, old, new, wrong) for wrong in damaged(proof))


def test_no_tree_begins_with_a_larger_one() -> None:
    assert not merkle.verify_consistency(3, 2, mth(0, 3), mth(0, 2), [])
    assert not merkle.verify_consistency(-1, 2, mth(0, 0), mth(0, 2), [])


@pytest.mark.parametrize("second", range(2, 34))
def test_a_rewritten_beginning_is_inconsistent(second: int) -> None:
    """The fork: the same sizes, but a leaf of the first tree was changed before the second was built."""
    for first in range(1, second):
        fork = Frontier()
        for leaf in [bytes(32), *LEAVES[1:first]]:
            fork.add(leaf)
        assert not merkle.verify_consistency(first, second, fork.root, mth(0, second), consistency(first, second))
