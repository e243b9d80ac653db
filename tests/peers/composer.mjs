// Composes with one engine: one line of JSON in, one line out, in order.
//
//   node composer.mjs <npm package>
//
// In on standard input: {subgraphs: [{name, url, sdl}]}; out: {supergraph} or {errors}.
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(join(process.cwd(), "package.json"));
const { composeServices } = require(process.argv[2]);
const { parse } = require("graphql");

for await (const line of createInterface({ input: process.stdin })) {
  const { subgraphs } = JSON.parse(line);
  const { supergraphSdl, errors } = composeServices(
    subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) })),
  );
  console.log(JSON.stringify({ supergraph: supergraphSdl, errors: errors?.map(String) }));
}
