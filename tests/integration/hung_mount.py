"""A file system that stops to answer, as a network disk does whose server is gone: FUSE, spoken by hand.

Who looks for a name in it waits in the kernel, where no signal ends it, until `close`.
"""

import ctypes
import os
import struct
import threading
import unittest

from mounts import unmount

MNT_FORCE = 1
FORGET, GETATTR, INIT = 2, 3, 26
HEAD = struct.Struct("=IIQQIIII")  # length, operation, its number, node, uid, gid, pid, padding
ANSWER = struct.Struct("=IiQ")  # length, negative errno, number


class HungMount:
    def __init__(self, path):
        self.path, self.asked = path, []
        try:
            self.device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        except OSError as why:
            raise unittest.SkipTest(f"no FUSE: {why}") from why
        os.mkdir(path)
        self.libc = ctypes.CDLL(None, use_errno=True)
        options = f"fd={self.device},rootmode=40000,user_id=0,group_id=0,allow_other"
        if self.libc.mount(b"hung", path.encode(), b"fuse", 0, options.encode()) != 0:
            os.close(self.device)
            raise unittest.SkipTest(f"no FUSE: {os.strerror(ctypes.get_errno())}")
        self.server = threading.Thread(target=self.serve, daemon=True)
        self.server.start()

    def serve(self):
        """The mount itself and its root are there; everything else is heard and never answered."""
        while True:
            try:
                request = os.read(self.device, 1 << 17)
            except OSError:
                return
            _, operation, number, node, *_ = HEAD.unpack_from(request)
            if operation == INIT:
                self.answer(number, struct.pack("=IIIIHHIIHHI28x", 7, 31, 65536, 0, 12, 9, 65536, 1, 0, 0, 0))
            elif operation == GETATTR and node == 1:
                attributes = struct.pack("=QQQQQQIIIIIIIIII", 1, 0, 0, 0, 0, 0, 0, 0, 0, 0o40755, 2, 0, 0, 0, 4096, 0)
                self.answer(number, struct.pack("=QII", 3600, 0, 0) + attributes)
            elif operation != FORGET:
                self.asked.append(operation)

    def answer(self, number, data):
        os.write(self.device, ANSWER.pack(ANSWER.size + len(data), 0, number) + data)

    def close(self):
        """Everybody who waits is let go with an error."""
        if self.server.is_alive():
            self.libc.umount2(self.path.encode(), MNT_FORCE)
            unmount(self.path)
            self.server.join()
            os.close(self.device)
