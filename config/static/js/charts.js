// Charts that answer to the pointer. Each figure holds a drawn picture; when it comes into view, the same specification
// is drawn in its place by vega-embed, which tells the numbers under the pointer. Without JavaScript, or when anything
// fails, the picture stays. No eval (ast: true) and no injected style: the page's policy allows neither.
"use strict";

(function () {
  let library = null;

  function load(source) {
    library ??= new Promise(function (resolve, reject) {
      const script = document.createElement("script");
      script.src = source;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
    return library;
  }

  async function draw(figure) {
    const picture = figure.querySelector("img");
    const place = document.createElement("div");
    place.className = "chart-live";
    try {
      const [response] = await Promise.all([fetch(figure.dataset.spec), load(figure.dataset.library)]);
      if (!response.ok) return;
      place.hidden = true;
      picture.before(place);
      const specification = await response.json();
      specification.config.font = getComputedStyle(document.body).fontFamily;
      await window.vegaEmbed(place, specification, {
        ast: true,
        renderer: "svg",
        actions: false,
        defaultStyle: false,
        tooltip: { disableDefaultStyle: true, id: "chart-tooltip" },
        config: { mark: { tooltip: true } },
      });
      const svg = place.querySelector("svg");
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", picture.alt);
      place.hidden = false;
      picture.hidden = true;
    } catch (error) {
      place.remove();
      console.warn("A chart stays a picture.", error);
    }
  }

  const seen = new IntersectionObserver(function (entries) {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      draw(entry.target);
    }
  }, { rootMargin: "200px" });

  for (const figure of document.querySelectorAll("figure[data-spec]")) seen.observe(figure);

  // A box that scrolls sideways is reached by the keyboard too; one that does not is no stop on the way.
  const sizes = new ResizeObserver(function (entries) {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth + 1) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });

  for (const canvas of document.querySelectorAll(".canvas")) sizes.observe(canvas);
})();
