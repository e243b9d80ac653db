import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Plugin } from "vite";

const RECORD = "build.json";

/**
 * Writes `build.json`: one hash of the source tree, and one of each built file.
 *
 * The tests compute both again, in Python and without node: a source changed without a build, and a built
 * file changed by hand, are both found.
 */
export function buildRecord(): Plugin {
  let source = "";
  let built = "";
  return {
    name: "dovetail-build-record",
    apply: "build",
    configResolved(config) {
      source = config.root;
      built = join(config.root, config.build.outDir);
    },
    closeBundle() {
      const record = { source: treeHash(source), files: Object.fromEntries(fileHashes(built)) };
      writeFileSync(join(built, RECORD), `${JSON.stringify(record, null, 2)}\n`);
    },
  };
}

function treeHash(root: string): string {
  const listing = fileHashes(root).map(([path, hash]) => `${hash}  ${path}\n`);
  return sha256(listing.join(""));
}

/** Pairs of path and hash, by path; what npm installs is no part of the source. */
function fileHashes(root: string): [path: string, hash: string][] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => !path.startsWith("node_modules/") && path !== RECORD)
    .sort()
    .map((path) => [path, sha256(readFileSync(join(root, path)))]);
}

function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
