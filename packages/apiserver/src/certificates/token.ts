// The administrator's token of a door.

/** A bearer token nobody can guess. */
export function createToken(randomBytes: (length: number) => Uint8Array): string {
  return Buffer.from(randomBytes(32)).toString('base64url')
}
