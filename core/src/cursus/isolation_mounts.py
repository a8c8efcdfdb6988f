"""Protect the files of this machine from a script: imported by `isolation_child` alone, Python 3.8, standard library.

In a mount namespace of its own everything is read-only but for the run's folders; /tmp and /dev/shm are the run's.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing costs 5 ms to import
if TYPE_CHECKING:
    from typing import Any

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID = 0x00020000, 0x10000000, 0x20000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE, MOUNT_ATTR_RDONLY = 442, -100, 0x8000, 1
PRIVATE_FOLDERS = ("/tmp", "/var/tmp")  # noqa: S108 - they are covered by folders of the run's own
PR_CAPBSET_READ, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 23, 24, 38
CAPABILITY_VERSION, CAPABILITIES = 0x20080522, 64
# Of capabilities(7): to own, read and write files as before, signal and change user; none reaches mounts or devices.
KEPT_CAPABILITIES = (0, 1, 3, 4, 5, 6, 7, 10)
KERNEL_SETTINGS = ("/proc/sys", "/proc/sysrq-trigger")
SHARED_MEMORY = "/dev/shm"  # noqa: S108 - covered as well


def protect(libc: Any, order: dict[str, Any]) -> bool:
    """Make everything read-only but the run's folders, or raise OSError; say whether this user is privileged."""
    privileged = new_mount_namespace(libc)
    make_read_only(libc)
    open_folder(libc, order["temporary"])
    cover_private_folders(libc, order)
    for folder in topmost(order["writable"]):
        open_folder(libc, folder)
    if os.path.isdir(SHARED_MEMORY):
        target = SHARED_MEMORY.encode()
        libc.mount(b"tmpfs", target, b"tmpfs", MS_NOSUID | MS_NODEV, None)
    return privileged


def enter_process_namespace(libc: Any) -> bool:
    """Give the next child and its children numbers of their own: when it ends, so do they all."""
    return bool(libc.unshare(CLONE_NEWPID) == 0)


def show_own_processes(libc: Any) -> None:
    """Show the process namespace in /proc; called by its first process."""
    libc.mount(b"proc", b"/proc", b"proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, None)
    for path in KERNEL_SETTINGS:
        if os.path.exists(path):
            mount(libc, path, path, MS_BIND)
            remount(libc, path, MS_RDONLY)


def give_up_rights(libc: Any) -> None:
    """Give up, for this process and all that it starts, every right to undo the protection, or raise OSError."""
    checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    for right in range(CAPABILITIES):
        if right not in KEPT_CAPABILITIES and libc.prctl(PR_CAPBSET_READ, right, 0, 0, 0) == 1:
            checked(libc.prctl(PR_CAPBSET_DROP, right, 0, 0, 0))
    import ctypes

    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    held = (
        ctypes.c_uint32 * 6
    )()  # effective, permitted, inheritable of 32 rights; the same of the others
    checked(libc.capget(header, held))
    kept = sum(1 << right for right in KEPT_CAPABILITIES)
    checked(libc.capset(header, (ctypes.c_uint32 * 6)(held[0] & kept, held[1] & kept)))


def show_container_paths(libc: Any, order: dict[str, Any]) -> list[str]:
    """Show the run's folders under the container's paths; give those that could not be shown."""
    missing = []
    for target, path in sorted(order["mounts"].items()):
        try:
            show(libc, order, target, path)
        except OSError as exc:
            missing.append(f"{target} ({exc.strerror})")
    return missing


def show(libc: Any, order: dict[str, Any], target: str, path: str) -> None:
    """Bind one path; the top folder is covered first, so that no mount point is made on the host."""
    top = "/" + target.strip("/").split("/")[0]
    own = os.path.join(order["temporary"], "top-" + top[1:])
    if not os.path.isdir(own):
        os.mkdir(own, 0o755)
        cover(libc, top, own, [os.path.join(top, name) for name in os.listdir(top)])
    bind(libc, path, target, is_folder=os.path.isdir(path))


def new_mount_namespace(libc: Any) -> bool:
    """Leave the host's mounts; False where that needed a user namespace."""
    user, group = os.getuid(), os.getgid()
    privileged = libc.unshare(CLONE_NEWNS) == 0
    if not privileged:
        checked(libc.unshare(CLONE_NEWUSER | CLONE_NEWNS))
        write_text("/proc/self/setgroups", "deny")
        write_text("/proc/self/uid_map", f"{user} {user} 1")
        write_text("/proc/self/gid_map", f"{group} {group} 1")
    mount(libc, "none", "/", MS_REC | MS_PRIVATE)
    return bool(privileged)


def make_read_only(libc: Any) -> None:
    """Make every mount read-only: in one call from Linux 5.12 on, one by one before."""
    if set_attributes(libc, "/", AT_RECURSIVE, (MOUNT_ATTR_RDONLY, 0)) != 0:
        remount_read_only(libc)


def remount_read_only(libc: Any) -> None:
    """Make every mount that can be reached read-only in the way of older kernels."""
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        points = [line.split()[4] for line in file]
    for point in points:
        path = point.encode().decode("unicode_escape")
        if os.path.exists(path):
            remount(libc, path, MS_RDONLY)


def open_folder(libc: Any, path: str) -> None:
    """Make one folder a mount of its own that can be written."""
    mount(libc, path, path, MS_BIND)
    make_writable(libc, path)


def make_writable(libc: Any, path: str) -> None:
    """Lift the protection from one mount."""
    if set_attributes(libc, path, 0, (0, MOUNT_ATTR_RDONLY)) != 0:
        remount(libc, path, 0)


def set_attributes(libc: Any, path: str, flags: int, change: tuple[int, int]) -> int:
    """Call mount_setattr with what to set and what to clear."""
    import ctypes

    attributes = (ctypes.c_uint64 * 4)(change[0], change[1], 0, 0)
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    result = libc.syscall(MOUNT_SETATTR, AT_FDCWD, os.fsencode(path), flags, attributes, size)
    return int(result)


def remount(libc: Any, path: str, flags: int) -> None:
    """Change one mount in the older way, which needs its other flags again."""
    kept = os.statvfs(path).f_flag & (MS_NOSUID | MS_NODEV | MS_NOEXEC)
    mount(libc, "none", path, MS_REMOUNT | MS_BIND | kept | flags)


def cover_private_folders(libc: Any, order: dict[str, Any]) -> None:
    """Give the script a /tmp of its own in which only what it needs of the real one shows."""
    needed = [*order["needed"], *order["writable"], sys.prefix, sys.base_prefix, *sys.path]
    for folder in PRIVATE_FOLDERS:
        if os.path.isdir(folder) and not os.path.islink(folder):
            own = os.path.join(order["temporary"], folder.strip("/").replace("/", "-"))
            os.mkdir(own, 0o777)
            cover(libc, folder, own, [path for path in needed if is_below(path, folder)])
    os.environ["TMPDIR"] = PRIVATE_FOLDERS[0]


def cover(libc: Any, folder: str, own: str, needed: list[str]) -> None:
    """Mount `own` over `folder` and bind the needed paths back; they are held open meanwhile."""
    held = [(path, os.open(path, os.O_PATH), os.path.isdir(path)) for path in topmost(needed)]
    mount(libc, own, folder, MS_BIND)
    for path, handle, is_folder in held:
        bind(libc, f"/proc/self/fd/{handle}", path, is_folder=is_folder)
        os.close(handle)


def bind(libc: Any, source: str, target: str, *, is_folder: bool) -> None:
    """Make the mount point and bind; what was read-only stays so."""
    os.makedirs(target if is_folder else os.path.dirname(target), exist_ok=True)
    if not is_folder:
        write_text(target, "")
    mount(libc, source, target, MS_BIND | MS_REC)


def topmost(paths: list[str]) -> list[str]:
    """Keep the existing paths that lie below no other of them."""
    found: list[str] = []
    for path in sorted(set(paths)):
        if os.path.exists(path) and not any(is_below(path, other) for other in found):
            found.append(path)
    return found


def is_below(path: str, folder: str) -> bool:
    """Say whether a path is a folder or lies below it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def mount(libc: Any, source: str, target: str, flags: int) -> None:
    """Call mount, or raise OSError."""
    checked(libc.mount(os.fsencode(source), os.fsencode(target), None, flags, None), target)


def checked(result: int, path: str | None = None) -> None:
    """Raise OSError for a failed call of the C library."""
    if result != 0:
        import ctypes

        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), path)


def write_text(path: str, text: str) -> None:
    """Write a small file."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
