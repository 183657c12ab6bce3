// Which changes of the address are steps that the browser's Back undoes. Streamlit adds a step for every address that
// the server writes: for each move of a slider, and several for one page. Here a click, a key or a page adds one step,
// however many addresses follow from it, and what a slider or a filter changes replaces the address that is there.
(() => {
  if (history.oneStepEach) return
  history.oneStepEach = true
  const filters = ["Slider", "Selectbox", "MultiSelect", "NumberInput", "TextInput", "Radio", "Checkbox", "ButtonGroup",
    "Pagination"].map(name => `[data-testid=st${name}]`).join() + ",[role=listbox]"
  const push = history.pushState.bind(history), replace = history.replaceState.bind(history)
  let last = "" // what was done last: "click", "filter", or nothing that has not had its step
  const does = event => {
    const inFilter = event.target instanceof Element && event.target.closest(filters)
    if (inFilter) last = "filter"
    else if (event.type === "pointerdown" || event.key === "Enter" || event.key?.length === 1) last = "click"
    else if (event.type === "click" && event.detail === 0) last = "click" // of a screen reader
  }
  for (const kind of ["pointerdown", "keydown", "click"]) addEventListener(kind, does, true)
  addEventListener("popstate", () => { last = "" }, true)
  history.pushState = (state, unused, address) => {
    const elsewhere = new URL(address, location.href).pathname !== location.pathname
    const step = last === "click" || (last === "filter" && elsewhere)
    if (step) last = ""
    return (step ? push : replace)(state, unused, address)
  }
})()
