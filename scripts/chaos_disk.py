"""A party's folder on a disk that can be spoilt under it: a tmpfs that is filled, an ext4 that turns read-only. Both need root;
where mounting is not allowed, whoever asked is told."""

import os
import pathlib
import shutil
import subprocess

from chaos_parties import Broken, Party, until

MEGABYTE = 1 << 20
#: Under load the party must meet the fault with its next commit or two.
STOPS_S = 30


def command(*words) -> bool:
    """Whether a command of the system is there and did its work."""
    try:
        return subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        return False


class Disk:
    """The folder of one party on a medium of its own."""

    #: What the party must say of the fault.
    says = ""

    def __init__(self, party: Party, megabytes: int):
        self.party, self.home, self.megabytes, self.spoilt, self.mounted = party, party.home, megabytes, 0, False

    def put_under(self) -> bool:
        """Mounts it and moves the folder there; `False` if this machine does not let us. Before the party's first start."""
        aside = self.home.with_suffix(".aside")
        self.home.rename(aside)
        self.home.mkdir(mode=0o700)
        self.mounted = os.geteuid() == 0 and self.mount()
        if not self.mounted:
            self.home.rmdir()
            aside.rename(self.home)
            return False
        shutil.copytree(aside, self.home, dirs_exist_ok=True)
        shutil.rmtree(aside)
        # A key that is not on the disk yet would be lost with it, and by nobody's fault but ours.
        os.sync()
        return True

    def spoil(self):
        """Spoils the disk under the running party, which must stop by itself, with exit 3 and a clear line."""
        self.spoilt += 1
        self.harm()
        name = self.party.name
        if not until(self.party.ended, STOPS_S):
            raise Broken(f"{name}: {self.says}, and it has not stopped within {STOPS_S} s")
        code, said = self.party.process.returncode, self.party.said()
        if code != 3 or self.says not in said:
            raise Broken(f"{name}: expected exit 3 and {self.says!r}; it ended with {code} and said {said!r}")
        self.party.process.stdout.close()

    def unmount(self):
        if self.mounted:
            self.mounted = not command("umount", self.home)


class Tmpfs(Disk):
    """A small disk that is filled to its last byte."""

    says = "disk full"

    def mount(self) -> bool:
        return command("mount", "-t", "tmpfs", "-o", f"size={self.megabytes}m,mode=700", "slipway-chaos", self.home)

    def harm(self):
        with open(self.home / "balloon", "wb", buffering=0) as file:
            for size in (MEGABYTE, 1):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    continue

    def mend(self):
        """Space again."""
        (self.home / "balloon").unlink()


class Ext4(Disk):
    """A file system in a file that turns read-only, as ext4 does when its disk fails."""

    says = "disk error"

    def image(self) -> pathlib.Path:
        return self.home.with_suffix(".ext4")

    def mount(self) -> bool:
        image = self.image()
        if not image.exists():
            with open(image, "wb") as file:
                file.truncate(self.megabytes * MEGABYTE)
            if not command("mkfs.ext4", "-q", image):
                return False
        return command("mount", "-o", "loop,errors=remount-ro", image, self.home) and self.trigger().exists()

    def trigger(self) -> pathlib.Path:
        """Where the kernel is told that this file system has failed."""
        mounts = [line.split() for line in pathlib.Path("/proc/mounts").read_text().splitlines()]
        device = next((fields[0] for fields in mounts if fields[1] == str(self.home)), "none")
        return pathlib.Path("/sys/fs/ext4", pathlib.Path(device).name, "trigger_fs_error")

    def harm(self):
        self.trigger().write_text("1")

    def mend(self):
        """The medium is checked and mounted again."""
        self.unmount()
        if self.mounted:
            raise Broken(f"{self.home} could not be unmounted")
        command("e2fsck", "-p", self.image())
        self.mounted = self.mount()
        if not self.mounted:
            raise Broken(f"{self.home} could not be mounted again")


def small_disk(disk: Disk):
    """The disk under its party, or None where mounting is not allowed."""
    return disk if disk.put_under() else None
