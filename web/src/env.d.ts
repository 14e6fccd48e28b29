/// <reference types="vite/client" />

declare module 'virtual:texts/*' {
  const messages: Record<string, never>
  export default messages
}
