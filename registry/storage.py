"""Where do bytes live, and are they still the bytes that were put there?

Content-addressed: a blob's name is its SHA-256, so putting it twice keeps it once, and nothing is ever overwritten
with something else. Works over any Django storage under the alias "blobs": a folder, or S3 through django-storages.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages

from registry.errors import Refused

CHUNK_BYTES = 2**20
SHA256 = re.compile(r"[0-9a-f]{64}")


class StorageUnavailable(Refused):
    """The bytes could not be written or read for a reason that is the machine's; the same request may succeed later."""

    code = "storage_unavailable"
    status = 503


class TooLarge(Refused):
    """More bytes arrived than are accepted; nothing was kept."""

    code = "too_large"
    status = 413


class BlobMissing(Refused):
    """No bytes are stored under this digest."""

    code = "blob_missing"
    status = 404


class BlobDamaged(Refused):
    """The stored bytes no longer have the digest under which they were stored."""

    code = "blob_damaged"
    status = 500


@dataclass(frozen=True, slots=True)
class Blob:
    """Stored bytes. sha256: lower-case hexadecimal; size: bytes."""

    sha256: str
    size: int


def put_stream(chunks: Iterable[bytes], *, limit: int) -> Blob:
    """Store the bytes under their digest, at most `limit` of them. Raises TooLarge or StorageUnavailable."""
    hasher, size = hashlib.sha256(), 0
    with _scratch() as temporary:
        # Unbuffered, so that a full disk is met while writing and not once more while closing.
        with temporary.open("wb", buffering=0) as file:
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise TooLarge(f"The upload exceeds {limit:,} bytes; send less, or send it in parts.", limit=limit)
                hasher.update(chunk)
                # Around the write alone: an upload that breaks off is an OSError too, and is not ours.
                with _failures("stored"):
                    _write_all(file, chunk)
            with _failures("stored"):
                os.fsync(file.fileno())
        blob = Blob(hasher.hexdigest(), size)
        with _failures("stored"):
            _save(temporary, blob)
    return blob


def put_file(path: Path) -> Blob:
    """Store a copy of the file under its digest."""
    with path.open("rb") as file:
        return put_stream(iter(lambda: file.read(CHUNK_BYTES), b""), limit=path.stat().st_size)


def open_blob(sha256: str) -> IO[bytes]:
    """The blob's bytes, for reading; the caller closes it. Raises BlobMissing."""
    storage, name = _storage(), blob_name(sha256)
    with _failures("read"):
        try:
            return storage.open(name, "rb")
        except FileNotFoundError as err:
            raise BlobMissing("These bytes are not stored here.", sha256=sha256) from err


@contextmanager
def local_path(sha256: str) -> Iterator[Path]:
    """A real path to the blob for engines that need one: its own place, or a checked copy that is removed after."""
    storage = _storage()
    if isinstance(storage, FileSystemStorage):
        path = Path(storage.path(blob_name(sha256)))
        if not path.exists():
            raise BlobMissing("These bytes are not stored here.", sha256=sha256)
        yield path
        return
    with _scratch() as temporary:
        hasher = hashlib.sha256()
        with open_blob(sha256) as blob, _failures("read"), temporary.open("wb") as file:
            while chunk := blob.read(CHUNK_BYTES):
                hasher.update(chunk)
                file.write(chunk)
        if hasher.hexdigest() != sha256:
            raise BlobDamaged("The stored bytes do not have the digest they were stored under.", sha256=sha256)
        yield temporary


def blob_name(sha256: str) -> str:
    """Where a digest lives: two levels of folders keep each folder small. Raises BlobMissing for anything else."""
    if not SHA256.fullmatch(sha256):
        raise BlobMissing("A blob is named by 64 lower-case hexadecimal digits.")
    return f"sha256/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _storage() -> Storage:
    return storages["blobs"]


def _save(temporary: Path, blob: Blob) -> None:
    storage, name = _storage(), blob_name(blob.sha256)
    # The size as well: what an interrupted copy left behind by other means is replaced, not trusted.
    if storage.exists(name) and storage.size(name) == blob.size:
        return
    if isinstance(storage, FileSystemStorage):
        _place(temporary, Path(storage.path(name)))
        return
    with temporary.open("rb") as file:
        saved = storage.save(name, File(file, name))
    if saved != name:
        storage.delete(saved)  # another writer was first with the same bytes, and this backend renames


def _place(temporary: Path, final: Path) -> None:
    """Move the file to its final name in one step: no reader ever sees half a blob, and the last of two writers wins
    with equal bytes. Django's own save copies into the final name, which a crash leaves half-written."""
    final.parent.mkdir(parents=True, exist_ok=True)
    try:
        temporary.replace(final)
    except OSError as err:
        if err.errno != errno.EXDEV:
            raise
        with _scratch(final.parent) as part:
            with temporary.open("rb") as source, part.open("wb", buffering=0) as target:
                for chunk in iter(lambda: source.read(CHUNK_BYTES), b""):
                    _write_all(target, chunk)
                os.fsync(target.fileno())
            part.replace(final)
    for folder in (final.parent, final.parent.parent, final.parent.parent.parent):
        _sync_folder(folder)


def _write_all(file: FileIO, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[file.write(rest) :]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _scratch(folder: Path | None = None) -> Iterator[Path]:
    """An empty file of our own, private to this user, that is gone afterwards unless it was moved away."""
    with _failures("stored"):
        place = folder or Path(settings.UPLOAD_DIR)
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=place, prefix=".incoming-")
        os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


@contextmanager
def _failures(verb: str) -> Iterator[None]:
    """Say that the storage failed. Backends have exceptions of their own, so any that is no refusal counts."""
    try:
        yield
    except Refused:
        raise
    except Exception as err:
        raise StorageUnavailable(f"The bytes could not be {verb}: the storage failed. Try again later.") from err
