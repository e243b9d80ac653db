import { createGraphiQLFetcher, type Fetcher, type FetcherParams } from "@graphiql/toolkit";
import { getOperationAST, Kind, OperationTypeNode, parse } from "graphql";
import { createClient } from "graphql-sse";

import type { Session } from "../session/session.ts";

/** Whose requests these are, and whom to tell when the server no longer takes the token. */
export interface Access {
  /** The session in force now: its token may have been renewed, or another session may have taken its place. */
  readonly session: () => Session;
  readonly onRefused: (token: string) => void;
}

/** Sends operations to the endpoint. Without `access` they carry only the headers written by hand. */
export function fetcherFor(endpoint: string, access: Access | null): Fetcher {
  const send: typeof fetch =
    access === null ? window.fetch.bind(window) : (input, init) => fetchFor(access, input, init);
  const answer = createGraphiQLFetcher({ url: endpoint, fetch: send });
  return (params, options) => {
    const named = withPresentName(params);
    return isSubscription(named) ? subscribe(endpoint, send, named, options?.headers) : answer(named, options);
  };
}

/**
 * Over Server-Sent Events, since that is a request like any other: the same token, the same refusals. A stream that
 * breaks off is not begun again by itself: what came in between would be missing without a word.
 */
function subscribe(
  url: string,
  fetchFn: typeof fetch,
  { query, operationName, variables }: FetcherParams,
  headers: Record<string, string> = {},
): AsyncIterableIterator<unknown> {
  const client = createClient({ url, fetchFn, headers, retryAttempts: 0 });
  return client.iterate({ query, variables, ...(operationName ? { operationName } : {}) });
}

function isSubscription({ query, operationName }: FetcherParams): boolean {
  try {
    return getOperationAST(parse(query), operationName)?.operation === OperationTypeNode.SUBSCRIPTION;
  } catch {
    // Not GraphQL yet: the gateway says it better.
    return false;
  }
}

/**
 * GraphiQL notices a new operation name a tenth of a second after it was written. Who pastes and runs at once
 * would send the old name; where there is a single operation, there is no doubt which is meant.
 */
function withPresentName(params: FetcherParams): FetcherParams {
  try {
    const names = parse(params.query).definitions.flatMap((each) =>
      each.kind === Kind.OPERATION_DEFINITION ? [each.name?.value ?? null] : [],
    );
    return names.length === 1 ? { ...params, operationName: names[0] ?? null } : params;
  } catch {
    // Not GraphQL yet: the gateway says it better.
    return params;
  }
}

async function fetchFor(access: Access, input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const session = access.session();
  const headers = new Headers(init?.headers);
  headers.set("Authorization", `Bearer ${session.token}`);
  const response = await fetch(input, { ...init, headers, credentials: "omit" });
  // An answer for one tenant must never be shown under the name of another.
  if (access.session().since !== session.since) throw new Error("You changed person or tenant while this was under way. Run it again.");
  if (response.status === 401) {
    access.onRefused(session.token);
    throw new Error("Your session has ended. Sign in, then run it again.");
  }
  return response;
}
