// The pods' resolver: resolv.conf and the candidates it makes of a name (pure), the two C libraries' ways through them
// (glibc.ts, musl.ts), and single questions for the tools (query.ts).

export { candidatesOf, type Libc, type SearchRules } from './candidates.ts'
export { UNDECLARED_NAME_SERVER, type Exchange, type ResolverQuery } from './exchange.ts'
export type { QueryOptions, QueryOutcome, QueryResult } from './query.ts'
export { parseResolvConf, type ResolvConf } from './resolv-conf.ts'
export {
  createResolver,
  type LookupOptions,
  type LookupResult,
  type Resolver,
  type ResolverOptions,
} from './resolver.ts'
