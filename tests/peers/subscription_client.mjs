// A subscription by somebody else's client: `node subscription_client.mjs graphql-ws|graphql-sse URL QUERY`.
// Prints each result as a line of JSON, and at the end `"complete"`. With a line on stdin it leaves.
import { once } from "node:events";
import { createInterface } from "node:readline";

import { createClient as createSse } from "graphql-sse";
import { createClient as createWs } from "graphql-ws";
import WebSocket from "ws";

const [protocol, url, query] = process.argv.slice(2);
const client =
  protocol === "graphql-ws"
    ? createWs({ url: url.replace(/^http/, "ws"), webSocketImpl: WebSocket, retryAttempts: 0 })
    : createSse({ url, retryAttempts: 0 });
const results = client.iterate({ query });
const left = once(createInterface({ input: process.stdin }), "line").then(() => results.return());

for await (const result of results) console.log(JSON.stringify(result));
console.log(JSON.stringify("complete"));
process.stdin.destroy();
await Promise.race([left, Promise.resolve()]);
await client.dispose();
