// The two symbols behind `using`, where the realm has none. Node gives them to its main realm; the contexts of node:vm that jest and
// vitest's vm pools run tests in have them only as V8 has them itself, which is from Node 24 on. Registered symbols, as the code that
// compilers make of `using` takes when there is none (esbuild, oxc); that of TypeScript asks for `Symbol.dispose` itself.

for (const name of ['dispose', 'asyncDispose'] as const) {
  if (Symbol[name] !== undefined) continue
  Object.defineProperty(Symbol, name, { value: Symbol.for(`Symbol.${name}`), configurable: false, writable: false })
}
