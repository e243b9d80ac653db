import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import type { Plugin } from "vite";

const FILE = "THIRD-PARTY-LICENSES.txt";
const LICENCE_FILES = /^(licen[cs]e|notice|thirdpartynotices)(\.|$|-)/i;
const RULE = "=".repeat(100);

/** What packages carry inside themselves without a package, or a text of a licence, of its own. */
const CARRIED = `Inside monaco-editor

DOMPurify 3.1.7, (c) Cure53 and other contributors, under the Apache License 2.0 (its text: react-aria, below) or the
Mozilla Public License 2.0. The icon font Codicons, (c) Microsoft Corporation, under the Creative Commons Attribution
4.0 International Public License (its text: monaco-editor, below).`;

interface Package {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly texts: readonly string[];
}

/**
 * Two plugins: one collects the packages that are really in the bundles (the workers are bundles of their
 * own, so they get it too), the other writes their licences once all are known.
 */
export function thirdPartyLicences(): { collected: Plugin; written: Plugin } {
  const packages = new Map<string, Package>();
  const add = (file: string): void => {
    const folder = packageFolder(file);
    if (folder !== null && !packages.has(folder)) packages.set(folder, readPackage(folder));
  };
  return {
    collected: {
      name: "dovetail-licences-collected",
      apply: "build",
      generateBundle(_options, bundle) {
        for (const output of Object.values(bundle)) {
          // Fonts and images have no modules of their own; they name the file that they came from.
          const files = output.type === "chunk" ? output.moduleIds : output.originalFileNames;
          files.forEach(add);
        }
      },
    },
    written: {
      name: "dovetail-licences-written",
      apply: "build",
      generateBundle() {
        this.emitFile({ type: "asset", fileName: FILE, source: print([...packages.values()]) });
      },
    },
  };
}

function packageFolder(file: string): string | null {
  const [path = ""] = file.replaceAll("\0", "").split("?");
  if (!path.includes("node_modules/")) return null;
  let folder = dirname(resolve(path));
  // Some packages carry further package.json files inside, without a name, to say how modules are read.
  while (!existsSync(join(folder, "package.json")) || !("version" in readManifest(folder))) folder = dirname(folder);
  return folder;
}

function readPackage(folder: string): Package {
  const { name, version, license } = readManifest(folder);
  const texts = readdirSync(folder)
    .filter((file) => LICENCE_FILES.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim());
  if (!license) throw new Error(`${name} names no licence: look, and decide whether it may be shipped`);
  if (texts.length === 0) texts.push(`The package holds no text of its licence, which is the one named above.`);
  return { name: name ?? folder, version: version ?? "", licence: license, texts };
}

function readManifest(folder: string): { name?: string; version?: string; license?: string } {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

function print(packages: readonly Package[]): string {
  const sections = [...packages]
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, version, licence, texts }) => [RULE, `${name} ${version} (${licence})`, RULE, ...texts].join("\n\n"));
  return `The console is built from these packages.\n\n${CARRIED}\n\n${sections.join("\n\n")}\n`;
}
