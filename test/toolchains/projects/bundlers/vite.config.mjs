const format = process.env.FORMAT

// biome-ignore lint/style/noDefaultExport: vite wants it so.
export default {
  logLevel: 'warn',
  ssr: { noExternal: true },
  build: {
    ssr: 'app.mjs',
    target: 'node20',
    outDir: process.env.OUT_DIR,
    emptyOutDir: true,
    rolldownOptions: { output: { format, entryFileNames: `vite.${format === 'es' ? 'mjs' : 'cjs'}` } },
  },
}
