import { lazy, type ReactNode, Suspense, useEffect, useRef } from "react";

import type { ConsoleConfig } from "./config.ts";
import { SignInPage } from "./page/SignInPage.tsx";
import { SignedIn, TopBar } from "./page/TopBar.tsx";
import { endSession } from "./session/requests.ts";
import { useRenewal } from "./session/use_renewal.ts";
import { useSession } from "./session/use_session.ts";

// Asked for at once but not waited for: the sign-in page is drawn while the editors are still on their way.
const workspace = import("./workspace/Workspace.tsx");
const Workspace = lazy(() => workspace);

const LOADING = (
  <p className="loading" role="status">
    Loading the editor…
  </p>
);

export function App({ config }: { readonly config: ConsoleConfig }): ReactNode {
  return config.signIn === null ? <Open config={config} /> : <Guarded config={config} signIn={config.signIn} />;
}

/** At a gateway that signs nobody in. */
function Open({ config }: { readonly config: ConsoleConfig }): ReactNode {
  return (
    <div className="page">
      <TopBar title={config.title} />
      <Main>
        <Workspace config={config} session={null} onRefused={ignore} />
      </Main>
    </div>
  );
}

function Guarded({ config, signIn }: { readonly config: ConsoleConfig; readonly signIn: string }): ReactNode {
  const [state, { begin, prolong, end, signOut }] = useSession();
  useRenewal(signIn, state.phase === "signed-in" ? state.session : null, prolong);
  const ended = state.phase === "ended";
  return (
    <>
      {state.phase !== "signed-in" && (
        <SignInPage
          title={config.title}
          address={signIn}
          providers={config.providers}
          demo={config.demo}
          ended={ended ? state.session : null}
          onSignedIn={begin}
        />
      )}
      {state.phase !== "signed-out" && (
        // Behind the sign-in page of an ended session the work waits, out of sight and out of reach. Somebody
        // else who signs in there gets a workspace of their own: the key is the person.
        <div className={ended ? "page waiting" : "page"} inert={ended} key={state.session.user.id}>
          <TopBar title={config.title}>
            <SignedIn
              session={state.session}
              address={signIn}
              onSwitched={begin}
              onRefused={end}
              onSignOut={() => {
                endSession(signIn, state.session);
                signOut();
              }}
            />
          </TopBar>
          <Main>
            <Workspace config={config} session={state.session} onRefused={end} />
          </Main>
        </div>
      )}
    </>
  );
}

function Main({ children }: { readonly children: ReactNode }): ReactNode {
  const main = useRef<HTMLElement>(null);
  // The form that had the focus is gone; without this a keyboard would start again at the top of the page.
  useEffect(() => main.current?.focus(), []);
  return (
    <main ref={main} className="workspace" tabIndex={-1}>
      <Suspense fallback={LOADING}>{children}</Suspense>
    </main>
  );
}

function ignore(): void {}
