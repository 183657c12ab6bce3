// Updates that come by themselves. Streamlit fades what is drawn anew, whoever asked for it: what a timer asks for keeps
// its look (the rule for `data-quiet` in layout.css). While a person aims at a table, by pointer or by key, timers ask
// for nothing: rows that move under a pointer are clicked by mistake.
(() => {
  if (window.quietUpdates) return
  window.quietUpdates = true
  const ANSWERS = 1500, AIMS = 4000 // milliseconds: in which a run follows what a person did; that a hand rests
  const root = document.documentElement, now = () => performance.now()
  let did = -Infinity, aimed = -Infinity, was = false
  const does = () => { did = now(); delete root.dataset.quiet }
  for (const kind of ["pointerdown", "keydown", "input", "change", "popstate"]) addEventListener(kind, does, true)
  const aims = event => {
    const on = event.target instanceof Element && event.target.closest("[data-testid=stDataFrame]")
    if (on) aimed = now()
    else if (event.type === "pointermove") aimed = -Infinity
  }
  for (const kind of ["pointermove", "pointerdown", "keydown"]) addEventListener(kind, aims, true)
  new MutationObserver(() => {
    const runs = document.querySelector("[data-testid=stApp]")?.dataset.testScriptState !== "notRunning"
    if (!runs) delete root.dataset.quiet
    else if (!was && now() - did > ANSWERS) root.dataset.quiet = ""
    was = runs
  }).observe(document.body, { subtree: true, attributes: true, attributeFilter: ["data-test-script-state"] })

  // What Streamlit sends is a BackMsg of its protocol; a timer's has `is_auto_rerun` (6) in its `rerun_script` (11).
  const field = (bytes, wanted) => {
    const number = () => { let value = 0, shift = 0, byte
      do { byte = bytes[at++]; value += (byte & 127) * 2 ** shift; shift += 7 } while (byte > 127)
      return value }
    let at = 0, found
    while (at < bytes.length) {
      const tag = number(), long = number() // of texts and messages the length; of numbers the value
      if (tag >> 3 === wanted) found = tag & 7 ? bytes.subarray(at, at + long) : long
      if (tag & 7) at += long
    }
    return found
  }
  const isByItself = sent => sent instanceof Uint8Array && field(field(sent, 11) ?? sent.subarray(0, 0), 6) === 1
  const send = WebSocket.prototype.send
  WebSocket.prototype.send = function (sent) {
    if (now() - aimed > AIMS || !isByItself(sent)) send.call(this, sent)
  }
})()
