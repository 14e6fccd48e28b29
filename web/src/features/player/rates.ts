/** The speeds that a film is played at. */
export const RATES = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2] as const
