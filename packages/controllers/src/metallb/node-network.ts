// What a speaker does to the network of its node: answering ARP for an address, and telling a router the way to a prefix.

export interface SpeakerNetwork {
  /** Answers for the address on the node network from now on, and says so at once (gratuitous ARP). */
  announce(address: string): void
  withdraw(address: string): void
  /** Nobody answers any more, but neighbours know the way for a while; whoever takes over tells them at once. */
  abandon(address: string): void
  /** Is this the address of a router that takes sessions? */
  isRouter(address: string): boolean
  /** The router has a way to the prefix over this node. */
  advertise(router: string, prefix: string): void
  retract(router: string, prefix: string): void
  /** The router forgets the way after this long, unless it is advertised again before. Microseconds. */
  expire(router: string, prefix: string, afterUs: number): void
}
