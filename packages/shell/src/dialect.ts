// Which shell a shell is. They differ in what they know, in their prompts and in the words of their messages.

/** busybox's `sh`, Debian's `sh`, and bash. */
export type Dialect = 'ash' | 'dash' | 'bash'
