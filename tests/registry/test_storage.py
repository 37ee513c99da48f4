"""Are blobs kept under their digest, whole or not at all, in a folder and in S3 alike?"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from moto import mock_aws
from pytest_django import Settings

from registry import storage
from registry.storage import BlobDamaged, BlobMissing, StorageUnavailable, TooLarge
from tests.registry.ingest.disk import small_disk

CONTENT = b"formulary" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
NAME = f"sha256/{SHA256[:2]}/{SHA256[2:4]}/{SHA256}"


def chunks(content: bytes = CONTENT, size: int = 1000) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


def files_under(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def uploads(tmp_path: Path, settings: Settings) -> Path:
    settings.UPLOAD_DIR = tmp_path / "uploads"
    return tmp_path / "uploads"


@pytest.fixture
def folder(tmp_path: Path, settings: Settings, uploads: Path) -> Path:
    backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "blobs"}}
    settings.STORAGES = {**settings.STORAGES, "blobs": backend}
    return tmp_path / "blobs"


@pytest.fixture
def bucket(settings: Settings, uploads: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    options = {"bucket_name": "blobs", "region_name": "eu-central-1"}
    settings.STORAGES = {
        **settings.STORAGES,
        "blobs": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options},
    }
    with mock_aws():
        place = {"LocationConstraint": "eu-central-1"}
        boto3.client("s3", "eu-central-1").create_bucket(Bucket="blobs", CreateBucketConfiguration=place)
        yield


@pytest.fixture(params=["folder", "bucket"])
def backend(request: pytest.FixtureRequest) -> str:
    request.getfixturevalue(request.param)
    return str(request.param)


def test_what_is_put_can_be_read_under_its_digest(backend: str, uploads: Path) -> None:
    blob = storage.put_stream(chunks(), limit=len(CONTENT))
    assert (blob.sha256, blob.size) == (SHA256, len(CONTENT))
    with storage.open_blob(SHA256) as file:
        assert file.read() == CONTENT
    assert storages["blobs"].exists(NAME)
    assert files_under(uploads) == []


def test_a_local_path_holds_the_bytes_while_it_is_lent(backend: str, uploads: Path) -> None:
    storage.put_stream(chunks(), limit=len(CONTENT))
    with storage.local_path(SHA256) as path:
        assert path.read_bytes() == CONTENT
    assert path.exists() == (backend == "folder")
    assert files_under(uploads) == []


def test_putting_twice_keeps_one(backend: str) -> None:
    first = storage.put_stream(chunks(), limit=len(CONTENT))
    assert storage.put_stream(chunks(size=7), limit=len(CONTENT)) == first
    assert storages["blobs"].listdir(NAME.rsplit("/", 1)[0])[1] == [SHA256]


def test_a_file_is_put_like_a_stream_and_stays(backend: str, tmp_path: Path) -> None:
    original = tmp_path / "original"
    original.write_bytes(CONTENT)
    assert storage.put_file(original).sha256 == SHA256
    assert original.read_bytes() == CONTENT


def test_one_byte_too_many_is_refused_and_nothing_is_kept(backend: str, uploads: Path) -> None:
    with pytest.raises(TooLarge) as refused:
        storage.put_stream(chunks(), limit=len(CONTENT) - 1)
    assert refused.value.code == "too_large"
    assert files_under(uploads) == []
    assert not storages["blobs"].exists(NAME)


@pytest.mark.parametrize("sha256", ["0" * 64, "../../etc/passwd", SHA256.upper(), ""])
def test_what_was_never_put_is_missing(backend: str, sha256: str) -> None:
    with pytest.raises(BlobMissing):
        storage.open_blob(sha256)
    with pytest.raises(BlobMissing), storage.local_path(sha256):
        pass


def test_an_upload_that_breaks_off_is_not_called_a_failure_of_the_storage(backend: str, uploads: Path) -> None:
    def broken() -> Iterable[bytes]:
        yield CONTENT
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        storage.put_stream(broken(), limit=2**20)
    assert files_under(uploads) == []
    assert not storages["blobs"].exists(NAME)


def test_many_writers_of_the_same_bytes_leave_one_blob(folder: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        blobs = list(pool.map(lambda _: storage.put_stream(chunks(), limit=2**20), range(32)))
    assert len(set(blobs)) == 1
    assert files_under(folder) == [folder / NAME]


def test_half_a_blob_left_by_others_is_replaced(folder: Path) -> None:
    (folder / NAME).parent.mkdir(parents=True)
    (folder / NAME).write_bytes(CONTENT[:100])
    storage.put_stream(chunks(), limit=2**20)
    assert (folder / NAME).read_bytes() == CONTENT


def test_a_download_that_does_not_have_its_digest_is_not_lent(bucket: None, uploads: Path) -> None:
    storages["blobs"].save(NAME, ContentFile(b"something else"))
    with pytest.raises(BlobDamaged), storage.local_path(SHA256):
        pass
    assert files_under(uploads) == []


def test_a_bucket_that_is_not_there_is_an_outage(bucket: None, uploads: Path) -> None:
    boto3.client("s3", "eu-central-1").delete_bucket(Bucket="blobs")
    with pytest.raises(StorageUnavailable) as refused:
        storage.put_stream(chunks(), limit=2**20)
    assert refused.value.code == "storage_unavailable"
    assert files_under(uploads) == []


def test_a_disk_that_fills_up_while_receiving_keeps_nothing(folder: Path, uploads: Path) -> None:
    uploads.mkdir()
    with small_disk(uploads, size=2**16):
        with pytest.raises(StorageUnavailable):
            storage.put_stream(chunks(os.urandom(2**20)), limit=2**21)
        assert files_under(uploads) == []
    assert files_under(folder) == []


def test_a_disk_that_fills_up_while_storing_keeps_nothing(folder: Path, uploads: Path) -> None:
    folder.mkdir()
    with small_disk(folder, size=2**16):
        with pytest.raises(StorageUnavailable):
            storage.put_stream(chunks(os.urandom(2**20)), limit=2**21)
        assert files_under(folder) == []
        assert storage.put_stream([b"small"], limit=5).size == 5
    assert files_under(uploads) == []
