# Acquires and releases one file with filelock, and prints how long each time took, in microseconds.
import json
import sys
import time

from filelock import FileLock

lock = FileLock(sys.argv[1] + ".lock")
times = []
for i in range(int(sys.argv[2]) + 5000):
    start = time.perf_counter()
    lock.acquire()
    lock.release()
    times.append((time.perf_counter() - start) * 1e6)
print(json.dumps(times[5000:]))
