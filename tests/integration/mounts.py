"""Small file systems of one test, in a mount namespace of its own: nothing of the machine is touched."""

import ctypes
import os
import subprocess
import unittest

from pmctest import is_root

CLONE_NEWNS = 0x00020000


def private_mounts():
    """Enter a mount namespace; call it once, before anything is started. Skips the test where that is not allowed."""
    if not is_root():
        raise unittest.SkipTest("needs root to mount")
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
        raise unittest.SkipTest(f"no mount namespace: {os.strerror(ctypes.get_errno())}")
    if subprocess.run(["mount", "--make-rprivate", "/"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        raise unittest.SkipTest("mounts cannot be made private")


def mount_tmpfs(path, size):
    os.makedirs(path, exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", path],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise unittest.SkipTest(f"cannot mount a tmpfs: {done.stderr.strip()}")


def remount(path, option):
    subprocess.run(["mount", "-o", f"remount,{option}", path], check=True)


def unmount(path):
    subprocess.run(["umount", "-l", path], check=False)
