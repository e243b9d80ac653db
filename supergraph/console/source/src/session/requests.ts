import { isRecord, isSession, type Session } from "./session.ts";

export interface Credentials {
  readonly email: string;
  readonly password: string;
  /** The tenant to act for, by its slug; without it the server chooses. */
  readonly tenant?: string;
  /** Of the second factor, for who has one. */
  readonly code?: string;
}

/** The server's answer was no, or there was none; `message` may be shown. */
export class SignInProblem extends Error {
  readonly status: number | null;
  /** The server's name for the problem, where it gave one. */
  readonly code: string | null;

  constructor(message: string, status: number | null, code: string | null = null) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export function signIn(address: string, credentials: Credentials): Promise<Session> {
  return ask(address, credentials, {});
}

/** By the ticket of who came back from a provider; `code` is that of the second factor, once it is asked for. */
export function finishSignIn(address: string, ticket: string, code: string | null): Promise<Session> {
  // The one request with a cookie: a ticket counts in the browser that left for the provider alone.
  return ask(`${address}/oidc/finish`, code === null ? { ticket } : { ticket, code }, {}, "same-origin");
}

export function switchTenant(address: string, session: Session, tenant: string): Promise<Session> {
  return ask(`${address}/switch`, { tenant }, { Authorization: `Bearer ${session.token}` });
}

/** The same session with a token that lasts longer. */
export async function renew(address: string, session: Session): Promise<Session> {
  return { ...(await switchTenant(address, session, session.tenant.slug)), since: session.since };
}

/** Ends the session at the server. Nobody waits for it: the page forgets the token whatever comes of this. */
export function endSession(address: string, session: Session): void {
  const headers = { Authorization: `Bearer ${session.token}` };
  fetch(`${address}/out`, { method: "POST", headers, credentials: "omit", keepalive: true }).catch(() => undefined);
}

async function ask(
  address: string,
  body: object,
  headers: Record<string, string>,
  // The token is all that says who asks: cookies of this host are none of our business.
  credentials: RequestCredentials = "omit",
): Promise<Session> {
  let response: Response;
  try {
    response = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify(body),
      credentials,
    });
  } catch {
    throw new SignInProblem("The server cannot be reached. Check that it runs, then try again.", null);
  }
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok) {
    throw new SignInProblem(saidBy(answer, "message") ?? wordingOf(response), response.status, saidBy(answer, "code"));
  }
  const session = isRecord(answer) && { ...answer, since: Date.now(), endsAt: endOf(answer.expiresAt, response) };
  if (!isSession(session)) throw new SignInProblem("The server's answer could not be understood.", response.status);
  return session;
}

function saidBy(answer: unknown, what: "message" | "code"): string | null {
  const error = isRecord(answer) ? answer.error : null;
  const said = isRecord(error) ? error[what] : null;
  return typeof said === "string" ? said : null;
}

function wordingOf(response: Response): string {
  switch (response.status) {
    case 401:
      return "The e-mail address or the password is not right.";
    case 429:
      return "Too many attempts. Wait a little, then try again.";
    default:
      return `The server could not answer (${response.status}). Try again in a moment.`;
  }
}

/**
 * The end in this machine's clock. The two clocks may differ by more than a token lives, so what counts is
 * the time left at the server, whose clock is in its `Date` header. An answer without an end never ends
 * here: the endpoint's 401 will tell.
 */
function endOf(expiresAt: unknown, response: Response): number {
  const end = typeof expiresAt === "number" ? expiresAt * 1000 : Date.parse(String(expiresAt));
  if (Number.isNaN(end)) return Number.MAX_SAFE_INTEGER;
  const serverNow = Date.parse(response.headers.get("Date") ?? "");
  return Number.isNaN(serverNow) ? end : Date.now() + (end - serverNow);
}
