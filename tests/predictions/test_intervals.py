from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis.strategies import floats, lists

from predictions import intervals


def test_a_share_of_nothing_is_nothing():
    assert intervals.share(0, 0) is None
    assert intervals.mean(None, None, 0) is None
    assert intervals.pooled([intervals.Sample(0, None, None)]).mean is None


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


@given(lists(lists(floats(-1e6, 1e6), min_size=1, max_size=5), min_size=2, max_size=5))
def test_samples_are_pooled_as_if_all_values_had_stood_in_one(samples):
    def sample(values):
        return intervals.Sample(len(values), fmean(values), stdev(values) if values[1:] else None)

    pooled, whole = intervals.pooled(map(sample, samples)), sample([value for values in samples for value in values])
    assert pooled.count == whole.count
    assert pooled.average == pytest.approx(whole.average, rel=1e-6, abs=1e-6)
    assert pooled.deviation == pytest.approx(whole.deviation, rel=1e-6, abs=1e-3)
