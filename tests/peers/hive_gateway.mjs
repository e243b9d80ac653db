// Runs operations through Hive Gateway: one line of JSON in, its answer as one line out, in order.
//
//   node hive_gateway.mjs [router]     with "router", on Hive Router's query planner instead of its own
//
// In on standard input: {supergraph, query, variables?}.
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(join(process.cwd(), "package.json"));
const { createGatewayRuntime } = require("@graphql-hive/gateway-runtime");
const { unifiedGraphHandler } = require("@graphql-hive/router-runtime");

const planner = process.argv[2] === "router" ? { unifiedGraphHandler } : {};
let current = { supergraph: undefined, gateway: undefined };

// The gateway of the last supergraph is kept: questions about one come in a row.
async function gatewayOver(supergraph) {
  if (current.supergraph !== supergraph) {
    await current.gateway?.[Symbol.asyncDispose]();
    current = { supergraph, gateway: createGatewayRuntime({ supergraph, logging: false, ...planner }) };
  }
  return current.gateway;
}

async function answer({ supergraph, query, variables }) {
  const gateway = await gatewayOver(supergraph);
  const response = await gateway.fetch("http://gateway/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line))));
}
await current.gateway?.[Symbol.asyncDispose]();
