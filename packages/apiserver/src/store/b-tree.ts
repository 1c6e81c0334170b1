// sorted-btree is CommonJS: under Node's module rules its class is the default of the default export.

import sortedBTree from 'sorted-btree'

export const BTree = sortedBTree.default
export type BTree<Key, Value> = InstanceType<typeof sortedBTree.default<Key, Value>>
