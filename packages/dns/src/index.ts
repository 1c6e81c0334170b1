// @podwire/dns: cluster DNS and the resolver in pods. records/ answers from objects, plugins/ is the CoreDNS chain, server/
// the CoreDNS process, wire/ the packet format, corefile/ the configuration, resolver/ the pods' side.

export { CorefileError, KUBEADM_COREFILE, kubeadmCorefile } from './corefile/index.ts'
export { PLUGINS, parseHosts, type HostsTable } from './plugins/index.ts'
export {
  createDnsServer,
  createMessageReader,
  dnsAnswered,
  dnsReloaded,
  frameMessage,
  type DnsAnswered,
  type DnsReloaded,
  type DnsServer,
  type DnsServerOptions,
  type HttpPage,
  type MessageReader,
} from './server/index.ts'
export {
  className,
  decodeMessage,
  encodeMessage,
  fullyQualified,
  nameFault,
  queryFor,
  rcodeName,
  rcodeNumber,
  rdataText,
  RCODE,
  recordLine,
  recordTypeName,
  replyTo,
  reverseNameOf,
  TYPE,
  typeName,
  typeNumber,
  type DnsMessage,
  type Edns,
  type Question,
  type ResourceRecord,
} from './wire/index.ts'
export {
  candidatesOf,
  createResolver,
  parseResolvConf,
  type Exchange,
  type Libc,
  type LookupOptions,
  type LookupResult,
  type QueryOptions,
  type QueryOutcome,
  type QueryResult,
  type Resolver,
  type ResolverOptions,
  type ResolverQuery,
  type ResolvConf,
  type SearchRules,
} from './resolver/index.ts'
