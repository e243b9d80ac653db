// Runs one operation through @apollo/gateway. In on standard input: {supergraph, query, headers}; out: its answer.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.cwd(), "package.json"));
const { ApolloGateway, RemoteGraphQLDataSource } = require("@apollo/gateway");
const { parse } = require("graphql");

const { supergraph, query, headers } = JSON.parse(readFileSync(0, "utf8"));
const quiet = { debug() {}, info() {}, warn() {}, error: console.error };
const gateway = new ApolloGateway({
  supergraphSdl: supergraph,
  logger: quiet,
  buildService: ({ url }) =>
    new RemoteGraphQLDataSource({
      url,
      willSendRequest({ request }) {
        for (const [name, value] of Object.entries(headers)) request.http.headers.set(name, value);
      },
    }),
});
const { schema, executor } = await gateway.load();
const answer = await executor({
  document: parse(query),
  request: { query },
  operationName: null,
  queryHash: "only",
  context: {},
  metrics: {},
  logger: quiet,
  schema,
});
console.log(JSON.stringify(answer));
await gateway.stop();
