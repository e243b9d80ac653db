import { useEffect } from "react";

import { actAt } from "./clock.ts";
import { renew } from "./requests.ts";
import type { Session } from "./session.ts";

/** The part of a token's life after which it is renewed. */
const USED_UP = 0.8;
const SIGNS_OF_USE = ["keydown", "pointerdown"] as const;

/**
 * Renews the token while the page is in use, so that nobody is sent away in the middle of work. A page that
 * lies idle lets it run out.
 */
export function useRenewal(address: string, session: Session | null, onRenewed: (session: Session) => void): void {
  useEffect(() => {
    if (session === null) return undefined;
    const dueAt = Date.now() + (session.endsAt - Date.now()) * USED_UP;
    let used = false;
    let asked = false;
    const renewIfDue = (): void => {
      if (!used || asked || Date.now() < dueAt) return;
      asked = true;
      // A refusal changes nothing here: the token runs out, and signing in again is what remains.
      renew(address, session).then(onRenewed, () => undefined);
    };
    const noteUse = (): void => {
      used = true;
      renewIfDue();
    };
    const callOff = actAt(dueAt, renewIfDue);
    SIGNS_OF_USE.forEach((sign) => document.addEventListener(sign, noteUse));
    return () => {
      callOff();
      SIGNS_OF_USE.forEach((sign) => document.removeEventListener(sign, noteUse));
    };
  }, [address, session, onRenewed]);
}
