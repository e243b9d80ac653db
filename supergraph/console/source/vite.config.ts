import { defineConfig } from "vite";

import { buildRecord } from "./build/build_record.ts";
import { thirdPartyLicences } from "./build/third_party_licences.ts";

const licences = thirdPartyLicences();

export default defineConfig({
  // The gateway serves index.html at `/` and everything it refers to below `/console/`.
  base: "/console/",
  plugins: [licences.collected, licences.written, buildRecord()],
  worker: { format: "es", plugins: () => [licences.collected] },
  build: {
    outDir: "../static",
    emptyOutDir: true,
    target: "es2022",
    sourcemap: false,
    // Nothing as a `data:` address: fonts and images stay files, so that the content policy can name our origin alone.
    assetsInlineLimit: 0,
    // Monaco is one large piece whichever way it is cut; it is loaded after the sign-in page has been drawn.
    chunkSizeWarningLimit: 4096,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // Apart from our own code, so that a change of ours leaves the large files, and their names, as they were.
          groups: [
            { name: "preload", test: /vite\/preload-helper/ },
            { name: "react", test: /node_modules\/(react|react-dom|scheduler)\// },
          ],
        },
      },
      onwarn(warning, warn) {
        // "use client" speaks to servers that render React; there is none here.
        if (warning.code !== "MODULE_LEVEL_DIRECTIVE") warn(warning);
      },
    },
  },
  server: {
    // `npm run dev` beside a running `dovetail dev`: the page from here, everything else from there.
    proxy: {
      "/graphql": "http://127.0.0.1:4000",
      "/sign-in": "http://127.0.0.1:4000",
      "/console/config.json": "http://127.0.0.1:4000",
    },
  },
});
