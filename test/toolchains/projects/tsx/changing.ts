export const change = 0
