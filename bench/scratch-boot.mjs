import * as b from './podwire.mjs'
for (let i = 0; i < 150; i++) await b.boot()
