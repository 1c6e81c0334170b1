// Answers from cluster objects: the index they are kept in (record-index.ts), what a name stands for (find.ts), and the
// records made of it (answer.ts).

export { answerQuestion, type AnswerContext } from './answer.ts'
export type { Chase } from './address-records.ts'
export { RecordIndex } from './record-index.ts'
export type { ZoneOptions } from './zone-options.ts'
