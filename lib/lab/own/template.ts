/** The file that `holdfast lab new` writes: Ricart and Agrawala 1981 in its simplest form, correct, in 50 lines or fewer. */

/** What the template is written in. */
export type TemplateLanguage = 'typescript' | 'javascript'

/** The template's text, for an algorithm of that name in that file. */
export function template(name: string, file: string, language: TemplateLanguage): string {
  const body = language === 'typescript' ? typescript : javascript
  return `${header(name, file)}\n${body(name, classNameOf(name))}`
}

/** `my-mutex` is made by the class `MyMutex`. */
function classNameOf(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
  const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
  return /^[A-Z]/.test(joined) && !taken.has(joined) ? joined : `Mutex${joined}`
}

/** Names that have another meaning in the template. */
const taken = new Set(['Map', 'Set', 'Math', 'Message', 'Site', 'OwnAlgorithm'])

const header = (
  name: string,
  file: string,
): string => `// ${name}: a site that wants to enter asks all others and waits for all replies (Ricart and Agrawala 1981). A site that is
// inside, or asked before, replies when it has left. Try it: holdfast lab check ${file}`

const typescript = (
  name: string,
  className: string,
): string => `import { defineAlgorithm, type OwnAlgorithm, type Site } from 'holdfast/lab'

type Message = { kind: 'request'; time: number } | { kind: 'reply'; time: number }

class ${className} implements OwnAlgorithm<Message> {
  clock = 0 // Lamport's: above everything heard of
  asked = 0 // when this site asked; 0 when it does not want to enter
  missing = new Set<string>() // whose reply it waits for
  deferred = new Map<string, number>() // who waits for its reply, and to which request
  site: Site<Message>

  constructor(site: Site<Message>) {
    this.site = site
  }

${methodsOf('typescript')}export const algorithm = defineAlgorithm<Message>({ name: '${name}', create: (site) => new ${className}(site) })
`

const javascript = (name: string, className: string): string => `
class ${className} {
  clock = 0 // Lamport's: above everything heard of
  asked = 0 // when this site asked; 0 when it does not want to enter
  missing = new Set() // whose reply it waits for
  deferred = new Map() // who waits for its reply, and to which request

  constructor(site) {
    this.site = site // site.self, site.peers, site.send(to, { kind, … }), site.granted(), site.pause()
  }

${methodsOf('javascript')}export const algorithm = { name: '${name}', create: (site) => new ${className}(site) }
`

/** What is the same in both languages, but for the types. */
function methodsOf(language: TemplateLanguage): string {
  const typed = (type: string): string => (language === 'typescript' ? `: ${type}` : '')
  return `  request() {
    this.asked = ++this.clock
    this.missing = new Set(this.site.peers)
    this.site.broadcast(this.site.peers, { kind: 'request', time: this.asked })
    if (this.missing.size === 0) this.site.granted()
  }

  receive(from${typed('string')}, message${typed('Message')}) {
    if (message.kind === 'request') {
      this.clock = Math.max(this.clock, message.time)
      if (this.isBefore(message.time, from)) this.deferred.set(from, message.time)
      else this.site.send(from, { kind: 'reply', time: message.time })
    } else if (message.time === this.asked && this.missing.delete(from)) {
      if (this.missing.size === 0) this.site.granted()
    }
  }

  release() {
    this.asked = 0
    for (const [peer, time] of this.deferred) this.site.send(peer, { kind: 'reply', time })
    this.deferred.clear()
  }

  // Equal times are common: the name decides.
  isBefore(time${typed('number')}, from${typed('string')})${typed('boolean')} {
    return this.asked > 0 && (this.asked < time || (this.asked === time && this.site.self < from))
  }
}

`
}
