// The copy-on-write B-tree of sorted-btree, with the part of its interface the store uses. It is spelled out because the library is
// bundled: declarations that import it would be broken where the package is installed. sorted-btree is CommonJS: under Node's
// module rules its class is the default of the default export.

import sortedBTree from 'sorted-btree'

export interface BTree<Key, Value> {
  readonly size: number
  get(key: Key): Value | undefined
  /** @returns whether the key is new */
  set(key: Key, value: Value): boolean
  /** Sets it unless the key is there. @returns whether it was set */
  setIfNotPresent(key: Key, value: Value): boolean
  /** @returns whether the key was there */
  delete(key: Key): boolean
  /** In order, from this key on. */
  entries(lowestKey?: Key): IterableIterator<[Key, Value]>
  forRange(low: Key, high: Key, includeHigh: boolean, onFound: (key: Key, value: Value) => void): number
  /** At once, however large it is. */
  clone(): BTree<Key, Value>
}

export const BTree: new <Key, Value>(
  entries?: [Key, Value][],
  compare?: (a: Key, b: Key) => number,
) => BTree<Key, Value> = sortedBTree.default
