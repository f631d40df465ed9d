// Acquires and releases one file with proper-lockfile, and prints how long each time took, in microseconds.
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";

const lockfile = createRequire(process.env.BENCH_NODE_MODULES + "/")("proper-lockfile");
const [, , file, rounds] = process.argv;
writeFileSync(file, "");
const times = [];
for (let i = 0; i < Number(rounds) + 5000; i++) {
  const start = process.hrtime.bigint();
  const release = await lockfile.lock(file);
  await release();
  times.push(Number(process.hrtime.bigint() - start) / 1e3);
}
console.log(JSON.stringify(times.slice(5000)));
