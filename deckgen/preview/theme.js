/* Light or night, before anything is drawn: as it was chosen here last, or as the system has it. */

"use strict";

const theme = {
  get night() {
    return document.documentElement.dataset.theme === "night";
  },
  set night(night) {
    document.documentElement.dataset.theme = night ? "night" : "light";
    remember("night", night ? "yes" : "no");
  },
};

/** What was chosen here before; "" where nothing was, or where the browser keeps nothing for files. */
function remembered(name) {
  try {
    return localStorage.getItem(`deckgen-${name}`) ?? "";
  } catch {
    return "";
  }
}

function remember(name, value) {
  try {
    localStorage.setItem(`deckgen-${name}`, value);
  } catch {
    // It holds until the page is closed.
  }
}

document.documentElement.dataset.theme =
  (remembered("night") || (matchMedia("(prefers-color-scheme: dark)").matches ? "yes" : "no")) === "yes" ? "night" : "light";
