const use = require('./use.cjs')

use(require('holdfast')).then(console.log)
