// The JSON API inside another application: at any prefix, for all apps or for one.
import type { Core } from '../../app/core.ts'
import { toResponse } from '../answer.ts'
import { createApi } from '../api/create-api.ts'
import { toListener } from '../api/listener.ts'
import { toProblem } from '../problem.ts'
import { assertBodyUnread, withHostBody } from './host-body.ts'
import type { Endpoints } from './mount.ts'

const OPENAPI_PATH = '/v1/openapi.json'
const APPS_PATH = '/v1/apps/'
/** Where nothing is served. */
const NOWHERE = '/'

/** @param app The one app to serve; without it, all are. Throws StateError PUSH_APP_UNKNOWN. */
export function createMountedApi(core: Core, app?: string): Endpoints {
  if (app !== undefined) core.assertApp(app)
  const logger = core.logger.child('http')
  const served = app === undefined ? APPS_PATH : `${APPS_PATH}${app}/`
  const api = createApi(core, { ownPath: (path) => ownPath(path, served) })
  return {
    async fetch(request, origin) {
      try {
        assertBodyUnread(request)
        return await api.fetch(request, origin)
      } catch (error) {
        return toResponse(toProblem(error, { logger }))
      }
    },
    node: toListener((request, origin) => api.fetch(withHostBody(request, origin.incoming), origin), logger),
  }
}

/** A path without the prefix that the host has mounted us at. An API's own path holds neither part a second time. */
function ownPath(path: string, served: string): string {
  if (path.endsWith(OPENAPI_PATH)) return OPENAPI_PATH
  const start = path.lastIndexOf(APPS_PATH)
  const own = start === -1 ? NOWHERE : path.slice(start)
  return own.startsWith(served) ? own : NOWHERE
}
