// Composes one graph again and again with one engine, and says what each time took.
//
//   node compose_timed.mjs <npm package> <runs at most> <seconds after which no further run starts>
//
// In on standard input: {subgraphs: [{name, url?, sdl}]}; out: a line of JSON after every run, {ok, wall, cpu, peak}:
// milliseconds of reading the documents and composing them, and the bytes of the process at its peak so far. Loading
// the engine is not counted. Whoever ends the process early keeps the lines so far.
import { readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.cwd(), "package.json"));
const [engine, runs, seconds] = process.argv.slice(2);
const { composeServices } = require(engine);
const { parse } = require("graphql");

const { subgraphs } = JSON.parse(readFileSync(0, "utf8"));
const began = performance.now();
for (let run = 0; run < Number(runs) && (run === 0 || performance.now() - began < 1000 * seconds); run += 1) {
  const start = performance.now();
  const cpu = process.cpuUsage();
  const composed = composeServices(
    subgraphs.map(({ name, url, sdl }) => ({ name, url: url || `http://${name}`, typeDefs: parse(sdl) })),
  );
  const { user, system } = process.cpuUsage(cpu);
  const line = {
    ok: Boolean(composed.supergraphSdl),
    wall: performance.now() - start,
    cpu: (user + system) / 1000,
    peak: process.resourceUsage().maxRSS * 1024,
  };
  writeSync(1, `${JSON.stringify(line)}\n`);
}
