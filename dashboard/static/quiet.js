// Updates that come by themselves. Streamlit fades what is drawn anew, whoever asked for it: what a timer asks for keeps
// its look (the rule for `data-quiet` in layout.css). While a person aims at a table, by pointer or by key, timers ask
// for nothing: rows that move under a pointer are clicked by mistake.
(() => {
  if (window.quietUpdates) return
  window.quietUpdates = true
  const ANSWERS = 1500, AIMS = 4000 // milliseconds: in which a run follows what a person did; that a hand rests
  const root = document.documentElement, now = () => performance.now()
  let did = -Infinity, aimed = -Infinity, asked = false, byTimer = false
  const show = quiet => root.toggleAttribute("data-quiet", quiet)
  const does = () => { did = now(); show(byTimer = false) }
  for (const kind of ["pointerdown", "keydown", "input", "change", "popstate"]) addEventListener(kind, does, true)
  const aims = event => {
    const on = event.target instanceof Element && event.target.closest("[data-testid=stDataFrame]")
    if (on) aimed = now()
    else if (event.type === "pointermove") aimed = -Infinity
  }
  for (const kind of ["pointermove", "pointerdown", "keydown"]) addEventListener(kind, aims, true)
  new MutationObserver(() => {
    const app = document.querySelector("[data-testid=stApp]")
    show(byTimer && app?.dataset.testScriptState !== "notRunning")
  }).observe(document.body, { subtree: true, attributes: true, attributeFilter: ["data-test-script-state"] })

  // What is sent is a BackMsg of Streamlit's protocol; a timer's has `is_auto_rerun` (6) in its `rerun_script` (11). What
  // comes is a ForwardMsg; with `new_session` (4) a run begins. It is a person's if one asked since the run before,
  // however long the server took to begin.
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
  const begins = ({ data }) => {
    if (!(data instanceof ArrayBuffer) || field(new Uint8Array(data), 4) === undefined) return
    show(byTimer = !asked && now() - did > ANSWERS)
    asked = false
  }
  const send = WebSocket.prototype.send, heard = new WeakSet()
  WebSocket.prototype.send = function (sent) {
    if (!heard.has(this)) heard.add(this), this.addEventListener("message", begins)
    const wish = sent instanceof Uint8Array ? field(sent, 11) : undefined
    const byItself = wish && field(wish, 6) === 1
    if (wish && !byItself) asked = true
    if (now() - aimed > AIMS || !byItself) send.call(this, sent)
  }
})()
