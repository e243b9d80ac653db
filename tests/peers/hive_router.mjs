// Plans one operation with Hive Router's planner. In on standard input: {supergraph, query}; out: its plan.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.cwd(), "package.json"));
const { QueryPlanner } = require("@graphql-hive/router-query-planner");

const { supergraph, query } = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(new QueryPlanner(supergraph).plan(query, null, new Set(), 0)));
