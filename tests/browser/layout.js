// Returns what is wrong with the pictures of a page and their footers, in sentences.
() => {
  const found = [];
  const box = (element) => element.getBoundingClientRect();
  const name = (element) =>
    [...(element.closest("[class*=st-key-]")?.classList ?? [])].find((one) => one.startsWith("st-key-")) ?? "a picture";
  const meet = (a, b) => a.left < b.right - 2 && b.left < a.right - 2 && a.top < b.bottom - 2 && b.top < a.bottom - 2;
  for (const svg of document.querySelectorAll("[data-testid=stVegaLiteChart] svg.marks")) {
    const picture = box(svg);
    if (picture.width === 0) continue;
    const holder = svg.closest("[data-testid=stVegaLiteChart]");
    if (picture.right > box(holder).right + 1 && getComputedStyle(holder).overflowX !== "auto")
      found.push(`${name(svg)} is wider than its place`);
    for (const plot of svg.querySelectorAll(":is(.role-frame, .role-scope) > g > path.background")) {
      const { width, height } = box(plot);
      if (height > 40 && width < 50) found.push(`${name(svg)}: a plot is ${Math.round(width)} wide`);
    }
    const texts = [...svg.querySelectorAll("text")].filter((one) => one.textContent.trim() && box(one).width > 0);
    for (const text of texts) {
      const { left, right, top, bottom } = box(text);
      // Three and five pixels are the empty parts of a line of text of twelve pixels; larger ones have larger ones.
      const larger = Math.max(1, parseFloat(getComputedStyle(text).fontSize) / 12);
      const [across, down] = [3 * larger, 5 * larger];
      if (left < picture.left - across || right > picture.right + across || top < picture.top - down || bottom > picture.bottom + down)
        found.push(`${name(svg)}: "${text.textContent.slice(0, 40)}" is cut`);
    }
    const banner = texts.find((one) => one.textContent.startsWith("Synthetic sample"));
    for (const legend of banner ? svg.querySelectorAll(".role-legend, .role-axis-title text") : [])
      if (box(legend).width && meet(box(legend), box(banner))) found.push(`${name(svg)}: the banner is over a legend`);
  }
  for (const footer of document.querySelectorAll("[class*=_footer]"))
    if (box(footer).height > 40) found.push(`${name(footer)}: the footer is ${Math.round(box(footer).height)} high`);
  const page = document.querySelector("[data-testid=stMain]");
  if (page.scrollWidth > page.clientWidth + 1) found.push("the page scrolls sideways");
  return found;
}
