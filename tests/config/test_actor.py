"""Who acts: the kernel's word before sudo's, and none where nobody logged in."""

from __future__ import annotations

from pathlib import Path

import pytest

from pfjira.config.actor import login_user


@pytest.mark.parametrize(
    ("kernel", "sudo", "found"),
    [
        ("1000", "1001", 1000),
        ("4294967295", "1001", 1001),
        ("4294967295", "", None),
        ("4294967295", "-1", None),
        ("", "1001", 1001),
        (None, "²", None),
    ],
)
def test_the_user_who_logged_in_is_found(tmp_path: Path, kernel: str | None, sudo: str, found: int | None) -> None:
    """A login that the kernel knows stands above the environment, which anybody may set; a timer has neither."""
    login = tmp_path / "loginuid"
    if kernel is not None:
        login.write_text(kernel)

    assert found == login_user({"SUDO_UID": sudo}, login)
