// The simulated internet: names a test declares (internet.ts), and the resolver that answers for them (internet-resolver.ts).

export { Internet, type InternetHost } from './internet.ts'
export { internetAsked, startInternetResolver, type InternetAsked } from './internet-resolver.ts'
