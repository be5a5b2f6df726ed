"""The joint process: right memory, right ties, exact conditioning; and its fit on known series."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from twin.grids.fit import SCALES, Dependence, Link, Year, depend, fit_scales, join, lagged, paired, project
from twin.grids.process import Process, Scale, local_noise
from twin.grids.reference import load


def autocorrelation(series: np.ndarray, lag: int) -> float:
    return float(np.mean(series * np.roll(series, lag)))


@pytest.mark.parametrize(
    ("scale", "lag", "expected"),
    [
        (Scale(10.0), 10, np.exp(-1)),
        (Scale(10.0, smooth=True), 10, 2 * np.exp(-1)),
        (Scale(90.0, period_h=24.0), 24, np.exp(-24 / 90)),
        (Scale(90.0, period_h=24.0), 12, -np.exp(-12 / 90)),
    ],
)
def test_scale_has_the_stated_memory(scale: Scale, lag: int, expected: float) -> None:
    """The inverse transform of the spectrum is the autocovariance; 8760 h wrap adds less than 1e-9."""
    memory = np.fft.irfft(scale.spectrum(), 8760)
    assert memory[0] == pytest.approx(1.0)
    assert memory[lag] == pytest.approx(expected, abs=1e-3)


def test_drawn_series_has_the_memory_of_its_scale() -> None:
    """An AR(1) of 10 h over 8760 h: standard error of the estimate is about 0.02; four of them allowed."""
    process = Process(("a",), (Scale(10.0),), np.ones((1, 1, 1)))
    mean = np.mean([autocorrelation(process.draw(seed)[0], 10) for seed in range(4)])
    assert mean == pytest.approx(np.exp(-1), abs=0.04)


def two_channels(tie: float) -> Process:
    matrix = np.array([[[1.0, tie], [tie, 1.0]]])
    return Process(("a", "b"), (Scale(5.0),), matrix)


def test_drawn_channels_are_tied_as_stated() -> None:
    ties = [np.corrcoef(two_channels(-0.6).draw(seed))[0, 1] for seed in range(4)]
    assert np.mean(ties) == pytest.approx(-0.6, abs=0.03)


def test_rows_have_zero_mean_and_unit_spread_and_the_seed_decides() -> None:
    drawn = two_channels(0.3).draw(7)
    np.testing.assert_allclose(drawn.mean(axis=1), 0.0, atol=1e-12)
    np.testing.assert_allclose(drawn.std(axis=1), 1.0)
    np.testing.assert_array_equal(drawn, two_channels(0.3).draw(7))
    assert not np.allclose(drawn, two_channels(0.3).draw(8))


def test_conditional_draw_keeps_the_known_and_ties_the_rest() -> None:
    """Proves: given channel a, channel b still correlates by -0.6 with it. Without kriging it would be 0."""
    process = two_channels(-0.6)
    known = two_channels(0.0).draw(99)[0]
    drawn = process.draw_given(1, {"a": known})
    np.testing.assert_array_equal(drawn[0], known)
    assert np.corrcoef(drawn)[0, 1] == pytest.approx(-0.6, abs=0.04)
    assert abs(np.corrcoef(known, process.draw(1)[1])[0, 1]) < 0.1


def test_conditional_draw_with_nothing_known_is_the_free_draw() -> None:
    np.testing.assert_array_equal(two_channels(0.5).draw_given(3, {}), two_channels(0.5).draw(3))


def test_fully_tied_channel_follows_exactly() -> None:
    """Limiting case: correlation 1 leaves nothing to chance (0.1 % regularisation keeps it off exact)."""
    known = two_channels(0.0).draw(5)[0]
    drawn = two_channels(1.0).draw_given(1, {"a": known})
    assert np.corrcoef(drawn)[0, 1] > 0.998


def test_local_noise_is_unit_and_its_own() -> None:
    one = local_noise((Scale(8.0),), (1.0,), np.random.default_rng(1))
    two = local_noise((Scale(8.0),), (1.0,), np.random.default_rng(2))
    assert one.std() == pytest.approx(1.0)
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.2


def test_fit_recovers_memory_and_tie_of_a_known_process() -> None:
    """Three years of a two-scale process; errors of the estimate are about 0.03 at these lags."""
    covariance = np.zeros((len(SCALES), 2, 2))
    covariance[2] = [[0.6, -0.4], [-0.4, 0.6]]
    covariance[4] = [[0.4, 0.1], [0.1, 0.4]]
    truth = Process(("a", "b"), SCALES, covariance)
    gamma = np.mean([lagged(truth.draw(seed)) for seed in range(3)], axis=0)
    found = Process(("a", "b"), SCALES, fit_scales(gamma))
    assert found.covariance.sum(axis=0)[0, 1] == pytest.approx(-0.3, abs=0.05)
    for lag in (1.0, 24.0, 168.0):
        memory = [
            sum(s.correlation(np.array(lag)) * c[0, 0] for s, c in zip(SCALES, p.covariance, strict=True))
            for p in (truth, found)
        ]
        assert memory[1] == pytest.approx(memory[0], abs=0.06)


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_projection_is_nearest_and_semidefinite(seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((4, 4))
    matrix = matrix + matrix.T
    nearest = project(matrix)
    assert np.linalg.eigvalsh(nearest).min() > -1e-9
    np.testing.assert_allclose(project(nearest), nearest, atol=1e-9)


def years(tie: float) -> tuple[Dependence, Dependence, np.ndarray]:
    """Two calendar years, each with one channel that follows the same kind of weather by ``tie``."""
    weather = Process(("w", "x"), (Scale(20.0, smooth=True),), np.array([[[1.0, 0.0], [0.0, 1.0]]]))
    out = []
    for seed, name in ((1, "price"), (2, "carbon")):
        shown, noise = weather.draw(seed)
        own = tie * shown + np.sqrt(1 - tie**2) * noise
        out.append(Year((name,), own[None], ("w",), shown[None]))
    gamma = np.mean([lagged(year.shared_scores) for year in out], axis=0)
    first, second = (depend(year, ["w"], gamma, ridge=0.01) for year in out)
    return first, second, first.shared


def test_years_meet_only_through_shared_weather() -> None:
    """Proves: price and carbon of different years correlate by tie², the product of their ties to weather.

    A year of a 20 h process leaves about 0.05 of doubt on each tie, and the ridge takes a little.
    """
    first, second, shared = years(0.8)
    joined = join([first, second], shared, [])
    assert joined.sum(axis=0)[0, 1] == pytest.approx(0.64, abs=0.12)


def test_stated_link_adds_to_the_tie() -> None:
    first, second, shared = years(0.6)
    plain = join([first, second], shared, []).sum(axis=0)[0, 1]
    link = Link(0, 1, paired(first, second, np.full(len(SCALES), 0.5)))
    linked = join([first, second], shared, [link]).sum(axis=0)[0, 1]
    assert linked == pytest.approx(plain + 0.5 * (1 - 0.36), abs=0.1)


def test_shipped_process_is_a_valid_one() -> None:
    """Float32 storage may put eigenvalues below zero by rounding only."""
    process = load().process
    for matrix in process.covariance:
        np.testing.assert_allclose(matrix, matrix.T, atol=1e-6)
        assert np.linalg.eigvalsh(matrix).min() > -1e-5
    np.testing.assert_allclose(np.einsum("kii->i", process.covariance), 1.0, atol=1e-5)


def test_draws_do_not_depend_on_the_threads_of_blas() -> None:
    """Draws are kept: one made outside of a plan serves a plan later. OpenBLAS 0.3.23 rounds by threads."""
    process = load().process
    known = {"wind:FR": np.sqrt(2.0) * np.sin(np.arange(8760) * 2 * np.pi / 24)}
    made = []
    for threads in (1, 2):
        with threadpool_limits(threads, user_api="blas"):
            made.append((process.draw(7), process.draw_given(7, known)))
    for one, two in zip(*made, strict=True):
        np.testing.assert_array_equal(one, two)
