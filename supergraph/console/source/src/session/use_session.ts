import { useCallback, useEffect, useMemo, useState } from "react";

import { actAt } from "./clock.ts";
import { forgetSession, keepSession, keptSession } from "./kept_session.ts";
import { hasEnded, type Session } from "./session.ts";

/** An ended session is remembered, so that its person finds the work where it was. */
export type SessionState =
  | { readonly phase: "signed-out" }
  | { readonly phase: "signed-in"; readonly session: Session }
  | { readonly phase: "ended"; readonly session: Session };

export interface SessionActions {
  readonly begin: (session: Session) => void;
  /** Puts a new token into a session, unless that session is over. */
  readonly prolong: (session: Session) => void;
  /** The server refused this token. Nothing happens when another has taken its place meanwhile. */
  readonly end: (token: string) => void;
  readonly signOut: () => void;
}

export function useSession(): readonly [SessionState, SessionActions] {
  const [state, setState] = useState<SessionState>(() => {
    const session = keptSession();
    return session === null ? { phase: "signed-out" } : { phase: "signed-in", session };
  });

  const begin = useCallback((session: Session) => setState({ phase: "signed-in", session }), []);

  const prolong = useCallback((session: Session) => {
    setState((current) =>
      current.phase === "signed-in" && current.session.since === session.since ? { phase: "signed-in", session } : current,
    );
  }, []);

  const end = useCallback((token: string) => {
    setState((current) =>
      current.phase === "signed-in" && current.session.token === token
        ? { phase: "ended", session: current.session }
        : current,
    );
  }, []);

  const signOut = useCallback(() => setState({ phase: "signed-out" }), []);

  useEffect(() => {
    if (state.phase !== "signed-in") {
      forgetSession();
      return;
    }
    const { session } = state;
    keepSession(session);
    const endIfOver = (): void => {
      if (hasEnded(session)) end(session.token);
    };
    // Timers stand still while a laptop sleeps; coming back to the tab is the moment to look again.
    const callOff = actAt(session.endsAt, endIfOver);
    document.addEventListener("visibilitychange", endIfOver);
    return () => {
      callOff();
      document.removeEventListener("visibilitychange", endIfOver);
    };
  }, [state, end]);

  const actions = useMemo(() => ({ begin, prolong, end, signOut }), [begin, prolong, end, signOut]);
  return [state, actions];
}
