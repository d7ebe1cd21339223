/** A fence as it is read: its counter, and before that its view, once there was more than one (`epoch · 2²⁸ + counter`). */
export function fenceText(fence: number): string {
  const epoch = Math.floor(fence / 2 ** 28)
  const counter = fence % 2 ** 28
  return epoch <= 1 ? String(counter) : `${epoch}:${counter}`
}
