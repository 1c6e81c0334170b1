// The time of day as BIND's tools print it: `Thu Jan 01 00:00:00 UTC 2026`.

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

export function formatCalendar(wallTimeMs: number): string {
  const moment = new Date(wallTimeMs)
  const day = String(moment.getUTCDate()).padStart(2, '0')
  const clock = moment.toISOString().slice(11, 19)
  return `${DAYS[moment.getUTCDay()]} ${MONTHS[moment.getUTCMonth()]} ${day} ${clock} UTC ${moment.getUTCFullYear()}`
}
