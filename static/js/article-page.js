// An article: the opinion is given without leaving the page.
import { improve } from "./opinion.js";
import { tell } from "./trail.js";

document.querySelectorAll("[data-opinion]").forEach(improve);
tell(document.querySelector("[data-opinion]")?.dataset.article, "opened"); // for a form open in another tab
