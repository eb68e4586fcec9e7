"""Replay as a test: the fold of the history is the stored row, and today's code asks for the same commands again."""

from __future__ import annotations

from workflow.engine.replayer import ReplayReport, Verdict, replay


def assert_replays(instance_id: str) -> ReplayReport:
    """AssertionError says what differs. Nothing is written, nothing is called."""
    report = replay(instance_id)
    if report.verdict is not Verdict.CLEAN:
        raise AssertionError(f"{report.workflow} {instance_id} does not replay: {report.verdict}: {report.message}")
    return report
