// A box that was opened by a key (Table, How, Download, ...) gets the keys, and gives them back when Escape closes it:
// Streamlit draws it at the end of the page, where Tab would come only after everything else.
(() => {
  if (window.keysIntoBoxes) return
  window.keysIntoBoxes = true
  const TABLE = "[data-testid=stDataFrame]", FIRST = "button, input, a[href], [tabindex='0']"
  let opener = null, waits = false
  addEventListener("keydown", event => {
    const button = event.target instanceof Element && event.target.closest("[data-testid=stPopover] button")
    if (button && (event.key === "Enter" || event.key === " ")) { opener = button; waits = true }
    else if (event.key === "Escape" && opener) { const back = opener; opener = null; setTimeout(() => back.focus(), 100) }
  }, true)
  addEventListener("pointerdown", () => { opener = null; waits = false }, true)
  new MutationObserver(() => {
    const body = waits && document.querySelector("[data-testid=stPopoverBody]")
    if (!body) return
    const table = body.querySelector(TABLE)
    const first = table ? table.querySelector("canvas[tabindex]") : body.querySelector(FIRST)
    if (first) { first.focus(); waits = false }
  }).observe(document.body, { subtree: true, childList: true })
})()
