"""A party's folder on a small disk that can be filled: a tmpfs, mounted by root. Where mounting is not allowed it says so."""

import os
import pathlib
import shutil
import subprocess

from chaos_parties import Broken, Party, until

MEGABYTE = 1 << 20
#: Filled to the last byte the party must meet the end of its disk with the next commit or two.
STOPS_S = 30


class SmallDisk:
    """The folder of one party on a tmpfs of its own."""

    def __init__(self, party: Party, megabytes: int):
        self.party, self.megabytes, self.fills, self.mounted = party, megabytes, 0, False
        self.balloon = party.home / "balloon"

    def mount(self) -> bool:
        """Moves the folder there; `False` if this machine does not let us mount. Before the party's first start."""
        home, aside = self.party.home, self.party.home.with_suffix(".aside")
        home.rename(aside)
        home.mkdir()
        options = f"size={self.megabytes}m,mode=700"
        mounted = os.geteuid() == 0 and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "slipway-chaos", home], stderr=subprocess.DEVNULL, check=False
        ).returncode == 0
        if not mounted:
            home.rmdir()
            aside.rename(home)
            return False
        self.mounted = True
        shutil.copytree(aside, home, dirs_exist_ok=True)
        shutil.rmtree(aside)
        return True

    def fill(self):
        """Fills the disk under the running party, which must stop with a clear line; then makes room and starts it again."""
        self.fills += 1
        with open(self.balloon, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(MEGABYTE))
            except OSError:
                pass
            try:
                while True:
                    file.write(b"\0")
            except OSError:
                pass
        if not until(self.party.ended, STOPS_S):
            raise Broken(f"the disk of {self.party.name} is full, and it has not stopped within {STOPS_S} s")
        code, said = self.party.process.returncode, self.party.said()
        if code != 3 or "disk full" not in said:
            raise Broken(f"the disk of {self.party.name} was full: it ended with {code} and said {said!r}")
        self.party.process.stdout.close()

    def room(self):
        """Space again."""
        self.balloon.unlink(missing_ok=True)

    def unmount(self):
        if self.mounted:
            subprocess.run(["umount", self.party.home], check=False)
            self.mounted = False


def small_disk(party: Party, megabytes: int):
    """A small disk under this party, or None where mounting is not allowed."""
    disk = SmallDisk(party, megabytes)
    return disk if disk.mount() else None
