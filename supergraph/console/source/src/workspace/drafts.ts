/** GraphiQL's entries whose JSON has a `headers` field; its history writes that whatever it is told of headers. */
const ENTRIES_WITH_HEADERS: ReadonlySet<string> = new Set(["graphiql:tabState", "graphiql:queries", "graphiql:favorites"]);

/**
 * Where one person's queries, tabs and history are kept between visits. Answers are never among them, and
 * neither are headers, which may hold a token.
 *
 * Each owner has a place of their own: the next person at this browser does not meet the last one's work.
 */
export function draftsOf(owner: string): Storage {
  const prefix = `dovetail.drafts.${owner}.`;
  const storage = availableStorage();
  const names = (): string[] =>
    Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? "").filter((name) => name.startsWith(prefix));
  return {
    get length() {
      return names().length;
    },
    key: (index) => names()[index]?.slice(prefix.length) ?? null,
    getItem: (name) => storage.getItem(prefix + name),
    setItem: (name, value) =>
      storage.setItem(prefix + name, ENTRIES_WITH_HEADERS.has(name) ? withoutHeaders(value) : value),
    removeItem: (name) => storage.removeItem(prefix + name),
    clear: () => names().forEach((name) => storage.removeItem(name)),
  };
}

function withoutHeaders(json: string): string {
  return JSON.stringify(JSON.parse(json), (name, value: unknown) => (name === "headers" ? null : value));
}

/** A browser may forbid storage; drafts then last as long as the page. */
function availableStorage(): Storage {
  try {
    return window.localStorage;
  } catch {
    return storageInMemory();
  }
}

function storageInMemory(): Storage {
  const kept = new Map<string, string>();
  return {
    get length() {
      return kept.size;
    },
    key: (index) => [...kept.keys()][index] ?? null,
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
    clear: () => kept.clear(),
  };
}
