import pytest

from predictions import intervals


def test_a_share_of_nothing_is_nothing():
    assert intervals.share(0, 0) is None
    assert intervals.mean(None, None, 0) is None


def test_the_interval_of_a_share_is_wilsons():
    found = intervals.share(8, 10)
    assert (found.value, found.low, found.high) == pytest.approx((0.8, 0.490162, 0.943318), abs=1e-5)


@pytest.mark.parametrize("hits", [0, 3])
def test_a_share_of_all_or_none_is_not_certain(hits):
    found = intervals.share(hits, 3)
    assert 0 <= found.low < found.high <= 1
    assert found.high - found.low > 0.5


def test_one_value_says_nothing_of_the_spread():
    found = intervals.mean(4.0, None, 1)
    assert (found.value, found.low, found.high) == (4.0, None, None)
    assert found.holds(100.0)


def test_the_interval_of_a_mean_is_students():
    found = intervals.mean(10.0, 2.0, 5)
    assert found.low == pytest.approx(10 - 2.776445 * 2 / 5**0.5, abs=1e-5)
    assert found.holds(11.0)
    assert not found.holds(13.0)
