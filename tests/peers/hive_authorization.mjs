// Hive Gateway with its own authorization, for tests/conformance/authorization.
//
//   node hive_authorization.mjs supergraph.graphql 4000
//
// Tokens are read and not checked: it is a test's gateway. Policies are those of the suite that need no arguments.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.cwd(), "package.json"));
const { createGatewayRuntime } = require("@graphql-hive/gateway-runtime");

const [supergraph, port] = process.argv.slice(2);

function claims(authorization) {
  const payload = authorization?.split(".")[1];
  return payload ? JSON.parse(Buffer.from(payload, "base64url")) : null;
}

const scopesOf = (user) => (user?.scope ?? "").split(" ").filter(Boolean);

const gateway = createGatewayRuntime({
  supergraph: readFileSync(supergraph, "utf8"),
  logging: "error",
  deferStream: true,
  genericAuth: {
    mode: "protect-granular",
    rejectUnauthenticated: false,
    resolveUserFn: ({ request }) => claims(request.headers.get("authorization")),
    extractScopes: scopesOf,
    extractPolicies: (user) => (scopesOf(user).includes("policy:open") ? ["open"] : []),
  },
});
createServer(gateway).listen(Number(port), "127.0.0.1");
