"""Start a command with a limit on the size of files, and say on stderr what it took; itself it is small.

A process's own peak counts what its parent had when it was started, so a large parent cannot measure a small child.
"""

import os
import resource
import subprocess
import sys

limit = int(sys.argv[1])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
process = subprocess.Popen(sys.argv[2:])
_, status, usage = os.wait4(process.pid, 0)
sys.stderr.write(f"\ntook {usage.ru_utime + usage.ru_stime} {usage.ru_maxrss}\n")
sys.exit(os.waitstatus_to_exitcode(status) % 256)
