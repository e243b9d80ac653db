/** One login that the server offers to anybody: a demo installation's, never a real person's. */
export interface DemoLogin {
  readonly email: string;
  readonly role: string;
  readonly password: string;
}

/** An OpenID provider that people may sign in by; `url` is where the browser leaves for it. */
export interface SignInProvider {
  readonly title: string;
  readonly url: string;
}

/** What the gateway says of itself in `config.json`. */
export interface ConsoleConfig {
  readonly title: string;
  readonly endpoint: string;
  /** Null when the gateway has nobody to sign in: headers are then written by hand. */
  readonly signIn: string | null;
  readonly providers: readonly SignInProvider[];
  readonly demo: { readonly logins: readonly DemoLogin[] } | null;
  readonly sampleQuery: string;
}

export async function loadConfig(): Promise<ConsoleConfig> {
  const response = await fetch(`${import.meta.env.BASE_URL}config.json`);
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  return (await response.json()) as ConsoleConfig;
}
