// An answer that goes on: watches and followed logs. The server gives it a writer and is told how to stop it when the client
// goes away; it ends itself through the writer.

/** The open response. Nothing is sent before the first write or `begin`. */
export interface StreamWriter {
  write(chunk: string | Uint8Array): void
  /** No more comes; the response is finished cleanly. */
  end(): void
}

export interface StreamAnswer {
  readonly type: 'stream'
  readonly contentType: string
  readonly headers?: ReadonlyMap<string, string>
  /** What may wait unread, beyond what is written while it opens, before the client is cut off. */
  readonly unreadLimitBytes?: number
  /**
   * Starts writing. Throws StatusError when refused: then nothing was written and an ordinary answer follows.
   * Returns what to do when the client goes away.
   */
  open(writer: StreamWriter): () => void
}
