/** How somebody comes back from a provider: with a ticket to sign in by, or with what went wrong. */
export type Arrival = { readonly ticket: string } | { readonly problem: string } | null;

/**
 * What stands behind the `#` of the page's address, taken out of it at once: a ticket counts once, and the
 * address is kept in the browser's history.
 */
export function takeArrival(): Arrival {
  const said = new URLSearchParams(window.location.hash.slice(1));
  const ticket = said.get("ticket");
  if (ticket === null && !said.has("error")) return null;
  window.history.replaceState(null, "", window.location.pathname + window.location.search);
  return ticket === null ? { problem: said.get("message") ?? "Signing in did not succeed. Try again." } : { ticket };
}
