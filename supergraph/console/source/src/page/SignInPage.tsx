import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";

import type { ConsoleConfig, DemoLogin, SignInProvider } from "../config.ts";
import { takeArrival } from "../session/arrival.ts";
import { type Credentials, finishSignIn, signIn, SignInProblem } from "../session/requests.ts";
import type { Session } from "../session/session.ts";
import { Mark } from "./Mark.tsx";

// Once, when the page is loaded: React may draw a component twice, and a ticket counts once.
const arrival = takeArrival();

interface SignInPageProps {
  readonly title: string;
  readonly address: string;
  readonly providers: readonly SignInProvider[];
  readonly demo: ConsoleConfig["demo"];
  /** The session that just came to its end, if one did. */
  readonly ended: Session | null;
  readonly onSignedIn: (session: Session) => void;
}

export function SignInPage({ title, address, providers, demo, ended, onSignedIn }: SignInPageProps): ReactNode {
  const [email, setEmail] = useState(ended?.user.email ?? "");
  const [password, setPassword] = useState("");
  /** Null until the server asks for the second factor. */
  const [code, setCode] = useState<string | null>(null);
  /** Of who has come back from a provider; null where people sign in by password. */
  const [ticket, setTicket] = useState(arrival !== null && "ticket" in arrival ? arrival.ticket : null);
  const [problem, setProblem] = useState(arrival !== null && "problem" in arrival ? arrival.problem : null);
  const [busy, setBusy] = useState(false);
  const emailField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);
  const codeField = useRef<HTMLInputElement>(null);
  const submitButton = useRef<HTMLButtonElement>(null);
  const submitTicket = useRef(true);

  useEffect(() => (ended === null ? emailField : passwordField).current?.focus(), [ended]);

  useEffect(() => {
    if (code === "") codeField.current?.focus();
  }, [code]);

  useEffect(() => {
    if (submitTicket.current && ticket !== null) {
      submitTicket.current = false;
      void attempt();
    }
  }, []);

  /** Back to the tenant where the ended session was, unless its person has left that one meanwhile. */
  async function enter(): Promise<Session> {
    if (ticket !== null) return finishSignIn(address, ticket, code);
    const credentials: Credentials = code === null ? { email, password } : { email, password, code };
    if (ended !== null && ended.user.email === email) {
      try {
        return await signIn(address, { ...credentials, tenant: ended.tenant.slug });
      } catch (error) {
        if (!(error instanceof SignInProblem && error.status === 403)) throw error;
      }
    }
    return signIn(address, credentials);
  }

  async function attempt(): Promise<void> {
    setBusy(true);
    setProblem(null);
    try {
      onSignedIn(await enter());
    } catch (error) {
      setProblem(error instanceof SignInProblem ? error.message : String(error));
      setBusy(false);
      const wanted = error instanceof SignInProblem ? error.code : null;
      if (wanted === "SECOND_FACTOR_REQUIRED" || wanted === "SECOND_FACTOR_WRONG") {
        setCode("");
        return;
      }
      setTicket(null);
      setCode(null);
      passwordField.current?.focus();
      passwordField.current?.select();
    }
  }

  function submit(event: FormEvent): void {
    event.preventDefault();
    void attempt();
  }

  function take(login: DemoLogin): void {
    setEmail(login.email);
    setPassword(login.password);
    setTicket(null);
    setCode(null);
    setProblem(null);
    submitButton.current?.focus();
  }

  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <header className="brand">
          <Mark />
          <h1>{title}</h1>
        </header>
        {ended !== null && (
          <p className="notice" role="status">
            Your session has ended. Sign in again to go on; your queries are kept.
          </p>
        )}
        <form aria-label="Sign in" onSubmit={submit}>
          {ticket === null && (
            <>
              <label htmlFor="email">E-mail</label>
              <input
                ref={emailField}
                id="email"
                name="email"
                type="email"
                autoComplete="username"
                required
                spellCheck={false}
                value={email}
                aria-describedby={problem === null ? undefined : "sign-in-problem"}
                onChange={(event) => setEmail(event.target.value)}
              />
              <label htmlFor="password">Password</label>
              <input
                ref={passwordField}
                id="password"
                name="password"
                type="password"
                autoComplete="current-password"
                required
                value={password}
                aria-describedby={problem === null ? undefined : "sign-in-problem"}
                onChange={(event) => setPassword(event.target.value)}
              />
            </>
          )}
          {code !== null && (
            <>
              <label htmlFor="code">Code of your authenticator app, or a recovery code</label>
              <input
                ref={codeField}
                id="code"
                name="code"
                autoComplete="one-time-code"
                required
                spellCheck={false}
                value={code}
                aria-describedby={problem === null ? undefined : "sign-in-problem"}
                onChange={(event) => setCode(event.target.value)}
              />
            </>
          )}
          <p id="sign-in-problem" className="problem" role="alert">
            {problem}
          </p>
          <button ref={submitButton} type="submit" className="primary" disabled={busy}>
            {busy ? "Signing in…" : "Sign in"}
          </button>
        </form>
        {providers.length > 0 && <Providers providers={providers} />}
        {demo !== null && demo.logins.length > 0 && <DemoLogins logins={demo.logins} onTake={take} />}
      </div>
    </main>
  );
}

function Providers({ providers }: { readonly providers: readonly SignInProvider[] }): ReactNode {
  return (
    <section className="providers" aria-labelledby="providers">
      <h2 id="providers">Or sign in with</h2>
      {providers.map(({ title, url }) => (
        <button key={url} type="button" onClick={() => leaveFor(url)}>
          {title}
        </button>
      ))}
    </section>
  );
}

function leaveFor(url: string): void {
  window.location.assign(`${url}?${new URLSearchParams({ returnTo: window.location.pathname }).toString()}`);
}

function DemoLogins({ logins, onTake }: { logins: readonly DemoLogin[]; onTake: (login: DemoLogin) => void }): ReactNode {
  return (
    <section className="demo" aria-labelledby="demo-logins">
      <h2 id="demo-logins">Demo logins</h2>
      <ul>
        {logins.map((login) => (
          <li key={login.email}>
            <button type="button" onClick={() => onTake(login)}>
              <span className="demo-email">{login.email}</span>
              <span className="demo-role">{login.role}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
