// The server's doors by their prefix: /c2dm for the app `default`, /apps/<app>/c2dm for every other that has C2DM at
// the moment of the request.
import type { Core } from '../../app/core.ts'
import { createC2dmDoors } from './doors.ts'

type Doors = ReturnType<typeof createC2dmDoors>

const DEFAULT_APP = 'default'
const PREFIX = /^\/apps\/([^/]+)\/c2dm$/

export interface DoorMap {
  /** The doors that stand under this path, whose last segment is the door's name. */
  find(path: string): Doors | undefined
}

export function createDoorMap(core: Core): DoorMap {
  const made = new Map<string, Doors>()
  return {
    find(path) {
      const app = appOf(path.replace(/\/[^/]*\/?$/, ''))
      if (app === undefined || !core.hasC2dm(app)) return undefined
      const doors = made.get(app) ?? createC2dmDoors(core, app)
      made.set(app, doors)
      return doors
    },
  }
}

/** Where the server has an app's doors. */
export function doorsPath(app: string): string {
  return app === DEFAULT_APP ? '/c2dm' : `/apps/${app}/c2dm`
}

function appOf(prefix: string): string | undefined {
  const app = prefix === '/c2dm' ? DEFAULT_APP : PREFIX.exec(prefix)?.[1]
  // The default app has one place only.
  return app !== undefined && doorsPath(app) === prefix ? app : undefined
}
