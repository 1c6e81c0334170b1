// The CoreDNS process (dns-server.ts): what happens to a message (serve.ts), the running Corefile (configuration.ts), the
// objects it watches (index-source.ts), its pages and counters.

export { createDnsServer, type DnsServer, type DnsServerOptions } from './dns-server.ts'
export type { HttpPage } from './http-pages.ts'
export { createMessageReader, frameMessage, type MessageReader } from './tcp-framing.ts'
export { dnsAnswered, dnsReloaded, type DnsAnswered, type DnsReloaded } from './topics.ts'
