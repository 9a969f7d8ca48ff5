"""Sums over slices, and the many ways in which a file can fail to be an array."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from jobs import arrays
from jobs.arrays import BadArray, open_npy, sum_slice

INTEGERS = st.one_of(arrays_of.integer_dtypes(), arrays_of.unsigned_integer_dtypes())
FINITE = st.floats(-1e300, 1e300)


def nothing(_fraction: float) -> None:
    pass


def saved(directory: Path, array: np.ndarray) -> Path:
    path = directory / "array.npy"
    np.save(path, array)
    return path


@given(data=st.data(), dtype=INTEGERS)
def test_integers_add_up_exactly(data, dtype):
    values = data.draw(arrays_of.arrays(dtype, st.integers(0, 50)))
    assert sum_slice(values, 0, len(values), nothing) == sum(values.tolist())


@given(st.lists(FINITE, max_size=200))
def test_floats_add_up_within_rounding(numbers):
    values = np.array(numbers, dtype=np.float64)
    size = math.fsum(abs(number) for number in numbers)
    assert abs(sum_slice(values, 0, len(values), nothing) - math.fsum(numbers)) <= 1e-9 * size


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=30), st.data())
def test_slices_add_up_to_the_whole(numbers, data):
    values = np.array(numbers, dtype=np.int64)
    cut = data.draw(st.integers(0, len(numbers)))
    parts = sum_slice(values, 0, cut, nothing), sum_slice(values, cut, len(numbers), nothing)
    assert sum(parts) == sum(numbers)


def test_long_arrays_go_block_by_block():
    count = 2 * arrays.BLOCK + 10
    heard: list[float] = []
    assert sum_slice(np.arange(count), 0, count, heard.append) == count * (count - 1) // 2
    assert len(heard) == 3
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


@pytest.mark.parametrize(
    "values",
    [[math.nan, 1.0], [math.inf], [math.inf, -math.inf], [1e308, 1e308]],
    ids=["nan", "infinity", "both infinities", "overflow"],
)
def test_what_has_no_finite_sum_gives_none(values):
    assert not math.isfinite(sum_slice(np.array(values), 0, len(values), nothing))


def test_infinite_blocks_of_both_signs_give_none():
    values = np.zeros(arrays.BLOCK + 1)
    values[0], values[-1] = math.inf, -math.inf
    assert math.isnan(sum_slice(values, 0, len(values), nothing))


@pytest.mark.parametrize("dtype", ["f2", "f4", ">f8", "g", "i1", ">i8", "u8", ">u4"])
@pytest.mark.parametrize("shape", [(0,), (), (7,), (3, 4), (2, 0, 5), (2, 3, 4)])
def test_files_of_every_kind_and_shape(tmp_path, dtype, shape):
    array = np.arange(math.prod(shape)).astype(dtype).reshape(shape)
    values = open_npy(saved(tmp_path, array))
    assert sum_slice(values, 0, len(values), nothing) == sum(range(math.prod(shape)))


def test_columns_first_is_mapped_and_not_copied(tmp_path):
    path = saved(tmp_path, np.asfortranarray(np.arange(12.0).reshape(3, 4)))
    values = open_npy(path)
    assert isinstance(values, np.memmap)
    assert sum_slice(values, 0, 3, nothing) == 0 + 4 + 8


@pytest.mark.parametrize(
    "array",
    [
        np.array(["text"]),
        np.array([True]),
        np.array([1j]),
        np.array(["2020-01-01"], dtype="M8[D]"),
        np.zeros(2, dtype=[("a", "f8")]),
    ],
    ids=["text", "bool", "complex", "dates", "structures"],
)
def test_only_numbers_are_added(tmp_path, array):
    with pytest.raises(BadArray, match="its elements are"):
        open_npy(saved(tmp_path, array))


def test_pickles_are_not_opened(tmp_path):
    path = tmp_path / "array.npy"
    np.save(path, np.array([print], dtype=object), allow_pickle=True)
    with pytest.raises(BadArray, match="Python objects"):
        open_npy(path)


def header(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + (len(text) + 1).to_bytes(2, "little") + text.encode() + b"\n"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUMPY",
        b"\x93NUMPY\x09\x00" + bytes(100),
        b"PK\x03\x04 a zip file",
        header("{"),
        header("[" * 3000),
        header("{'descr': '<f8', 'fortran_order': False, 'shape': (9,)}") + bytes(64),
        header("{'descr': '<f8', 'fortran_order': False, 'shape': (-8,)}") + bytes(64),
        header("{'descr': '<f8', 'fortran_order': False, 'shape': ('8',)}") + bytes(64),
        header("{'descr': '<f8', 'fortran_order': False, 'shape': (2**60,)}") + bytes(64),
        header(f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({2**62}, 8)}}") + bytes(64),
        header(f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({2**63 - 1},) * 9}}"),
        header("{'descr': '<f0', 'fortran_order': False, 'shape': (8,)}") + bytes(64),
        header("{'descr': 5, 'fortran_order': False, 'shape': (8,)}") + bytes(64),
        header("{'shape': (8,)}") + bytes(64),
    ],
)
def test_damaged_files_are_refused_clearly(tmp_path, content):
    path = tmp_path / "array.npy"
    path.write_bytes(content)
    with pytest.raises(BadArray, match=r"can.t be read as an array of numbers: ."):
        open_npy(path)


@given(cut=st.integers(0, 127 + 800))
def test_a_file_cut_anywhere_is_refused(tmp_path_factory, cut):
    path = saved(tmp_path_factory.mktemp("cut"), np.arange(100.0))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(BadArray):
        open_npy(path)


@given(at=st.integers(0, 127), byte=st.integers(0, 255))
def test_a_changed_byte_in_the_header_never_does_worse(tmp_path_factory, at, byte):
    path = saved(tmp_path_factory.mktemp("byte"), np.arange(100.0))
    content = bytearray(path.read_bytes())
    content[at] = byte
    path.write_bytes(content)
    try:
        values = open_npy(path)
    except BadArray:
        return
    sum_slice(values, 0, len(values), nothing)
