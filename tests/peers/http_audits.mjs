// The audits of graphql-http against one URL: a JSON line of {id, name, status, reason} for each.
// Further arguments are headers, as name=value, that every request has.
import { serverAudits } from "graphql-http";

const [url, ...given] = process.argv.slice(2);
const headers = Object.fromEntries(given.map((each) => each.split("=")));

const fetchFn = (target, options = {}) =>
  fetch(target, { ...options, headers: { ...headers, ...options.headers } });

for (const audit of serverAudits({ url, fetchFn })) {
  const { id, name, status, reason } = await audit.fn();
  console.log(JSON.stringify({ id, name, status, reason }));
}
