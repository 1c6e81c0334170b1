import * as b from './podwire.mjs'
await b.manyPods(1000)
console.log(await b.manyPods(1000), await b.manyPods(1000))
