// How a podwire command ends, the same for each of them, as diff and grep do it. Only `podwire exec` ends as the command did that it ran.

/** Done, and what was asked holds. */
export const ALL_RIGHT = 0
/** Done, and the answer is no: a scenario's step failed, a lab's check is not met, a replay is another run. */
export const NOT_SO = 1
/** It could not be done: the command line, a file, no cluster there. */
export const NOT_DONE = 2

/** Ctrl-C ended it before all was done: as shells count it. */
export const INTERRUPTED = 130

export const STATUS_HELP = `
Status: 0 when it was done and all is right, 1 when the answer is no (a step
failed, a check is not met, a replay differs), 2 when it could not be done (the
command line, a file, no cluster). exec ends as its command does.`
