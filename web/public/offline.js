// The page that is shown without a network: in the reader's language, until the network is back.
const portuguese = (chosenLocale() ?? navigator.language).startsWith('pt')
document.documentElement.lang = portuguese ? 'pt-BR' : 'en'
for (const part of document.querySelectorAll('[data-language]')) {
  part.hidden = (part.dataset.language === 'pt-BR') !== portuguese
}
document.title = portuguese ? 'Sem conexão' : 'You are offline'
addEventListener('online', () => location.reload())

function chosenLocale() {
  try {
    return localStorage.getItem('locale')
  } catch {
    // Without storage the browser's language decides.
    return null
  }
}
