// The colour that a poster gives to its surroundings.
export interface Palette {
  ground: string
  shape: string
  accent: string
  ink: string
}

const GREY_BELOW = 40

/** The ground's colour; where the ground is grey, the most colourful of the others. */
export function lightOf({ ground, shape, accent }: Palette): string {
  if (colourfulness(ground) >= GREY_BELOW) return ground
  return [ground, shape, accent].reduce((most, colour) => (colourfulness(colour) > colourfulness(most) ? colour : most))
}

function colourfulness(hex: string): number {
  const channels = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))
  return Math.max(...channels) - Math.min(...channels)
}
