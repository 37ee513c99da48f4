"""Whatever is appended, in whatever batches: one tree, and proofs that hold for it and for nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from governance.core import merkle
from governance.core.merkle import Coordinate, Frontier, Range

ENTRIES = st.lists(st.binary(max_size=40), min_size=1, max_size=300)


class Kept:
    """Leaves and complete subtrees, as the ledger's tables keep them."""

    def __init__(self, entries: list[bytes]) -> None:
        self.tree = Frontier()
        self.hashes: dict[Coordinate, bytes] = {}
        self.leaves = [merkle.leaf_hash(entry) for entry in entries]
        for idx, leaf in enumerate(self.leaves):
            self.hashes[Coordinate(0, idx)] = leaf
            self.hashes |= {node.at: node.hash for node in self.tree.add(leaf)}

    def root(self, size: int) -> bytes:
        return merkle.range_hash(Range(0, size), self.hashes.__getitem__)

    def proof(self, path: list[Range]) -> list[bytes]:
        return [merkle.range_hash(leaves, self.hashes.__getitem__) for leaves in path]


@given(entries=ENTRIES, data=st.data())
def test_every_entry_is_provably_in_every_later_tree(entries: list[bytes], data: st.DataObject) -> None:
    kept = Kept(entries)
    size = data.draw(st.integers(1, len(entries)))
    idx = data.draw(st.integers(0, size - 1))
    proof = kept.proof(merkle.inclusion_path(idx, size))
    assert len(proof) <= size.bit_length()
    assert merkle.verify_inclusion(kept.leaves[idx], idx, size, proof, kept.root(size))


@given(entries=ENTRIES, data=st.data())
def test_every_tree_is_provably_the_beginning_of_every_later_one(entries: list[bytes], data: st.DataObject) -> None:
    kept = Kept(entries)
    second = data.draw(st.integers(0, len(entries)))
    first = data.draw(st.integers(0, second))
    proof = kept.proof(merkle.consistency_path(first, second))
    assert merkle.verify_consistency(first, second, kept.root(first), kept.root(second), proof)


@given(entries=ENTRIES, other=st.binary(max_size=40), data=st.data())
def test_a_rewritten_past_has_no_proof(entries: list[bytes], other: bytes, data: st.DataObject) -> None:
    kept = Kept(entries)
    changed = data.draw(st.integers(0, len(entries) - 1))
    if entries[changed] == other:
        return
    forged = Kept([*entries[:changed], other, *entries[changed + 1 :]])
    size = len(entries)
    assert forged.tree.root != kept.tree.root
    assert not merkle.verify_inclusion(
        forged.leaves[changed], changed, size, forged.proof(merkle.inclusion_path(changed, size)), kept.tree.root
    )
    first = data.draw(st.integers(changed + 1, size))
    proof = forged.proof(merkle.consistency_path(first, size))
    assert not merkle.verify_consistency(first, size, kept.root(first), forged.tree.root, proof)


@given(entries=ENTRIES, flips=st.data())
def test_one_flipped_bit_spoils_a_proof(entries: list[bytes], flips: st.DataObject) -> None:
    kept, size = Kept(entries), len(entries)
    idx = flips.draw(st.integers(0, size - 1))
    proof = kept.proof(merkle.inclusion_path(idx, size))
    if not proof:
        return
    at, bit = flips.draw(st.integers(0, len(proof) - 1)), flips.draw(st.integers(0, 255))
    proof[at] = (int.from_bytes(proof[at]) ^ 1 << bit).to_bytes(32)
    assert not merkle.verify_inclusion(kept.leaves[idx], idx, size, proof, kept.tree.root)


@given(entries=ENTRIES, data=st.data())
def test_a_tree_resumed_anywhere_grows_alike(entries: list[bytes], data: st.DataObject) -> None:
    kept = Kept(entries)
    size = data.draw(st.integers(0, len(entries)))
    tree = Frontier(size, [kept.hashes[at] for at in merkle.cover(Range(0, size))])
    for leaf in kept.leaves[size:]:
        tree.add(leaf)
    assert tree.root == kept.tree.root
