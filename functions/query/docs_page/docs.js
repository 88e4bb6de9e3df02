"use strict";
const search = document.getElementById("search");
const status = document.getElementById("matches");
const parts = [...document.querySelectorAll("article")];
const links = [...document.querySelectorAll("nav li")];
const groups = [...document.querySelectorAll("main > section, nav section")];

function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = new Set();
  for (const part of parts) {
    part.hidden = !words.every((word) => part.textContent.toLowerCase().includes(word));
    if (!part.hidden) shown.add("#" + part.id);
  }
  for (const link of links) link.hidden = !shown.has(link.firstElementChild.getAttribute("href"));
  for (const group of groups) {
    const members = group.querySelectorAll("article, li");
    group.hidden = members.length > 0 && [...members].every((member) => member.hidden);
  }
  status.textContent = words.length ? `${shown.size} of ${parts.length} match` : "";
}
search.addEventListener("input", filter);
search.closest("div").hidden = false;

for (const block of document.querySelectorAll(".command")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    const command = block.querySelector("pre");
    try {
      await navigator.clipboard.writeText(command.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(command);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  block.append(button);
}
