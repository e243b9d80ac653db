import { hasEnded, isSession, type Session } from "./session.ts";

const KEY = "dovetail.session";

/**
 * The session outlives a reload of this browser tab and nothing more: `sessionStorage` is this tab's alone
 * and goes with it. A browser that forbids storage still signs in; the session then lasts until the reload.
 */
export function keepSession(session: Session): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(session));
  } catch {
    // Kept in memory only.
  }
}

export function keptSession(): Session | null {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    return isSession(kept) && !hasEnded(kept) ? kept : null;
  } catch {
    return null;
  }
}

export function forgetSession(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Nothing was kept.
  }
}
