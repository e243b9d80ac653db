// Plans operations over one supergraph with @apollo/query-planner, and says what each planning took.
//
//   node plan_timed.mjs <runs>
//
// In on standard input: {supergraph, operations: [{name, operation}]}; out: a line of JSON an operation, {name, fetches,
// first, median}: milliseconds from the parsed document to the plan, nothing cached. Building the planner is not counted.
import { readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.cwd(), "package.json"));
const { QueryPlanner } = require("@apollo/query-planner");
const { Supergraph, operationFromDocument } = require("@apollo/federation-internals");
const { parse } = require("graphql");

const runs = Number(process.argv[2]);
const given = JSON.parse(readFileSync(0, "utf8"));
// The planner refuses features for security that it leaves to its gateway; a plan does not depend on them.
const supergraph = Supergraph.build(given.supergraph.replaceAll(", for: SECURITY", ""));
const api = supergraph.apiSchema();
const planner = new QueryPlanner(supergraph);

const fetches = (node) => {
  if (!node) return 0;
  if (node.kind === "Fetch") return 1;
  const inner = [node.node, node.ifClause, node.elseClause, node.primary, node.rest, ...(node.nodes ?? [])];
  return inner.reduce((sum, each) => sum + fetches(each), 0);
};

for (const { name, operation } of given.operations) {
  const document = parse(operation);
  const times = [];
  let plan;
  for (let run = 0; run < runs; run += 1) {
    const start = performance.now();
    plan = planner.buildQueryPlan(operationFromDocument(api, document));
    times.push(performance.now() - start);
  }
  const median = [...times].sort((one, other) => one - other)[times.length >> 1];
  writeSync(1, `${JSON.stringify({ name, fetches: fetches(plan.node), first: times[0], median })}\n`);
}
