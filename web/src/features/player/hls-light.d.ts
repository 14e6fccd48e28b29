// The smaller build of hls.js has the same types.
declare module 'hls.js/light' {
  export { default } from 'hls.js'
}
