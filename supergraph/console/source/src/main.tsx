import { type ReactNode, StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./App.tsx";
import { loadConfig } from "./config.ts";

import "./style/fonts.css";
import "./style/tones.css";
import "./style/page.css";

const root = createRoot(document.getElementById("console") as HTMLElement);
void start();

async function start(): Promise<void> {
  try {
    const config = await loadConfig();
    document.title = config.title;
    root.render(
      <StrictMode>
        <App config={config} />
      </StrictMode>,
    );
  } catch {
    root.render(<Unreachable />);
  }
}

function Unreachable(): ReactNode {
  return (
    <main className="sign-in">
      <div className="sign-in-card" role="alert">
        <h1>The gateway does not answer</h1>
        <p>The console could not be set up. Check that the gateway runs, then try again.</p>
        <button type="button" className="primary" onClick={() => window.location.reload()}>
          Try again
        </button>
      </div>
    </main>
  );
}
