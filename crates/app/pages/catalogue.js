// The catalogue: every scenario by its group. What a page can play is a button that says what happens and how it ends; what it cannot
// play is named with the command that shows it, or with the word that it is not there yet.

import { both, h } from "/assets/dom.js";

export function catalogue(play) {
  const el = h("div", { class: "groups", tabindex: "0", role: "group", wl: "plays" });
  const none = h("p", { class: "quiet", w: "noPlay", hidden: true });
  const search = h("input", { type: "search", id: "find-play", class: "find-play", wl: "findPlay", wp: "findPlay", autocomplete: "off" });
  let all = [];

  function button(story) {
    const note = story.day && h("span", { class: "play-note", w: "onceADay" });
    return h("button", { class: "play", "data-play": story.id, onclick: () => play(story) },
      h("span", { class: "play-id" }, story.scenario.join(" ")),
      h("span", { class: "play-said" }, both("span", story), h("span", { class: "play-ends" }, "→ ", both("span", story.ends)), note));
  }

  function named(one) {
    return h("div", { class: "play elsewhere", "data-scenario": one.id },
      h("span", { class: "play-id" }, one.id),
      h("span", { class: "play-said" }, both("span", one), one.command ? h("code", {}, one.command) : h("span", { class: "play-ends", w: "notYet" })));
  }

  function group(of) {
    const entries = [...of.plays.map((story) => [story, button(story)]), ...of.elsewhere.map((one) => [one, named(one)])];
    const box = h("section", { class: "group", "aria-label": of.letter }, h("h3", {}, h("span", { class: "group-letter", "aria-hidden": "true" }, of.letter), both("span", of)),
      h("div", { class: "play-list" }, entries.map(([, made]) => made)));
    return { box, entries };
  }

  function narrow() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const { box, entries } of all) {
      let shown = 0;
      for (const [one, made] of entries) {
        const text = [one.id, ...(one.scenario ?? []), one.zh, one.en, one.ends?.zh, one.ends?.en, one.command].join(" ").toLowerCase();
        made.hidden = !words.every((word) => text.includes(word));
        shown += made.hidden ? 0 : 1;
      }
      box.hidden = shown === 0;
      found += shown;
    }
    none.hidden = found > 0;
  }

  search.addEventListener("input", narrow);
  // Filled once; the first time says so.
  function fill(groups) {
    if (all.length || !groups) return false;
    all = groups.map(group);
    el.replaceChildren(...all.map(({ box }) => box), none);
    return true;
  }
  return { el, search, fill };
}
