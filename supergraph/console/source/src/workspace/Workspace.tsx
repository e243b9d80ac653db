import "./monaco_workers.ts";

import { useGraphiQL, useGraphiQLActions, useMonaco } from "@graphiql/react";
import { GraphiQL } from "graphiql";
import { type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";

import type { ConsoleConfig } from "../config.ts";
import type { Session } from "../session/session.ts";
import { draftsOf } from "./drafts.ts";
import { defineEditorThemes, EDITOR_THEMES, followSystemScheme } from "./editor_themes.ts";
import { fetcherFor } from "./fetcher.ts";

import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "../style/workspace.css";

interface WorkspaceProps {
  readonly config: ConsoleConfig;
  /** Null at a gateway that signs nobody in. */
  readonly session: Session | null;
  readonly onRefused: (token: string) => void;
}

/** GraphiQL for one person; it stays in place while that person changes tenants or signs in again. */
export default function Workspace({ config, session, onRefused }: WorkspaceProps): ReactNode {
  const editorsReady = useEditors();
  const owner = session?.user.id ?? "everybody";
  const storage = useMemo(() => draftsOf(owner), [owner]);
  const current = useRef(session);
  // Before GraphiQL's own effects, one of which sends the first request of a new session.
  useLayoutEffect(() => {
    current.current = session;
  }, [session]);

  // A new fetcher makes GraphiQL ask for the schema anew: wanted for each session, not for each renewed token.
  const since = session?.since ?? null;
  const fetcher = useMemo(() => {
    const access = since === null ? null : { session: () => current.current as Session, onRefused };
    return fetcherFor(config.endpoint, access);
  }, [config.endpoint, since, onRefused]);

  if (!editorsReady) return <p className="loading" role="status">Loading the editor…</p>;
  return (
    <GraphiQL
      fetcher={fetcher}
      storage={storage}
      defaultQuery={config.sampleQuery}
      isHeadersEditorEnabled={session === null}
      shouldPersistHeaders={false}
      showPersistHeadersSettings={false}
      editorTheme={EDITOR_THEMES}
      forcedTheme="system"
      schemaDescription
      inputValueDeprecation
    >
      <GraphiQL.Logo>{[]}</GraphiQL.Logo>
      <AnswersOfOneTenant tenant={session?.tenant.id ?? null} />
    </GraphiQL>
  );
}

/** Loads Monaco and gives it our colours before the first editor is drawn. */
function useEditors(): boolean {
  const monaco = useMonaco((store) => store.monaco);
  const initialize = useMonaco((store) => store.actions.initialize);
  const [themed, setThemed] = useState(false);
  useEffect(() => void initialize(), [initialize]);
  useEffect(() => {
    if (!monaco) return undefined;
    defineEditorThemes(monaco.editor);
    setThemed(true);
    return followSystemScheme(monaco.editor);
  }, [monaco]);
  return themed;
}

/** Takes the answers out of every tab when the tenant changes; the queries stay. */
function AnswersOfOneTenant({ tenant }: { readonly tenant: string | null }): ReactNode {
  const { stop, changeTab, updateActiveTabValues } = useGraphiQLActions();
  const tabs = useGraphiQL((store) => store.tabs);
  const active = useGraphiQL((store) => store.activeTabIndex);
  const query = useGraphiQL((store) => store.queryEditor);
  const variables = useGraphiQL((store) => store.variableEditor);
  const headers = useGraphiQL((store) => store.headerEditor);
  const answered = useRef(tenant);
  useEffect(() => {
    if (answered.current === tenant) return;
    answered.current = tenant;
    stop();
    // A tab learns of typing a moment later, and opening it shows what it knows.
    updateActiveTabValues({
      query: query?.getValue() ?? null,
      variables: variables?.getValue() ?? null,
      headers: headers?.getValue() ?? null,
    });
    // GraphiQL has no way to a tab but to open it.
    for (const index of [...tabs.keys()].filter((each) => each !== active).concat(active)) {
      changeTab(index);
      updateActiveTabValues({ response: null });
    }
    changeTab(active);
  }, [tenant, tabs, active, query, variables, headers, stop, changeTab, updateActiveTabValues]);
  return null;
}
