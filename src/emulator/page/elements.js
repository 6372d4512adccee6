// Makes elements. Whatever senders send becomes text and never markup: nothing on this page parses HTML.

/** `attributes`: `class`, `onclick` and the like; undefined and false leave one out. Children: elements, and texts. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value)
    else made.setAttribute(key, value === true ? '' : String(value))
  }
  made.append(...children.filter((child) => child !== undefined))
  return made
}

/** A text of a sender: its own direction, and no longer than a screen shows. */
export function foreignText(name, className, text, limit = 600) {
  const shown = text.length > limit ? `${text.slice(0, limit)}…` : text
  return element(name, { class: className, dir: 'auto' }, shown)
}

export function byId(id) {
  const found = document.getElementById(id)
  if (!found) throw new Error(`The page has no #${id}.`)
  return found
}

/** Keeps the first `limit` children. */
export function keepFirst(list, limit) {
  while (list.childElementCount > limit) list.lastElementChild.remove()
}
