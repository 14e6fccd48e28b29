// Every title has a drawn poster, an image of its own or not.
export function drawnPoster(titleId: string): string {
  return `/posters/${titleId}.svg`
}
