import { type ReactNode, useState } from "react";

import { SignInProblem, switchTenant } from "../session/requests.ts";
import type { Session } from "../session/session.ts";
import { Mark } from "./Mark.tsx";

interface SignedInProps {
  readonly session: Session;
  readonly address: string;
  readonly onSwitched: (session: Session) => void;
  readonly onRefused: (token: string) => void;
  readonly onSignOut: () => void;
}

export function TopBar({ title, children }: { readonly title: string; readonly children?: ReactNode }): ReactNode {
  return (
    <header className="top-bar">
      <div className="brand">
        <Mark />
        <h1>{title}</h1>
      </div>
      {children}
    </header>
  );
}

/** Who is signed in, for which tenant, and the ways out. */
export function SignedIn({ session, address, onSwitched, onRefused, onSignOut }: SignedInProps): ReactNode {
  const [problem, setProblem] = useState<string | null>(null);
  const [target, setTarget] = useState<string | null>(null);
  const { user, tenant, tenants } = session;

  async function change(slug: string): Promise<void> {
    setProblem(null);
    setTarget(slug);
    try {
      onSwitched(await switchTenant(address, session, slug));
    } catch (error) {
      if (error instanceof SignInProblem && error.status === 401) onRefused(session.token);
      else setProblem(error instanceof SignInProblem ? error.message : String(error));
    } finally {
      setTarget(null);
    }
  }

  return (
    <>
      <p className="problem" role="alert">
        {problem}
      </p>
      {tenants.length > 1 ? (
        <label className="tenant">
          <span>Tenant</span>
          <select
            value={target ?? tenant.slug}
            disabled={target !== null}
            onChange={(event) => void change(event.target.value)}
          >
            {tenants.map((each) => (
              <option key={each.id} value={each.slug}>
                {each.name}
              </option>
            ))}
          </select>
        </label>
      ) : (
        <p className="tenant">
          <span>Tenant</span>
          <strong>{tenant.name}</strong>
        </p>
      )}
      <div className="person" role="group" aria-label="Signed in as">
        <strong>{user.name}</strong>
        <span>{user.email}</span>
      </div>
      <button type="button" className="quiet" onClick={onSignOut}>
        Sign out
      </button>
    </>
  );
}
