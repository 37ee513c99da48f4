"""Which hash stands for all entries, and what proves it? The Merkle tree of RFC 9162, section 2.1. No I/O.

Rules: leaf = SHA-256(0x00 || entry); node = SHA-256(0x01 || left || right); the empty tree's root is SHA-256("").
A range of n leaves splits at the largest power of two below n. Only complete subtrees are worth keeping, because
they never change; a coordinate (level, position) names the one whose 2^level leaves begin at position * 2^level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

EMPTY_ROOT = sha256(b"").digest()


class Coordinate(NamedTuple):
    level: int
    position: int


class Node(NamedTuple):
    """A complete subtree and its root hash."""

    at: Coordinate
    hash: bytes


class Range(NamedTuple):
    """The leaves start, start + 1, ..., end - 1."""

    start: int
    end: int


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def completed_by(at: Coordinate) -> int:
    """The index of the last leaf under a complete subtree: the entry whose arrival completed it."""
    return (at.position + 1 << at.level) - 1


def cover(leaves: Range) -> list[Coordinate]:
    """The complete subtrees, left to right, that make up a range which the tree itself splits off."""
    found, start = [], leaves.start
    while start < leaves.end:
        level = (leaves.end - start).bit_length() - 1
        found.append(Coordinate(level, start >> level))
        start += 1 << level
    return found


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over the complete subtrees of a `cover`, given left to right."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def range_hash(leaves: Range, hash_of: Callable[[Coordinate], bytes]) -> bytes:
    """MTH(D[start:end]), from the hashes of complete subtrees."""
    return fold([hash_of(at) for at in cover(leaves)])


class Frontier:
    """A tree that grows at its right edge, remembering one hash for each complete subtree of `cover(0, size)`."""

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        self.size = size
        self._hashes = list(hashes)
        if len(self._hashes) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} complete subtrees at its edge")

    def add(self, leaf: bytes) -> list[Node]:
        """Append one leaf hash; returns the subtrees of two leaves and more that it completes, lowest first."""
        self._hashes.append(leaf)
        self.size += 1
        completed: list[Node] = []
        level = 1
        while self.size % (1 << level) == 0:
            right, left = self._hashes.pop(), self._hashes.pop()
            self._hashes.append(node_hash(left, right))
            completed.append(Node(Coordinate(level, (self.size >> level) - 1), self._hashes[-1]))
            level += 1
        return completed

    @property
    def root(self) -> bytes:
        return fold(self._hashes)


def inclusion_path(idx: int, size: int) -> list[Range]:
    """PATH(idx, D[size]) of RFC 9162, 2.1.3.1, as ranges whose hashes are the proof. Needs 0 <= idx < size."""
    path, low, high = [], 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if idx < middle:
            path.append(Range(middle, high))
            high = middle
        else:
            path.append(Range(low, middle))
            low = middle
    return path[::-1]


def consistency_path(first: int, second: int) -> list[Range]:
    """PROOF(first, D[second]) of RFC 9162, 2.1.4.1, as ranges; empty when first is 0 or second."""
    if first == 0:
        return []
    path, low, high = [], 0, second
    while first != high:
        middle = low + _split(high - low)
        if first <= middle:
            path.append(Range(middle, high))
            high = middle
        else:
            path.append(Range(low, middle))
            low = middle
    # The verifier holds the root of the first tree; it is left out where it is itself a subtree.
    return [*([Range(low, high)] if low else []), *path[::-1]]


def verify_inclusion(leaf: bytes, idx: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162, 2.1.3.2: does the tree with this root hold this leaf hash at idx?"""
    if not 0 <= idx < size:
        return False
    here, last, found = idx, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = node_hash(sibling, found)
            here, last = _shift_to_odd(here, last)
        else:
            found = node_hash(found, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162, 2.1.4.2: is the first tree the beginning of the second? The empty tree begins every tree."""
    if not 0 <= first <= second:
        return False
    if first in (0, second):
        expected = EMPTY_ROOT if first == 0 else second_root
        return not proof and first_root == expected
    path = [first_root, *proof] if first.bit_count() == 1 else list(proof)
    if not path:
        return False
    here, last = first - 1, second - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            here, last = _shift_to_odd(here, last)
        else:
            new = node_hash(new, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _split(n: int) -> int:
    """The largest power of two below n (n > 1)."""
    return 1 << (n - 1).bit_length() - 1


def _shift_to_odd(here: int, last: int) -> tuple[int, int]:
    """Skip the levels at which the path has no sibling: shift both until `here` is odd or 0."""
    while here and not here & 1:
        here, last = here >> 1, last >> 1
    return here, last
