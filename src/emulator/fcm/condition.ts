// The grammar of a topic condition, such as 'a' in topics && ('b' in topics || !('c' in topics)): terms joined by && and
// ||, each with ! before it or parentheses around it (firebase.google.com/docs/cloud-messaging/topic-messaging).

const MAX_TOPICS = 5
const TOKEN = /\s*('[^']*'\s+in\s+topics\b|&&|\|\||[!()])/y
export const TOPIC = /^[a-zA-Z0-9\-_.~%]{1,900}$/

/** What is wrong with the condition, if anything. */
export function conditionObjection(condition: string): string | undefined {
  const tokens = tokensOf(condition)
  const topics = tokens?.filter((token) => token.startsWith("'")).map((token) => token.split("'")[1] ?? '')
  if (!tokens || !topics || !isExpression(tokens)) return 'Invalid condition expression provided.'
  if (topics.length > MAX_TOPICS) return `A condition may name ${MAX_TOPICS} topics.`
  return topics.every((topic) => TOPIC.test(topic)) ? undefined : 'The condition names a topic that cannot be one.'
}

function tokensOf(condition: string): string[] | undefined {
  const tokens: string[] = []
  const text = condition.trimEnd()
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const token = TOKEN.exec(text)?.[1]
    if (token === undefined) return undefined
    tokens.push(token)
  }
  return tokens
}

/** Walks through the tokens with the number of parentheses that are open, and whether a term must come next. */
function isExpression(tokens: readonly string[]): boolean {
  let open = 0
  let awaitsTerm = true
  for (const token of tokens) {
    const beginsTerm = token === '!' || token === '(' || token.startsWith("'")
    if (beginsTerm !== awaitsTerm) return false
    if (token === '(') open++
    if (token === ')' && --open < 0) return false
    awaitsTerm = token !== ')' && !token.startsWith("'")
  }
  return open === 0 && !awaitsTerm
}
