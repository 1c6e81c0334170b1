// Choosing an endpoint: canary.ts (which backend), session-cookie.ts, consistent-hash.ts, ewma.ts and round-robin.ts (which
// endpoint), balancer.ts (in which order they are asked).

export { Balancer, type Candidate, type Picked } from './balancer.ts'
