// Runs operations through @apollo/gateway: one line of JSON in, its answer as one line out, in order.
//
// In on standard input: {supergraph, query, variables?, headers?}; the headers go to the subgraphs. A supergraph that it
// refuses is answered with {refused}. As a server would, it checks an operation against the API schema before it plans.
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(join(process.cwd(), "package.json"));
const { ApolloGateway, RemoteGraphQLDataSource } = require("@apollo/gateway");
const { parse, validate } = require("graphql");

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
let current = { supergraph: undefined, gateway: undefined, loading: undefined };

// The gateway of the last supergraph is kept: questions about one come in a row.
function gatewayOver(supergraph) {
  if (current.supergraph !== supergraph) {
    current.gateway?.stop().catch(() => {});
    const gateway = new ApolloGateway({
      supergraphSdl: supergraph,
      logger: quiet,
      buildService: ({ url }) =>
        new RemoteGraphQLDataSource({
          url,
          willSendRequest({ request, context }) {
            for (const [name, value] of Object.entries(context)) request.http.headers.set(name, value);
          },
        }),
    });
    current = { supergraph, gateway, loading: gateway.load() };
  }
  return current.loading;
}

async function answer({ supergraph, query, variables = {}, headers = {} }) {
  let loaded;
  try {
    loaded = await gatewayOver(supergraph);
  } catch (refusal) {
    return { refused: String(refusal) };
  }
  const { schema, executor } = loaded;
  const document = parse(query);
  const errors = validate(schema, document);
  if (errors.length) return { errors };
  try {
    return await executor({
      document,
      request: { query, variables },
      operationName: null,
      queryHash: query,
      context: headers,
      metrics: {},
      logger: quiet,
      schema,
    });
  } catch (problem) {
    return { errors: [{ message: String(problem) }] };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line))));
}
await current.gateway?.stop().catch(() => {});
