import type * as Monaco from "monaco-editor";

export const EDITOR_THEMES = { light: "dovetail-light", dark: "dovetail-dark" } as const;

type Scheme = keyof typeof EDITOR_THEMES;

/** The tones of `style/tones.css` once more: Monaco paints by itself and reads no style sheet. */
const TONES = {
  light: { accent: "#10605a", accentSoft: "#10605a1a", text: "#1f2a30", faint: "#7b878d", surface: "#ffffff", line: "#d9dfe1" },
  dark: { accent: "#5cc7ba", accentSoft: "#5cc7ba26", text: "#dce4e6", faint: "#7f8d94", surface: "#182125", line: "#33424a" },
} as const satisfies Record<Scheme, Record<string, string>>;

const SYNTAX = {
  light: { keyword: "#7a3e9d", field: "#1f2a30", type: "#10605a", variable: "#a8501a", string: "#3f6b1f", number: "#1c5fa8", argument: "#44606e" },
  dark: { keyword: "#c8a2e8", field: "#dce4e6", type: "#5cc7ba", variable: "#eba66f", string: "#a6cf83", number: "#83b8f2", argument: "#a3bac6" },
} as const satisfies Record<Scheme, Record<string, string>>;

export function defineEditorThemes(editor: typeof Monaco.editor): void {
  editor.defineTheme(EDITOR_THEMES.light, theme("light", "vs"));
  editor.defineTheme(EDITOR_THEMES.dark, theme("dark", "vs-dark"));
}

/** Keeps the editors in the system's scheme when that changes while the page is open; returns the way to stop. */
export function followSystemScheme(editor: typeof Monaco.editor): () => void {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const follow = (): void => editor.setTheme(EDITOR_THEMES[dark.matches ? "dark" : "light"]);
  dark.addEventListener("change", follow);
  return () => dark.removeEventListener("change", follow);
}

function theme(scheme: Scheme, base: Monaco.editor.BuiltinTheme): Monaco.editor.IStandaloneThemeData {
  const tones = TONES[scheme];
  const syntax = SYNTAX[scheme];
  return {
    base,
    inherit: true,
    rules: [
      { token: "", foreground: tones.text },
      { token: "keyword.gql", foreground: syntax.keyword },
      { token: "key.identifier.gql", foreground: syntax.field },
      { token: "type.identifier.gql", foreground: syntax.type },
      { token: "argument.identifier.gql", foreground: syntax.argument },
      { token: "string.gql", foreground: syntax.string },
      { token: "number.gql", foreground: syntax.number },
      { token: "comment.gql", foreground: tones.faint },
      { token: "string.key.json", foreground: syntax.type },
      { token: "string.value.json", foreground: syntax.string },
      { token: "number.json", foreground: syntax.number },
      { token: "keyword.json", foreground: syntax.keyword },
    ],
    colors: {
      // The panel behind the editor shows through.
      "editor.background": "#ffffff00",
      "editor.foreground": tones.text,
      "editorLineNumber.foreground": tones.faint,
      "editorLineNumber.activeForeground": tones.text,
      "editorCursor.foreground": tones.accent,
      "editor.selectionBackground": tones.accentSoft,
      // One tone for every depth of bracket: the indentation already shows the depth.
      ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((depth) => [`editorBracketHighlight.foreground${depth}`, syntax.argument])),
      "editorBracketMatch.background": tones.accentSoft,
      "editorBracketMatch.border": "#ffffff00",
      "editorIndentGuide.background1": tones.line,
      "editorIndentGuide.activeBackground1": tones.line,
      "scrollbarSlider.background": `${tones.faint}40`,
      "scrollbarSlider.hoverBackground": `${tones.faint}80`,
      "scrollbarSlider.activeBackground": `${tones.faint}80`,
      "editorHoverWidget.background": tones.surface,
      "editorHoverWidget.border": tones.line,
      "editorSuggestWidget.background": tones.surface,
      "editorSuggestWidget.border": tones.line,
      "editorSuggestWidget.selectedBackground": tones.accentSoft,
      "editorSuggestWidget.selectedForeground": tones.text,
      "editorSuggestWidget.highlightForeground": tones.accent,
      "editorSuggestWidget.focusHighlightForeground": tones.accent,
      "editorWidget.background": tones.surface,
      "editorWidget.border": tones.line,
      "editorLink.activeForeground": tones.accent,
      "textLink.foreground": tones.accent,
      "textLink.activeForeground": tones.accent,
      "list.hoverBackground": tones.accentSoft,
      "list.highlightForeground": tones.accent,
      "menu.background": tones.surface,
      "menu.selectionBackground": tones.accentSoft,
      "menu.selectionForeground": tones.text,
      "quickInput.background": tones.surface,
      "quickInputList.focusBackground": tones.accentSoft,
      "quickInputList.focusForeground": tones.text,
      "scrollbar.shadow": "#ffffff00",
      focusBorder: tones.accent,
    },
  };
}
