"""Training jobs one by one: their checkpoints, failures and queue."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_load import workload

from twin import library
from twin.errors import BadInput
from twin.grids.load_jobs import Job, checkpoint_every_h, gpu_hours, run_job, simulate_jobs

LLAMA_GPUS = 16_384
YEAR = 8760


def test_llama_is_interrupted_as_often_as_meta_says() -> None:
    """54 days on 16,384 GPUs: 419 interruptions expected, 20 either side is one standard deviation."""
    pretraining = library.get("workloads", "pretraining")
    job = Job(0.0, LLAMA_GPUS, 54 * 24 * 0.9)
    runs = [run_job(job, pretraining, np.random.default_rng(seed)) for seed in range(5)]
    per_day = np.mean([(len(run.to_h) - 1) / (run.wall_h / 24) for run in runs])
    assert per_day == pytest.approx(419 / 54, rel=0.1)
    effective = np.mean([job.work_h / run.wall_h for run in runs])
    assert 0.88 < effective < 0.95  # "more than 90 %"


def test_checkpoints_follow_young() -> None:
    """100 GPUs at 1e-4 per hour fail every 100 h; writing 0.02 h: every sqrt(2 x 0.02 x 100) = 2 h."""
    job = workload(pattern="jobs", failures_per_gpu_h=1e-4, checkpoint_write_h=0.02)
    assert checkpoint_every_h(job, 100) == pytest.approx(2.0)
    assert checkpoint_every_h(workload(pattern="jobs"), 100) == np.inf


def test_a_job_without_failures_runs_straight_through() -> None:
    run = run_job(Job(0.0, 8, 10.0), workload(pattern="jobs"), np.random.default_rng(1))
    assert (run.from_h.tolist(), run.to_h.tolist(), run.wall_h, run.computing) == ([0.0], [10.0], 10.0, 1.0)


def test_failures_cost_restart_and_lost_work() -> None:
    """Mean wall time against the renewal formula, first order in failures: restart plus half a cycle each."""
    asked = workload(pattern="jobs", failures_per_gpu_h=1e-3, checkpoint_write_h=0.01, restart_h=0.2)
    job, runs = Job(0.0, 32, 200.0), []
    for seed in range(200):
        runs.append(run_job(job, asked, np.random.default_rng(seed)))
    every = checkpoint_every_h(asked, 32)
    running = 200 / (every / (every + 0.01))
    expected = running * (1 + 0.032 * (0.2 + (every + 0.01) / 2))
    assert np.mean([run.wall_h for run in runs]) == pytest.approx(expected, rel=0.01)


def test_gpu_hours_by_hand() -> None:
    """Ten GPUs from 0.5 to 2.25, and four before the first hour into it."""
    got = gpu_hours(np.array([0.5, -3.0]), np.array([2.25, 0.25]), np.array([10.0, 4.0]), 4)
    np.testing.assert_allclose(got, [6.0, 10.0, 2.5, 0.0])


def test_the_stream_reaches_its_utilisation_or_queues() -> None:
    """Small jobs with no failures reach 0.7 as asked; pretraining comes within 6 % of 0.9, with a queue."""
    easy = workload(pattern="jobs", mean_utilisation=0.7, parallel_jobs=50, job_h=6)
    year = simulate_jobs(easy, 3200, YEAR, 1)
    assert year.utilisation.mean() == pytest.approx(0.7, rel=0.03)
    np.testing.assert_allclose(year.utilisation, year.held)
    assert year.goodput == pytest.approx(1.0, rel=0.02)
    hard = simulate_jobs(library.get("workloads", "pretraining"), 256_000, YEAR, 1)
    assert hard.utilisation.mean() == pytest.approx(0.9, rel=0.06)
    assert hard.mean_wait_h > 24 and hard.failures > 10_000


def test_same_seed_same_year() -> None:
    asked = library.get("workloads", "fine-tuning")
    one, same, other = (simulate_jobs(asked, 4000, 2000, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.utilisation, same.utilisation)
    assert not np.array_equal(one.utilisation, other.utilisation)


@settings(max_examples=15)
@given(
    gpus=st.integers(8, 5000), parallel=st.integers(1, 60), spread=st.floats(0, 1.5),
    mean=st.floats(0.05, 1.0), seed=st.integers(0, 999),
)  # fmt: skip
def test_no_more_gpus_are_held_than_there_are(
    gpus: int, parallel: int, spread: float, mean: float, seed: int
) -> None:
    asked = workload(pattern="jobs", mean_utilisation=mean, parallel_jobs=parallel, job_h=12,
                     size_log_sd=spread, duration_log_sd=spread, failures_per_gpu_h=1e-4,
                     checkpoint_write_h=0.01, restart_h=0.1)  # fmt: skip
    year = simulate_jobs(asked, gpus, 500, seed)
    assert year.held.max() <= 1.0 + 1e-9
    assert (year.utilisation <= year.held + 1e-9).all()
    assert 0.0 <= year.goodput <= 1.0


def test_a_draw_without_any_job_is_idle_and_tried_again() -> None:
    """Found by hypothesis: eight GPUs asked for a sixteenth drew no job at all at first."""
    asked = workload(pattern="jobs", mean_utilisation=0.0625, parallel_jobs=1, job_h=12,
                     size_log_sd=0.0, duration_log_sd=0.0, failures_per_gpu_h=1e-4,
                     checkpoint_write_h=0.01, restart_h=0.1)  # fmt: skip
    year = simulate_jobs(asked, 8, 500, 277)
    assert 0.0 <= year.utilisation.sum() <= year.held.sum() <= 500.0


def test_a_job_that_never_gets_on_is_refused() -> None:
    """Proves: half a failure per GPU and hour is told; it once went on for ever."""
    wrong = workload(pattern="jobs", failures_per_gpu_h=0.5, checkpoint_write_h=0.1, restart_h=0.1)
    with pytest.raises(BadInput, match=r"failures_per_gpu_h = 0\.5: expected at most 100,000 interruptions"):
        run_job(Job(0.0, 4096, 100.0), wrong, np.random.default_rng(1))
