// A value while it is put together. What is made often is made by one literal that names every field it always has; those it may have
// are assigned afterwards. A field that a spread does not know (`{ ...old, added }`) would give each such object a hidden class of its
// own, since V8 hangs no transitions on the class of a clone: every later read of the object would miss its caches.

/** The fields of T, to be filled one after the other; what they hold stays read-only. */
export type Draft<T> = { -readonly [Key in keyof T]: T[Key] }
