// The link that was opened before logging in: this tab keeps it while the provider asks who it is, and opens it once
// when somebody has logged in. What is kept is the name of a page of the dashboard with its choices, and no address.
(pages, loggedIn) => {
  const KEY = "link-before-login"
  const here = location.pathname.slice(1) + location.search
  if (!loggedIn) return sessionStorage.setItem(KEY, here)
  const kept = sessionStorage.getItem(KEY)
  sessionStorage.removeItem(KEY)
  if (kept && kept !== here && pages.includes(kept.split("?")[0])) location.replace(`/${kept}`)
}
